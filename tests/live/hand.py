"""A person's hand in the browser: arrives at a dialog's step, fills in its fields and presses its buttons."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Locator

from .browser import Browser
from .folder import DOMAIN

ACCOUNT_PAGE: Final = f"/config/integrations/integration/{DOMAIN}"
REPAIRS_PAGE: Final = "/config/repairs"
ACCOUNT_ROW: Final = "ha-config-entry-row"
METER_ROW: Final = "ha-config-sub-entry-row"
_PATIENCE: Final = 60_000.0


class Hand:
    """Acts on what stands on the page, found by the texts and names that a person sees."""

    def __init__(self, browser: Browser) -> None:
        """Take over a window."""
        self.browser = browser
        self.page = browser.page
        self.typed: list[str] = []
        """Names of the fields that were typed into."""
        self.pressed: list[str] = []
        """The buttons of dialogs that were pressed."""

    async def arrive(self, text: str) -> None:
        """Wait until a text is there, such as the title of a step, and nothing moves any more."""
        await self.page.get_by_text(text, exact=True).first.wait_for(timeout=_PATIENCE)
        await self.browser.settle()

    async def leave(self, text: str) -> None:
        """Wait until a text is gone."""
        await self.page.get_by_text(text).first.wait_for(state="detached", timeout=_PATIENCE)

    async def press(self, button: str) -> None:
        """Press the button of a dialog."""
        await self.page.locator("ha-button:visible").filter(has_text=button).last.click()
        self.pressed.append(button)
        await self.browser.settle()

    async def choose(self, line: str) -> None:
        """Press a line of a menu, or unfold a section."""
        await self.page.get_by_text(line, exact=True).last.click()
        await self.browser.settle()

    async def open_menu(self, row: str, line: str, *, of: str = "") -> None:
        """Press a line in the menu of the account's or a meter's row."""
        found = self.page.locator(row).filter(has_text=of).first
        await found.get_by_role("button", name="Menu").first.click()
        await self.browser.settle()
        await found.locator("ha-dropdown-item:visible").filter(has_text=line).first.click()
        await self.browser.settle()

    async def enter_meter(self, name: str, url: str) -> None:
        """Fill in the first form of a meter: its name, and a camera by its address."""
        await self.arrive("Meter and camera")
        await self.type("name", name)
        await self.choose("Camera by address")
        await self.type("url", url)

    async def type(self, name: str, text: str) -> None:
        """Fill in the field of this name."""
        await self.field(name).fill(text)
        self.typed.append(name)

    async def type_number(self, label: str, text: str) -> None:
        """Fill in the first number whose label holds this text; Home Assistant gives numbers no name."""
        numbers = self.page.locator("ha-selector-number").filter(has=self._labelled(label))
        await numbers.first.locator("input").fill(text)

    async def switch(self, label: str) -> None:
        """Turn the switch of this label."""
        await self.page.locator("ha-selector-boolean").filter(has_text=label).locator("ha-switch").click()

    async def pick(self, label: str, option: str) -> None:
        """Choose the option that begins so, in the first field whose label holds this text."""
        select = self.page.locator("ha-selector-select").filter(has=self._labelled(label)).first
        await select.locator("ha-picker-field").click()
        await self.browser.settle()
        await select.locator("ha-dropdown-item").filter(has_text=option).first.click()
        await self.browser.settle()

    async def pick_entity(self, label: str, name: str) -> None:
        """Choose an entity by its name."""
        picker = self.page.locator("ha-selector-entity").filter(has=self._labelled(label))
        await picker.locator("ha-picker-field").click()
        await self.browser.settle()
        await self.page.locator("ha-combo-box-item:visible").filter(has_text=name).last.click()
        await self.browser.settle()

    async def pick_or_type(self, label: str, option: str) -> None:
        """Choose an option of a field that takes others as well."""
        picker = self.page.locator("ha-selector-select").filter(has=self._labelled(label)).first
        await picker.locator("ha-picker-field").click()
        await self.browser.settle()
        await self.page.locator("ha-combo-box-item:visible").filter(has_text=option).last.click()
        await self.browser.settle()

    async def clear_entity(self, label: str) -> None:
        """Choose no entity."""
        picker = self.page.locator("ha-selector-entity").filter(has=self._labelled(label))
        await picker.locator("ha-picker-field .clear").click()
        await self.browser.settle()

    def field(self, name: str) -> Locator:
        """Return the text field of this name."""
        return self.page.locator(f"input[name={name}]")

    def _labelled(self, label: str) -> Locator:
        return self.page.get_by_label(label).or_(self.page.get_by_text(label))

    async def draw_box(self) -> None:
        """Draw the box a little larger than it is, and use the buttons and keys of the picture once each."""
        view = self.page.locator("ha-selector-meter_vision_view")
        stage, box = view.locator(".stage"), view.locator(".box")
        for name in ("Turn right by one degree", "Turn left by one degree"):
            await view.get_by_role("button", name=name).click()
        outer, inner = await stage.bounding_box(), await box.bounding_box()
        assert outer is not None
        assert inner is not None
        left, top = max(outer["x"] + 1, inner["x"] - 25), max(outer["y"] + 1, inner["y"] - 25)
        await self.page.mouse.move(left, top)
        await self.page.mouse.down()
        await self.page.mouse.move(left + 60, top + 40, steps=5)
        await self.page.mouse.move(inner["x"] + inner["width"] + 8, inner["y"] + inner["height"] + 8, steps=5)
        await self.page.mouse.up()
        await box.press("ArrowRight")
        await box.press("Shift+ArrowLeft")
        await self.browser.settle(2)
