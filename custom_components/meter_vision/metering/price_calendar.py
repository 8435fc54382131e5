"""Which price holds when: a tariff on the local calendar, whose days may have 23 or 25 hours."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from .tariff import Rates, Tariff

DAY: Final = timedelta(days=1)
_FINEST_SHIFT: Final = timedelta(minutes=30)
"""Clocks change at instants that are multiples of this."""
_MOST_DAYS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local day: its prices by the instant from which they hold, aware UTC."""

    month: date
    """First day of the billing month that it belongs to."""
    begins: datetime
    ends: datetime
    rates: Rates | None
    """None: before the first that is known."""
    steps: tuple[tuple[datetime, Decimal], ...]
    standing: Fraction
    """Standing charge of the day."""

    def price_at(self, instant: datetime) -> Decimal:
        """Return the price before tiers at an instant of the day."""
        index = bisect_right(self.steps, instant, key=lambda step: step[0])
        return self.steps[max(0, index - 1)][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A time, aware UTC, in which one price holds."""

    start: datetime
    end: datetime
    price: Decimal
    day: Day


@lru_cache(maxsize=64)
def price_calendar(tariff: Tariff, zone: tzinfo) -> PriceCalendar:
    """Return the calendar of a tariff, the same for all meters that have it: its days take time and room."""
    return PriceCalendar(tariff, zone)


class PriceCalendar:
    """A tariff where local time is that of a zone; threads may share it."""

    def __init__(self, tariff: Tariff, zone: tzinfo) -> None:
        """Prepare an empty calendar; days are worked out when they are needed."""
        self.tariff = tariff
        self._zone = zone
        self._days: dict[date, Day] = {}

    def local_date(self, instant: datetime) -> date:
        """Return the local day of an instant."""
        return instant.astimezone(self._zone).date()

    def local_hour(self, instant: datetime) -> int:
        """Return the hour that clocks show at an instant."""
        return instant.astimezone(self._zone).hour

    def midnight(self, day: date) -> datetime:
        """Return the instant at which a local day begins."""
        return self._instant(day, 0, fold=0)

    def day(self, day: date) -> Day:
        """Return a local day with its prices."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            self._days[day] = known = self._made(day)
        return known

    def day_of(self, instant: datetime) -> Day:
        """Return the local day that an instant lies in."""
        return self.day(self.local_date(instant))

    def month_of(self, day: date) -> date:
        """Return the first day of the billing month that a local day lies in."""
        begins = self.tariff.billing_day
        if day.day >= begins:
            return day.replace(day=begins)
        return (day.replace(day=1) - DAY).replace(day=begins)

    def month_begin(self, instant: datetime) -> datetime:
        """Return when the billing month of an instant began."""
        return self.midnight(self.month_of(self.local_date(instant)))

    def next_month(self, instant: datetime) -> datetime:
        """Return when the next billing month begins."""
        return self.midnight(self.month_of(self.month_of(self.local_date(instant)) + 31 * DAY))

    def segments(self, start: datetime, end: datetime) -> Iterator[Segment]:
        """Yield the times of one price between two instants, in order; of an instant the one it lies in."""
        day = self.day_of(start)
        while True:
            for index, (begins, price) in enumerate(day.steps):
                until = day.steps[index + 1][0] if index + 1 < len(day.steps) else day.ends
                if begins <= start < until:
                    yield Segment(start=start, end=(stop := min(until, end)), price=price, day=day)
                    start = stop
                    if start >= end:
                        return
            day = self.day_of(day.ends)

    def price_at(self, instant: datetime, used: Fraction) -> Decimal | None:
        """Return what the next unit costs after so much in this month, None where nothing is known."""
        day = self.day_of(instant)
        return None if day.rates is None else day.price_at(instant) + day.rates.surcharge(used)

    def next_change(self, instant: datetime) -> datetime:
        """Return when the next price begins to hold, at the latest at midnight."""
        day = self.day_of(instant)
        return next((begins for begins, _ in day.steps if begins > instant), day.ends)

    def _made(self, day: date) -> Day:
        rates = self.tariff.on(day)
        begins, ends = self.midnight(day), self.midnight(day + DAY)
        month = self.month_of(day)
        standing = Fraction(0)
        if rates is not None:
            days = (self.month_of(month + 31 * DAY) - month).days
            standing = Fraction(rates.per_day) + Fraction(rates.per_month) / days
        return Day(
            month=month,
            begins=begins,
            ends=ends,
            rates=rates,
            steps=((begins, Decimal(0)),) if rates is None else self._steps(day, rates, begins, ends),
            standing=standing,
        )

    def _steps(self, day: date, rates: Rates, begins: datetime, ends: datetime) -> tuple[tuple[datetime, Decimal], ...]:
        """Return a day's prices by instant: what the clock shows at it decides, also where it is changed."""
        by_clock = rates.steps(day)
        instants = {begins, *(self._instant(day, minute, fold) for minute, _ in by_clock for fold in (0, 1))}
        if ends - begins != DAY:
            instants |= {begins + number * _FINEST_SHIFT for number in range((ends - begins) // _FINEST_SHIFT)}
        steps: list[tuple[datetime, Decimal]] = []
        for instant in sorted(instants):
            clock = instant.astimezone(self._zone)
            minute = clock.hour * 60 + clock.minute
            price = by_clock[bisect_right(by_clock, minute, key=lambda step: step[0]) - 1][1]
            if begins <= instant < ends and (not steps or steps[-1][1] != price):
                steps.append((instant, price))
        return tuple(steps)

    def _instant(self, day: date, minute: int, fold: int) -> datetime:
        clock = time(minute // 60, minute % 60)
        return datetime.combine(day, clock, self._zone).replace(fold=fold).astimezone(UTC)
