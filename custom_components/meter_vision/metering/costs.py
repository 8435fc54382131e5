"""What has been used, in money: a running total along the readings that count. Between two use is spread evenly."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Final, Self

from .cost_point import MONEY_RESOLUTION, CostPoint
from .ledger_columns import Total, Totals
from .price_calendar import PriceCalendar
from .resting import Rest, go_on
from .statistic_rows import period_of

_LONGEST_STEP: Final = timedelta(hours=1)
_POINTS_APART: Final = 64
"""Of so many points one is kept."""
_BETWEEN_RESTS: Final = 8
"""Points; as many as are worked out in a millisecond or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBook:
    """The cost at every reading that counts, after a point from which they follow.

    Only some of the points are kept, for thousands of them take much room; the others follow from those.
    """

    start: CostPoint
    totals: Totals
    last: CostPoint
    """The cost with the latest reading."""
    marks: tuple[CostPoint, ...] = ()
    """Points of readings, oldest first."""
    calendar: PriceCalendar = field(compare=False, repr=False)

    @classmethod
    def begin(cls, totals: Totals, calendar: PriceCalendar, rest: Rest = go_on) -> Self:
        """Return the book in which charging begins with the first reading; see `follow` for `rest`."""
        first = totals[0]
        start = CostPoint.begin(first.reading.time, first.consumption, calendar)
        return cls.resume(start, totals, calendar, rest=rest)

    @classmethod
    def resume(
        cls,
        start: CostPoint,
        totals: Totals,
        calendar: PriceCalendar,
        *,
        last: CostPoint | None = None,
        rest: Rest = go_on,
    ) -> Self:
        """Return the book that goes on from a point; `last`: what is known of the latest one; `rest` as in `follow`."""
        if last is not None and last.time == totals[-1].reading.time:
            return cls(start=start, totals=totals, last=last, calendar=calendar)
        return cls(start=start, totals=totals[:0], last=start, calendar=calendar).follow(totals, rest)

    def follow(self, totals: Totals, rest: Rest = go_on) -> Self:
        """Return the book of other readings: what has not changed since the start stays, the others are charged anew.

        `rest` is called now and then, so that a thread that charges thousands can let others go first.
        """
        start = self._start_for(totals[0])
        same = self.totals.since(totals[0].reading.time).shared(totals)
        last_same = totals[same - 1].reading.time if same else start.time
        marks = [mark for mark in (*self.marks, self.last) if start.time < mark.time <= last_same]
        point, done = (marks[-1], totals.until(marks[-1].time)) if marks else (start, 0)
        if marks and done - (totals.until(marks[-2].time) if len(marks) > 1 else 0) < _POINTS_APART:
            marks.pop()
        for number, total in enumerate(totals[done:], done + 1):
            if number % _POINTS_APART == 0 and number != len(totals):
                marks.append(point)
            if number % _BETWEEN_RESTS == 0:
                rest()
            point = point.with_reading(total, self.calendar)
        return replace(self, start=start, totals=totals, last=point, marks=tuple(marks))

    def point(self, index: int) -> CostPoint:
        """Return the point of a reading."""
        time = self.totals[index].reading.time
        if time == self.last.time:
            return self.last
        place = bisect_right(self.marks, time, key=_time)
        point = self.marks[place - 1] if place else self.start
        for total in self.totals[self.totals.until(point.time) if place else 0 : index + 1]:
            point = point.with_reading(total, self.calendar)
        return point

    def points(self, first: int = 0) -> Iterator[CostPoint]:
        """Yield the points of all readings from one on."""
        point = self.point(first)
        yield point
        for total in self.totals[first + 1 :]:
            point = point.with_reading(total, self.calendar)
            yield point

    def at(self, time: datetime) -> CostPoint:
        """Return the point of a time, made up between two of them if there is no reading."""
        index = self.totals.before(time)
        if index < len(self.totals) and self.totals[index].reading.time == time:
            return self.point(index)
        before = self.point(index - 1)
        if index == len(self.totals):
            return before.to(time, before.consumption, self.calendar).rounded()
        return before.towards(self.totals[index], time, self.calendar).rounded()

    def along(self, times: Iterable[datetime], first: int = 0) -> Iterator[CostPoint]:
        """Yield the points of times, in order and not before a reading; as `at`, but in one go."""
        points = self.points(first)
        before, after = next(points), next(points, None)
        for time in times:
            while after is not None and after.time <= time:
                before, after = after, next(points, None)
            if time == before.time:
                yield before
            elif after is None:
                yield before.to(time, before.consumption, self.calendar).rounded()
            else:
                yield before.towards(after, time, self.calendar).rounded()

    def _start_for(self, first: Total) -> CostPoint:
        """Return the point to begin with: the latest that is not after the first reading, or one before the start."""
        time = first.reading.time
        if time > self.start.time:
            return self.point(known - 1) if (known := self.totals.until(time)) else self.start
        if time == self.start.time:
            return self.start
        before = CostPoint.begin(time, first.consumption, self.calendar)
        charged = before.to(self.start.time, self.start.consumption, self.calendar)
        return replace(
            before, usage=self.start.usage - charged.usage, standing=self.start.standing - charged.standing
        ).rounded()

    def course(self, rest: Rest = go_on) -> CostCourse:
        """Return the cost at any time of the last days; see `follow` for `rest`."""
        # From a point that a restart knew it is a long way to all others.
        book = self if self.marks else self.resume(self.start, self.totals, self.calendar, rest=rest)
        return CostCourse(book=book, rest=rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCourse:
    """The cost at any time, as a consumption's course: with a reading, or evenly where two are far apart."""

    book: CostBook
    resolution: Decimal = MONEY_RESOLUTION
    rest: Rest = field(default=go_on, compare=False, repr=False)
    """Called now and then."""
    _block: dict[int, list[CostPoint]] = field(default_factory=dict, compare=False, repr=False)
    """The points that were asked for last, by the number of their block: mostly neighbours are next."""

    def at(self, time: datetime) -> Decimal | None:
        """Return the cost just before a time, as the recorder takes states; None before the first reading."""
        totals = self.book.totals
        index = totals.before(time)
        if index == 0:
            return None
        before = self._point(index - 1)
        if index == len(totals) or totals[index].reading.time - before.time <= _LONGEST_STEP:
            return before.cost
        return before.towards(self._point(index), time, self.book.calendar).cost

    def _point(self, index: int) -> CostPoint:
        """Return the point of a reading; never all of them at a time, for thousands take much room."""
        number, place = divmod(index, _POINTS_APART)
        if number not in self._block:
            course, points = self.book.points(number * _POINTS_APART), list[CostPoint]()
            for _ in range(_POINTS_APART // _BETWEEN_RESTS):
                self.rest()
                points += islice(course, _BETWEEN_RESTS)
            self._block.clear()
            self._block[number] = points
        return self._block[number][place]

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
    known, common = shared_points(before, after)
    changed = [total.reading.time for totals in (known, after.totals) for total in totals[common : common + 1]]
    if not changed:
        return None
    since = min(changed)
    if common and max(changed) - (latest := after.totals[common - 1].reading.time) > _LONGEST_STEP:
        since = latest
    if period_of(since) >= period_of(now):
        return None
    idle = common == len(known) > 0 and all(point.cost == before.last.cost for point in after.points(common))
    return None if idle else since


def shared_points(before: CostBook, after: CostBook) -> tuple[Totals, int]:
    """Return the readings of one book that another has not left behind, and with how many points both go on alike."""
    dropped = before.totals.before(after.totals[0].reading.time)
    known = before.totals[dropped:]
    common = known.shared(after.totals)
    # The sums run on, so that where they are the same they were so before.
    while common and not _alike(before.point(dropped + common - 1), after.point(common - 1)):
        common -= 1
    return known, common


def _alike(one: CostPoint, other: CostPoint) -> bool:
    """Return whether two points say the same."""
    return one is other or (one.time, one.cost) == (other.time, other.cost)


def _time(point: CostPoint) -> datetime:
    return point.time
