"""One page for each kind of meter."""

from typing import Final

from .choices import choices
from .costs import latest_cost
from .kinds import KINDS, Kind
from .model import Anchor, Dashboard, Instant, Look, Panel, Row, Shape, Span
from .tables import AGE, HEADINGS, METER_ORDER, READ_AT, headings, side_by_side

TWO_WEEKS: Final = Span(Instant(Anchor.STOP, "14d"))
TWO_YEARS: Final = Span(Instant(Anchor.STOP, "730d"))


def _numbers(kind: Kind) -> Row:
    now = Panel(
        title=f"{kind.rate_title} now",
        about="The average between the two newest readings, if there was one within a day.",
        look=Look.GAUGE,
        queries=(kind.now,),
        unit=kind.rate_unit,
        colour=kind.colour,
        width=4,
        height=6,
    )
    amounts = (
        ("Today", kind.today, "How far the counter has moved since local midnight."),
        (
            "Yesterday",
            kind.yesterday,
            "How far the counter moved from one local midnight to the next, also in 23 or 25 hours.",
        ),
        ("This month", kind.this_month, "The month in which the chosen time ends, so far. From the monthly rollup."),
        ("Last month", kind.last_month, "The whole month before. From the monthly rollup."),
    )
    stats = tuple(
        Panel(
            title=title,
            about=about,
            look=Look.STAT,
            queries=(query,),
            unit=kind.name,
            colour=kind.colour,
            width=4,
            height=6,
            no_value="0" if title in {"Today", "This month"} else "-",
        )
        for title, query, about in amounts
    )
    cost = Panel(
        title="Cost this month",
        about="What the meter has cost since the month began, with its standing charge.",
        look=Look.STAT,
        queries=(latest_cost("month_to_date"),),
        unit="money",
        colour="purple",
        width=4,
        height=6,
        decimals=2,
    )
    return Row("At a glance", (now, *stats, cost))


def _recent(kind: Kind) -> Row:
    return Row(
        "Day by day",
        (
            Panel(
                title="Use by day",
                about="One bar for each local day, registers on top of each other. From the daily rollup, which has "
                "corrections and spreads what was used while nothing was read.",
                look=Look.BARS,
                queries=(kind.by_day("consumption"),),
                unit=kind.name,
                colour=kind.colour,
                width=16,
                stacked=True,
            ),
            Panel(
                title="Newest readings",
                about="What stands on the meter and how long ago it was read.",
                look=Look.TABLE,
                queries=(kind.newest,),
                width=8,
                colour="text",
                decimals=3,
                transformations=(headings(HEADINGS, METER_ORDER),),
                columns={READ_AT: AGE},
            ),
            Panel(
                title=kind.rate_title,
                about="The average between two readings; the highest of what falls on one pixel.",
                look=Look.LINES,
                queries=(kind.asked(kind.rate, Shape.MAX, window="auto"),),
                unit=kind.rate_unit,
                colour=kind.colour,
                width=12,
                stepped=True,
            ),
            Panel(
                title="Use by hour",
                about="The last value of each hour less that of the hour before. What was used while nothing was read "
                "counts in the hour of the next reading.",
                look=Look.BARS,
                queries=(kind.asked("consumption", Shape.INCREASE, window="1h", span=TWO_WEEKS),),
                unit=kind.name,
                colour=kind.colour,
                width=12,
                stacked=True,
                time_from="14d",
            ),
        ),
    )


def _months(kind: Kind) -> Row:
    return Row(
        "Month by month",
        (
            Panel(
                title="Use by month",
                about="Two years, one bar for each month and register. From the monthly rollup.",
                look=Look.BARS,
                queries=(kind.by_month("consumption", span=TWO_YEARS),),
                unit=kind.name,
                colour=kind.colour,
                stacked=True,
                time_from="730d",
            ),
            Panel(
                title="Year over year",
                about="Each of the last twelve months beside the same month a year earlier; the current month so far.",
                look=Look.COLUMNS,
                queries=kind.years,
                unit=kind.name,
                colour=kind.colour,
                transformations=side_by_side("MM MMM"),
            ),
            Panel(
                title="This month against last month",
                about="The days of both months added up, by day of the month.",
                look=Look.COLUMNS,
                queries=kind.growing,
                unit=kind.name,
                colour=kind.colour,
                transformations=side_by_side("DD"),
                time_from="now-1M/M",
            ),
        ),
    )


def _habits(kind: Kind) -> Row:
    zero = "A house at rest uses nothing: a minimum that stays above zero is a leak or something left on."
    return Row(
        "Habits",
        (
            Panel(
                title="Hour of the day",
                about="Two weeks, a column for each day and a row for each hour: the darker, the more was used.",
                look=Look.TABLE,
                queries=(kind.asked("consumption", Shape.HOURS, window="1h", span=TWO_WEEKS, split=(), name="Use"),),
                unit="none",
                colour=kind.shades,
                width=24,
                height=15,
                decimals=2,
                columns={"Hour": {"custom.cellOptions": {"type": "auto"}, "decimals": 0}},
            ),
            Panel(
                title="Lowest and highest of each day",
                about=f"The lowest and the highest use per hour of each local day. {zero}",
                look=Look.LINES,
                queries=(kind.by_day("minimum_rate", name="lowest"), kind.by_day("maximum_rate", name="highest")),
                unit=f"{kind.name} rate",
                colour=kind.colour,
                width=12,
            ),
            Panel(
                title="What stands on the meter",
                about="The readings themselves, in the register's own unit; a full register begins again at zero.",
                look=Look.LINES,
                queries=(kind.asked("reading", Shape.LAST, window="auto"),),
                unit="none",
                colour=kind.colour,
                width=12,
                stepped=True,
            ),
        ),
    )


def _page(kind: Kind) -> Dashboard:
    return Dashboard(
        name=kind.name,
        title=f"Meter Vision: {kind.title.lower()}",
        about=f"{kind.title}: now, today, the months, the years and the habits of the house.",
        variables=choices(kind.source, (kind.readings,)),
        rows=(_numbers(kind), _recent(kind), _months(kind), _habits(kind)),
    )


UTILITIES: Final = tuple(_page(kind) for kind in KINDS)
