"""The first page: today, the month, the year before and the money, of all meters."""

from typing import Final

from .choices import choices
from .costs import headline
from .kinds import KINDS, Kind
from .model import Dashboard, Look, Panel, Row, Source
from .tables import AGE, HEADINGS, METER_ORDER, READ_AT, merged, side_by_side

_ROLLUPS: Final = tuple(kind.daily for kind in KINDS)


def _today(kind: Kind) -> Panel:
    return Panel(
        title=f"{kind.title} today",
        about="How far the counter has moved since local midnight: the day's last value less that of the day before.",
        look=Look.STAT,
        queries=(kind.today,),
        unit=kind.name,
        colour=kind.colour,
        height=5,
        no_value="0",
    )


def _month(kind: Kind) -> Panel:
    return Panel(
        title=f"{kind.title} this month",
        about="The month in which the chosen time ends, up to the newest reading. From the monthly rollup.",
        look=Look.STAT,
        queries=(kind.this_month,),
        unit=kind.name,
        colour=kind.colour,
        height=5,
        no_value="0",
    )


def _days(kind: Kind) -> Panel:
    return Panel(
        title=f"{kind.title} by day",
        about="One bar for each local day, also for those with 23 or 25 hours. From the daily rollup, kept for ever.",
        look=Look.BARS,
        queries=(kind.by_day("consumption"),),
        unit=kind.name,
        colour=kind.colour,
        stacked=True,
    )


def _years(kind: Kind) -> Panel:
    return Panel(
        title=f"{kind.title}, year over year",
        about="Each of the last twelve months beside the same month a year earlier; this month so far. All chosen "
        "registers together: leave out what is fed in.",
        look=Look.COLUMNS,
        queries=kind.years,
        unit=kind.name,
        colour=kind.colour,
        transformations=side_by_side("MMM"),
    )


OVERVIEW: Final = Dashboard(
    name="overview",
    title="Meter Vision: overview",
    about="All meters: today, the month, the year before, and what it costs.",
    variables=choices(Source.DAILY, _ROLLUPS),
    rows=(
        Row("Today and this month", tuple(_today(kind) for kind in KINDS) + tuple(_month(kind) for kind in KINDS)),
        Row("Cost", headline(8, prefix="cost ")),
        Row("Day by day", tuple(_days(kind) for kind in KINDS)),
        Row("Year over year", tuple(_years(kind) for kind in KINDS)),
        Row(
            "All meters",
            (
                Panel(
                    title="Newest readings",
                    about="What stands on each chosen meter, and how long ago it was read; the last 30 days.",
                    look=Look.TABLE,
                    queries=tuple(kind.newest for kind in KINDS),
                    width=24,
                    height=7,
                    colour="text",
                    decimals=3,
                    transformations=merged(HEADINGS, METER_ORDER),
                    columns={READ_AT: AGE},
                ),
            ),
        ),
    ),
)
