"""A headless Chromium that is logged in to Home Assistant and makes pictures of what it sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from io import BytesIO
import json
from pathlib import Path
import shutil
from typing import Final

from PIL import Image
from playwright.async_api import FloatRect, Page, ViewportSize, async_playwright

from .home import Home

SIZE: Final = ViewportSize(width=1280, height=900)
CARDS: Final = ViewportSize(width=560, height=1640)
PHONE: Final = ViewportSize(width=390, height=844)
_DENSITY: Final = 2.0
"""Pixels of a phone's screen for each of its page."""
_DIALOG: Final = FloatRect(x=330, y=20, width=620, height=860)
_COLOURS: Final = 256
_PATIENCE: Final = 30_000.0
_SETTLED: Final = 1_500.0
"""Milliseconds for animations to end."""


class BrowserError(Exception):
    """The browser could not be started."""


class Browser:
    """One window."""

    def __init__(self, page: Page, url: str, pictures: Path) -> None:
        """Take over a page that is logged in."""
        self.page = page
        self._url = url
        self._pictures = pictures
        self.complaints: list[str] = []
        """Errors the page wrote to its console."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str) -> None:
        """Go to a path of the frontend."""
        await self.page.goto(self._url + path, wait_until="load")
        await self.page.wait_for_selector("home-assistant", timeout=_PATIENCE)
        await self.settle()

    async def settle(self, times: float = 1.0) -> None:
        """Wait until nothing moves any more."""
        await self.page.wait_for_timeout(times * _SETTLED)

    async def picture(self, name: str, *, dialog: bool = False) -> None:
        """Keep a picture of the window, or of the dialog in its middle."""
        await self.settle()
        content = await self.page.screenshot(clip=_DIALOG if dialog else None)
        await asyncio.to_thread(_keep, content, self._pictures / f"{name}.png")

    async def every_picture(self, name: str) -> None:
        """Keep pictures of a dialog by day, in the dark and as a phone shows it."""
        await self.picture(name, dialog=True)
        await self.page.emulate_media(color_scheme="dark")
        await self.picture(f"{name}-dark", dialog=True)
        await self.page.set_viewport_size(PHONE)
        await self.picture(f"{name}-phone-dark")
        await self.page.emulate_media(color_scheme="light")
        await self.picture(f"{name}-phone")
        await self.page.set_viewport_size(SIZE)
        await self.settle()

    async def click(self, name: str) -> None:
        """Press the button with this name."""
        await self.page.get_by_role("button", name=name, exact=True).first.click(timeout=_PATIENCE)

    async def fill(self, label: str, value: str) -> None:
        """Type into the field with this label."""
        await self.page.get_by_label(label, exact=True).first.fill(value, timeout=_PATIENCE)

    async def wait_for(self, text: str) -> None:
        """Wait until a text is to be seen."""
        await self.page.get_by_text(text, exact=True).first.wait_for(timeout=_PATIENCE)


def _keep(content: bytes, path: Path) -> None:
    """Write a PNG small enough for a page; the octree also keeps rare colours, such as a pointer's."""
    with Image.open(BytesIO(content)) as image:
        few = image.convert("RGB").quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


@asynccontextmanager
async def running_browser(
    home: Home, pictures: Path, *, time: datetime, time_zone: str, phone: bool = False
) -> AsyncIterator[Browser]:
    """Open a window with the owner logged in, whose clock stands at an aware time.

    `phone`: a small screen that is touched, and no mouse.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        message = "chromium is missing; scripts/system_packages browser installs it"
        raise BrowserError(message)
    tokens = json.dumps(home.browser_tokens)
    login = (
        f"localStorage.setItem('hassTokens', {json.dumps(tokens)}); localStorage.setItem('selectedLanguage', '\"en\"');"
    )
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = await chromium.new_context(
            viewport=PHONE if phone else SIZE,
            device_scale_factor=_DENSITY if phone else 1.0,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="light",
            locale="en-US",
            timezone_id=time_zone,
        )
        await context.add_init_script(login)
        await context.clock.set_system_time(time)
        browser = Browser(await context.new_page(), home.url, pictures)
        try:
            yield browser
        except Exception:
            # What came instead of what was expected is best looked at.
            await browser.picture("failure")
            raise
        await chromium.close()
