"""Waits for the recorder's hours and tells about them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from .checks import HOURS
from .demo import WATCHED, Demo
from .entities import meter_entities
from .facts import compiled_hours

_PAUSE: Final = 1.0
_LONG_AGO: Final = timedelta(days=7)


class WatchError(Exception):
    """The recorder did not compile the hours in time."""


async def wait_for_hours(demo: Demo, *, full_hours: int = HOURS) -> None:
    """Wait until the recorder has compiled so many full hours for every meter, telling about each."""
    started = demo.clock.now()
    # The hour in which the meters were set up, the full ones, and a little for the recorder.
    patience = timedelta(hours=1 + full_hours, minutes=40)
    told = 0
    while told <= full_hours:
        if demo.clock.now() - started > patience:
            message = f"only {told} hourly rows after {patience}"
            raise WatchError(message)
        told = await tell_hours(demo, told)
        await asyncio.sleep(_PAUSE)


async def tell_hours(demo: Demo, told: int, *, quiet: bool = False) -> int:
    """Print the hours that every meter has got since `told` of them were; return how many there are now."""
    client = demo.home.client
    entities = await meter_entities(client)
    since = demo.clock.start - _LONG_AGO
    names = [meter.name for meter in WATCHED if meter.name in entities]
    rows = {name: await compiled_hours(client, entities[name]["consumption"], since) for name in names}
    complete = min((len(each) for each in rows.values()), default=0)
    for index in () if quiet else range(told, complete):
        sums = [f"{name} {each[index]['sum']:.4g}" for name, each in rows.items()]
        end = datetime.fromisoformat(rows[names[0]][index]["end"]).astimezone(demo.time_zone)
        demo.say(f"statistics until {end:%H:%M}: {', '.join(sums)}")
    return max(told, complete)
