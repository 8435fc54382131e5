"""What is exported of a register's costs, and which points a change of its readings or its prices alters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from .cost_point import CostPoint, money
from .costs import CostBook, shared_points
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
    before: CostBook | None, after: CostBook, times: Iterable[datetime], forecast: Forecast | None = None
) -> list[CostFigures]:
    """Return what to export when `after` takes the place of `before`; `times`: everything exported so far.

    A time whose reading no longer holds gets what had been charged until then, so that deltas still add up.
    """
    old, common = (after.totals[:0], 0) if before is None else shared_points(before, after)
    if common == len(old) == len(after.totals):
        return []
    previous = after.point(common - 1) if common else after.start
    exported = {*times, *(total.reading.time for totals in (old, after.totals) for total in totals[common:])}
    new = sorted(time for time in exported if time > previous.time or (not common and time == previous.time))
    return list(_along(after, previous, new, first=max(common - 1, 0), forecast=forecast))


def recharged_costs(
    before: CostBook | None, after: CostBook, times: Iterable[datetime], forecast: Forecast | None = None
) -> list[CostFigures]:
    """Return what to export when prices or what readings are worth have changed, which may alter any of the figures.

    Both books begin with the same costs, if there was one before.
    """
    if before is None:
        return changed_costs(None, after, times, forecast)
    totals = (total for totals in (before.totals, after.totals) for total in totals)
    exported = sorted({*times, *(total.reading.time for total in totals)})
    new = [time for time in exported if time > after.start.time and time >= after.totals[0].reading.time]
    told = set(_along(before, before.start, new))
    return [
        figures
        for figures in _along(after, after.start, new, forecast=forecast)
        if replace(figures, forecast=None) not in told
    ]


def _along(
    book: CostBook, previous: CostPoint, times: Iterable[datetime], *, first: int = 0, forecast: Forecast | None = None
) -> Iterator[CostFigures]:
    """Yield the costs at times after a point, or at it."""
    for point in book.along(times, first):
        latest = point.time == book.last.time
        yield _figures(previous, point, book.calendar, forecast if latest else None)
        previous = point


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
