"""What consumption costs: so far, by day and month, split, and expected."""

from typing import Any, Final

from .choices import choices
from .kinds import KINDS
from .model import (
    BY_UNIT,
    THIS_YEAR,
    TODAY,
    YESTERDAY,
    Anchor,
    Dashboard,
    Instant,
    Look,
    Panel,
    Query,
    Row,
    Shape,
    Source,
    Span,
)
from .tables import side_by_side

THIS_MONTH_ONLY: Final = Span(Instant(Anchor.MONTH))
UP_TO_MONTH: Final = Span(Instant(Anchor.START), Instant(Anchor.MONTH))
TWO_YEARS: Final = Span(Instant(Anchor.STOP, "730d"))
_CURRENCY_FREE: Final = "In the currency of the tariffs. From the monthly rollup."


def cost(field: str, shape: Shape, **more: Any) -> Query:
    """Return a question to the costs."""
    return Query(source=Source.COSTS, measurements=("utility_costs",), field=field, shape=shape, **more)


def status(field: str, name: str, **more: Any) -> Query:
    """Return the newest value that the account itself has written."""
    asked = {"shape": Shape.LATEST, "split": ("site",), "filters": ("site",), "name": name, **more}
    return Query(source=Source.COSTS, measurements=("export_status",), field=field, **asked)


def latest_cost(field: str) -> Query:
    """Return a running figure of this month; one written before it began no longer holds."""
    return cost(field, Shape.LATEST, span=THIS_MONTH_ONLY)


TOTAL_TODAY: Final = cost("cost", Shape.INCREASE, window="1d", span=TODAY, newest=True, split=BY_UNIT, name="all")


def total_cost(field: str, name: str = "all") -> Query:
    """Return a running figure of this month for all meters together."""
    return cost(field, Shape.TOTAL, span=THIS_MONTH_ONLY, split=BY_UNIT, name=name)


def _stat(title: str, about: str, *queries: Query, width: int = 4, unit: str = "money") -> Panel:
    return Panel(
        title=title,
        about=about,
        look=Look.STAT,
        queries=queries,
        unit=unit,
        colour="purple",
        width=width,
        height=5,
        decimals=2,
        no_value="0",
    )


def headline(width: int, *, prefix: str = "") -> tuple[Panel, ...]:
    """Return the three figures of all meters that people look for first."""
    today = "What all chosen meters have cost since local midnight, with standing charges."
    month = "What all chosen meters have cost since the month began, with standing charges."
    ahead = "What they will have cost if the rest of the month goes like the days so far."
    return (
        _stat(f"{prefix}today".capitalize(), today, TOTAL_TODAY, width=width),
        _stat(f"{prefix}this month".capitalize(), month, total_cost("month_to_date"), width=width),
        _stat("Expected at the month's end", ahead, total_cost("forecast"), width=width),
    )


_YESTERDAY: Final = _stat(
    "Yesterday", "What the running costs grew by from one local midnight to the next.", TOTAL_TODAY.over(YESTERDAY)
)
_YEAR: Final = _stat(
    "Cost this year",
    f"The months since January, for each kind of meter. {_CURRENCY_FREE}",
    *(kind.by_month("cost", Shape.SUM, span=THIS_YEAR, split=(), name=kind.title) for kind in KINDS),
    width=8,
    unit="none",
)
_GLANCE: Final = Row("At a glance", (headline(4)[0], _YESTERDAY, *headline(4)[1:], _YEAR))

_DAYS: Final = Row(
    "Day by day",
    (
        Panel(
            title="Cost by day",
            about="What each meter's running cost grew by on each day. A new tariff counts from its beginning.",
            look=Look.BARS,
            queries=(cost("cost", Shape.INCREASE, window="1d"),),
            unit="money",
            colour="purple",
            width=12,
            stacked=True,
            decimals=2,
        ),
        Panel(
            title="Use and standing charge by day",
            about="What was used and what is paid in any case, for each local day.",
            look=Look.BARS,
            queries=(
                cost("delta", Shape.SUM, window="1d", minus="standing", split=BY_UNIT, name="use"),
                cost("standing", Shape.SUM, window="1d", split=BY_UNIT, name="standing charge"),
            ),
            unit="money",
            colour="purple",
            width=12,
            stacked=True,
            decimals=2,
        ),
        Panel(
            title="Price of one unit",
            about="The price that applied at each reading: bands of the day, tiers and new tariffs are its steps.",
            look=Look.LINES,
            queries=(cost("price", Shape.LAST, window="auto"),),
            unit="money",
            colour="purple",
            width=12,
            stepped=True,
            decimals=4,
        ),
        Panel(
            title="What the month was expected to cost",
            about="The expectation of each reading: how the bill has come into view.",
            look=Look.LINES,
            queries=(cost("forecast", Shape.LAST, window="auto"),),
            unit="money",
            colour="purple",
            width=12,
            decimals=2,
        ),
    ),
)

_MONTHS: Final = Row(
    "Month by month",
    (
        Panel(
            title="Cost by month",
            about=f"Two years, one bar for each month and kind of meter. {_CURRENCY_FREE}",
            look=Look.BARS,
            queries=tuple(
                kind.by_month("cost", Shape.SUM, window="1d", split=(), span=TWO_YEARS, name=kind.title)
                for kind in KINDS
            ),
            unit="none",
            colour="purple",
            stacked=True,
            decimals=2,
            time_from="730d",
            columns={kind.title: {"color": {"fixedColor": kind.colour, "mode": "fixed"}} for kind in KINDS},
        ),
        Panel(
            title="This month against last month",
            about="The days of both months added up, by day of the month.",
            look=Look.COLUMNS,
            queries=(
                cost("delta", Shape.RUNNING, window="1d", split=BY_UNIT, span=THIS_MONTH_ONLY, name="This month"),
                cost("delta", Shape.RUNNING, window="1d", split=BY_UNIT, span=UP_TO_MONTH, name="Last month"),
            ),
            unit="money",
            colour="purple",
            decimals=2,
            transformations=side_by_side("DD"),
            time_from="now-1M/M",
        ),
        Panel(
            title="This month and its budget",
            about="What all chosen meters have cost, what they are expected to, and what the account allows them.",
            look=Look.METERS,
            queries=(
                total_cost("month_to_date", "so far"),
                total_cost("forecast", "expected"),
                status("cost_budget", "budget"),
            ),
            unit="money",
            colour="purple",
            width=4,
            decimals=2,
        ),
        Panel(
            title="Shares of this month",
            about="How the cost of this month is made up, by meter and register.",
            look=Look.SPLIT,
            queries=(latest_cost("month_to_date"),),
            unit="money",
            colour="palette-classic",
            width=4,
            decimals=2,
        ),
    ),
)

COSTS: Final = Dashboard(
    name="costs",
    title="Meter Vision: costs",
    about="What consumption costs: by day and month, its parts, the tariff, and what the bill will be.",
    variables=choices(Source.COSTS, ("utility_costs",)),
    rows=(_GLANCE, _DAYS, _MONTHS),
)
