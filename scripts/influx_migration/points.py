"""Turns what was read into the points that the integration writes: readings, days and months."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Final

from custom_components.meter_vision.export import rollups
from custom_components.meter_vision.export.meter_points import MeterPoints
from custom_components.meter_vision.export.rollups import Period, midnight
from custom_components.meter_vision.export.stands import Stand, per_hour
from custom_components.meter_vision.metering.ledger_columns import Total, packed
from custom_components.meter_vision.metering.models import Confidence, Reading
from custom_components.meter_vision.store.models import OutgoingPoint

from .series import CONFIDENCE, Row

_RESOLUTION: Final = Decimal("0.000001")
"""Of what lies between two readings; finer than any meter."""
_SOURCE: Final = "history"
_CONFIDENCES: Final = frozenset(Confidence)


@dataclass(slots=True, kw_only=True)
class Readings:
    """The points of readings, each with what was used since the one before."""

    maker: MeterPoints
    factor: Decimal
    since: datetime
    """Older ones give no point: the bucket does not keep them."""
    before: Total | None = None

    def feed(self, rows: Sequence[Row]) -> tuple[list[Total], list[OutgoingPoint]]:
        """Return the readings in the target's unit, and their points."""
        totals: list[Total] = []
        points: list[OutgoingPoint] = []
        for row in rows:
            value = row.value * self.factor
            total = Total(reading=Reading(value=value, time=row.time), consumption=value)
            if row.time >= self.since:
                points += self.maker.reading(self._stand(total), source=_SOURCE, confidence=_confidence(row))
            totals.append(total)
            self.before = total
        return totals, points

    def _stand(self, total: Total) -> Stand:
        time, before = total.reading.time, self.before
        delta = None if before is None else total.consumption - before.consumption
        rate = None if before is None or delta is None else per_hour(delta, time - before.reading.time)
        return Stand(time=time, reading=total.reading.value, consumption=total.consumption, delta=delta, rate=rate)


def _confidence(row: Row) -> Confidence | None:
    told = row.told.get(CONFIDENCE)
    return Confidence(told) if told in _CONFIDENCES else None


@dataclass(slots=True, kw_only=True)
class Periods:
    """The points of days and months, as soon as a later reading shows that one is over."""

    maker: MeterPoints
    zone: tzinfo
    again: date | None = None
    """The UTC day from which all has to be read once more to know what is known here."""
    _totals: list[Total] = field(default_factory=list)
    """From the last reading before the first unfinished day on."""
    _open: date | None = None
    """The first unfinished day."""
    _month: list[Period] = field(default_factory=list)
    """The finished days of the unfinished month."""

    def feed(self, totals: Sequence[Total]) -> Iterator[OutgoingPoint]:
        """Take up readings in order and yield what is over."""
        if not totals:
            return
        self._totals += totals
        *finished, unfinished = self._days()
        yield from self._finish(finished)
        yield from self._close_month_before(unfinished.first)
        self._open = unfinished.first
        del self._totals[: self._last_before(self._open)]
        if not self._month:
            self.again = self._day_of(0)

    def finish(self) -> Iterator[OutgoingPoint]:
        """Yield the last day and its month, as far as they go."""
        if self._totals:
            yield from self._finish(self._days())
            yield from self._close_month_before(date.max)

    def _days(self) -> tuple[Period, ...]:
        first = self._totals[0].reading.time
        since = first if self._open is None else midnight(self._open, self.zone)
        return rollups.days(packed(self._totals), since, self.zone, _RESOLUTION)

    def _finish(self, finished: Sequence[Period]) -> Iterator[OutgoingPoint]:
        yield from self.maker.days(finished, self.zone)
        for day in finished:
            yield from self._close_month_before(day.first)
            if not self._month:
                self.again = self._day_of(self._last_before(day.first))
            self._month.append(day)

    def _close_month_before(self, day: date) -> Iterator[OutgoingPoint]:
        if self._month and self._month[0].first.replace(day=1) != day.replace(day=1):
            yield from self.maker.months(rollups.months(self._month), self.zone)
            self._month.clear()

    def _last_before(self, day: date) -> int:
        """Return the index of the last reading before a local day, or of the first."""
        begin = midnight(day, self.zone)
        return max(bisect_left(self._totals, begin, key=lambda total: total.reading.time) - 1, 0)

    def _day_of(self, index: int) -> date:
        return self._totals[index].reading.time.astimezone(UTC).date()
