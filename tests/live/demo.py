"""The demo: a household, its cameras, a stand-in for the API and a real Home Assistant that reads the meters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import os
from pathlib import Path
import sys
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp

from tests.simulator.meters import METERS

from .clock import Clock, local_time_zone, running_clock
from .energy import add_to_dashboard
from .entities import entities_of, wait_for_reading
from .facts import Watched
from .flows import add_account, add_meter
from .folder import REPOSITORY
from .home import Home, restarted_home, running_home
from .programs import Program, claim_folder, free_port, program
from .setups import Camera, Setup

STATE: Final = REPOSITORY / ".demo"
WATCHED: Final = tuple(Watched(name=meter.name, key=key) for key, meter in METERS.items())
# Not a key: the stand-in takes anything that looks like one.
API_KEY: Final = "sk-ant-demo"
NO_VALUES: Final[Mapping[str, str]] = {}
_MORNING: Final = 7
_BUSY: Final = 1.5
"""Load for each processor from which on a fast clock would leave cameras and reader too little real time."""
_SET_UP: Final = timedelta(seconds=30)
"""Real time from the start of the clock until the meters are set up, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """Where the cameras and the stand-in for the API listen."""

    cameras: str
    api: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Everything that runs."""

    home: Home
    clock: Clock
    simulator: Simulator | None
    time_zone: ZoneInfo

    def say(self, text: str) -> None:
        """Print a line with the time of day it is in the household."""
        say(f"[{self.clock.now().astimezone(self.time_zone):%H:%M:%S}] {text}")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@asynccontextmanager
async def running_demo(
    *, speed: float | None, port: int, name: str = "house", components: Sequence[Path] = ()
) -> AsyncIterator[Demo]:
    """Start everything in an emptied folder of that name; end it all when the context is left.

    With a speed: a household on a clock that starts this morning. Without: a real camera and the real clock.
    `components`: folders of further integrations that need no settings.
    """
    folder = await asyncio.to_thread(claim_folder, STATE, name)
    time_zone = local_time_zone()
    async with AsyncExitStack() as stack:
        start = None if speed is None else _start(ZoneInfo(time_zone), speed)
        clock = await stack.enter_async_context(running_clock(speed=speed or 1.0, start=start))
        simulator = None
        if speed is not None:
            say("Starting the household with its cameras, and the stand-in for the API")
            simulator = addresses()
            await stack.enter_async_context(_running_simulator(simulator, folder, clock))
        say("Starting Home Assistant")
        running = running_home(
            folder / "config", port=free_port(port), clock=clock, time_zone=time_zone, components=components
        )
        home = await stack.enter_async_context(running)
        yield Demo(home=home, clock=clock, simulator=simulator, time_zone=ZoneInfo(time_zone))


@asynccontextmanager
async def continued_demo(
    before: Demo, *, speed: float, later: timedelta = timedelta(), held: Mapping[str, str] = NO_VALUES
) -> AsyncIterator[Demo]:
    """Start everything once more where it has stopped, on a clock of another speed that goes on from there or later.

    `held`: what the cameras show from the start, by meter, instead of where the household's use has brought it.
    """
    async with AsyncExitStack() as stack:
        clock = await stack.enter_async_context(running_clock(speed=speed, start=before.clock.now() + later))
        if before.simulator is not None:
            folder = before.home.log.parent
            await stack.enter_async_context(_running_simulator(before.simulator, folder, clock))
            for key, value in held.items():
                await control(f"{before.simulator.cameras}/{key}/hold", {"value": value})
        home = await stack.enter_async_context(restarted_home(before.home, clock=clock))
        yield replace(before, home=home, clock=clock)


async def control(address: str, body: Mapping[str, Any]) -> None:
    """Tell the simulator something."""
    async with aiohttp.ClientSession() as session, session.post(address, json=dict(body)) as answer:
        answer.raise_for_status()


def household_setups(simulator: Simulator) -> list[Setup]:
    """Return the household's meters as their owner would enter them."""
    return [
        Setup.of(meter.description(), Camera(url=f"{simulator.cameras}/{key}/snapshot.jpg"))
        for key, meter in METERS.items()
    ]


async def set_up(demo: Demo, setups: Sequence[Setup], *, base_url: str | None = None) -> str:
    """Add account and meters through the flows and put them on the Energy dashboard; return the account's entry id.

    `base_url`: another address of the real API.
    """
    client = demo.home.client
    if demo.simulator is None:
        key = os.environ["ANTHROPIC_API_KEY"]
    else:
        key, base_url = API_KEY, demo.simulator.api
    flow_id: str | None
    entry_id, flow_id = await add_account(client, api_key=key, base_url=base_url)
    demo.say("account added")
    for setup in setups:
        found = await add_meter(client, entry_id, setup, flow_id=flow_id)
        flow_id = None
        demo.say(f"meter added: {setup.name}, first reading {found} {setup.register['unit']}")
        await wait_for_reading(client, setup.name)
    entities = await entities_of(client, [setup.name for setup in setups])
    await add_to_dashboard(client, {entities[setup.name]["consumption"]: setup.kind for setup in setups})
    demo.say("Energy dashboard set up")
    return entry_id


def fitting_speed(usual: float) -> float:
    """Return a speed at which all timeouts of Home Assistant, that many times shorter, still leave time enough."""
    load = os.getloadavg()[0]
    if load < _BUSY * (os.cpu_count() or 1):
        return usual
    say(f"This machine is busy (load {load:.1f}), so the clock runs at {usual / 2:g} instead of {usual:g}")
    return usual / 2


def _start(zone: ZoneInfo, speed: float) -> datetime:
    """Return an instant this morning that leaves time to set up before the next full hour."""
    hour = datetime.now(zone).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    return hour - min(_SET_UP * speed, timedelta(minutes=50))


def addresses() -> Simulator:
    """Return addresses at which nobody listens yet."""
    return Simulator(cameras=f"http://127.0.0.1:{free_port()}", api=f"http://127.0.0.1:{free_port()}")


@asynccontextmanager
async def _running_simulator(simulator: Simulator, folder: Path, clock: Clock) -> AsyncIterator[None]:
    # Each server by itself: the command that starts both has only so much patience, which a fast clock shortens.
    async with running_api(simulator, folder, clock), running_cameras(simulator, folder, clock):
        yield


@asynccontextmanager
async def running_api(simulator: Simulator, folder: Path, clock: Clock) -> AsyncIterator[None]:
    """Run the stand-in for the API at its address."""
    async with _server(folder, clock, "messages", "--port", _port(simulator.api)) as messages:
        await messages.wait_until(lambda: _answers(f"{simulator.api}/control/calls"), seconds=60)
        yield


@asynccontextmanager
async def running_cameras(simulator: Simulator, folder: Path, clock: Clock) -> AsyncIterator[None]:
    """Run the household's cameras at their address."""
    cameras = simulator.cameras
    async with _server(folder, clock, "camera", "--port", _port(cameras), "--api-url", simulator.api) as camera:
        # A first picture of each meter takes its time, which a camera that is waited for does not have.
        for key in METERS:
            await camera.wait_until(lambda key=key: _answers(f"{cameras}/{key}/preview.jpg"), seconds=60)
        yield


def _port(url: str) -> str:
    return url.rpartition(":")[2]


def _server(folder: Path, clock: Clock, name: str, *options: str) -> AbstractAsyncContextManager[Program]:
    command = (sys.executable, "-m", f"tests.simulator.{name}", *options)
    return program(*command, log=folder / f"{name}.log", environment=clock.environment, folder=REPOSITORY)


async def _answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.ok
    except aiohttp.ClientError:
        return False
