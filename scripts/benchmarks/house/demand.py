"""What a meter shows over the years: bursts, nights, holidays, leaks and heating seasons, or a file's own values."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import math
import random
from typing import Final

from custom_components.meter_vision.metering.catalogue import CATALOGUE, hard_ceiling
from custom_components.meter_vision.metering.models import MeterKind, Register

from .peculiar import peculiar

START = datetime(2025, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
_DAYS = 365


@dataclass(frozen=True)
class Leak:
    """Water that ran day and night."""

    start: datetime
    end: datetime
    per_hour: float
    """m³ per hour."""


@dataclass(frozen=True)
class Demand:
    """What a register really shows: values at times, in between evenly."""

    register: Register
    kind: MeterKind
    times: list[datetime] = field(repr=False)
    values: list[float] = field(repr=False)
    leaks: list[Leak] = field(default_factory=list, repr=False)
    """What leaked in a made-up household."""

    @property
    def ceiling(self) -> Decimal:
        """Units per hour that the connection delivers."""
        return hard_ceiling(self.kind, self.register)

    def at(self, time: datetime) -> float:
        """Return the value at a time within the demand."""
        index = min(max(bisect_right(self.times, time) - 1, 0), len(self.times) - 2)
        begin, end = self.times[index], self.times[index + 1]
        part = min(1.0, max(0.0, (time - begin) / (end - begin)))
        return self.values[index] + part * (self.values[index + 1] - self.values[index])


def household(kind: MeterKind, seed: int | str, years: float, *, with_peculiarities: bool = False) -> Demand:
    """Return a made-up household's demand; every second one may have a peculiarity."""
    dice = random.Random(f"{kind}/{seed}")  # noqa: S311  a simulation
    register = CATALOGUE[kind].default_register
    leaks: list[Leak] = []
    use = _water(dice, years, leaks) if kind is MeterKind.WATER else _USES[kind](dice, years)
    if with_peculiarities:
        use = peculiar(kind, seed, use)
    total = dice.uniform(100, 5000)
    times, values = [START], [total]
    for amount in use:
        total += amount
        times.append(times[-1] + STEP)
        values.append(total)
    return Demand(register, kind, times, values, leaks)


def _days(years: float) -> Iterator[tuple[int, bool]]:
    """Yield each day of the year and whether it begins in the cold half."""
    for day in range(round(years * _DAYS)):
        yield day, not 100 < day % _DAYS < 280  # noqa: PLR2004


def _water(dice: random.Random, years: float, leaks: list[Leak]) -> Iterator[float]:
    """Yield m³ for each step: people, a garden in summer, holidays, now and then a leak, which is noted."""
    people = dice.randint(1, 5)
    holiday_until = leak_until = -1
    leak = 0.0
    for day, winter in _days(years):
        if dice.random() < 2.5 / _DAYS:
            holiday_until = day + dice.randint(4, 21)
        if dice.random() < 2.0 / _DAYS:
            leak_until, leak = day + dice.randint(1, 10), dice.choice([0.002, 0.01, 0.05, 0.3])
            midnight = START + timedelta(days=day)
            leaks.append(Leak(midnight, START + timedelta(days=leak_until + 1), leak))
        day_use = [0.0] * (24 * 12)
        if day > holiday_until:
            for _ in range(dice.randint(6, 12) * people):
                _draw(dice, day_use, *dice.choice([(0.006, 1), (0.003, 1), (0.009, 1), (0.05, 2), (0.012, 2)]))
            if dice.random() < 0.15:  # noqa: PLR2004
                _draw(dice, day_use, 0.15, 3)
        if not winter and dice.random() < 0.3:  # noqa: PLR2004
            _draw(dice, day_use, dice.uniform(0.2, 1.2), 12)
        trickle = leak / 12 if day <= leak_until else 0.0
        yield from (amount + trickle for amount in day_use)


def _gas(dice: random.Random, years: float) -> Iterator[float]:
    """Yield m³ for each step: a boiler that goes on and off in the cold, hot water all year."""
    strength, holiday_until = dice.uniform(1.0, 2.6), -1
    for day, _ in _days(years):
        if dice.random() < 2.5 / _DAYS:
            holiday_until = day + dice.randint(4, 21)
        cold = max(0.0, math.cos(2 * math.pi * (day - 15) / _DAYS) + 0.15 + dice.gauss(0, 0.15))
        away = 0.3 if day <= holiday_until else 1.0
        for slot in range(24 * 12):
            hour = slot // 12
            night = 0.4 if hour < 5 or hour > 22 else 1.0  # noqa: PLR2004
            heating = strength / 12 if dice.random() < min(1.0, cold * 0.6) * night * away else 0.0
            hot_water = 0.15 if away == 1.0 and hour in (6, 7, 19, 21) and dice.random() < 0.12 else 0.0  # noqa: PLR2004
            yield heating + hot_water


def _electricity(dice: random.Random, years: float) -> Iterator[float]:
    """Yield kWh for each step: what is always on, and devices that come and go."""
    base, people = dice.uniform(0.06, 0.3), dice.randint(1, 5)
    for _, winter in _days(years):
        day_use = [base / 12 * dice.uniform(0.7, 1.4) for _ in range(24 * 12)]
        for _ in range(dice.randint(2, 5) * people):
            _draw(dice, day_use, *dice.choice([(0.2, 2), (0.8, 6), (1.1, 14), (0.15, 1), (0.5, 30), (2.5, 12)]))
        if winter:
            day_use = [amount + dice.choice([0.0, 0.0, 0.0, 0.12]) for amount in day_use]
        yield from day_use


def _draw(dice: random.Random, day: list[float], amount: float, slots: int) -> None:
    """Add a use of so many slots at a waking hour."""
    hour = min(23.5, max(0.0, dice.choice([dice.gauss(7.5, 1.2), dice.gauss(13, 3), dice.gauss(20, 2)])))
    begin = int(hour * 12)
    for slot in range(begin, min(len(day), begin + slots)):
        day[slot] += amount * dice.uniform(0.6, 1.1) / slots


_USES: Final = {MeterKind.GAS: _gas, MeterKind.ELECTRICITY: _electricity}
