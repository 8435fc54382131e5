"""Drives everything that is done to an account after it was set up in the browser, one scenario after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from tests.export.sink import Sink, serving

from . import changing, mending, removing, restoring
from .browser import running_browser
from .clock import local_time_zone
from .demo import continued_demo, control, household_setups, running_demo, say, set_up
from .hand import Hand
from .kept import Kept
from .mending import ELECTRICITY, GAS, HELD, OLD_MODEL, WATER
from .tended import Tended

_HELD_FOR: Final = timedelta(hours=25)
type Scenario = Callable[[Tended], Awaitable[None]]


async def keep_up(pictures: Path, *, port: int) -> None:
    """Set up the meters, let them show for a day what cannot be, then tend everything in the browser.

    Every picture is read, so that each fault of the API is met, however little the household has used meanwhile.
    """
    async with running_demo(speed=1, port=port, name="upkeep") as demo:
        if demo.simulator is None:
            return
        setups = household_setups(demo.simulator)
        await set_up(demo, [setup.altered(setup.name, pay_for_unchanged=True) for setup in setups])
        for key, value in HELD.items():
            await control(f"{demo.simulator.cameras}/{key}/hold", {"value": value})
        buttons = [f"button.{name.lower().replace(' ', '_')}_read_now" for name in (WATER, ELECTRICITY, GAS)]
        await demo.home.client.post("/api/services/button/press", {"entity_id": buttons})
    kept = Kept(demo.home.log.with_suffix(""))
    await asyncio.to_thread(kept.choose_model, OLD_MODEL)
    with serving(Sink()) as sink:
        async with (
            continued_demo(demo, speed=1, later=_HELD_FOR, held=HELD) as later,
            running_browser(later.home, pictures, time=later.clock.now(), time_zone=local_time_zone()) as browser,
        ):
            home = Tended(later, demo.simulator, Hand(browser), kept)
            for scenario in scenarios(sink):
                await scenario(home)
                say(f"{_name(scenario)}: done")
            for complaint in browser.complaints:
                say(f"the page complains: {complaint}")


def scenarios(sink: Sink) -> list[Scenario]:
    """Return all of them in their order; later ones find what earlier ones have left."""
    return [
        mending.replace_model_in_time,
        mending.accept_held,
        mending.held_of_another_meter,
        mending.type_what_stands_there,
        mending.keep_meter,
        mending.replace_meter,
        removing.add_meter_again,
        mending.renew_key,
        mending.find_camera_again,
        mending.replace_model,
        changing.change_camera,
        changing.change_view,
        changing.change_register,
        changing.confirm_anew,
        changing.change_settings,
        changing.change_tariff,
        changing.change_alarms,
        changing.describe_anew,
        changing.change_account,
        partial(changing.begin_export, sink=sink),
        partial(changing.refused_points, sink=sink),
        partial(changing.renew_token, sink=sink),
        partial(changing.missing_bucket, sink=sink),
        changing.end_export,
        changing.change_options,
        changing.change_prices,
        restoring.restore_backup,
        restoring.restore_without_pictures,
        removing.remove_meter,
        removing.damaged_file,
        removing.remove_account,
    ]


def _name(scenario: Scenario) -> str:
    function = scenario.func if isinstance(scenario, partial) else scenario
    return str(function.__name__).replace("_", " ")
