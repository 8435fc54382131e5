"""One UTC day after the other: read, write, keep how far it has come."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path

from custom_components.meter_vision.export.meter_points import MeterPoints
from custom_components.meter_vision.store.models import OutgoingPoint

from .cursor import Cursor
from .points import Periods, Readings
from .progress import Progress
from .series import Source, read_page

_DAY = timedelta(days=1)

type Write = Callable[[Sequence[OutgoingPoint]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be copied, and into what."""

    source: Source
    maker: MeterPoints
    factor: Decimal
    zone: tzinfo
    since: datetime | None
    until: datetime
    oldest: datetime
    """Of the readings that get a point of their own."""
    what: Mapping[str, str]
    cursor: Path


def begin(plan: Plan, *, resume: bool = True) -> Cursor | None:
    """Return the cursor of a migration that was broken off, or a new one; None if there is nothing to copy."""
    if resume and (found := Cursor.load(plan.cursor, plan.what)) is not None:
        return found
    if (span := plan.source.span()) is None:
        return None
    start = max(span[0], plan.since) if plan.since else span[0]
    end = min(span[1] + timedelta(milliseconds=1), plan.until)
    if start >= end:
        return None
    day = start.astimezone(UTC).date()
    return Cursor(path=plan.cursor, what=plan.what, start=start, end=end, since=plan.oldest, day=day)


def run(plan: Plan, cursor: Cursor, write: Write | None) -> Cursor:
    """Copy what is left, or only count it if there is nobody to write."""
    readings = Readings(maker=plan.maker, factor=plan.factor, since=cursor.since)
    periods = Periods(maker=plan.maker, zone=plan.zone)
    for day in days(cursor.again or cursor.day, cursor.day - _DAY):
        totals, _ = readings.feed(read_page(plan.source, day, cursor.start, cursor.end).rows)
        list(periods.feed(totals))
    last = (cursor.end - timedelta(microseconds=1)).astimezone(UTC).date()
    progress = Progress(cursor.start.astimezone(UTC).date(), last)
    for day in days(cursor.day, last):
        page = read_page(plan.source, day, cursor.start, cursor.end)
        totals, points = readings.feed(page.rows)
        over = list(periods.feed(totals))
        if day == last:
            over += periods.finish()
        if write is not None:
            write([*points, *over])
        if points:
            cursor.readings[day] = len(points)
        cursor.periods += sum(point.line.partition(",")[0].endswith("_daily") for point in over)
        cursor.seen += len(page.rows)
        cursor.unusable += page.unusable
        cursor.day, cursor.again = day + _DAY, periods.again
        progress.show(day, cursor.seen)
        if write is not None:
            cursor.save()
    return cursor


def days(first: date, last: date) -> Iterator[date]:
    """Yield every day from the first to the last, both included."""
    return (first + _DAY * number for number in range((last - first).days + 1))
