"""Adds a meter on a phone: the box is drawn, mended and moved with a finger, and the reading goes on with it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from .browser import Browser, running_browser
from .clock import local_time_zone
from .demo import API_KEY, Demo, household_setups, running_demo, say
from .entities import wait_for_reading
from .finger import Box, Finger
from .flows import add_account
from .hand import ACCOUNT_PAGE, Hand
from .kept import Kept
from .setups import Setup

_METER: Final = "electricity"
_BESIDE: Final = 14.0
"""Pixels by which a finger misses a corner, in either direction."""
_PUSH: Final = 12.0
_BEYOND: Final = 30.0
"""Pixels beside a corner, in either direction, at which it is no longer meant."""
_SWIPE: Final = 160.0
_CLOSE_ENOUGH: Final = 0.01


class TouchError(Exception):
    """A finger did not do what it should."""


async def add_by_finger(pictures: Path, *, port: int) -> None:
    """Set up one meter on a phone, from the page of the account to its first reading."""
    async with running_demo(speed=1, port=port, name="touch") as demo:
        if demo.simulator is None:
            return
        client = demo.home.client
        _, dialog = await add_account(client, api_key=API_KEY, base_url=demo.simulator.api)
        await client.delete(f"/api/config/config_entries/subentries/flow/{dialog}")
        setup = next(each for each in household_setups(demo.simulator) if each.kind == _METER)
        async with _phone(demo, pictures) as browser:
            phone = Phone(browser, Hand(browser), await Finger.of(browser))
            drawn = await phone.add(setup)
            for complaint in browser.complaints:
                say(f"the page complains: {complaint}")
        await wait_for_reading(client, setup.name)
        kept = Kept(demo.home.log.with_suffix(""))
        await kept.wait_until("the box is the one that was drawn", lambda: _is_kept(kept, setup, drawn))
        say(f"{setup.name} set up with a finger, its box is the one that was drawn")


def _phone(demo: Demo, pictures: Path) -> AbstractAsyncContextManager[Browser]:
    return running_browser(demo.home, pictures, time=demo.clock.now(), time_zone=local_time_zone(), phone=True)


def _is_kept(kept: Kept, setup: Setup, drawn: tuple[float, ...]) -> bool:
    crop = kept.meter(setup.name).get("crop") or ()
    return len(crop) == len(drawn) and all(abs(a - b) < _CLOSE_ENOUGH for a, b in zip(crop, drawn, strict=True))


class Phone:
    """A person with a phone."""

    def __init__(self, browser: Browser, hand: Hand, finger: Finger) -> None:
        """Take the phone in hand."""
        self._browser = browser
        self._hand = hand
        self._finger = finger

    async def add(self, setup: Setup) -> tuple[float, ...]:
        """Go through the dialog; return the box that was drawn last, as fractions of the picture."""
        hand = self._hand
        await self._browser.open(ACCOUNT_PAGE)
        await hand.page.get_by_text("Add meter", exact=True).first.tap()
        await hand.enter_meter(setup.name, setup.camera.url)
        await hand.press("Next")
        await hand.arrive("Is this your meter?")
        await self._browser.settle(2)
        await self._browser.picture("touch-1-proposal")
        await self._check_that_swipes_scroll()
        drawn = await self._draw()
        await hand.press("Next")
        await hand.arrive("First reading")
        await self._browser.picture("touch-6-reading")
        await hand.press("Submit")
        await hand.arrive("Success")
        await self._browser.picture("touch-7-added")
        return drawn

    async def _draw(self) -> tuple[float, ...]:
        """Draw, mend and move the box, and give up twice; the dialog stays where it is."""
        await self._hand.page.locator("ha-selector-meter_vision_view .stage").scroll_into_view_if_needed()
        await self._browser.settle()
        scrolled, sent = await self._finger.scrolled(), await self._finger.sent()
        for number, gesture in enumerate((self._draw_new, self._take_corners, self._move), start=2):
            await gesture()
            await self._browser.picture(f"touch-{number}-{gesture.__name__.strip('_').replace('_', '-')}")
            before, sent = sent, await self._finger.sent()
            _check(sent != before, f"what Claude will see did not follow: {gesture.__doc__}")
        before = await self._finger.box()
        for gesture in (self._pinch, self._interrupt, self._tap):
            await gesture(before)
            _check((await self._finger.box()).is_at(before), f"the box did not stay: {gesture.__doc__}")
            _check(await self._finger.sent() == sent, f"another picture would be sent: {gesture.__doc__}")
        await self._browser.picture("touch-5-given-up")
        found = await self._finger.scrolled()
        _check(found == scrolled, f"the dialog scrolled while something was drawn: {scrolled}, then {found}")
        return before.part_of(await self._finger.stage())

    async def _draw_new(self) -> None:
        """Draw a new box around the proposed one, from beyond the reach of its corner."""
        proposed = await self._finger.box()
        start = (proposed.left - _BEYOND, proposed.top - _BEYOND)
        end = (proposed.right + _PUSH, proposed.bottom + _BEYOND)
        await self._finger.drag(start, end)
        wanted = Box(*start, width=end[0] - start[0], height=end[1] - start[1])
        found = await self._finger.box()
        _check(found.is_at(wanted, within=3), f"drawn was {wanted}, shown is {found}")

    async def _take_corners(self) -> None:
        """Take two corners, each beside it, and move them a little."""
        before = await self._finger.box()
        await self._drag_by((before.right + _BESIDE, before.bottom + _BESIDE), (0, -_PUSH))
        await self._drag_by((before.left - _BESIDE, before.top - _BESIDE), (_PUSH, 0))
        wanted = Box(before.left + _PUSH, before.top, before.width - _PUSH, before.height - _PUSH)
        found = await self._finger.box()
        _check(found.is_at(wanted, within=3), f"the corners should stand at {wanted}, not {found}")

    async def _move(self) -> None:
        """Move the box by its middle."""
        before = await self._finger.box()
        await self._drag_by(_middle(before), (_PUSH / 2, -_PUSH / 2))
        found = await self._finger.box()
        wanted = Box(before.left + _PUSH / 2, before.top - _PUSH / 2, before.width, before.height)
        _check(found.is_at(wanted, within=3), f"the box should stand at {wanted}, not {found}")

    async def _pinch(self, box: Box) -> None:
        """Begin with one finger, and put down a second one."""
        one, other = (box.right, box.bottom), (box.left, box.top)
        end = (one[0] - 60, one[1] - 20)
        await self._finger.touch(one)
        await self._finger.move(one, end)
        _check(not (await self._finger.box()).is_at(box), "the first finger should have moved a corner")
        await self._finger.touch(end, other)
        await self._finger.move(end, one, other)
        await self._finger.lift(other)
        await self._finger.lift()
        await self._browser.settle()

    async def _interrupt(self, box: Box) -> None:
        """Begin to move a corner, and have the touch taken away."""
        start = (box.left, box.top)
        await self._finger.touch(start)
        await self._finger.move(start, (start[0] + 50, start[1] + 15))
        _check(not (await self._finger.box()).is_at(box), "the finger should have moved a corner")
        await self._finger.cancel()
        await self._browser.settle()

    async def _tap(self, box: Box) -> None:
        """Touch the box, and lift the finger at once."""
        await self._finger.touch(_middle(box))
        await self._finger.lift()
        await self._browser.settle()

    async def _check_that_swipes_scroll(self) -> None:
        """Make sure that what is checked of scrolling can fail: beside the picture a finger moves the dialog."""
        caption = await self._hand.page.locator("ha-selector-meter_vision_view p").bounding_box()
        assert caption is not None
        start = (caption["x"] + caption["width"] / 2, caption["y"] + caption["height"] / 2)
        before = await self._finger.scrolled()
        await self._finger.drag(start, (start[0], start[1] - _SWIPE))
        _check(await self._finger.scrolled() != before, "a finger beside the picture should scroll the dialog")

    async def _drag_by(self, start: tuple[float, float], way: tuple[float, float]) -> None:
        await self._finger.drag(start, (start[0] + way[0], start[1] + way[1]))


def _middle(box: Box) -> tuple[float, float]:
    return box.left + box.width / 2, box.top + box.height / 2


def _check(right: bool, told: str) -> None:  # noqa: FBT001  what is checked
    if not right:
        raise TouchError(told)
