"""The three kinds of meter as data, and the questions that are asked of each of them."""

from dataclasses import dataclass, replace
from typing import Any, Final

from .model import (
    BY_UNIT,
    LAST_12_MONTHS,
    LAST_MONTH,
    THE_12_BEFORE,
    THIS_MONTH,
    TODAY,
    UP_TO_THIS_MONTH,
    YESTERDAY,
    Anchor,
    Instant,
    Query,
    Shape,
    Source,
    Span,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one kind of meter is called and where its points are."""

    name: str
    title: str
    source: Source
    readings: str
    daily: str
    monthly: str
    rate: str
    rate_title: str
    rate_unit: str
    colour: str
    shades: str

    def asked(self, field: str, shape: Shape, **more: Any) -> Query:
        """Return a question to the readings."""
        return Query(source=self.source, measurements=(self.readings,), field=field, shape=shape, **more)

    def by_day(self, field: str, shape: Shape = Shape.POINTS, **more: Any) -> Query:
        """Return a question to the daily rollups."""
        return Query(source=Source.DAILY, measurements=(self.daily,), field=field, shape=shape, **more)

    def by_month(self, field: str, shape: Shape = Shape.POINTS, **more: Any) -> Query:
        """Return a question to the monthly rollups."""
        return Query(source=Source.DAILY, measurements=(self.monthly,), field=field, shape=shape, **more)

    @property
    def now(self) -> Query:
        """Return the rate of the last day; one from before that is no longer the present one."""
        return self.asked(self.rate, Shape.LAST, window="auto", span=Span(Instant(Anchor.STOP, "1d")))

    @property
    def today(self) -> Query:
        """Return what the counter has moved since midnight."""
        return self.asked("consumption", Shape.INCREASE, window="1d", span=TODAY, newest=True)

    @property
    def yesterday(self) -> Query:
        """Return what the counter moved on the day before."""
        return self.today.over(YESTERDAY)

    @property
    def this_month(self) -> Query:
        """Return the month's rollup so far."""
        return self.by_month("consumption", span=THIS_MONTH)

    @property
    def last_month(self) -> Query:
        """Return the rollup of the month before."""
        return self.this_month.over(LAST_MONTH)

    @property
    def years(self) -> tuple[Query, Query]:
        """Return the months of two years, all meters of a unit together."""
        months = self.by_month("consumption", Shape.SUM, window="1d", split=BY_UNIT, span=LAST_12_MONTHS)
        return (
            _named(months, "Last 12 months", LAST_12_MONTHS),
            _named(months, "The 12 before", THE_12_BEFORE),
        )

    @property
    def growing(self) -> tuple[Query, Query]:
        """Return the days of this and of last month, added up."""
        days = self.by_day("consumption", Shape.RUNNING, window="1d", split=BY_UNIT)
        return _named(days, "This month", THIS_MONTH), _named(days, "Last month", UP_TO_THIS_MONTH)

    @property
    def newest(self) -> Query:
        """Return each register's newest reading with its time, as rows."""
        return self.asked("reading", Shape.LATEST, table=True, alias="reading", span=Span(Instant(Anchor.STOP, "30d")))


def _named(query: Query, name: str, span: Span) -> Query:
    return replace(query, name=name, span=span)


WATER: Final = Kind(
    name="water",
    title="Water",
    source=Source.WATER,
    readings="water_meter",
    daily="water_daily",
    monthly="water_monthly",
    rate="flow_rate",
    rate_title="Flow",
    rate_unit="water rate",
    colour="blue",
    shades="continuous-blues",
)
ELECTRICITY: Final = Kind(
    name="electricity",
    title="Electricity",
    source=Source.ELECTRICITY,
    readings="electric_meter",
    daily="electric_daily",
    monthly="electric_monthly",
    rate="power",
    rate_title="Power",
    rate_unit="watt",
    colour="yellow",
    shades="continuous-YlRd",
)
GAS: Final = Kind(
    name="gas",
    title="Gas",
    source=Source.GAS,
    readings="gas_meter",
    daily="gas_daily",
    monthly="gas_monthly",
    rate="flow_rate",
    rate_title="Flow",
    rate_unit="gas rate",
    colour="orange",
    shades="continuous-YlRd",
)
KINDS: Final = (WATER, ELECTRICITY, GAS)
