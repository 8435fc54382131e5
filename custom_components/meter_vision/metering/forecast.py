"""What a billing month will cost: what it has cost so far, and its other days like this meter's latest ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, Self

from .amounts import total_at
from .cost_point import CostPoint, money
from .ledger_columns import Totals
from .price_calendar import Day, PriceCalendar
from .resting import Rest, go_on

ALIKE: Final = 7
"""How many of the latest whole days stand for those to come; a week has every kind of day once."""
_HOUR: Final = timedelta(hours=1)
_HOURS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a month's bill is expected to be, and on how much that rests."""

    cost: Decimal
    consumption: Decimal
    days: int
    """Whole days that were looked at; one or two say little."""

    def to_data(self) -> list[Any]:
        """Return plain data."""
        return [str(self.cost), str(self.consumption), self.days]

    @classmethod
    def from_data(cls, data: list[Any]) -> Self:
        """Return what `to_data` gave."""
        cost, consumption, days = data
        return cls(cost=Decimal(cost), consumption=Decimal(consumption), days=int(days))


@dataclass(frozen=True, slots=True)
class _Left:
    """What is expected of a day or of what is left of it, its charge before tiers."""

    used: Decimal
    charge: Decimal


def forecast(
    point: CostPoint, totals: Totals, now: datetime, calendar: PriceCalendar, rest: Rest = go_on
) -> Forecast | None:
    """Return what the billing month of an instant will cost, None before there is a whole day to go by.

    The point is that of the latest reading. What was used since is expected like everything that is still to come.
    """
    usual, days = _usual_day(totals, now, calendar, rest)
    if not days:
        return None
    now = max(now, point.time)
    here = point.to(now, point.consumption, calendar)
    end = calendar.next_month(now)
    since = max(point.time, calendar.month_begin(now))
    expected = Fraction(here.month_cost)
    used = here.month_used
    known: dict[tuple[object, ...], _Left] = {}
    day = calendar.day_of(since)
    while day.begins < end:
        left = _left(day, max(since, day.begins), usual, known, calendar)
        amount = Fraction(left.used)
        expected += Fraction(left.charge) + _standing(day, now)
        if day.rates is not None:
            expected += day.rates.surcharged(used + amount) - day.rates.surcharged(used)
        used += amount
        day = calendar.day_of(day.ends)
    return Forecast(cost=money(expected), consumption=money(used), days=days)


def _usual_day(totals: Totals, now: datetime, calendar: PriceCalendar, rest: Rest) -> tuple[list[Decimal], int]:
    """Return what is used in each hour of a day, on the average of the latest whole ones, and how many they are."""
    hours = [Decimal(0)] * _HOURS
    days = 0
    end = calendar.day_of(min(now, totals[-1].reading.time)).begins
    while days < ALIKE:
        day = calendar.day_of(end - _HOUR)
        if day.begins < totals[0].reading.time:
            break
        starts = [start for start, _ in _hours(day)]
        stands = [total_at(totals, instant) for instant in (*starts, day.ends)]
        for start, (before, after) in zip(starts, pairwise(stands), strict=True):
            hours[calendar.local_hour(start)] += after - before
        days += 1
        end = day.begins
        rest()
    return [hour / max(1, days) for hour in hours], days


def _hours(day: Day) -> list[tuple[datetime, datetime]]:
    starts = [day.begins + number * _HOUR for number in range(-((day.begins - day.ends) // _HOUR))]
    return [(start, min(start + _HOUR, day.ends)) for start in starts]


def _left(
    day: Day, since: datetime, usual: Sequence[Decimal], known: dict[tuple[object, ...], _Left], calendar: PriceCalendar
) -> _Left:
    """Return what is expected of a day from an instant on; days with the same prices are alike."""
    key = (since - day.begins, day.ends - day.begins, *((begins - day.begins, price) for begins, price in day.steps))
    if key not in known:
        used = charge = Decimal(0)
        for start, stop in _hours(day):
            hour = usual[calendar.local_hour(start)]
            for segment in calendar.segments(start, stop):
                begins = max(segment.start, since)
                part = hour * max(Decimal(0), Decimal(str((segment.end - begins) / (stop - start))))
                used += part
                charge += part * segment.price
        known[key] = _Left(used, charge)
    return known[key]


def _standing(day: Day, now: datetime) -> Fraction:
    """Return the standing charge of a day's part that is still to come."""
    if now >= day.ends:
        return Fraction(0)
    return day.standing * Fraction((day.ends - max(now, day.begins)) / (day.ends - day.begins))
