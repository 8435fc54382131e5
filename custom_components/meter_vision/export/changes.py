"""What a change to a register sends: its verdicts, the readings that are new or different, its days and months."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from ..metering.cost_changes import CostFigures, changed_costs, recharged_costs
from ..metering.costs import CostBook
from ..metering.forecast import Forecast
from ..metering.ledger import Ledger
from ..metering.ledger_columns import Total, Totals, packed
from ..metering.models import Confidence, Outcome, Register
from ..metering.terms import Terms
from ..store.models import DayRow, JournalEntry, Kind, OutgoingPoint
from .meter_points import LookFigures, MeterPoints
from .rollups import Period, days, midnight, months
from .schema import RETENTION
from .stands import Stand, changed, stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the account's file remembers of a register."""

    reading_times: Callable[[datetime], Iterable[datetime]]
    """When it has had readings since a time, whether they still count or not."""
    days: Callable[[date], Mapping[date, Mapping[str, Any]]]
    """Its days since one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is known of a register before and after something has happened."""

    before: Ledger | None
    """None: nothing was."""
    after: Ledger
    costs_before: CostBook | None = None
    """None: they were not worked out since Home Assistant started."""
    costs: CostBook | None = None
    forecast: Forecast | None = None
    terms_before: Terms | None = None
    """How the readings before counted, None: as those after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What goes into the same transaction as the change."""

    points: tuple[OutgoingPoint, ...] = ()
    days: tuple[DayRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterExport:
    """Makes what one register sends; imports influxdb-client, so its methods belong into an executor."""

    register: Register
    points: MeterPoints
    zone: tzinfo

    def of_change(self, change: Change, entries: Sequence[JournalEntry], known: Known) -> Additions:
        """Return what follows from new readings and from what the journal says of them."""
        if change.terms_before is not None:
            return self._of_terms(change, change.terms_before.register, known)
        before, after = change.before, change.after
        looks = self._looks(entries)
        points = [*self.of_looks(looks).points]
        if before is after:
            return Additions(points=tuple(points))
        old = after.totals(self.register)[:0] if before is None else before.totals(self.register)
        new = _lengthened(old, after.totals(self.register))
        common = old.shared(new)
        appended = common == len(old)
        times = () if appended or not common else known.reading_times(old[common - 1].reading.time)
        different = changed(old, new, times, self.register)
        points += self._readings(different, after, looks)
        points += self._costs_of(change, times)
        if not different:
            return Additions(points=tuple(points))
        since = min(different[0].time, new[max(common - 1, 0)].reading.time)
        daily = self._rollups(new, since, known, costs=change.costs)
        return Additions(points=(*points, *daily.points), days=daily.days)

    def _of_terms(self, change: Change, was: Register, known: Known) -> Additions:
        """Return what is told otherwise of the readings that are kept, after the register was described otherwise."""
        alike = change.before is not None and was.consumption_unit == self.register.consumption_unit
        after = change.after.totals(self.register)
        old = change.before.totals(was) if change.before is not None and alike else after[:0]
        new = _lengthened(old, after)
        times = tuple(known.reading_times(new[0].reading.time))
        points = self._readings(changed(old, new, times, self.register), change.after, ())
        if change.costs is not None:
            costs_before = change.costs_before if alike else None
            points += self._costs(recharged_costs(costs_before, change.costs, times, change.forecast))
        daily = self._rollups(new, new[0].reading.time, known, costs=change.costs)
        return Additions(points=(*points, *daily.points), days=daily.days)

    def of_all(self, change: Change, since: datetime, known: Known, earlier: Sequence[Total] = ()) -> Additions:
        """Return all readings that are kept since a time, and all days, also those of what was known earlier."""
        ledger = change.after
        totals = ledger.totals(self.register)
        times = tuple(known.reading_times(totals[0].reading.time))
        every = stands(totals, times, self.register)
        points = self._readings([stand for stand in every if stand.time >= since], ledger, ())
        points += [point for point in self._costs_of(change, times) if point.time >= since]
        daily = self._rollups(
            packed((*earlier, *totals)) if earlier else totals, since, known, costs=change.costs, all_of_them=True
        )
        return Additions(points=(*points, *daily.points), days=daily.days)

    def of_looks(self, entries: Sequence[JournalEntry]) -> Additions:
        """Return the verdicts of this register's looks."""
        looks = self._looks(entries)
        return Additions(points=tuple(point for look in looks for point in self.points.verdict(figures(look))))

    def of_hours(self, totals: Sequence[Total], now: datetime) -> Additions:
        """Return what the statistics know of the past, as far back as buckets keep it."""
        return Additions(
            points=tuple(
                point
                for stand in stands(packed(totals), (), self.register)
                if now - stand.time < RETENTION
                for point in self.points.reading(replace(stand, reading=None), source="history")
            )
        )

    def _looks(self, entries: Sequence[JournalEntry]) -> list[JournalEntry]:
        return [entry for entry in entries if entry.kind is Kind.LOOK and entry.register == self.register.name]

    def _readings(self, found: Iterable[Stand], ledger: Ledger, looks: Sequence[JournalEntry]) -> list[OutgoingPoint]:
        confidence = {look.time: Confidence(look.confidence) for look in looks if look.confidence}
        said = {entry.reading.time for entry in ledger.entries if entry.trusted or entry.new_meter}
        return [
            point
            for stand in found
            for point in self.points.reading(
                stand, source="person" if stand.time in said else "camera", confidence=confidence.get(stand.time)
            )
        ]

    def _costs_of(self, change: Change, times: Iterable[datetime]) -> list[OutgoingPoint]:
        """Return the costs that have changed with the readings."""
        if change.costs is None:
            return []
        before = change.costs_before
        if before is None and change.before is not None:
            before = change.costs.follow(change.before.totals(self.register))
        return self._costs(changed_costs(before, change.costs, times, change.forecast))

    def _costs(self, found: Iterable[CostFigures]) -> list[OutgoingPoint]:
        tariff = self.register.tariff
        return [] if tariff is None else [point for one in found for point in self.points.costs(one, tariff.currency)]

    def _cost_of(self, day: Period, costs: CostBook | None, stored: Period | None) -> Decimal | None:
        """Return what a day has cost as far as it is known; of one whose beginning is no longer known, what was."""
        if self.register.tariff is None or costs is None:
            return None if stored is None else stored.cost
        first, last = costs.totals[0].reading.time, costs.last.time
        begin, end = midnight(day.first, self.zone), midnight(day.first + _DAY, self.zone)
        # Where nothing was charged before the first reading that is kept, nothing is forgotten either.
        forgotten = begin < first and costs.start.cost
        if end <= first or (forgotten and stored is not None and stored.cost is not None):
            return None if stored is None else stored.cost
        at_begin, at_end = (costs.at(min(max(time, first), last)).cost for time in (begin, end))
        return at_end - at_begin

    def _rollups(
        self,
        totals: Totals,
        since: datetime,
        known: Known,
        *,
        costs: CostBook | None = None,
        all_of_them: bool = False,
    ) -> Additions:
        """Return the days since a time that are not known like that, and their months."""
        first = max(since, totals[0].reading.time).astimezone(self.zone).date()
        unit = self.register.consumption_unit
        kept = known.days(first.replace(day=1)).items()
        stored = {day: period_of_data(day, data) for day, data in kept if data.get("unit", unit) == unit}
        begun = totals[0].reading.time
        found = [
            _continued(stored.get(day.first), day) if midnight(day.first, self.zone) < begun else day
            for day in days(totals, since, self.zone, self.register.consumption_resolution)
        ]
        found = [replace(day, cost=self._cost_of(day, costs, stored.get(day.first))) for day in found]
        new = [day for day in found if all_of_them or stored.get(day.first) != day]
        if not new:
            return Additions()
        whole = {**stored, **{day.first: day for day in new}}
        of_months = months(whole[day] for day in sorted(whole))
        since_month = new[0].first.replace(day=1)
        points = (
            *self.points.days(new, self.zone),
            *self.points.months([month for month in of_months if month.first >= since_month], self.zone),
        )
        rows = (
            DayRow(register=self.register.name, first=day.first, data={**data_of_period(day), "unit": unit})
            for day in new
        )
        return Additions(points=points, days=tuple(rows))


def _lengthened(old: Totals, new: Totals) -> Totals:
    """Return the readings with those before them that have become too old to be corrected, but not wrong."""
    left_behind = old[: old.before(new[0].reading.time)]
    return packed((*left_behind, *new)) if left_behind else new


def _continued(stored: Period | None, known: Period) -> Period:
    """Return a day of which the first readings are no longer kept."""
    if stored is None:
        return known
    return replace(
        stored,
        consumption=stored.consumption + known.total - stored.total,
        total=known.total,
        readings=max(stored.readings, known.readings),
        minimum_rate=_extreme(min, stored.minimum_rate, known.minimum_rate),
        maximum_rate=_extreme(max, stored.maximum_rate, known.maximum_rate),
    )


def _extreme(choose: Callable[[list[Decimal]], Decimal], *rates: Decimal | None) -> Decimal | None:
    known = [rate for rate in rates if rate is not None]
    return choose(known) if known else None


def figures(entry: JournalEntry) -> LookFigures:
    """Return what an entry of the journal tells of a look."""
    margin = entry.detail.get("margin")
    return LookFigures(
        time=entry.time,
        outcome=Outcome(entry.outcome or Outcome.UNREADABLE),
        rule=entry.rule or "",
        confidence=Confidence(entry.confidence) if entry.confidence else None,
        margin=None if margin is None else float(margin),
        model=entry.model,
        input_tokens=entry.input_tokens,
        output_tokens=entry.output_tokens,
        api_cost=entry.cost,
    )


def data_of_period(period: Period) -> dict[str, Any]:
    """Return a day as JSON data."""
    amounts = {name: getattr(period, name) for name in _AMOUNTS}
    return {"readings": period.readings, **{name: str(value) for name, value in amounts.items() if value is not None}}


def period_of_data(first: date, data: Mapping[str, Any]) -> Period:
    """Return the day that `data_of_period` gave."""
    amounts: dict[str, Any] = {name: Decimal(data[name]) for name in _AMOUNTS if name in data}
    return Period(first=first, readings=data["readings"], **amounts)


_DAY = timedelta(days=1)
_AMOUNTS = ("consumption", "total", "minimum_rate", "maximum_rate", "cost")
