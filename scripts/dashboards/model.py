"""What a panel asks and how it looks, said without a query language."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final


class Source(StrEnum):
    """A datasource: each kind of meter, the costs and the rollups have a bucket of their own, or all share one."""

    WATER = "water"
    ELECTRICITY = "electricity"
    GAS = "gas"
    COSTS = "costs"
    DAILY = "daily"
    CHOSEN = "chosen"
    """The bucket of one kind, chosen at the top of the dashboard."""


class Shape(StrEnum):
    """How points become numbers."""

    LATEST = "latest"
    """The newest value of each series."""
    POINTS = "points"
    """Every point as it was written."""
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    SUM = "sum"
    LAST = "last"
    """One number for each window, or for the whole span."""
    COUNT = "count"
    """How many points each window holds, 0 for an empty one."""
    INCREASE = "increase"
    """The last value of each window, then the difference to the window before: how a counter is read."""
    RUNNING = "running"
    """The sum of each window, added up."""
    TOTAL = "total"
    """The newest value of each series, all of them summed."""
    HOURS = "hours"
    """The increase of each hour as a table: a row for each hour of the day, a column for each day."""
    ROWS = "rows"
    """The newest points with several fields side by side."""


class Anchor(StrEnum):
    """An instant that a span is measured from; a day, a month and a year begin at local midnight."""

    START = "start"
    STOP = "stop"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Instant:
    """An anchor and how long before it, in a duration of both languages such as `12h`."""

    anchor: Anchor
    before: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant, included, to another, left out unless it is the end of the dashboard's range."""

    start: Instant = Instant(Anchor.START)
    stop: Instant = Instant(Anchor.STOP)


RANGE: Final = Span()
# A rollup is stamped at the home's midnight. Half a day of tolerance keeps it in, should Grafana's zone be another one.
TODAY: Final = Span(Instant(Anchor.STOP, "8d"))
YESTERDAY: Final = Span(Instant(Anchor.STOP, "8d"), Instant(Anchor.DAY))
THIS_MONTH: Final = Span(Instant(Anchor.MONTH, "12h"))
LAST_MONTH: Final = Span(Instant(Anchor.MONTH, "32d"), Instant(Anchor.MONTH, "12h"))
THIS_YEAR: Final = Span(Instant(Anchor.YEAR, "12h"))
LAST_12_MONTHS: Final = Span(Instant(Anchor.STOP, "365d"))
THE_12_BEFORE: Final = Span(Instant(Anchor.STOP, "730d"), Instant(Anchor.STOP, "365d"))
UP_TO_THIS_MONTH: Final = Span(Instant(Anchor.START), Instant(Anchor.MONTH, "12h"))

SERIES: Final = ("meter_id", "register", "unit")
BY_UNIT: Final = ("unit",)
UNNAMED: Final = frozenset({"site", "unit"})
"""Tags that are no part of a series' name; the unit follows it in brackets."""
METERS: Final = ("site", "meter", "register")
VARIABLE_OF: Final = {"site": "site", "meter": "meter_id", "register": "register"}
"""The tag that a template variable picks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to one datasource."""

    source: Source
    measurements: tuple[str, ...]
    field: str
    shape: Shape
    window: str = ""
    """`auto` follows the width of the panel; else a duration such as `1d`, which is a local day."""
    span: Span = RANGE
    newest: bool = False
    """Only the window that the span's end lies in."""
    split: tuple[str, ...] = SERIES
    name: str = ""
    """A series' own name; else its tags are its name."""
    minus: str = ""
    """A field that is taken off."""
    columns: tuple[str, ...] = ()
    where: tuple[str, float] | None = None
    filters: tuple[str, ...] = METERS
    table: bool = False
    alias: str = ""
    """The name of the value's column in a table."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return every field that is read."""
        extra = (self.where[0],) if self.where else ()
        return tuple(dict.fromkeys(name for name in (self.field, self.minus, *self.columns, *extra) if name))

    @property
    def adds_up(self) -> bool:
        """Return whether the registers are counted for themselves first and summed afterwards."""
        return self.shape in {Shape.TOTAL, Shape.HOURS} or (self.shape is Shape.INCREASE and self.split != SERIES)

    @property
    def local(self) -> bool:
        """Return whether the answer depends on where midnight is."""
        anchors = {self.span.start.anchor, self.span.stop.anchor}
        by_day = self.window.endswith("d") or self.shape is Shape.HOURS
        return by_day or bool(anchors & {Anchor.DAY, Anchor.MONTH, Anchor.YEAR})

    def over(self, span: Span) -> Query:
        """Return the same question for another time."""
        return replace(self, span=span)


class Look(StrEnum):
    """The kinds of panel, by the name Grafana gives them."""

    STAT = "stat"
    GAUGE = "gauge"
    LINES = "timeseries"
    BARS = "bars"
    COLUMNS = "barchart"
    SPLIT = "piechart"
    METERS = "bargauge"
    TABLE = "table"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: what it asks, how it looks and how many of the 24 columns it takes."""

    title: str
    about: str
    look: Look
    queries: tuple[Query, ...] = ()
    unit: str = "none"
    width: int = 8
    height: int = 8
    colour: str = "blue"
    decimals: int | None = None
    steps: tuple[tuple[float | None, str], ...] = ()
    """Thresholds: from which value on which colour."""
    stacked: bool = False
    stepped: bool = False
    sparkline: bool = False
    transformations: tuple[Mapping[str, Any], ...] = ()
    time_from: str = ""
    no_value: str = "-"
    content: str = ""
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """How a table shows a column: Grafana's field options by column name."""


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it, from left to right and on to the next line when it is full."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice at the top of a dashboard, filled with the values of a tag."""

    name: str
    label: str
    source: Source
    measurements: tuple[str, ...]
    within: tuple[str, ...] = ()
    """Variables that narrow the choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A page: its name in the address, its variables and its rows."""

    name: str
    title: str
    about: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...]
    since: str = "now-30d/d"
    """Whole days, so that the first bar is no stump."""
    chooses_source: bool = False
