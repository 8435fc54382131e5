"""A home whose meters are tended in the browser: what the scenarios of upkeep share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
import re
from typing import Final

from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from .client import AnswerError
from .demo import Demo, Simulator, control
from .entities import meter_entities
from .folder import DOMAIN
from .hand import ACCOUNT_PAGE, METER_ROW, REPAIRS_PAGE, Hand
from .kept import Kept

_LAST: Final = re.compile(r"^\s*(Close|Finish)\s*$")
"""What the button says that leaves a dialog which has done its work."""
_OWN_TEXT: Final = "Custom integration"
"""A text of the account's page that is Home Assistant's."""
_OPENINGS: Final = 3
_PATIENCE: Final = 15_000.0
_TRIES: Final = 150
_PAUSE: Final = 0.2


class UpkeepError(Exception):
    """Something did not become what the dialogs promised."""


@dataclass(frozen=True, slots=True)
class Tended:
    """The running home, its owner's hand, and what the account keeps on disk."""

    demo: Demo
    simulator: Simulator
    hand: Hand
    kept: Kept

    async def read(self, name: str) -> None:
        """Have a meter read now, whatever comes of it."""
        button = (await meter_entities(self.demo.home.client))[name]["read_now"]
        try:
            await self.demo.home.client.post("/api/services/button/press", {"entity_id": button})
        except AnswerError:
            return

    async def expect(self, name: str, **expected: str) -> None:
        """Wait until entities of a meter have these states, by key."""
        found: dict[str, str] = {}
        for _ in range(_TRIES):
            entities = (await meter_entities(self.demo.home.client)).get(name, {})
            states = {state["entity_id"]: state["state"] for state in await self.demo.home.client.get("/api/states")}
            found = {key: states.get(entities.get(key, ""), "") for key in expected}
            if found == expected:
                return
            await asyncio.sleep(_PAUSE)
        message = f"{name} shows {found} instead of {expected}"
        raise UpkeepError(message)

    async def expect_issues(self, *expected: str) -> None:
        """Wait until exactly these questions of ours are open."""
        found: list[str] = []
        for _ in range(_TRIES):
            listed = (await self.demo.home.client.call("repairs/list_issues"))["issues"]
            found = sorted(issue["translation_key"] for issue in listed if issue["domain"] == DOMAIN)
            if found == sorted(expected):
                return
            await asyncio.sleep(_PAUSE)
        message = f"open questions are {found} instead of {sorted(expected)}"
        raise UpkeepError(message)

    async def show(self, key: str, value: str | None) -> None:
        """Let a camera's meter stand at a value, None: where the household's use has brought it."""
        await control(f"{self.simulator.cameras}/{key}/hold", {"value": value})

    async def spoil_api(self, fault: str | None) -> None:
        """Let the API fail at every call from now on, None: never."""
        await control(f"{self.simulator.api}/control/faults", {"fault": fault})

    async def open_repair(self, text: str) -> None:
        """Open the dialog of the question that holds this text."""
        await self.hand.browser.open(REPAIRS_PAGE)
        await self.hand.page.get_by_text(text).first.click()
        await self.hand.browser.settle()

    async def open_account(self) -> None:
        """Open the page of the account and its meters, once it is set up: what is pressed before then may be lost."""
        for _ in range(_TRIES):
            (entry,) = await self.demo.home.client.call("config_entries/get", domain=DOMAIN)
            if entry["state"] == "loaded":
                break
            await asyncio.sleep(_PAUSE)
        for _ in range(_OPENINGS):
            await self.hand.browser.open(ACCOUNT_PAGE)
            try:
                await self.hand.page.get_by_text(_OWN_TEXT).first.wait_for(timeout=_PATIENCE)
            except PlaywrightTimeoutError:
                continue  # on a busy machine the page may come without its texts, and does not ask for them again
            return
        message = "the page of the account has no texts"
        raise UpkeepError(message)

    async def reconfigure(self, meter: str, part: str) -> None:
        """Open the dialog for a part of a meter."""
        await self.open_account()
        row = self.hand.page.locator(METER_ROW).filter(has_text=meter)
        await row.get_by_role("button", name="Reconfigure meter").first.click()
        await self.hand.arrive("Reconfigure meter")
        await self.hand.choose(part)

    async def picture(self, name: str) -> None:
        """Keep pictures of the dialog by day, in the dark and on a phone."""
        await self.hand.browser.every_picture(f"upkeep-{name}")

    async def done(self) -> None:
        """Wait for the dialog's last word, and close it."""
        await self.hand.page.locator("ha-dialog-footer ha-button:visible").filter(has_text=_LAST).click()
        await self.hand.browser.settle()
