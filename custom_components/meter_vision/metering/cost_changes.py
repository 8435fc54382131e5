"""What is exported of a register's costs, and which points a change of its readings alters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .costs import CostBook, CostPoint, money, shared_points
from .forecast import Forecast
from .price_calendar import PriceCalendar


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
    old, common = (after.totals[:0], 0) if before is None else shared_points(before, after)
    if common == len(old) == len(after.totals):
        return []
    previous = after.point(common - 1) if common else after.start
    exported = {*times, *(total.reading.time for totals in (old, after.totals) for total in totals[common:])}
    found = []
    for time in sorted(time for time in exported if time > previous.time or (not common and time == previous.time)):
        point = after.at(time)
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
