"""Everything that runs during the two days, and how each part of it is spoiled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import signal
import sqlite3
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from tests.export.sink import Fault, Sink, serving
from tests.live.clock import Clock
from tests.live.demo import Simulator, say
from tests.live.home import Home, restarted_home
from tests.live.programs import Program

from .machine import Machine
from .plan import AWAY, Kind, Planned

ZONE: Final = "Europe/Berlin"
_BUSY_MOST: Final = 0.5
"""Real seconds that the recorder's file is held."""


@dataclass(slots=True)
class World:
    """The parts, and what has been done to them."""

    clock: Clock
    machine: Machine
    simulator: Simulator
    sink: Sink
    serve: AsyncExitStack
    """Holds the server that takes points, while it is there."""
    api: AsyncExitStack
    """Holds the stand-in for the API, while it is there."""
    start_api: Callable[[], Awaitable[AsyncExitStack]]
    home: Home
    life: AsyncExitStack
    """Holds the running Home Assistant."""
    exported_since: datetime | None = None
    lives: int = 1
    done: Counter[Kind] = field(default_factory=Counter)
    troubles: list[Planned] = field(default_factory=list)
    """What really went wrong, with the times at which it began and ended."""

    def say(self, text: str) -> None:
        """Print a line with the right time."""
        say(f"[{self.clock.now():%d %H:%M:%S}] {text}")

    @property
    def database(self) -> Path:
        """The recorder's file."""
        return self.home.log.with_name("config") / "home-assistant_v2.db"

    async def run(self, planned: list[Planned]) -> None:
        """Let one thing after the other go wrong, each at its time."""
        for each in planned:
            await self.clock.wait_until(each.start)
            self.say(f"{each}, {(each.end - each.start) // timedelta(seconds=1)} s")
            began = self.clock.now()
            async with _SPOILED[each.kind](self, each):
                await self.clock.wait_until(each.end)
            self.done[each.kind] += 1
            self.troubles.append(replace(each, start=began, end=self.clock.now()))

    async def begin_life(self) -> None:
        """Start Home Assistant once more."""
        self.lives += 1
        life = AsyncExitStack()
        environment = self.machine.environment(self.clock.environment)
        running = restarted_home(self.home, clock=replace(self.clock, environment=environment), life=self.lives)
        self.home = await life.enter_async_context(running)
        self.life = life


async def post(url: str, body: Mapping[str, object]) -> None:
    """Tell one of the simulator's servers something."""
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        response.raise_for_status()


@asynccontextmanager
async def _camera(world: World, planned: Planned) -> AsyncIterator[None]:
    url = f"{world.simulator.cameras}/{planned.meter}/fault"
    await post(url, {"fault": planned.what, "seconds": 30})
    try:
        yield
    finally:
        await post(url, {"fault": None})


@asynccontextmanager
async def _api(world: World, planned: Planned) -> AsyncIterator[None]:
    if planned.what == AWAY:
        await world.api.aclose()
        try:
            yield
        finally:
            world.api = await world.start_api()
        return
    url = f"{world.simulator.api}/control/faults"
    await post(url, {"fault": planned.what, "count": None, "retry_after": 120})
    try:
        yield
    finally:
        async with aiohttp.ClientSession() as session, session.delete(url) as response:
            response.raise_for_status()


@asynccontextmanager
async def _influx(world: World, planned: Planned) -> AsyncIterator[None]:
    if planned.what == AWAY:
        port = urlsplit(world.sink.url).port or 0
        await world.serve.aclose()
        try:
            yield
        finally:
            world.serve = AsyncExitStack()
            world.serve.enter_context(serving(world.sink, port=port))
        return
    world.sink.always = Fault(int(planned.what), "not now")
    try:
        yield
    finally:
        world.sink.always = None


@asynccontextmanager
async def _restart(world: World, _planned: Planned) -> AsyncIterator[None]:
    await world.life.aclose()
    await world.begin_life()
    yield


@asynccontextmanager
async def _kill(world: World, _planned: Planned) -> AsyncIterator[None]:
    await world.home.program.kill()
    await world.life.aclose()
    await world.begin_life()
    yield


@asynccontextmanager
async def _disk_full(world: World, _planned: Planned) -> AsyncIterator[None]:
    world.machine.fill_disk(full=True)
    try:
        yield
    finally:
        world.machine.fill_disk(full=False)


@asynccontextmanager
async def _clock(world: World, planned: Planned) -> AsyncIterator[None]:
    world.machine.set_clock(planned.deviation, world.clock.now())
    try:
        yield
    finally:
        world.machine.set_clock(timedelta(), world.clock.now())


@asynccontextmanager
async def _asleep(world: World, _planned: Planned) -> AsyncIterator[None]:
    program: Program = world.home.program
    program.send(signal.SIGSTOP)
    try:
        yield
    finally:
        program.send(signal.SIGCONT)


@asynccontextmanager
async def _recorder_busy(world: World, planned: Planned) -> AsyncIterator[None]:
    """Hold the lock that writes to the recorder's file need."""
    with sqlite3.connect(world.database, isolation_level=None, timeout=5) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            await asyncio.sleep(min((planned.end - planned.start).total_seconds() / world.clock.speed, _BUSY_MOST))
            yield
        finally:
            connection.execute("ROLLBACK")


_SPOILED: Final = {
    Kind.CAMERA: _camera,
    Kind.API: _api,
    Kind.INFLUX: _influx,
    Kind.RESTART: _restart,
    Kind.KILL: _kill,
    Kind.DISK_FULL: _disk_full,
    Kind.CLOCK: _clock,
    Kind.ASLEEP: _asleep,
    Kind.RECORDER_BUSY: _recorder_busy,
}


def change_of_clocks(seed: int, length: timedelta) -> datetime:
    """Return a start so that the clocks are changed on the way: in autumn for odd seeds, in spring for even ones."""
    change = datetime(2026, 10, 25, 1, tzinfo=UTC) if seed % 2 else datetime(2027, 3, 28, 1, tzinfo=UTC)
    return change - min(length / 2, timedelta(hours=19))
