"""What the rows of the long-term statistics ought to say, given the readings: their states, their sums and their costs.

The recorder adds to the sum whatever the state changes by. So of one statistic the difference between state and sum is
the same in every row, and a row is put right by moving both by as much, in any order and as often as one likes. Where
the recorder has lost a sum and begun anew, that difference is restored first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import accumulate, pairwise
from typing import Final, Protocol

from .ledger_columns import Total, Totals

HOUR: Final = timedelta(hours=1)
PERIOD: Final = timedelta(minutes=5)
"""What a row of the short-term table covers."""
MONEY_RESOLUTION: Final = Decimal("0.000001")
_LONGEST_STEP: Final = HOUR
"""Readings further apart than this are joined by a straight line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of either table: state and sum at its end."""

    start: datetime
    """Aware UTC."""
    state: Decimal
    sum: Decimal
    last_reset: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one statistic in both tables from some time on, oldest first."""

    short: tuple[Row, ...] = ()
    hourly: tuple[Row, ...] = ()
    from_zero: bool = False
    """The first short-term row is the statistic's very first: where its sum begins."""

    def __bool__(self) -> bool:
        """Return whether there is any row."""
        return bool(self.short or self.hourly)


class AnyCourse(Protocol):
    """What a total was at any time."""

    @property
    def resolution(self) -> Decimal:
        """The step in which it counts."""

    def at(self, time: datetime) -> Decimal | None:
        """Return the total just before a time, as the recorder takes states; None before the first reading."""

    def same(self, one: Decimal, other: Decimal) -> bool:
        """Return whether two amounts are the same after rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The consumption at any time, known from the readings that count."""

    totals: Totals
    resolution: Decimal
    """Of the consumption, multiplier applied."""

    def at(self, time: datetime) -> Decimal | None:
        """Return the consumption just before a time, as the recorder takes states; None before the first reading."""
        index = self.totals.before(time)
        if index == 0:
            return None
        before = self.totals[index - 1]
        if index == len(self.totals):
            return before.consumption
        after = self.totals[index]
        length = after.reading.time - before.reading.time
        if length <= _LONGEST_STEP:
            return before.consumption
        share = Decimal((time - before.reading.time) // timedelta(microseconds=1)) / (
            length // timedelta(microseconds=1)
        )
        used = (after.consumption - before.consumption) * share
        return before.consumption + (used / self.resolution).to_integral_value(ROUND_FLOOR) * self.resolution

    def same(self, one: Decimal, other: Decimal) -> bool:
        """Return whether two amounts are the same after rounding."""
        return abs(one - other) < self.resolution / 2


def period_of(time: datetime, length: timedelta = PERIOD) -> datetime:
    """Return when the period of five minutes, or of another length, began that a time lies in."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (time - epoch) // length * length


def wrong_since(before: Totals, after: Totals, now: datetime) -> datetime | None:
    """Return the time from which rows differ when `after` takes the place of `before`; None: the recorder sees to it.

    The recorder compiles a row from the state at the row's end, so a change within the current period needs nothing.
    """
    if not before or after[0].reading.time < before[0].reading.time:
        return after[0].reading.time
    known = before.since(after[0].reading.time)
    common = known.shared(after)
    changed = [*known[common : common + 1], *after[common : common + 1]]
    if not changed:
        return None
    since = min(total.reading.time for total in changed)
    if common and any(_joined(after[common - 1], total) for total in changed):
        since = after[common - 1].reading.time
    return since if period_of(since) < period_of(now) and not _idle(after, common, known) else None


def _joined(one: Total, other: Total) -> bool:
    return other.reading.time - one.reading.time > _LONGEST_STEP


def _idle(after: Totals, common: int, known: Totals) -> bool:
    """Return whether all that is new is readings that found nothing used."""
    return common == len(known) > 0 and all(total.consumption == known[-1].consumption for total in after[common:])


def repaired(rows: Rows, course: AnyCourse, since: datetime, compiled_until: datetime) -> Rows:
    """Return all rows as they ought to be, with those that are missing for whole hours between others."""
    short = [_moved(row, row.start + PERIOD, course, since) for row in _going_on(rows.short, course.resolution)]
    if rows.from_zero and short:
        short = _from_zero(short, course, since)
    last_of_hour = {period_of(row.start, HOUR): row for row in short}
    hourly: list[Row] = []
    for row in _going_on(rows.hourly, course.resolution):
        if hourly:
            hourly += _missing(hourly[-1], row.start, course, since)
        hourly.append(_of_hour(row, last_of_hour.get(row.start), course, since))
    if hourly:
        hourly += _missing(hourly[-1], min(_first_short_after(hourly[-1], short), compiled_until), course, since)
    return replace(rows, short=tuple(short), hourly=tuple(hourly))


def _going_on(rows: Sequence[Row], resolution: Decimal) -> Iterator[Row]:
    """Yield rows with sums that go on, also where the recorder has begun a sum anew.

    After a run that it could not write, on a disk that was full, it goes on from a row that there never was.
    """
    shift = Decimal(0)
    for previous, row in pairwise((*rows[:1], *rows)):
        rise = row.state - previous.state
        small = row.sum <= rise + resolution / 2
        if small and row.sum < previous.sum - resolution / 2 and rise >= 0 and row.last_reset == previous.last_reset:
            shift += previous.sum + rise - row.sum
        yield replace(row, sum=row.sum + shift) if shift else row


def _from_zero(short: list[Row], course: AnyCourse, since: datetime) -> list[Row]:
    """Return the rows with sums that begin with what was used in the very first of them."""
    first = short[0]
    zero = course.at(first.start)
    if first.start + PERIOD < since or zero is None:
        return short
    excess = first.sum - (first.state - zero)
    return short if course.same(excess, Decimal(0)) else [replace(row, sum=row.sum - excess) for row in short]


def _of_hour(row: Row, last: Row | None, course: AnyCourse, since: datetime) -> Row:
    """Return an hour's row, which says what the short-term row at its end says as long as that is kept."""
    if row.start + HOUR < since:
        return row
    if last is None or last.start + PERIOD < row.start + HOUR:
        return _moved(row, row.start + HOUR, course, since)
    return replace(last, start=row.start)


def _moved(row: Row, end: datetime, course: AnyCourse, since: datetime) -> Row:
    state = course.at(end)
    if end < since or state is None or course.same(state, row.state):
        return row
    return replace(row, state=state, sum=row.sum + state - row.state)


def _missing(previous: Row, until: datetime, course: AnyCourse, since: datetime) -> list[Row]:
    """Return rows for the whole hours after `previous` of which there is none."""
    rows = []
    start = previous.start + HOUR
    while start + HOUR <= until:
        state = course.at(start + HOUR)
        if start + HOUR >= since and state is not None:
            rows.append(replace(previous, start=start, state=state, sum=previous.sum + state - previous.state))
        start += HOUR
    return rows


def _first_short_after(hour: Row, short: Iterable[Row]) -> datetime:
    """Return the beginning of the first hour after `hour` that has short-term rows and so will get a row by itself."""
    starts = (period_of(row.start, HOUR) for row in short if row.start >= hour.start + HOUR)
    return min(starts, default=datetime.max.replace(tzinfo=UTC))


def changes(before: Rows, after: Rows, resolution: Decimal) -> Rows:
    """Return those rows of `after` that are new or differ from `before` after rounding."""
    return Rows(
        short=_changes(before.short, after.short, resolution),
        hourly=_changes(before.hourly, after.hourly, resolution),
    )


def _changes(before: Iterable[Row], after: Iterable[Row], resolution: Decimal) -> tuple[Row, ...]:
    known = {row.start: row for row in before}
    return tuple(row for row in after if not _same(known.get(row.start), row, resolution))


def _same(known: Row | None, row: Row, resolution: Decimal) -> bool:
    return known is not None and all(
        abs(one - other) < resolution / 2 for one, other in ((known.state, row.state), (known.sum, row.sum))
    )


def repaired_cost(before: Rows, after: Rows, cost: Rows, course: AnyCourse) -> Rows:
    """Return the rows of a consumption's cost as they ought to be when its own go from `before` to `after`.

    What a period's consumption was charged with tells the price, also where it changes by the hour. Where nothing was
    charged, the next price known holds: it is what a gap's consumption was charged with at its end.
    """
    charged = replace(
        cost,
        short=tuple(_going_on(cost.short, MONEY_RESOLUTION)),
        hourly=tuple(_going_on(cost.hourly, MONEY_RESOLUTION)),
    )
    shifts = _shifts(_steps(before, after, charged), course)
    return replace(
        charged,
        short=tuple(_shifted(row, row.start + PERIOD, shifts) for row in charged.short),
        hourly=tuple(_shifted(row, row.start + HOUR, shifts) for row in charged.hourly),
    )


type _Steps = list[tuple[datetime, Decimal, Decimal, Decimal]]
"""End of a period, consumption in it as it was and as it ought to be, and what was charged."""


def _steps(before: Rows, after: Rows, cost: Rows) -> _Steps:
    old, new, charged = (_timeline(rows) for rows in (before, after, cost))
    ends = sorted(old.keys() & new.keys() & charged.keys())
    return [
        (
            end,
            old[end].state - old[start].state,
            new[end].state - new[start].state,
            charged[end].sum - charged[start].sum,
        )
        for start, end in pairwise(ends)
    ]


def _timeline(rows: Rows) -> dict[datetime, Row]:
    """Return rows by their end: short-term ones, and before the first of them hourly ones."""
    first = rows.short[0].start if rows.short else datetime.max.replace(tzinfo=UTC)
    hourly = {row.start + HOUR: row for row in rows.hourly if row.start + HOUR <= first}
    return hourly | {row.start + PERIOD: row for row in rows.short}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    """By how much the cost has to move from a period's end on."""

    end: datetime
    sum: Decimal
    state: Decimal


_UNMOVED: Final = _Shift(end=datetime.min.replace(tzinfo=UTC), sum=Decimal(0), state=Decimal(0))


def _shifts(steps: _Steps, course: AnyCourse) -> list[_Shift]:
    """Return the shift from each period's end on; none if no price is known.

    The last state is what the cost's sensor shows, and its next one is compared with it: if a changed price makes what
    was charged and what is taken back differ, only the sums can move.
    """
    nothing = Decimal(0)
    prices = [None if course.same(used, nothing) else charged / used for _, used, _, charged in steps]
    price = next((known for known in reversed(prices) if known is not None), None)
    if price is None:
        return []
    moves: list[Decimal] = []
    for (_, used, right, charged), own in zip(reversed(steps), reversed(prices), strict=True):
        price = price if own is None else own
        moves.append(nothing if course.same(used, right) else right * price - charged)
    moves.reverse()
    last = max((index for index, move in enumerate(moves) if move), default=0)
    return [
        _Shift(end=end, sum=moved, state=moved if index < last else nothing)
        for index, ((end, *_), moved) in enumerate(zip(steps, accumulate(moves), strict=True))
    ]


def _shifted(row: Row, end: datetime, shifts: Sequence[_Shift]) -> Row:
    index = bisect_right(shifts, end, key=lambda shift: shift.end)
    shift = shifts[index - 1] if index else _UNMOVED
    return replace(row, state=row.state + shift.state, sum=row.sum + shift.sum)
