"""What goes wrong when: drawn from a seed, before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
import random
from typing import Final

from tests.simulator.camera.state import Fault as CameraFault
from tests.simulator.messages.faults import Fault as ApiFault

QUIET: Final = timedelta(minutes=40)
"""At the end nothing goes wrong for so long, and then until the hour is full."""


class Kind(StrEnum):
    """What kind of thing goes wrong."""

    CAMERA = "camera"
    API = "api"
    INFLUX = "influx"
    RESTART = "restart"
    KILL = "kill"
    DISK_FULL = "disk_full"
    CLOCK = "clock"
    ASLEEP = "asleep"
    RECORDER_BUSY = "recorder_busy"


type Slot = tuple[datetime, timedelta]
"""A stretch of time in which one thing goes wrong: its beginning and its length."""

MACHINE: Final = (Kind.RESTART, Kind.KILL, Kind.DISK_FULL, Kind.CLOCK, Kind.ASLEEP, Kind.RECORDER_BUSY)
"""What concerns the machine; one at a time."""
_CAMERA: Final = (
    CameraFault.SLOW,
    CameraFault.STATUS_500,
    CameraFault.STATUS_404,
    CameraFault.TRUNCATED,
    CameraFault.HTML,
    CameraFault.FROZEN,
    CameraFault.BLACK,
    CameraFault.REDIRECT_LOOP,
)
AWAY: Final = "away"
"""A server that nobody reaches."""
_API: Final = (
    ApiFault.RATE_LIMIT,
    ApiFault.OVERLOADED,
    ApiFault.SERVER_ERROR,
    ApiFault.TIMEOUT,
    ApiFault.REFUSAL,
    ApiFault.MAX_TOKENS,
    ApiFault.MALFORMED,
    ApiFault.SCHEMA,
    ApiFault.COUNT,
    AWAY,
)
_INFLUX: Final = (AWAY, AWAY, "500", "503", "429", "401")
_CLOCKS: Final = (
    timedelta(minutes=-90),
    timedelta(minutes=-11),
    timedelta(seconds=-20),
    timedelta(seconds=40),
    timedelta(minutes=13),
    timedelta(hours=2, minutes=20),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One thing that goes wrong, from when to when."""

    kind: Kind
    what: str
    start: datetime
    end: datetime
    meter: str | None = None
    """Key of the meter it concerns; None: all."""
    deviation: timedelta = timedelta()
    """Of the wall clock."""

    def __str__(self) -> str:
        """Return it as words."""
        return " ".join(filter(None, (self.kind.value, self.meter, self.what)))


def plan(seed: int, start: datetime, length: timedelta, meters: Sequence[str]) -> list[list[Planned]]:
    """Return what goes wrong from an aware time on, as streams that run side by side; each in order."""
    draw = random.Random(seed)  # noqa: S311  moments, not secrets
    end = start + length - QUIET
    rough = _slots(start, end, timedelta(hours=5), 2)
    cameras = [list(_stream(draw, Kind.CAMERA, _CAMERA, rough, meter=meter)) for meter in meters]
    return [
        list(_machine(draw, _slots(start, end, timedelta(hours=2), len(MACHINE)))),
        *cameras,
        list(_stream(draw, Kind.API, _API, _slots(start, end, timedelta(hours=4), 2))),
        list(_stream(draw, Kind.INFLUX, _INFLUX, rough)),
    ]


def _slots(start: datetime, end: datetime, rough: timedelta, fewest: int) -> list[Slot]:
    count = max(fewest, (end - start) // rough)
    width = (end - start) / count
    return [(start + number * width, width) for number in range(count)]


def _shuffled[T](draw: random.Random, choices: Sequence[T]) -> Iterator[T]:
    """Yield all choices before any of them comes again."""
    while True:
        yield from draw.sample(choices, len(choices))


def _stream(
    draw: random.Random,
    kind: Kind,
    choices: Sequence[str],
    slots: Iterable[Slot],
    *,
    meter: str | None = None,
) -> Iterator[Planned]:
    what = _shuffled(draw, choices)
    for begin, width in slots:
        length = draw.uniform(0.05, 0.4) * width
        from_ = begin + draw.uniform(0, 0.5) * width
        yield Planned(kind=kind, what=next(what), start=from_, end=from_ + length, meter=meter)


def _machine(draw: random.Random, slots: Iterable[Slot]) -> Iterator[Planned]:
    kinds, clocks = _shuffled(draw, MACHINE), _shuffled(draw, _CLOCKS)
    for begin, width in slots:
        kind = next(kinds)
        longest = {
            Kind.RECORDER_BUSY: timedelta(seconds=20),
            Kind.RESTART: timedelta(),
            Kind.KILL: timedelta(),
        }.get(kind, timedelta(hours=1))
        from_ = begin + draw.uniform(0.1, 0.4) * width
        length = min(draw.uniform(0.1, 0.4) * width, longest)
        deviation = next(clocks) if kind is Kind.CLOCK else timedelta()
        what = f"{deviation.total_seconds():+.0f} s" if deviation else ""
        yield Planned(kind=kind, what=what, start=from_, end=from_ + length, deviation=deviation)
