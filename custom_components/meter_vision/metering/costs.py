"""What has been used, in money: a running total along the readings that count, exact and additive.

Between two readings use is spread evenly. Fractions carry the sums, for a share of an hour's use is no finite decimal;
so it makes no difference into how many intervals a time is split.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from typing import Final, Self

from .ledger import Total
from .price_calendar import PriceCalendar, Segment
from .statistic_rows import period_of

MONEY_RESOLUTION: Final = Decimal("0.000001")
_KEPT_RESOLUTION: Final = Decimal("0.000000001")
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST_STEP: Final = timedelta(hours=1)
_NOTHING: Final = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPoint:
    """What had been charged when the consumption stood at a value; sums since charging began."""

    time: datetime
    """Aware UTC."""
    consumption: Fraction
    usage: Fraction = _NOTHING
    """Charged for what was used."""
    standing: Fraction = _NOTHING
    """Charged for the time."""
    month: date
    """First day of the billing month that the next figures belong to."""
    month_used: Fraction = _NOTHING
    month_cost: Fraction = _NOTHING

    @classmethod
    def begin(cls, time: datetime, consumption: Decimal, calendar: PriceCalendar) -> Self:
        """Return the point from which on everything is charged."""
        month = calendar.month_of(calendar.local_date(time))
        return cls(time=time, consumption=Fraction(consumption), month=month)

    @property
    def cost(self) -> Decimal:
        """Everything charged."""
        return money(self.usage + self.standing)

    def to(self, time: datetime, consumption: Decimal | Fraction, calendar: PriceCalendar) -> CostPoint:
        """Return the point at a later time, what was used meanwhile spread evenly; at the same time all at once."""
        reached = Fraction(consumption)
        used = reached - self.consumption
        length = (time - self.time) // _MICROSECOND
        point = self
        for segment in calendar.segments(self.time, time):
            part = (segment.end - segment.start) // _MICROSECOND
            point = _charged(point, segment, used if part == length else used * Fraction(part, length))
        return replace(point, time=time, consumption=reached)

    def rounded(self) -> CostPoint:
        """Return the point with sums of a length that can be kept."""
        return replace(
            self,
            usage=_kept(self.usage),
            standing=_kept(self.standing),
            month_used=_kept(self.month_used),
            month_cost=_kept(self.month_cost),
        )

    def to_data(self) -> dict[str, str]:
        """Return plain data."""
        sums = {
            "consumption": self.consumption,
            "usage": self.usage,
            "standing": self.standing,
            "month_used": self.month_used,
            "month_cost": self.month_cost,
        }
        texts = {key: str(_decimal(amount, _KEPT_RESOLUTION)) for key, amount in sums.items()}
        return {"time": self.time.isoformat(), "month": self.month.isoformat(), **texts}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """Return what `to_data` gave."""
        time = datetime.fromisoformat(data["time"]).astimezone(UTC)
        sums = {key: Fraction(data[key]) for key in ("consumption", "usage", "standing", "month_used", "month_cost")}
        return cls(time=time, month=date.fromisoformat(data["month"]), **sums)


def _charged(point: CostPoint, segment: Segment, used: Fraction) -> CostPoint:
    """Return the point after a time of one price and one billing month."""
    day = segment.day
    if day.month != point.month:
        point = replace(point, month=day.month, month_used=_NOTHING, month_cost=_NOTHING)
    if day.rates is None:
        return replace(point, month_used=point.month_used + used)
    month_used = point.month_used + used
    usage = used * Fraction(segment.price)
    if day.rates.tiers:
        usage += day.rates.surcharged(month_used) - day.rates.surcharged(point.month_used)
    share = Fraction((segment.end - segment.start) // _MICROSECOND, (day.ends - day.begins) // _MICROSECOND)
    standing = day.standing * share
    return replace(
        point,
        usage=point.usage + usage,
        standing=point.standing + standing,
        month_used=month_used,
        month_cost=point.month_cost + usage + standing,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBook:
    """The cost at every reading that counts, after a point from which they follow."""

    start: CostPoint
    totals: Sequence[Total]
    points: tuple[CostPoint, ...]
    """One for each total, as long as readings are kept."""

    @classmethod
    def begin(cls, totals: Sequence[Total], calendar: PriceCalendar) -> Self:
        """Return the book in which charging begins with the first reading."""
        first = totals[0]
        start = CostPoint.begin(first.reading.time, first.consumption, calendar)
        return cls.resume(start, totals, calendar)

    @classmethod
    def resume(cls, start: CostPoint, totals: Sequence[Total], calendar: PriceCalendar) -> Self:
        """Return the book that goes on from a kept point."""
        return cls(start=start, totals=(), points=()).follow(totals, calendar)

    @property
    def last(self) -> CostPoint:
        """The cost with the latest reading."""
        return self.points[-1]

    def follow(self, totals: Sequence[Total], calendar: PriceCalendar) -> Self:
        """Return the book of other readings: what has not changed since the start stays, the rest is charged anew."""
        start = self._start_for(totals[0], calendar)
        dropped = bisect_left(self.points, totals[0].reading.time, key=_time)
        pairs = zip(self.totals[dropped:], totals, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1] or pair[0] == pair[1], pairs))
        kept = self.points[dropped : dropped + same]
        rest = _continued(kept[-1] if kept else start, totals[same:], calendar)
        return replace(self, start=start, totals=totals, points=kept + rest)

    def _start_for(self, first: Total, calendar: PriceCalendar) -> CostPoint:
        """Return the point to begin with: the latest that is not after the first reading, or one before the start."""
        time = first.reading.time
        if time > self.start.time:
            return max((self.start, *(point for point in self.points if point.time <= time)), key=_time)
        if time == self.start.time:
            return self.start
        before = CostPoint.begin(time, first.consumption, calendar)
        charged = before.to(self.start.time, self.start.consumption, calendar)
        return replace(
            before, usage=self.start.usage - charged.usage, standing=self.start.standing - charged.standing
        ).rounded()

    def course(self, calendar: PriceCalendar) -> CostCourse:
        """Return the cost at any time of the last days."""
        return CostCourse(points=self.points, calendar=calendar)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCourse:
    """The cost at any time, as a consumption's course: with a reading, or evenly where two are far apart."""

    points: Sequence[CostPoint]
    calendar: PriceCalendar
    resolution: Decimal = MONEY_RESOLUTION

    def at(self, time: datetime) -> Decimal | None:
        """Return the cost just before a time, as the recorder takes states; None before the first reading."""
        index = bisect_left(self.points, time, key=_time)
        if index == 0:
            return None
        before = self.points[index - 1]
        if index == len(self.points) or self.points[index].time - before.time <= _LONGEST_STEP:
            return before.cost
        after = self.points[index]
        share = Fraction((time - before.time) // _MICROSECOND, (after.time - before.time) // _MICROSECOND)
        consumption = before.consumption + (after.consumption - before.consumption) * share
        return before.to(time, consumption, self.calendar).cost

    def same(self, one: Decimal, other: Decimal) -> bool:
        """Return whether two amounts are the same after rounding."""
        return abs(one - other) < self.resolution / 2

    def between(self, start: datetime, end: datetime) -> Decimal:
        """Return what was charged between two times."""
        return (self.at(end) or Decimal(0)) - (self.at(start) or Decimal(0))


def wrong_since(before: CostBook, after: CostBook, now: datetime) -> datetime | None:
    """Return the time from which rows differ when `after` takes the place of `before`; None: the recorder sees to it.

    The recorder compiles a row from the state at the row's end, so a change within the current period needs nothing.
    """
    first = after.points[0].time
    known = [point for point in before.points if point.time >= first]
    common = sum(1 for _ in takewhile(alike, zip(known, after.points, strict=False)))
    changed = [*known[common : common + 1], *after.points[common : common + 1]]
    if not changed:
        return None
    since = min(point.time for point in changed)
    if common and any(point.time - after.points[common - 1].time > _LONGEST_STEP for point in changed):
        since = after.points[common - 1].time
    idle = common == len(known) > 0 and all(point.cost == known[-1].cost for point in after.points[common:])
    return since if period_of(since) < period_of(now) and not idle else None


def alike(pair: tuple[CostPoint, CostPoint]) -> bool:
    """Return whether two points say the same."""
    one, other = pair
    return one is other or (one.time, one.cost) == (other.time, other.cost)


def money(amount: Fraction) -> Decimal:
    """Return an amount of money without the digits that nobody pays."""
    return _decimal(amount, MONEY_RESOLUTION)


def _continued(start: CostPoint, totals: Iterable[Total], calendar: PriceCalendar) -> tuple[CostPoint, ...]:
    points = []
    point = start
    for total in totals:
        point = point.to(total.reading.time, total.consumption, calendar).rounded()
        points.append(point)
    return tuple(points)


def _time(point: CostPoint) -> datetime:
    return point.time


def _kept(amount: Fraction) -> Fraction:
    return Fraction(_decimal(amount, _KEPT_RESOLUTION))


def _decimal(amount: Fraction, resolution: Decimal) -> Decimal:
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(resolution)
