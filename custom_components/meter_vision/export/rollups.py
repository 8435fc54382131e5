"""Days and months of a register, in local time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import groupby, pairwise

from ..metering.ledger_columns import Totals
from ..metering.statistic_rows import Course
from .stands import per_hour

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A local day, or a month of them."""

    first: date
    consumption: Decimal
    total: Decimal
    """At its end, or as far as it is known."""
    readings: int
    minimum_rate: Decimal | None = None
    """Lowest use per hour between two readings that end in it."""
    maximum_rate: Decimal | None = None
    cost: Decimal | None = None

    @property
    def estimated(self) -> bool:
        """Return whether it lies between readings and has none of its own."""
        return self.readings == 0


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a local day begins, in UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def days(totals: Totals, since: datetime, zone: tzinfo, resolution: Decimal) -> tuple[Period, ...]:
    """Return the days from the one of a time to the one of the last reading; `resolution` is the consumption's.

    The consumption between readings that are far apart is spread evenly, as in the statistics.
    """
    if not totals:
        return ()
    course = Course(totals=totals, resolution=resolution)
    day = max(since, totals[0].reading.time).astimezone(zone).date()
    last = totals[-1].reading.time.astimezone(zone).date()
    found = []
    while day <= last:
        found.append(_day(day, course, zone))
        day += _DAY
    return tuple(found)


def _day(day: date, course: Course, zone: tzinfo) -> Period:
    begin, end = midnight(day, zone), midnight(day + _DAY, zone)
    totals = course.totals
    first, beyond = (totals.before(moment) for moment in (begin, end))
    at_begin = course.at(begin)
    at_end = course.at(end) or totals[0].consumption
    rates = [
        rate
        for one, other in pairwise(totals[max(first - 1, 0) : beyond])
        if (rate := per_hour(other.consumption - one.consumption, other.reading.time - one.reading.time)) is not None
    ]
    return Period(
        first=day,
        consumption=at_end - (totals[0].consumption if at_begin is None else at_begin),
        total=at_end,
        readings=beyond - first,
        minimum_rate=min(rates, default=None),
        maximum_rate=max(rates, default=None),
    )


def months(daily: Iterable[Period]) -> tuple[Period, ...]:
    """Return the months that days make up; the days in order, each month from its first known day on."""
    return tuple(_month(first, list(group)) for first, group in groupby(daily, lambda day: day.first.replace(day=1)))


def _month(first: date, daily: Sequence[Period]) -> Period:
    costs = [day.cost for day in daily if day.cost is not None]
    return Period(
        first=first,
        consumption=sum((day.consumption for day in daily), Decimal(0)),
        total=daily[-1].total,
        readings=sum(day.readings for day in daily),
        minimum_rate=min((day.minimum_rate for day in daily if day.minimum_rate is not None), default=None),
        maximum_rate=max((day.maximum_rate for day in daily if day.maximum_rate is not None), default=None),
        cost=sum(costs, Decimal(0)) if costs else None,
    )
