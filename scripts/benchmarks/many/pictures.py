"""What the cameras show: a new picture each minute, the same for all meters of a kind, so that few have to be drawn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp

from tests.simulator.meters import METERS
from tests.simulator.processes import Addresses

_EVERY: Final = 60.0


@asynccontextmanager
async def new_each_minute(addresses: Addresses) -> AsyncIterator[None]:
    """Let the cameras show the household as it is at the beginning of each minute, as long as the context lasts."""
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await _take(session, addresses)
        task = asyncio.create_task(_go_on(session, addresses))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _go_on(session: aiohttp.ClientSession, addresses: Addresses) -> None:
    while True:
        await asyncio.sleep(_EVERY)
        await _take(session, addresses)


async def _take(session: aiohttp.ClientSession, addresses: Addresses) -> None:
    """Take a picture at each camera, and let it send that one until the next is taken."""
    time = datetime.now(UTC).isoformat()
    for key in METERS:
        camera = f"{addresses.camera_url}/{key}"
        await _post(session, f"{camera}/hold", {"time": time, "value": None})
        await _post(session, f"{camera}/fault", {"fault": "frozen"})
        async with session.get(f"{camera}/snapshot.jpg?anew") as response:
            await response.read()


async def _post(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> None:
    async with session.post(url, json=body):
        pass
