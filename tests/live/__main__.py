"""The command behind scripts/demo."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Sequence
import contextlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
import json
import os
import sys
from typing import Final

from tests.simulator.meters import METERS

from .altered import altered_setups, noticed, self_tests
from .checks import Result, Truth, check_all
from .client import AnswerError
from .clock import ClockError
from .demo import WATCHED, Demo, Simulator, continued_demo, fitting_speed, household_setups, running_demo, say, set_up
from .entities import entities_of, shown_reading
from .facts import Facts, Watched, collect
from .flows import FlowError, add_meter
from .home import PASSWORD, USER
from .programs import ProgramError, stop_on_request
from .setups import Camera, Setup
from .watch import WatchError, tell_hours, wait_for_hours

_SPEED: Final = 40.0
_PACE: Final = 6.0
_HOURS: Final = 3
_PAUSE: Final = 5.0
_INTERVAL: Final = timedelta(minutes=15)
_SHORT: Final = timedelta(minutes=5)
TRUTHS: Final = {
    meter.name: Truth(unit=meter.unit, least=Decimal(1).scaleb(-meter.places), interval=_INTERVAL)
    for meter in METERS.values()
}


async def _show(options: argparse.Namespace) -> int:
    """Let some hours pass quickly, then go on at a pace at which one can watch."""
    speed = options.speed or fitting_speed(_SPEED)
    async with running_demo(speed=speed, port=options.port) as demo:
        if demo.simulator is None:
            return 1
        await set_up(demo, household_setups(demo.simulator))
        say(f"\n{_HOURS} hours pass quickly now, {3600 / speed:.0f} s each, so that there is something to look at.")
        await wait_for_hours(demo, full_hours=_HOURS)
    say(f"\nStarting Home Assistant once more, on a clock that runs at {options.pace:g} times the usual speed")
    async with continued_demo(demo, speed=options.pace) as demo:
        return await _wait(demo)


async def _show_real(options: argparse.Namespace) -> int:
    """Set up a real camera with real Claude."""
    async with running_demo(speed=None, port=options.port) as demo:
        await set_up(demo, [_real_setup(options)], base_url=options.base_url)
        return await _wait(demo)


async def _wait(demo: Demo) -> int:
    """Say where to look, and run until told to stop."""
    lines = [("Home Assistant", demo.home.url), ("user", USER), ("password", PASSWORD)]
    if demo.simulator is not None:
        lines.append(("cameras", demo.simulator.cameras))
    say("")
    for name, text in lines:
        say(f"  {name:<16} {text}")
    say("\nPress Ctrl-C to stop.\n")
    told = await tell_hours(demo, 0, quiet=True)
    while demo.home.program.running:
        await asyncio.sleep(_PAUSE)
        told = await tell_hours(demo, told)
    say("Home Assistant has ended by itself")
    return 1


async def _check(demo: Demo, simulator: Simulator, setups: list[Setup], *, with_self_test: bool) -> int:
    """Set up, wait for two full hours, compare; then show that the comparison can fail."""
    entry_id = await set_up(demo, setups)
    await wait_for_hours(demo)
    facts = await _collect(demo, simulator, WATCHED, trial_calls=2 * len(setups))
    results = _tell(check_all(facts, TRUTHS))
    if with_self_test and all(result.passed for result in results):
        results += _tell(self_tests(facts, TRUTHS))
        results += _tell(await _try_altered(demo, simulator, entry_id, setups))
    failed = sum(not result.passed for result in results)
    say(f"{len(results) - failed} passed, {failed} failed")
    return min(failed, 1)


def _tell(results: Iterable[Result]) -> list[Result]:
    told = list(results)
    for result in told:
        say(str(result))
    return told


async def _try_altered(demo: Demo, simulator: Simulator, entry_id: str, setups: list[Setup]) -> list[Result]:
    """Add meters that are set up wrongly, let them be read, and look whether the checks notice."""
    client = demo.home.client
    names = {meter.key: meter.name for meter in WATCHED}
    altered = altered_setups(setups)
    for each in altered:
        shown = await shown_reading(client, names[each.key])
        setup = replace(each.setup, value=shown, minutes=_SHORT / timedelta(minutes=1))
        found = await add_meter(client, entry_id, setup)
        demo.say(f"meter added with {each.name}: read {found}, told {shown}")
    await entities_of(client, [each.setup.name for each in altered])
    await demo.clock.wait_until(demo.clock.now() + 2 * _SHORT)
    watched = [Watched(name=each.setup.name, key=each.key) for each in altered]
    facts = await _collect(demo, simulator, watched, trial_calls=0)
    checked = check_all(facts, {each.setup.name: TRUTHS[names[each.key]] for each in altered})
    return [noticed(each.name, f"{each.setup.name}: {each.check}", checked) for each in altered]


async def _collect(demo: Demo, simulator: Simulator, watched: Sequence[Watched], *, trial_calls: int) -> Facts:
    log = await asyncio.to_thread(demo.home.log.read_text, errors="replace")
    facts = await collect(
        demo.home.client, demo.clock, watched,
        cameras=simulator.cameras, api=simulator.api, log=log, trial_calls=trial_calls,
    )  # fmt: skip
    name = "facts.json" if watched is WATCHED else "altered.json"
    await asyncio.to_thread((demo.home.log.with_name(name)).write_text, json.dumps(facts, indent=1))
    return facts


async def _run(options: argparse.Namespace) -> int:
    """Do what the command line asks for."""
    stop_on_request()
    if options.camera is not None:
        return await _show_real(options)
    if not (options.check or options.self_test):
        return await _show(options)
    async with running_demo(speed=options.speed or fitting_speed(_SPEED), port=options.port) as demo:
        if demo.simulator is None:
            return 1
        setups = household_setups(demo.simulator)
        return await _check(demo, demo.simulator, setups, with_self_test=options.self_test)


def _real_setup(options: argparse.Namespace) -> Setup:
    """Return the meter that the command line describes."""
    login = {"username": options.username, "password": os.environ.get("CAMERA_PASSWORD")}
    return Setup(
        name=f"{options.kind} meter".capitalize(),
        kind=options.kind,
        camera=Camera(url=options.camera, auth=options.auth, **login),
        register={
            "unit": options.unit or ("kWh" if options.kind == "electricity" else "m³"),
            "display": options.display,
            "whole_digits": options.whole_digits,
            "decimals": options.decimals,
            "dials": options.dials,
            "dial_decimals": options.dials,
        },
        rotation=options.rotation,
        crop=options.crop,
        value=options.value,
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Reads meters in a real Home Assistant.")
    parser.add_argument("--check", action="store_true", help="verify two full hours and end, 0 if all is well")
    parser.add_argument("--self-test", action="store_true", help="the same, then show that the checks can fail")
    parser.add_argument("--speed", type=float, help=f"simulated seconds in a real one ({_SPEED:g}, half if busy)")
    parser.add_argument("--pace", type=float, default=_PACE, help="the same while one watches (%(default)g)")
    parser.add_argument("--port", type=int, default=8123, help="of Home Assistant, if it is free (%(default)d)")
    real = parser.add_argument_group("a real camera and real Claude, with ANTHROPIC_API_KEY set")
    real.add_argument("--camera", metavar="URL", help="of a snapshot or an MJPEG stream")
    real.add_argument("--base-url", metavar="URL", help="of a gateway in front of the API")
    real.add_argument("--auth", choices=("none", "basic", "digest"), default="none", help="password: CAMERA_PASSWORD")
    real.add_argument("--username")
    real.add_argument("--kind", choices=("water", "electricity", "gas"))
    real.add_argument("--display", choices=("drums", "drums and dials", "lcd", "dials"), default="drums")
    real.add_argument("--unit")
    real.add_argument("--whole-digits", type=int, default=5)
    real.add_argument("--decimals", type=int, default=0)
    real.add_argument("--dials", type=int, default=0, help="all of them decimals")
    real.add_argument("--rotation", type=float, default=0.0, help="degrees clockwise to upright")
    real.add_argument("--crop", type=_crop, metavar="X,Y,W,H", help="fractions of the upright picture")
    real.add_argument("--value", help="what stands on the meter; left out, what Claude reads is confirmed")
    options = parser.parse_args(arguments)
    if options.camera is not None:
        if options.kind is None:
            parser.error("--camera needs --kind")
        if not os.environ.get("ANTHROPIC_API_KEY"):
            parser.error("--camera needs ANTHROPIC_API_KEY in the environment")
        if options.check or options.self_test:
            parser.error("--check knows the truth of the simulated meters only")
    return options


def _crop(text: str) -> tuple[float, ...]:
    parts = tuple(float(part) for part in text.split(","))
    if len(parts) != len(("x", "y", "width", "height")):
        raise ValueError(text)
    return parts


def main() -> int:
    """Run the demo; 0 if it did what was asked."""
    options = _options(sys.argv[1:])
    try:
        return asyncio.run(_run(options))
    except (AnswerError, ClockError, FlowError, ProgramError, WatchError) as err:
        say(f"error: {err}")
        return 1


if __name__ == "__main__":
    # Ctrl-C is the way to stop it.
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(main())
    say("Stopped.")
