"""A finger on a phone's screen: what it does to the selector that turns the picture and puts the box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

from playwright.async_api import CDPSession, Page

from .browser import Browser

type Place = tuple[float, float]

_STEPS: Final = 8
_ANSWERED: Final = 0.8
"""Times the browser's own pause, in which the picture to be sent has been asked for and drawn."""
_SCROLLED: Final = """stage => {
  const tops = [window.scrollY];
  for (let node = stage; node; node = node.assignedSlot ?? node.parentNode ?? node.host) tops.push(node.scrollTop ?? 0);
  return [...tops, stage.getBoundingClientRect().top];
}"""
"""How far everything around the picture is scrolled, and where the picture stands because of that."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where the box stands on the screen, in pixels of the page."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Return the place of the right side."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Return the place of the lower side."""
        return self.top + self.height

    def is_at(self, other: Self, *, within: float = 1.5) -> bool:
        """Return whether this is the same place, give or take some pixels."""
        sides = zip(_sides(self), _sides(other), strict=True)
        return all(abs(one - another) <= within for one, another in sides)

    def part_of(self, whole: Self) -> tuple[float, ...]:
        """Return left, top, width and height as fractions of a whole."""
        left, top = (self.left - whole.left) / whole.width, (self.top - whole.top) / whole.height
        return left, top, self.width / whole.width, self.height / whole.height


class Finger:
    """Touches the screen; two of them for what needs two."""

    def __init__(self, browser: Browser, session: CDPSession) -> None:
        """Take over a window of a phone, and what sends touches to it."""
        self._browser = browser
        self._page: Page = browser.page
        self._session = session

    @classmethod
    async def of(cls, browser: Browser) -> Self:
        """Return a finger on the window of a phone."""
        return cls(browser, await browser.page.context.new_cdp_session(browser.page))

    async def touch(self, *places: Place) -> None:
        """Put down as many fingers as there are places, or one more than are down."""
        await self._send("touchStart", *places)

    async def move(self, start: Place, end: Place, *others: Place) -> None:
        """Move the first finger in steps, and leave the others where they are."""
        for step in range(1, _STEPS + 1):
            part = step / _STEPS
            between = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            await self._send("touchMove", between, *others)
            await self._page.wait_for_timeout(16)

    async def lift(self, *left: Place) -> None:
        """Lift all fingers but those at these places."""
        await self._send("touchEnd", *left)

    async def cancel(self) -> None:
        """Have the system take the touch away, as it does for a call or a gesture of its own."""
        await self._send("touchCancel")

    async def drag(self, start: Place, end: Place) -> None:
        """Touch, move and lift."""
        await self.touch(start)
        await self.move(start, end)
        await self.lift()
        await self._browser.settle(_ANSWERED)

    async def box(self) -> Box:
        """Return where the box stands."""
        return await self._place(".box")

    async def stage(self) -> Box:
        """Return where the picture stands."""
        return await self._place(".stage")

    async def sent(self) -> str:
        """Return which picture is shown as the one that will be sent."""
        return str(await self._page.locator("ha-selector-meter_vision_view figure img").get_attribute("src"))

    async def scrolled(self) -> list[float]:
        """Return how far the page and the dialog are scrolled, and where the picture stands."""
        stage = self._page.locator("ha-selector-meter_vision_view .stage")
        found: list[float] = await stage.evaluate(_SCROLLED)
        return found

    async def _place(self, part: str) -> Box:
        found = await self._page.locator(f"ha-selector-meter_vision_view {part}").bounding_box()
        assert found is not None
        return Box(left=found["x"], top=found["y"], width=found["width"], height=found["height"])

    async def _send(self, kind: str, *places: Place) -> None:
        points: list[dict[str, Any]] = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        await self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
