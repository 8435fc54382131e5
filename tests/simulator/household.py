"""What the household uses: the reading of every meter as a pure function of a seed and an aware time.

Use is laid out in days, hours and events inside an hour, each drawn from a hash of its own index. The sum up to any
instant has a closed form, so the reading at any time costs the same, in any order and in any process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from .meters import METERS

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_HOURS: Final = 24
_PRECISION: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How one commodity is used."""

    daily: float
    """Units on an average day."""
    swing: float
    """A day is at most this share of an average day away from it."""
    hours: tuple[float, ...]
    """Relative use in the 24 hours of a day, UTC."""
    base: float
    """Share of an hour's use that runs evenly; the rest comes in events."""
    events: int
    """Events in an hour."""
    shortest: float
    """Shortest event, in hours."""


def _hours(text: str) -> tuple[float, ...]:
    return tuple(float(weight) for weight in text.split())


_USES: Final[Mapping[str, Use]] = {
    "water": Use(
        daily=0.36,
        swing=0.35,
        hours=_hours("0.2 0.1 0.1 0.1 0.3 1.5 3 2.5 1.2 0.8 0.7 1 1.4 1 0.7 0.6 0.9 1.6 2.2 2 1.5 1 0.7 0.4"),
        base=0.06,
        events=4,
        shortest=0.03,
    ),
    "electricity": Use(
        daily=14.0,
        swing=0.3,
        hours=_hours("0.5 0.4 0.4 0.4 0.5 0.8 1.2 1.1 0.8 0.8 0.9 1.4 1.3 0.9 0.8 0.9 1.2 1.9 2.1 1.8 1.5 1.1 0.8 0.6"),
        base=0.45,
        events=3,
        shortest=0.08,
    ),
    "gas": Use(
        daily=7.5,
        swing=0.4,
        hours=_hours("0.3 0.3 0.3 0.4 1.2 2.2 2 1.4 1 0.8 0.7 0.8 0.8 0.7 0.8 1 1.5 1.8 1.8 1.6 1.2 0.8 0.4 0.3"),
        base=0.1,
        events=2,
        shortest=0.2,
    ),
}


def reading(meter: str, seed: int, time: datetime) -> Decimal:
    """Return what the meter's gears have counted at that aware time, in its unit."""
    since = time - EPOCH
    day = since // _DAY
    within = (since - day * _DAY) / _DAY * _HOURS
    used = _until_day(meter, seed, day) + _within_day(meter, seed, day, within)
    return (METERS[meter].start + Decimal(used)).quantize(_PRECISION)


def _within_day(meter: str, seed: int, day: int, hours: float) -> float:
    """Return what is used in the first hours of a day, 0.0 <= hours < 24.0."""
    use = _USES[meter]
    before, total = _hour_sums(meter, seed, day)
    amount = _until_day(meter, seed, day + 1) - _until_day(meter, seed, day)
    hour = int(hours)
    whole = before[hour]
    this = before[hour + 1] - whole
    part = _within_hour(use, f"{meter}/{seed}/{day}/{hour}", hours - hour)
    return amount * (whole + this * part) / total


def _until_day(meter: str, seed: int, day: int) -> float:
    """Return the use before a day: even use, and a bounded wobble whose steps make the days differ."""
    use = _USES[meter]
    return use.daily * (day + use.swing * _draw(f"{meter}/{seed}/{day}"))


@lru_cache(maxsize=64)
def _hour_sums(meter: str, seed: int, day: int) -> tuple[tuple[float, ...], float]:
    """Return the running sum of a day's hourly weights (25 of them) and their total."""
    sums = [0.0]
    for hour, weight in enumerate(_USES[meter].hours):
        sums.append(sums[-1] + weight * (0.6 + 0.8 * _draw(f"{meter}/{seed}/{day}/{hour}")))
    return tuple(sums), sums[-1]


def _within_hour(use: Use, key: str, part: float) -> float:
    """Return the share of an hour's use that has run after that part of the hour; both from 0 to 1."""
    share = use.base * part
    weights = [0.2 + _draw(f"{key}/weight/{event}") for event in range(use.events)]
    for event, weight in enumerate(weights):
        length = use.shortest * (1 + 2 * _draw(f"{key}/length/{event}"))
        start = (1 - length) * _draw(f"{key}/start/{event}")
        share += (1 - use.base) * weight / sum(weights) * min(1.0, max(0.0, (part - start) / length))
    return share


def _draw(key: str) -> float:
    """Return a number from 0 to 1 that belongs to this key alone."""
    return int.from_bytes(blake2b(key.encode(), digest_size=6).digest()) / 2**48
