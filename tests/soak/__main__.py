"""The command behind scripts/soak."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
import pickle
import sys
from typing import Final
from zoneinfo import ZoneInfo

import aiohttp

from tests.export.sink import WRITE_TOKEN, Sink, serving
from tests.live.client import Client
from tests.live.clock import running_clock
from tests.live.demo import (
    STATE,
    Demo,
    addresses,
    fitting_speed,
    household_setups,
    running_api,
    running_cameras,
    say,
    set_up,
)
from tests.live.entities import meter_entities
from tests.live.folder import DOMAIN
from tests.live.home import running_home
from tests.live.prices import begun, done, set_price
from tests.live.programs import claim_folder, free_port, stop_on_request
from tests.simulator.meters import METERS

from . import compare, facts
from .compare import HOUR
from .machine import Machine
from .plan import QUIET, plan
from .world import ZONE, World, change_of_clocks

_SPEED: Final = 40.0
_SHORT: Final = timedelta(hours=3)
_WHOLE: Final = timedelta(hours=48)
_SETTLE: Final = timedelta(minutes=6)
"""After the last hour, until the recorder has written what belongs to it."""
_PRICES: Final = {"water": Decimal("4.35"), "electricity": Decimal("0.31"), "gas": Decimal("1.02")}


@asynccontextmanager
async def _running_world(seed: int, length: timedelta, speed: float) -> AsyncIterator[World]:
    """Start everything, set the meters up, and end it all when the context is left."""
    folder = await asyncio.to_thread(claim_folder, STATE, "soak")
    zone = ZoneInfo(ZONE)
    async with AsyncExitStack() as stack:
        machine = stack.enter_context(Machine.made(folder))
        clock = await stack.enter_async_context(running_clock(speed=speed, start=change_of_clocks(seed, length)))
        simulator = addresses()
        await stack.enter_async_context(running_cameras(simulator, folder, clock))

        async def start_api() -> AsyncExitStack:
            api = AsyncExitStack()
            await api.enter_async_context(running_api(simulator, folder, clock))
            return api

        api, serve, sink = await start_api(), AsyncExitStack(), Sink()
        serve.enter_context(serving(sink))
        life = AsyncExitStack()
        on_machine = replace(clock, environment=machine.environment(clock.environment))
        running = running_home(folder / "config", port=free_port(), clock=on_machine, time_zone=ZONE)
        home = await life.enter_async_context(running)
        world = World(
            clock=clock, machine=machine, simulator=simulator, sink=sink, serve=serve, api=api, start_api=start_api,
            home=home, life=life,
        )  # fmt: skip
        try:
            await _set_up(world, Demo(home=home, clock=clock, simulator=simulator, time_zone=zone))
            yield world
        finally:
            for part in (world.life, world.api, world.serve):
                await part.aclose()


async def _set_up(world: World, demo: Demo) -> None:
    """Add the meters, what they cost, and the server that points go to."""
    entry_id = await set_up(demo, household_setups(world.simulator))
    client = demo.home.client
    for subentry in await client.call("config_entries/subentries/list", entry_id=entry_id):
        kind = next(key for key, meter in METERS.items() if meter.name == subentry["title"])
        await set_price(client, entry_id, subentry["subentry_id"], _PRICES[kind])
    flow = "/api/config/config_entries/flow"
    step = await begun(client, flow, {"handler": DOMAIN, "entry_id": entry_id})
    await client.post(f"{flow}/{step['flow_id']}", {"next_step_id": "export"})
    form = {
        "kind": "influxdb_2", "url": world.sink.url, "org": "home", "token": WRITE_TOKEN,
        "bucket_mode": "separate", "site": "home", "tls": {"verify": True},
    }  # fmt: skip
    done(await client.post(f"{flow}/{step['flow_id']}", form))
    world.exported_since = world.clock.now()
    world.say("prices and export set up")


async def _soak(options: argparse.Namespace) -> int:
    stop_on_request()
    if options.again:
        return min(_tell(pickle.loads(options.again.read_bytes())), 1)  # noqa: S301  our own file
    length = timedelta(hours=options.hours)
    async with _running_world(options.seed, length, options.speed) as world:
        start = world.clock.now()
        async with asyncio.TaskGroup() as tasks:
            for stream in plan(options.seed, start, length, tuple(METERS)):
                tasks.create_task(world.run(stream))
        calm = max(start + length, world.clock.now() + QUIET)
        last_hour = calm.replace(minute=0, second=0, microsecond=0) + HOUR
        world.say(f"nothing goes wrong any more; waiting for {last_hour:%H:%M} UTC and the recorder")
        await world.clock.wait_until(last_hour + _SETTLE)
        found = await _collect(world)
        folder, done, lives = world.home.log.parent, world.done, world.lives
    await asyncio.to_thread((folder / "facts.pickle").write_bytes, pickle.dumps(found))
    differences = _tell(found)
    counts = ",".join(f"{kind.value}:{count}" for kind, count in sorted(done.items()))
    say(f"differences={differences} seed={options.seed} hours={options.hours:g} looks={_looks(found)} lives={lives} "
        f"faults={done.total()} ({counts})")  # fmt: skip
    return min(differences, 1)


def _tell(found: facts.Facts) -> int:
    """Print the differences and return their number."""
    differences = list(compare.differences(found, ZoneInfo(ZONE)))
    for text in differences:
        say(f"DIFFERENCE {text}")
    return len(differences)


def _looks(found: facts.Facts) -> int:
    return sum(len(meter.looks) for meter in found.meters)


async def _collect(world: World) -> facts.Facts:
    """Ask the cameras, end Home Assistant, and look at its files and at the server."""
    client, looked_at = world.home.client, world.clock.now()
    entities = await meter_entities(client)
    subentries = {}
    for entry in await client.call("config_entries/get", domain=DOMAIN):
        account = world.home.log.with_name("config") / ".storage" / f"{DOMAIN}.{entry['entry_id']}.db"
        for each in await client.call("config_entries/subentries/list", entry_id=entry["entry_id"]):
            subentries[each["title"]] = each["subentry_id"]
    shown = {key: await _shown(world, key) for key in METERS}
    for _ in range(100):
        if world.sink.requests and not await _waiting(client):
            break
        await asyncio.sleep(0.2)
    await world.life.aclose()
    found = []
    for key, meter in METERS.items():
        ids = entities[meter.name]
        found.append(
            facts.MeterFacts(
                key=key,
                name=meter.name,
                least=Decimal(1).scaleb(-meter.places),
                price=_PRICES[key],
                shown=shown[key],
                kept=list(facts.kept(account, subentries[meter.name])),
                looks=list(facts.looks(account, subentries[meter.name])),
                hours=list(facts.statistics(world.database, ids["consumption"])),
                short=list(facts.statistics(world.database, ids["consumption"], short=True)),
                cost_hours=list(facts.statistics(world.database, ids["cost"])),
                exported_since=world.exported_since or looked_at,
                points=facts.points(world.sink, meter.name.lower().replace(" ", "_")),
                until=looked_at,
                state=facts.last_state(world.database, ids["consumption"]),
            )
        )
    traces = await asyncio.to_thread(_traces, world)
    return facts.Facts(meters=found, deviations=world.machine.history, troubles=world.troubles, traces=traces)


async def _waiting(client: Client) -> bool:
    """Return whether points wait for the server."""
    states = await client.get("/api/states")
    waiting = [state["state"] for state in states if state["entity_id"].endswith("points_waiting_for_influxdb")]
    return waiting != ["0"]


async def _shown(world: World, key: str) -> list[facts.Shown]:
    url = f"{world.simulator.cameras}/{key}/served"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        served = await response.json()
    return [facts.Shown(time=datetime.fromisoformat(each["time"]), value=Decimal(each["shown"])) for each in served]


def _traces(world: World) -> list[str]:
    """Return what the logs of all lives say of errors nobody has foreseen in the integration."""
    logs = sorted(world.home.log.parent.glob("config*.log"))
    return [text for log in logs for text in facts.unforeseen(log.read_text(errors="replace"))]


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what goes wrong when (%(default)s)")
    parser.add_argument("--hours", type=float, help="of the household; 48")
    parser.add_argument("--speed", type=float, help=f"simulated seconds in a real one; {_SPEED:g}, half if busy")
    parser.add_argument("--short", action="store_true", help="3 hours, everything goes wrong once")
    parser.add_argument("--again", type=Path, metavar="FILE", help="compare what an earlier run has left once more")
    options = parser.parse_args(arguments)
    options.hours = options.hours or (_SHORT if options.short else _WHOLE) / timedelta(hours=1)
    options.speed = options.speed or fitting_speed(_SPEED)
    return options


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(asyncio.run(_soak(_options(sys.argv[1:]))))
    say("Stopped.")
