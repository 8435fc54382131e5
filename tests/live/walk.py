"""Walks through the flows in the browser with mouse and keyboard, a picture of each step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import Locator

from .browser import Browser
from .folder import DOMAIN
from .setups import Setup

_PATIENCE: Final = 60_000.0


class Walk:
    """A person at the screen."""

    def __init__(self, browser: Browser) -> None:
        """Begin with an empty home."""
        self._browser = browser
        self._page = browser.page

    async def add_account(self, *, api_key: str, base_url: str) -> None:
        """Add the integration and fill in the account; the first meter's dialog follows by itself."""
        await self._browser.open(f"/config/integrations/dashboard/add?domain={DOMAIN}")
        await self._press("OK")
        await self._arrive("Claude account")
        await self._type("api_key", api_key)
        await self._browser.picture("flow-1-account", dialog=True)
        await self._page.get_by_text("Other address", exact=True).click()
        await self._type("base_url", base_url)
        await self._press("Submit")

    async def add_meter(self, setup: Setup, shown: Callable[[], Awaitable[str]]) -> str:
        """Fill in the dialog of a meter and return the value that was found; `shown` is what the picture shows."""
        await self._arrive("Meter and camera")
        await self._type("name", setup.name)
        await self._page.get_by_text(setup.kind.capitalize(), exact=True).click()
        await self._page.get_by_text("Snapshot address instead of an entity", exact=True).click()
        await self._browser.settle()
        await self._type("url", setup.camera.url)
        await self._browser.picture("flow-2-camera", dialog=True)
        await self._press("Next")
        await self._arrive("Register")
        await self._browser.picture("flow-3-register", dialog=True)
        if setup.register.get("roll") == "late":
            await self._choose(
                "Rarely needed", "How the last drum moves", "Only when the first dial passes from 9 to 0"
            )
        await self._press("Next")
        await self._arrive("Where the register is")
        return await self._find(setup, shown)

    async def _find(self, setup: Setup, shown: Callable[[], Awaitable[str]]) -> str:
        """Turn the picture, put the box, have it read and confirm the value."""
        form = setup.picture_form()
        for index, field in enumerate(("rotation", "left", "top", "width", "height")):
            await self._page.locator("input[type=number]:visible").nth(index).fill(f"{form[field]:g}")
        await self._press("Next")
        # Drawn again with the box; the wish to go on is a field of its own.
        await self._browser.settle(2)
        await self._browser.picture("flow-4-picture", dialog=True)
        await self._page.locator("ha-switch:visible").click()
        await self._press("Next")
        await self._arrive("First reading")
        await self._browser.picture("flow-5-reading", dialog=True)
        value = self._field("value")
        found = await value.input_value()
        # Where the reading is in doubt, the form asks, and the person looks at the picture.
        await value.fill(found or await shown())
        await self._press("Submit")
        await self._arrive("Success")
        return found

    async def _choose(self, section: str, label: str, option: str) -> None:
        """Unfold a section of the form and choose from a list in it."""
        await self._page.get_by_text(section, exact=True).click()
        await self._browser.settle()
        await self._page.get_by_text(label, exact=False).first.click()
        await self._page.get_by_text(option, exact=True).last.click()
        await self._browser.settle()

    def _field(self, name: str) -> Locator:
        return self._page.locator(f"input[name={name}]")

    async def _type(self, name: str, text: str) -> None:
        await self._field(name).fill(text)

    async def _press(self, button: str) -> None:
        await self._page.locator("ha-button:visible").filter(has_text=button).last.click()
        await self._browser.settle()

    async def _arrive(self, title: str) -> None:
        await self._page.get_by_text(title, exact=True).first.wait_for(timeout=_PATIENCE)
        await self._browser.settle()
