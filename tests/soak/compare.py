"""What must agree afterwards: pure functions over what was found; each difference is a line.

- A kept reading is what stood on a picture that was taken at its time, to one unit of the last position.
- An hour's row stands where the last reading of the hour does. Between readings that lie further apart than an hour it
  lies between them. No hour is missing, and the sums rise as the states do.
- The cost statistic rises by price times consumption.
- The server has a point of every reading with its value, one of every verdict, and no further ones but estimated ones;
  its days add up to the consumption.
- Readings lie close together, but for the time of something that hid the meter.
- At the end the sensor shows what the last picture showed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Final

from custom_components.meter_vision.store.models import Kind

from .facts import Facts, Kept, MeterFacts, Row
from .plan import Kind as Trouble, Planned

HOUR: Final = timedelta(hours=1)
_SAME_PICTURE: Final = timedelta(seconds=75)
"""How far the time a picture was asked for may lie from the time it was taken, on a fast clock."""
_SILENCE: Final = timedelta(minutes=50)
"""Longest time between two readings; three intervals and a little."""
_AFTER: Final = timedelta(minutes=35)
"""After something has gone wrong, until the next reading is due: two intervals and a little."""
_CENT: Final = Decimal("0.011")

type Span = tuple[datetime, datetime]


def differences(facts: Facts, zone: tzinfo) -> Iterator[str]:
    """Yield everything that does not agree."""
    for meter in facts.meters:
        hidden = [span(facts, each) for each in facts.troubles if _hides(each, meter.key)]
        found = (
            readings(meter, lambda time: shown(facts.deviations, time)),
            hours(meter),
            short_rows(meter),
            costs(meter),
            exported(meter),
            days(meter, zone),
            silence(meter, hidden),
            end(meter),
        )
        for part in found:
            yield from (f"{meter.name}: {text}" for text in part)
    yield from (f"log: {text}" for text in facts.traces)


def shown(deviations: Sequence[tuple[datetime, timedelta]], time: datetime) -> datetime:
    """Return what the machine's wall clock showed at an aware time."""
    return time + next((deviation for since, deviation in reversed(deviations) if since <= time), timedelta())


def span(facts: Facts, trouble: Planned) -> Span:
    """Return when something was wrong by the machine's clock, whichever way that went meanwhile."""
    times = (trouble.start, trouble.end)
    ends = [*times, *(shown(facts.deviations, time) for time in times), *(time + trouble.deviation for time in times)]
    return min(ends), max(ends)


def _hides(trouble: Planned, meter: str) -> bool:
    return trouble.kind is not Trouble.INFLUX and trouble.meter in (None, meter)


def readings(meter: MeterFacts, shown_at: Callable[[datetime], datetime]) -> Iterator[str]:
    """Compare the kept readings with the pictures; `shown_at` tells the machine's clock from the right one."""
    pictures = [(shown_at(picture.time), picture.value) for picture in meter.shown]
    for reading in meter.kept:
        if reading.said:
            continue
        near = {value for time, value in pictures if abs(time - reading.time) <= _SAME_PICTURE}
        if not any(abs(value - reading.value) <= meter.least for value in near):
            yield f"reading {reading.value} at {reading.time}, but the pictures showed {sorted(near)}"


def hours(meter: MeterFacts) -> Iterator[str]:
    """Compare the hourly rows with the kept readings."""
    yield from _rows("hour", meter.hours, meter, HOUR)
    yield from _complete(meter.hours)


def short_rows(meter: MeterFacts) -> Iterator[str]:
    """Compare the five-minute rows with the kept readings; they may lag behind a picture that was read late."""
    for row in meter.short:
        before, after = _around(meter.kept, row.end - timedelta(minutes=5)), _around(meter.kept, row.end)
        values = [reading.value for reading in (*before, *after) if reading is not None]
        if not min(values) - meter.least <= row.state <= max(values) + meter.least:
            yield f"five minutes until {row.end}: {row.state}, readings {min(values)} to {max(values)}"


def _rows(name: str, rows: Sequence[Row], meter: MeterFacts, gap: timedelta) -> Iterator[str]:
    half = meter.least / 2
    for row in rows:
        last, following = _around(meter.kept, row.end)
        if last is None:
            continue
        upper = last.value
        if following is not None and following.time - last.time > gap:
            upper = following.value
        if not last.value - half <= row.state <= upper + half:
            yield f"{name} until {row.end}: {row.state}, expected {last.value} to {upper} (read at {last.time})"
    for one, other in pairwise(rows):
        if abs((other.sum - one.sum) - (other.state - one.state)) > half:
            yield f"{name} until {other.end}: sum rises by {other.sum - one.sum}, state by {other.state - one.state}"


def _complete(rows: Sequence[Row]) -> Iterator[str]:
    for one, other in pairwise(rows):
        if other.end - one.end != HOUR:
            yield f"no hour between {one.end} and {other.end}"


def costs(meter: MeterFacts) -> Iterator[str]:
    """Compare the cost statistic with the consumption at the same hours."""
    used = {row.end: row.state for row in meter.hours}
    rows = [row for row in meter.cost_hours if row.end in used]
    if not rows:
        yield "no cost statistic"
        return
    first = rows[0]
    # Where a gap is spread over its hours, the consumption is rounded down to the last place and the cost is not.
    tolerance = _CENT + meter.least * meter.price
    for row in rows:
        expected = (used[row.end] - used[first.end]) * meter.price
        if abs((row.sum - first.sum) - expected) > tolerance:
            yield f"cost until {row.end}: {row.sum - first.sum}, expected {expected}"
    yield from _complete(meter.cost_hours)


def exported(meter: MeterFacts) -> Iterator[str]:
    """Compare the points of readings and verdicts with the kept readings and the journal."""
    points = {line.milliseconds: line for line in meter.measured("_meter")}
    since = meter.exported_since
    kept = {_milliseconds(reading.time): reading for reading in meter.kept if reading.time >= since}
    for stamp, reading in kept.items():
        point = points.get(stamp)
        if point is None:
            yield f"no point of the reading at {reading.time}"
        elif point.fields["estimated"] or abs(Decimal(str(point.fields["reading"])) - reading.value) >= meter.least / 2:
            yield f"point of the reading at {reading.time}: {point.fields['reading']}, expected {reading.value}"
    for stamp in points.keys() - kept.keys():
        if not points[stamp].fields["estimated"]:
            yield f"a point without reading at {_utc(stamp)}"
    told = {line.milliseconds for line in meter.measured("meter_quality")}
    looked = {_milliseconds(look.time) for look in meter.looks if look.kind is Kind.LOOK and look.time >= since}
    for stamp in sorted(looked - told):
        yield f"no point of the verdict at {_utc(stamp)}"
    for stamp in sorted(told - looked):
        yield f"a verdict's point without look at {_utc(stamp)}"


def days(meter: MeterFacts, zone: tzinfo) -> Iterator[str]:
    """Compare the points of days with the kept readings."""
    lines = meter.measured("_daily")
    used = sum((Decimal(str(line.fields["consumption"])) for line in lines), Decimal(0))
    rise = meter.kept[-1].value - meter.kept[0].value
    if abs(used - rise) > meter.least:
        yield f"the days add up to {used}, expected {rise}"
    wanted = {reading.time.astimezone(zone).date() for reading in meter.kept}
    found = [_utc(line.milliseconds).astimezone(zone) for line in lines]
    if wanted - {time.date() for time in found}:
        yield f"days {[str(time) for time in found]}, expected {sorted(map(str, wanted))}"
    yield from (f"a day begins at {time}" for time in found if time.hour or time.minute)


def silence(meter: MeterFacts, hidden: Sequence[Span]) -> Iterator[str]:
    """Name the times without reading that nothing explains; `hidden`: when something was wrong, by the same clock."""
    times = {reading.time for reading in meter.kept} | {
        look.time for look in meter.looks if look.outcome in ("accepted", "confirmed") or look.kind is Kind.COMPARED
    }  # fmt: skip
    for one, other in pairwise(sorted(times | {meter.until})):
        left = other - one
        for begin, end in hidden:
            left -= max(min(end + _AFTER, other) - max(begin, one), timedelta())
        if left > _SILENCE:
            yield f"nothing known between {one} and {other}, and nothing was wrong"


def end(meter: MeterFacts) -> Iterator[str]:
    """Compare what is shown at the end with the last pictures."""
    last = [picture.value for picture in meter.shown[-3:]]
    if meter.state is None or not any(abs(meter.state - value) <= meter.least for value in last):
        yield f"shows {meter.state} at the end, the last pictures {[str(value) for value in last]}"


def _around(kept: Sequence[Kept], time: datetime) -> tuple[Kept | None, Kept | None]:
    """Return the last reading until a time, and the one after it."""
    index = bisect_right(kept, time, key=lambda reading: reading.time)
    return kept[index - 1] if index else None, kept[index] if index < len(kept) else None


def _milliseconds(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _utc(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
