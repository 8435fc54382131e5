"""What the integration's own callbacks take of the event loop of a real Home Assistant, and how late that runs."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.live.clock import Clock
from tests.live.demo import API_KEY
from tests.live.flows import add_account, add_meter
from tests.live.home import Home, running_home
from tests.live.programs import free_port
from tests.live.setups import Camera, Setup
from tests.simulator.meters import METERS
from tests.simulator.processes import Addresses, running

from .row import Row

TITLE = "The event loop of Home Assistant while meters are read, beside as many entities that only change"
_METERS = 6
_SECONDS = 30
_SETTLE = 5
_PROBE = Path(__file__).with_name("loop_probe")


def rows() -> Iterator[Row]:
    """Yield the times of our callbacks, and the lateness of the loop with us and with dummies."""
    with running() as addresses:
        yield from asyncio.run(_measure(addresses))


async def _measure(addresses: Addresses) -> list[Row]:
    async with _home() as home, _home() as other:
        entities = await _set_up(home, addresses)
        await asyncio.sleep(_SETTLE)
        reads, with_us = await _while_reading(home, _probe(home))
        # Each meter's read changes its entities once.
        every = _SECONDS / reads * _METERS
        await other.client.post("/api/services/loop_probe/dummies", {"count": entities, "every": every})
        # The machine is as busy with cameras and answers as before; only this Home Assistant has nothing to do with it.
        _, with_dummies = await _while_reading(home, _probe(other))
    rows = [
        Row(f"{_METERS} meters with {entities} entities, reads in {_SECONDS} s", str(reads)),
        Row("callbacks of ours", str(with_us["callbacks"])),
        Row("the longest, processor time", _milliseconds(with_us["longest"]), "5 ms"),
        Row("99.9 % of them within", _milliseconds(with_us["nearly_all"])),
        *(Row(f"longest in {module}", _milliseconds(time)) for module, time in sorted(with_us["modules"].items())),
    ]
    for share, late in with_us["late"].items():
        beside = _milliseconds(with_dummies["late"][share])
        rows.append(Row(f"loop late, {share} %", f"{_milliseconds(late)}, with dummies {beside}"))
    return rows


async def _set_up(home: Home, addresses: Addresses) -> int:
    """Add the meters and return the number of their entities."""
    before = len(await home.client.get("/api/states"))
    entry_id, flow_id = await add_account(home.client, api_key=API_KEY, base_url=addresses.api_url)
    for number in range(_METERS):
        key = list(METERS)[number % len(METERS)]
        camera = Camera(url=f"{addresses.camera_url}/{key}/snapshot.jpg")
        setup = Setup.of(METERS[key].description(), camera).altered(f"Meter {number}")
        await add_meter(home.client, entry_id, setup, flow_id=None if number else flow_id)
    return len(await home.client.get("/api/states")) - before


async def _while_reading(home: Home, probe: Coroutine[Any, Any, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    """Return how often the meters were read while something was measured, and what came of that."""
    measured = asyncio.create_task(probe)
    reads = sum(await asyncio.gather(*(_read_on(home, number, measured) for number in range(_METERS))))
    return reads, await measured


async def _read_on(home: Home, number: int, measured: asyncio.Task[Any]) -> int:
    """Press a meter's button again and again while it is measured; return how often."""
    reads = 0
    while not measured.done():
        await home.client.post("/api/services/button/press", {"entity_id": f"button.meter_{number}_read_now"})
        reads += 1
    return reads


async def _probe(home: Home) -> dict[str, Any]:
    answer = await home.client.post("/api/services/loop_probe/measure?return_response", {"seconds": _SECONDS})
    measured: dict[str, Any] = answer["service_response"]
    return measured


@asynccontextmanager
async def _home() -> AsyncIterator[Home]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        async with running_home(path, port=free_port(), clock=Clock(), time_zone="UTC", components=(_PROBE,)) as home:
            yield home


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
