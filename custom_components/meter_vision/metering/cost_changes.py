"""What is exported of a register's costs, and which points a change of its readings alters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from typing import Final

from .costs import CostBook, CostPoint, alike, money
from .forecast import Forecast
from .price_calendar import PriceCalendar

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFigures:
    """The costs at one exported time."""

    time: datetime
    cost: Decimal
    """The running total."""
    delta: Decimal
    """What was added since the time before."""
    standing: Decimal
    """How much of it is the standing charge."""
    price: Decimal | None
    month_to_date: Decimal
    forecast: Decimal | None = None
    """Known with the latest reading only."""


def changed_costs(
    before: CostBook | None,
    after: CostBook,
    times: Iterable[datetime],
    calendar: PriceCalendar,
    forecast: Forecast | None = None,
) -> list[CostFigures]:
    """Return what to export when `after` takes the place of `before`; `times`: everything exported so far.

    A time whose reading no longer holds gets what had been charged until then, so that deltas still add up.
    """
    old = () if before is None else [point for point in before.points if point.time >= after.points[0].time]
    common = sum(1 for _ in takewhile(alike, zip(old, after.points, strict=False)))
    if common == len(old) == len(after.points):
        return []
    previous = after.points[common - 1] if common else after.start
    exported = {*times, *(point.time for point in old), *(point.time for point in after.points)}
    found = []
    for time in sorted(time for time in exported if time > previous.time or (not common and time == previous.time)):
        point = charged_at(time, after.points, calendar)
        latest = time == after.last.time
        found.append(_figures(previous, point, calendar, forecast if latest else None))
        previous = point
    return found


def _figures(previous: CostPoint, point: CostPoint, calendar: PriceCalendar, forecast: Forecast | None) -> CostFigures:
    standing = point.standing - previous.standing
    return CostFigures(
        time=point.time,
        cost=point.cost,
        delta=money(point.usage - previous.usage + standing),
        standing=money(standing),
        price=calendar.price_at(point.time, point.month_used),
        month_to_date=money(point.month_cost),
        forecast=None if forecast is None else forecast.cost,
    )


def charged_at(time: datetime, points: Sequence[CostPoint], calendar: PriceCalendar) -> CostPoint:
    """Return the point of a time, made up between two of them if there is no reading."""
    index = bisect_left(points, time, key=lambda point: point.time)
    if index < len(points) and points[index].time == time:
        return points[index]
    before = points[index - 1]
    if index == len(points):
        return before.to(time, before.consumption, calendar).rounded()
    after = points[index]
    share = Fraction((time - before.time) // _MICROSECOND, (after.time - before.time) // _MICROSECOND)
    consumption = before.consumption + (after.consumption - before.consumption) * share
    return before.to(time, consumption, calendar).rounded()
