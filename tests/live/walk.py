"""Walks through the flows in the browser with mouse and keyboard, a picture of each step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import Locator

from .browser import Browser
from .folder import DOMAIN
from .setups import Setup

_PATIENCE: Final = 60_000.0


class WalkError(Exception):
    """Something that should be on the page is not."""


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
        await self._browser.every_picture("flow-1-account")
        await self._page.get_by_text("Other address", exact=True).click()
        await self._browser.settle()
        await self._type("base_url", base_url)
        await self._press("Submit")

    async def open_meter(self) -> None:
        """Press "Add meter" in a page that has been opened since the integration exists."""
        await self._browser.open(f"/config/integrations/integration/{DOMAIN}")
        await self._page.get_by_text("Add meter", exact=True).first.click()

    async def add_meter(self, setup: Setup, shown: Callable[[], Awaitable[str]], *, drawing: bool) -> str:
        """Fill in the dialog of a meter and return the value that was found; `shown` is what the picture shows.

        `drawing`: the page has the integration's own selector, so the box is drawn with the mouse.
        """
        await self._arrive("Meter and camera")
        await self._type("name", setup.name)
        await self._page.get_by_text("Camera by address", exact=True).click()
        await self._browser.settle()
        await self._type("url", setup.camera.url)
        await self._browser.every_picture(f"flow-2-camera-{setup.kind}")
        await self._press("Next")
        await self._arrive("Is this your meter?")
        await self._browser.settle(2)
        await self._browser.every_picture(f"flow-3-look-{setup.kind}")
        if drawing:
            await self._draw()
            await self._browser.picture(f"flow-3-drawn-{setup.kind}", dialog=True)
        await self._press("Next")
        await self._arrive("First reading")
        await self._browser.settle()
        await self._browser.every_picture(f"flow-4-reading-{setup.kind}")
        return await self._confirm(shown)

    async def _draw(self) -> None:
        """Draw the box a little larger than it is proposed, and use the buttons and keys once each."""
        view = self._page.locator("ha-selector-meter_vision_view")
        stage, box = view.locator(".stage"), view.locator(".box")
        for name in ("Turn right by one degree", "Turn left by one degree"):
            await view.get_by_role("button", name=name).click()
        outer, inner = await stage.bounding_box(), await box.bounding_box()
        if outer is None or inner is None:
            raise WalkError
        left, top = max(outer["x"] + 1, inner["x"] - 25), max(outer["y"] + 1, inner["y"] - 25)
        await self._page.mouse.move(left, top)
        await self._page.mouse.down()
        await self._page.mouse.move(left + 60, top + 40, steps=5)
        await self._page.mouse.move(inner["x"] + inner["width"] + 8, inner["y"] + inner["height"] + 8, steps=5)
        await self._page.mouse.up()
        await box.press("ArrowRight")
        await box.press("Shift+ArrowLeft")
        await self._browser.settle(2)

    async def _confirm(self, shown: Callable[[], Awaitable[str]]) -> str:
        """Confirm the value that was found; where it is in doubt, look at the picture and type."""
        value = self._field("value")
        found = await value.input_value()
        if not found or "?" in found:
            await value.fill(await shown())
        await self._press("Submit")
        await self._arrive("Success")
        return found

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
