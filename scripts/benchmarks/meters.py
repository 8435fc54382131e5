"""What 1, 20 and 200 meters that are read every five minutes take of a real Home Assistant, and what its start does."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.live.clock import Clock
from tests.live.home import Home, restarted_home, running_home
from tests.live.programs import free_port
from tests.simulator.processes import Addresses, running

from .many.allocator import allocator
from .many.history import write_account
from .many.pictures import new_each_minute
from .row import Row

TITLE = "Many meters, read every 5 minutes with every picture paid for, after ten days of readings"
_COUNTS: Final = (1, 20, 200)
_INTERVAL: Final = timedelta(minutes=5)
_SETTLE: Final = 20
_ELSEWHERE: Final = 19
"""Niceness of cameras and Claude: in truth they compute elsewhere, and keep nobody waiting for a core."""
_PROBE: Final = Path(__file__).with_name("loop_probe")
_MEGABYTE: Final = 1e6


@dataclass(frozen=True, slots=True)
class _House:
    """A Home Assistant with meters, and what its two starts took."""

    home: Home
    meters: int
    entities: int
    first: Mapping[str, Any]
    again: Mapping[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen for this section."""
    parser.add_argument(
        "--run-minutes", type=float, default=6.0, metavar="N", help="meters: how long they are read; 6 if not given"
    )
    parser.add_argument(
        "--meters", type=int, nargs="+", default=_COUNTS, metavar="N", help="meters: how many; 1 20 200 if not given"
    )


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """Yield the figures of each number of meters, beside those of a Home Assistant without and one with dummies."""
    with running(niceness=_ELSEWHERE) as addresses:
        yield from asyncio.run(_measure(addresses, sorted(chosen.meters), chosen.run_minutes * 60))


async def _measure(addresses: Addresses, counts: list[int], seconds: float) -> list[Row]:
    now = datetime.now(UTC)
    with_allocator, _ = allocator()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(new_each_minute(addresses))
        bare = await stack.enter_async_context(_home(addresses, 0, now))
        dummies = await stack.enter_async_context(_home(addresses, 0, now))
        houses = [await stack.enter_async_context(_home(addresses, count, now)) for count in counts]
        entities = houses[-1].entities
        every = _INTERVAL.total_seconds()
        await dummies.home.client.post("/api/services/loop_probe/dummies", {"count": entities, "every": every})
        await asyncio.sleep(_SETTLE)
        before = [await _reads(house) for house in houses]
        beside, with_dummies, *measured = await asyncio.gather(
            *(_probe(house.home, seconds) for house in (bare, dummies, *houses))
        )
        after = [await _reads(house) for house in houses]
    found = [
        Row(
            f"memory of Home Assistant without meters, started, with {with_allocator}", _megabytes(bare.again["memory"])
        ),
        Row("its event loop's time for the start", _milliseconds(bare.again["loop"])),
        Row(f"memory that {entities} dummies add to it", _megabytes(with_dummies["memory"] - bare.again["memory"])),
    ]
    for house, one, reads in zip(houses, measured, (b - a for a, b in zip(before, after, strict=True)), strict=True):
        found += _start_rows(house, bare)
        found += _reading_rows(house, one, reads, beside, bare)
        found += _late_rows(house, one, with_dummies)
    return found


def _start_rows(house: _House, bare: _House) -> Iterator[Row]:
    name = _name(house)
    for which, start, without in (("first start", house.first, bare.first), ("start", house.again, bare.again)):
        loop = start["loop"] - without["loop"]
        yield Row(
            f"{name}: {which}, event loop's time beyond that without",
            _milliseconds(loop),
            "500 ms",
            loop < 0.5 if which == "start" else None,  # noqa: PLR2004
        )
        yield Row(f"{name}: {which}, of it in callbacks of ours", _milliseconds(start["in_all"]))
        collecting = start["collecting"] - without["collecting"]
        yield Row(f"{name}: {which}, of it in collections of garbage", _milliseconds(collecting))
        yield Row(f"{name}: {which}, longest of ours", *_judged(start["longest"], 0.005))
        yield Row(f"{name}: {which}, memory beyond that without", _megabytes(start["memory"] - without["memory"]))
        yield Row(f"{name}: {which}, takes longer by", f"{start['wall'] - without['wall']:.1f} s")


def _reading_rows(
    house: _House, one: Mapping[str, Any], reads: int, beside: Mapping[str, Any], bare: _House
) -> Iterator[Row]:
    name = _name(house)
    due = house.meters * one["wall"] / _INTERVAL.total_seconds()
    minutes = one["wall"] / 60
    share = 100 * (one["processor"] - beside["processor"]) / one["wall"]
    memory = one["memory"] - bare.again["memory"]
    own = (house.meters + 5) / house.meters
    yield Row(f"{name}: reads a minute", f"{reads / minutes:.1f}", f"{due / minutes:.1f}", reads * own >= due)
    yield Row(f"{name}: longest callback of ours", *_judged(one["longest"], 0.005))
    for module, longest in sorted(one["modules"].items()):
        yield Row(f"{name}: longest in {module}", _milliseconds(longest))
    if reads:
        yield Row(f"{name}: callbacks of ours in a read", f"{one['callbacks'] / reads:.0f}")
        yield Row(f"{name}: event loop's time in a read", _milliseconds(one["in_all"] / reads))
    yield Row(f"{name}: share of one core beyond that without", f"{share:.1f} %", "25 %", share < 25)  # noqa: PLR2004
    yield Row(f"{name}: memory beyond that without", _megabytes(memory), "150 MB", memory < 150 * _MEGABYTE)
    if house.meters > 1:
        yield Row(f"{name}: memory of a meter", _megabytes(memory / house.meters))


def _late_rows(house: _House, one: Mapping[str, Any], with_dummies: Mapping[str, Any]) -> Iterator[Row]:
    for share, late in one["late"].items():
        beside = with_dummies["late"][share]
        judged = share == "99.9"
        yield Row(
            f"{_name(house)}: loop late, {share} %",
            f"{_milliseconds(late)}, with dummies {_milliseconds(beside)}",
            _milliseconds(1.5 * beside) if judged else "",
            late <= 1.5 * beside if judged else None,
        )


def _name(house: _House) -> str:
    return f"{house.meters} meter{'s' if house.meters > 1 else ''} with {house.entities} entities"


@asynccontextmanager
async def _home(addresses: Addresses, meters: int, now: datetime) -> AsyncIterator[_House]:
    """Start a Home Assistant with so many meters twice: the second time its entities are registered already."""
    with TemporaryDirectory() as folder:

        def fill(path: Path) -> None:
            if meters:
                write_account(path, addresses, meters, _INTERVAL, now)

        _, environment = allocator()
        clock = Clock(environment=environment)
        options = {"port": free_port(), "clock": clock, "time_zone": "UTC", "components": (_PROBE,), "fill": fill}
        async with running_home(Path(folder) / "config", **options) as home:
            first = await _started(home)
        async with restarted_home(home, clock=clock) as home:
            again = await _started(home)
            yield _House(home, meters, (await _counted(home))["entities"], first, again)


async def _reads(house: _House) -> int:
    """Return how many calls the meters have paid for so far."""
    calls: int = (await _counted(house.home))["calls"]
    return calls


async def _counted(home: Home) -> dict[str, Any]:
    """Return how many entities the meters have, and their calls so far.

    Home Assistant keeps the text of every state that is asked for over HTTP, which would be counted as theirs.
    """
    return await _asked(home, "counted", {})


async def _started(home: Home) -> dict[str, Any]:
    return await _asked(home, "started", {})


async def _probe(home: Home, seconds: float) -> dict[str, Any]:
    return await _asked(home, "measure", {"seconds": seconds})


async def _asked(home: Home, action: str, data: dict[str, Any]) -> dict[str, Any]:
    path = f"/api/services/loop_probe/{action}?return_response"
    answer = await home.client.post(path, data, seconds=60 + data.get("seconds", 0))
    response: dict[str, Any] = answer["service_response"]
    return response


def _judged(seconds: float, most: float) -> tuple[str, str, bool]:
    return _milliseconds(seconds), f"{1000 * most:g} ms", seconds <= most


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _megabytes(number: float) -> str:
    return f"{number / _MEGABYTE:.1f} MB"
