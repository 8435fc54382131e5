"""Walks through the flows in the browser with mouse and keyboard, a picture of each step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from .browser import Browser
from .folder import DOMAIN
from .hand import ACCOUNT_PAGE, Hand
from .setups import Setup

_TYPED: Final = ["name", "url"]
_PRESSED: Final = ["Next", "Next", "Submit"]
"""All that a meter needs besides the key: name, camera, one look, one confirm."""


class WalkError(Exception):
    """Something that should be on the page is not, or more is asked of a person than should be."""


class Walk:
    """A person at the screen."""

    def __init__(self, browser: Browser) -> None:
        """Begin with an empty home."""
        self._browser = browser
        self._hand = Hand(browser)

    async def add_account(self, *, api_key: str, base_url: str) -> None:
        """Add the integration and fill in the account; the first meter's dialog follows by itself."""
        hand = self._hand
        await self._browser.open(f"/config/integrations/dashboard/add?domain={DOMAIN}")
        await hand.press("OK")
        await hand.arrive("Claude account")
        await hand.type("api_key", api_key)
        await self._browser.every_picture("flow-1-account")
        await hand.choose("Other address")
        await hand.type("base_url", base_url)
        await hand.press("Submit")

    async def open_meter(self) -> None:
        """Press "Add meter" in a page that has been opened since the integration exists."""
        await self._browser.open(ACCOUNT_PAGE)
        await self._hand.page.get_by_text("Add meter", exact=True).first.click()

    async def add_meter(self, setup: Setup, shown: Callable[[], Awaitable[str]], *, drawing: bool) -> str:
        """Fill in the dialog of a meter and return the value that was found; `shown` is what the picture shows.

        `drawing`: the page has the integration's own selector, so the box is drawn with the mouse. Without, it must
        have been asked for in numbers.
        """
        hand = self._hand
        hand.typed.clear()
        hand.pressed.clear()
        await hand.enter_meter(setup.name, setup.camera.url)
        await self._browser.every_picture(f"flow-2-camera-{setup.kind}")
        await hand.press("Next")
        await hand.arrive("Is this your meter?")
        await self._browser.settle(2)
        await self._check_page(drawing=drawing)
        await self._browser.every_picture(f"flow-3-look-{setup.kind}")
        if drawing:
            await hand.draw_box()
            await self._browser.picture(f"flow-3-drawn-{setup.kind}", dialog=True)
        await hand.press("Next")
        await hand.arrive("First reading")
        await self._browser.every_picture(f"flow-4-reading-{setup.kind}")
        found = await self._confirm(shown)
        if (hand.typed, hand.pressed) != (_TYPED, _PRESSED):
            message = f"a meter took more than name, camera, a look and a confirmation: {hand.typed}, {hand.pressed}"
            raise WalkError(message)
        return found

    async def _check_page(self, *, drawing: bool) -> None:
        """Make sure that the page draws our selector if and only if it should."""
        drawn = await self._hand.page.locator("ha-selector-meter_vision_view .stage").count() == 1
        numbers = await self._hand.page.get_by_text("Turn the picture or move the box", exact=True).count() == 1
        if (drawn, numbers) != (drawing, not drawing):
            message = f"selector drawn: {drawn}, numbers asked for: {numbers}, expected to draw: {drawing}"
            raise WalkError(message)

    async def _confirm(self, shown: Callable[[], Awaitable[str]]) -> str:
        """Confirm the value that was found; where it is in doubt, look at the picture and type."""
        value = self._hand.field("value")
        found = await value.input_value()
        if not found or "?" in found:
            await value.fill(await shown())
        await self._hand.press("Submit")
        await self._hand.arrive("Success")
        return found
