"""The command behind scripts/e2e: goes through every dialog in the browser and makes pictures of what comes."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from functools import partial
from pathlib import Path
import sys
from typing import Final

import aiohttp
from playwright.async_api import Error as PlaywrightError
import yaml

from tests.simulator.meters import METERS

from .browser import CARDS, Browser, BrowserError, running_browser
from .client import AnswerError
from .clock import ClockError, local_time_zone
from .demo import STATE, Demo, Simulator, continued_demo, household_setups, running_demo, say, set_up
from .entities import meter_entities, wait_for_reading
from .flows import FlowError
from .folder import DOMAIN, REPOSITORY
from .kept import KeptError
from .prices import set_price
from .programs import ProgramError, stop_on_request
from .tended import UpkeepError
from .touch import TouchError, add_by_finger
from .upkeep import keep_up
from .walk import Walk, WalkError
from .watch import WatchError, wait_for_hours
from .without_key import read_by_an_entity

PARTS: Final = ("flows", "touch", "without-key", "upkeep", "hours")
_PORT: Final = 8125
_WATER_PRICE: Final = Decimal("4.35")
"""Euros for a cubic metre."""


async def walk_through(pictures: Path) -> None:
    """Set up the account and every meter in the browser, on a clock of ordinary speed.

    The first meter's page was opened before the integration existed, so it has no selector of ours.
    """
    async with running_demo(speed=1, port=_PORT, name="flows") as demo:
        if demo.simulator is None:
            return
        async with _looking(demo, pictures) as browser:
            walk = Walk(browser)
            await walk.add_account(api_key="sk-ant-demo", base_url=demo.simulator.api)
            for number, setup in enumerate(household_setups(demo.simulator)):
                if number:
                    await walk.open_meter()
                shown = partial(_latest_shown, demo.simulator, setup.kind)
                found = await walk.add_meter(setup, shown, drawing=number > 0)
                say(f"{setup.name} set up in the browser, first reading {found or 'in doubt, and typed'}")
                await wait_for_reading(demo.home.client, setup.name)
            _complain(browser)


async def look_around(pictures: Path, *, speed: float, hours: int) -> None:
    """Let the household live for some hours and look at the device and the Energy dashboard."""
    async with running_demo(speed=speed, port=_PORT, name="hours") as demo:
        if demo.simulator is None:
            return
        setups = household_setups(demo.simulator)
        await _price_water(demo, await set_up(demo, setups))
        await wait_for_hours(demo, full_hours=hours)
    # A browser needs more time for its first page than a fast clock leaves it.
    async with (
        continued_demo(demo, speed=1) as demo,
        _looking(demo, pictures) as browser,
    ):
        await _read_all(demo)
        await browser.open(f"/config/integrations/integration/{DOMAIN}")
        await browser.picture("integration")
        await _look_at_device(demo, browser, setups[0].name)
        await browser.open("/energy")
        await browser.settle(4)
        await browser.picture("energy")
        await _look_at_cards(demo, browser)
        _complain(browser)


async def _price_water(demo: Demo, entry_id: str) -> None:
    """Say what water costs, for the cards that show it."""
    client = demo.home.client
    meters = await client.call("config_entries/subentries/list", entry_id=entry_id)
    water = next(each["subentry_id"] for each in meters if each["title"] == METERS["water"].name)
    await set_price(client, entry_id, water, _WATER_PRICE)


def _looking(demo: Demo, pictures: Path) -> AbstractAsyncContextManager[Browser]:
    return running_browser(demo.home, pictures, time=demo.clock.now(), time_zone=local_time_zone())


async def _look_at_cards(demo: Demo, browser: Browser) -> None:
    """Put the documented cards of the water meter on a dashboard of its own."""
    text = (REPOSITORY / "docs" / "dashboard.md").read_text(encoding="utf-8")
    cards, cost = (yaml.safe_load(part.partition("```")[0]) for part in text.split("```yaml")[1:])
    cards["cards"].append(cost)
    await demo.home.client.call("lovelace/dashboards/create", url_path="a-meter", title="Meter", mode="storage")
    view = {"views": [{"type": "panel", "title": "Meter", "cards": [cards]}]}
    await demo.home.client.call("lovelace/config/save", url_path="a-meter", config=view)
    await browser.page.set_viewport_size(CARDS)
    await browser.open("/a-meter")
    await browser.settle(4)
    await browser.picture("dashboard")


async def _read_all(demo: Demo) -> None:
    """Read each meter once: pictures do not outlive a restart."""
    found = await meter_entities(demo.home.client)
    buttons = [keys["read_now"] for keys in found.values() if "read_now" in keys]  # the account has none
    await demo.home.client.post("/api/services/button/press", {"entity_id": buttons})


async def _latest_shown(simulator: Simulator, kind: str) -> str:
    """Return what stands on a meter in its latest picture."""
    async with aiohttp.ClientSession() as session, session.get(f"{simulator.cameras}/{kind}/served") as response:
        return str((await response.json())[-1]["shown"])


async def _look_at_device(demo: Demo, browser: Browser, name: str) -> None:
    devices = await demo.home.client.call("config/device_registry/list")
    device = next(each["id"] for each in devices if each["name"] == name)
    await browser.open(f"/config/devices/device/{device}")
    await browser.settle(2)
    await browser.picture("device")


def _complain(browser: Browser) -> None:
    for complaint in browser.complaints:
        say(f"the page complains: {complaint}")


async def _run(options: argparse.Namespace) -> None:
    stop_on_request()
    chosen = options.only or PARTS
    if "flows" in chosen:
        await walk_through(options.pictures)
    if "touch" in chosen:
        await add_by_finger(options.pictures, port=_PORT)
    if "without-key" in chosen:
        await read_by_an_entity(options.pictures, port=_PORT)
    if "upkeep" in chosen:
        await keep_up(options.pictures, port=_PORT)
    if "hours" in chosen:
        await look_around(options.pictures, speed=options.speed, hours=options.hours)


_FAILURES: Final = (
    *(AnswerError, BrowserError, ClockError, FlowError, KeptError, ProgramError, TouchError, UpkeepError, WalkError),
    *(WatchError, PlaywrightError),
)


def main() -> int:
    """Run the walk; 0 if every step came."""
    parser = argparse.ArgumentParser(prog="scripts/e2e", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=STATE / "pictures", help="folder for the pictures")
    parser.add_argument(
        "--only",
        action="append",
        choices=PARTS,
        help="flows: from nothing to a first reading; touch: a meter added on a phone, the box drawn with a finger; "
        "without-key: an AI Task entity reads; upkeep: keys, changes, repairs, removal; hours: what comes of it",
    )
    parser.add_argument("--hours", type=int, default=4, help="full hours to wait for (%(default)d)")
    parser.add_argument("--speed", type=float, default=40.0, help="simulated seconds in a real one (%(default)g)")
    options = parser.parse_args()
    options.pictures.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_run(options))
    except _FAILURES as err:
        say(f"error: {err}")
        return 1
    say(f"pictures in {options.pictures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
