"""Households that are not like others: a home for holidays, a pool, a leak that lasts, sun on the roof, a car."""

from collections.abc import Callable, Iterable, Iterator
import math
import random
from typing import Final

from custom_components.meter_vision.metering.models import MeterKind

_SLOTS: Final = 24 * 12
_YEAR: Final = 365
type Use = Iterable[float]
"""What is counted in each five minutes."""


def peculiar(kind: MeterKind, seed: int | str, use: Iterator[float]) -> Iterator[float]:
    """Return the use of a household with its peculiarity; half of them have none."""
    dice = random.Random(f"{kind}/{seed}/peculiar")  # noqa: S311  a simulation
    if dice.random() < 0.5:  # noqa: PLR2004
        return use
    return dice.choice(_PECULIARITIES[kind])(dice, use)


def _by_slot(use: Use) -> Iterator[tuple[int, int, float]]:
    """Yield the day, the slot of the day and the amount."""
    for number, amount in enumerate(use):
        yield number // _SLOTS, number % _SLOTS, amount


def _holiday_home(dice: random.Random, use: Use) -> Iterator[float]:
    """Nothing for months; a few weekends, and three weeks in summer."""
    there = {dice.randrange(_YEAR) + more for _ in range(6) for more in range(3)} | set(range(200, 221))
    return (amount if day % _YEAR in there else 0.0 for day, _, amount in _by_slot(use))


def _pool(dice: random.Random, use: Use) -> Iterator[float]:
    """Filled once a year, for most of a day, as fast as the pipe delivers or more gently."""
    flow, start = dice.choice([0.9, 1.8, 2.6]), (110 + dice.randrange(40)) * _SLOTS + 9 * 12
    end = start + round(40 / flow * 12)
    return (
        amount + (flow / 12 if start <= day % _YEAR * _SLOTS + slot < end else 0.0)
        for day, slot, amount in _by_slot(use)
    )


def _leak(dice: random.Random, use: Use) -> Iterator[float]:
    """Weeks of a tap that drips or a pipe that has burst."""
    flow, start = dice.choice([0.004, 0.03, 0.4]), dice.randrange(20, 250)
    return (amount + (flow / 12 if start <= day % _YEAR < start + 40 else 0.0) for day, _, amount in _by_slot(use))


def _sun(dice: random.Random, use: Use) -> Iterator[float]:
    """Nothing comes from the grid while the roof delivers more than is used."""
    peak, cloud, last = dice.uniform(3, 9), 1.0, -1
    for day, slot, amount in _by_slot(use):
        if day != last:
            cloud, last = dice.choice([0.1, 0.3, 0.7, 1.0]), day
        height = math.sin(math.pi * (slot / 12 - 6) / 12) * (0.65 - 0.35 * math.cos(2 * math.pi * day / _YEAR))
        yield max(0.0, amount - max(0.0, height) * peak * cloud / 12)


def _car(dice: random.Random, use: Use) -> Iterator[float]:
    """Charged in some nights for some hours."""
    power, until = dice.choice([3.7, 11.0, 22.0]), -1
    for number, amount in enumerate(use):
        if number % _SLOTS == 21 * 12 and dice.random() < 0.35:  # noqa: PLR2004
            until = number + round(dice.uniform(8, 45) / power * 12)
        yield amount + (power / 12 if number < until else 0.0)


_PECULIARITIES: Final[dict[MeterKind, list[Callable[[random.Random, Use], Iterator[float]]]]] = {
    MeterKind.WATER: [_holiday_home, _pool, _leak],
    MeterKind.GAS: [_holiday_home],
    MeterKind.ELECTRICITY: [_sun, _car],
}
