"""One page for each kind of meter."""

from typing import Any, Final

from .choices import choices
from .costs import latest_cost
from .kinds import KINDS, Kind
from .model import Anchor, Dashboard, Instant, Look, Panel, Query, Row, Shape, Span
from .tables import AGE, HEADINGS, METER_ORDER, READ_AT, headings, side_by_side

TWO_WEEKS: Final = "now-13d/d"
"""With today, from a midnight on: so the hours of the day begin at zero."""
TWO_YEARS: Final = Span(Instant(Anchor.STOP, "730d"))


def _panel(kind: Kind, look: Look, title: str, about: str, *queries: Query, **more: Any) -> Panel:
    """Return a panel in the colour of the kind, with its unit unless another is given."""
    given = {"unit": kind.name, "colour": kind.colour, **more}
    return Panel(title=title, about=about, look=look, queries=queries, **given)


def _numbers(kind: Kind) -> Row:
    now = "The average between the two newest readings; behind it how it went in the last 24 hours."
    today = "How far the counter has moved since local midnight."
    yesterday = "How far the counter moved from one local midnight to the next, also in 23 or 25 hours."
    month = "The month in which the chosen time ends, so far. From the monthly rollup."
    cost = "What the meter has cost since the month began, with its standing charge."
    small: dict[str, Any] = {"width": 4, "height": 6}
    rate = small | {"unit": kind.rate_unit, "sparkline": True, "time_from": "24h"}
    zero = small | {"no_value": "0"}
    money = small | {"unit": "money", "colour": "purple", "decimals": 2}
    return Row(
        "At a glance",
        (
            _panel(kind, Look.STAT, f"{kind.rate_title} now", now, kind.now, **rate),
            _panel(kind, Look.STAT, "Today", today, kind.today, **zero),
            _panel(kind, Look.STAT, "Yesterday", yesterday, kind.yesterday, **small),
            _panel(kind, Look.STAT, "This month", month, kind.this_month, **zero),
            _panel(kind, Look.STAT, "Last month", "The whole month before, from its rollup.", kind.last_month, **small),
            _panel(kind, Look.STAT, "Cost this month", cost, latest_cost("month_to_date"), **money),
        ),
    )


def _recent(kind: Kind) -> Row:
    days = (
        "One bar for each local day, registers on top of each other. From the daily rollup, which has corrections and "
        "spreads what was used while nothing was read."
    )
    newest = _panel(
        kind,
        Look.TABLE,
        "Newest readings",
        "What stands on the meter and how long ago it was read.",
        kind.newest,
        colour="text",
        unit="none",
        decimals=3,
        transformations=(headings(HEADINGS, METER_ORDER),),
        columns={READ_AT: AGE},
    )
    by_day = _panel(kind, Look.BARS, "Use by day", days, kind.by_day("consumption"), width=16, stacked=True)
    return Row("Day by day", (by_day, newest, _rate(kind), _by_hour(kind)))


def _rate(kind: Kind) -> Panel:
    about = "The average between two readings; the highest of what falls on one pixel."
    query = kind.asked(kind.rate, Shape.MAX, window="auto")
    return _panel(kind, Look.LINES, kind.rate_title, about, query, unit=kind.rate_unit, width=12, stepped=True)


def _by_hour(kind: Kind) -> Panel:
    about = (
        "The last value of each hour less that of the hour before. What was used while nothing was read counts in the "
        "hour of the next reading."
    )
    query = kind.asked("consumption", Shape.INCREASE, window="1h")
    return _panel(kind, Look.BARS, "Use by hour", about, query, width=12, stacked=True, time_from=TWO_WEEKS)


def _months(kind: Kind) -> Row:
    months = "Two years, one bar for each month and register. From the monthly rollup."
    years = "Each of the last twelve months beside the same month a year earlier; the current month so far."
    growing = "The days of both months added up, by day of the month."
    by_month = kind.by_month("consumption", span=TWO_YEARS)
    laid_over = side_by_side("DD")
    return Row(
        "Month by month",
        (
            _panel(kind, Look.BARS, "Use by month", months, by_month, stacked=True, time_from="730d"),
            _panel(kind, Look.COLUMNS, "Year over year", years, *kind.years, transformations=side_by_side("MMM")),
            _panel(
                kind,
                Look.COLUMNS,
                "This month against last month",
                growing,
                *kind.growing,
                transformations=laid_over,
                time_from="now-1M/M",
            ),
        ),
    )


def _habits(kind: Kind) -> Row:
    hours = _panel(
        kind,
        Look.TABLE,
        "Hour of the day",
        "Two weeks, a column for each day and a row for each hour: the stronger the colour, the more was used.",
        kind.asked("consumption", Shape.HOURS, window="1h", split=(), table=True, alias="Use"),
        unit="none",
        colour=kind.shades,
        width=24,
        height=15,
        decimals=2,
        time_from=TWO_WEEKS,
        columns={"Hour": {"custom.cellOptions": {"type": "auto"}, "decimals": 0}},
    )
    return Row("Habits", (hours, _extremes(kind), _register(kind)))


def _extremes(kind: Kind) -> Panel:
    about = (
        "The lowest and the highest use per hour of each local day. A house at rest uses nothing: a minimum that stays "
        "above zero is a leak or something left on."
    )
    lowest, highest = (kind.by_day(f"{word}imum_rate", name=f"{word}imum") for word in ("min", "max"))
    title = "Lowest and highest of each day"
    return _panel(kind, Look.LINES, title, about, lowest, highest, unit=f"{kind.name} rate", width=12)


def _register(kind: Kind) -> Panel:
    about = "The readings themselves, in the register's own unit; a full register begins again at zero."
    query = kind.asked("reading", Shape.LAST, window="auto")
    return _panel(kind, Look.LINES, "What stands on the meter", about, query, unit="none", width=12, stepped=True)


def _page(kind: Kind) -> Dashboard:
    return Dashboard(
        name=kind.name,
        title=f"Meter Vision: {kind.title.lower()}",
        about=f"{kind.title}: now, today, the months, the years and the habits of the house.",
        variables=choices(kind.source, (kind.readings,)),
        rows=(_numbers(kind), _recent(kind), _months(kind), _habits(kind)),
    )


UTILITIES: Final = tuple(_page(kind) for kind in KINDS)
