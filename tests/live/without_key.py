"""Sets up an account without a key in the browser: an AI Task entity reads, and later another one in doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .browser import Browser, running_browser
from .clock import local_time_zone
from .demo import household_setups, running_demo, say
from .entities import wait_for_reading
from .folder import DOMAIN
from .hand import ACCOUNT_PAGE, ACCOUNT_ROW, Hand
from .kept import Kept
from .setups import Setup

_COMPONENT: Final = Path(__file__).with_name("reading_task")
_ENTITY: Final = "AI Task entity"
_SECOND: Final = "Second entity for doubtful pictures"


async def read_by_an_entity(pictures: Path, *, port: int) -> None:
    """Add the account and a meter that an entity reads; then name a second entity."""
    async with running_demo(speed=1, port=port, name="without_key", components=(_COMPONENT,)) as demo:
        if demo.simulator is None:
            return
        setup = household_setups(demo.simulator)[0]
        kept = Kept(demo.home.log.with_suffix(""))
        time = demo.clock.now()
        async with running_browser(demo.home, pictures, time=time, time_zone=local_time_zone()) as browser:
            hand = Hand(browser)
            await _add_account(browser, hand)
            await _add_meter(browser, hand, setup)
            await wait_for_reading(demo.home.client, setup.name)
            say(f"{setup.name} set up without a key")
            await _name_second(browser, hand)
            for complaint in browser.complaints:
                say(f"the page complains: {complaint}")
        wanted = {"entity_id": "ai_task.reader", "stronger": "ai_task.second"}
        await kept.wait_until("both entities are kept", lambda: kept.entry()["data"] == {"ai_task": wanted})


async def _add_account(browser: Browser, hand: Hand) -> None:
    await browser.open(f"/config/integrations/dashboard/add?domain={DOMAIN}")
    await hand.press("OK")
    await hand.arrive("Claude account")
    await hand.press("Submit")
    await hand.page.get_by_text("Enter an API key, or choose an AI Task entity").first.wait_for()
    await hand.choose("Without a key: AI Task")
    await hand.pick_entity(_ENTITY, "Reader")
    await browser.every_picture("without-key-1-account")
    await hand.press("Submit")


async def _add_meter(browser: Browser, hand: Hand, setup: Setup) -> None:
    await hand.enter_meter(setup.name, setup.camera.url)
    await hand.press("Next")
    await hand.arrive("Is this your meter?")
    await browser.every_picture("without-key-2-look")
    await hand.press("Next")
    await hand.arrive("First reading")
    await browser.every_picture("without-key-3-reading")
    await hand.press("Submit")
    await hand.arrive("Success")


async def _name_second(browser: Browser, hand: Hand) -> None:
    await browser.open(ACCOUNT_PAGE)
    await hand.open_menu(ACCOUNT_ROW, "Reconfigure")
    await hand.arrive("Meter Vision account")
    await hand.choose("AI Task entities")
    await hand.arrive("AI Task entity")
    await hand.pick_entity(_SECOND, "Second")
    await browser.every_picture("without-key-4-second")
    await hand.press("Submit")
