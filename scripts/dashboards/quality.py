"""How well meters are read, what reading costs, and whether all points arrive."""

from typing import Any, Final

from .choices import choices
from .costs import status
from .kinds import KINDS
from .model import Anchor, Dashboard, Instant, Look, Panel, Query, Row, Shape, Source, Span
from .tables import AGE, HEADINGS, METER_ORDER, READ_AT, headings

OUTCOMES: Final = {"accepted": "green", "held": "yellow", "rejected": "red", "unreadable": "text"}
_COLOURS: Final = {name: {"color": {"fixedColor": colour, "mode": "fixed"}} for name, colour in OUTCOMES.items()}
_REASONS: Final = {
    "Time": "When",
    "_time": "When",
    "meter_id": "Meter",
    "register": "Register",
    "unit": "Unit",
    "rule": "Rule",
    "confidence": "Confidence",
    "margin": "Margin",
    "model": "Model",
}
_STALE: Final = ((None, "green"), (900, "yellow"), (3600, "red"))
_NONE_WANTED: Final = ((None, "green"), (1, "red"))


def _look(field: str, shape: Shape, **more: Any) -> Query:
    return Query(source=Source.CHOSEN, measurements=("meter_quality",), field=field, shape=shape, **more)


def _share(title: str, about: str, field: str, colour: str) -> Panel:
    # The mean of a 0 or 1 is a share.
    query = _look(field, Shape.MEAN, name=field, split=())
    return Panel(
        title=title,
        about=about,
        look=Look.STAT,
        queries=(query,),
        unit="percentunit",
        colour=colour,
        width=4,
        height=5,
        decimals=1,
    )


def _count(title: str, about: str, field: str, unit: str, decimals: int) -> Panel:
    query = _look(field, Shape.SUM, name=title, split=())
    return Panel(
        title=title,
        about=about,
        look=Look.STAT,
        queries=(query,),
        unit=unit,
        width=4,
        height=5,
        decimals=decimals,
        colour="purple",
    )


_READ: Final = Row(
    "Readings",
    (
        _share("Accepted", "Looks whose reading was published, of all looks in the chosen time.", "accepted", "green"),
        _share("Held", "Looks whose reading waits for confirmation by later ones.", "held", "yellow"),
        _share("Rejected", "Looks whose reading was turned down.", "rejected", "red"),
        _share("Unreadable", "Looks at which nothing could be read.", "unreadable", "text"),
        _count(
            "Spent on reading",
            "What the looks in the chosen time have cost, from the tokens of each answer.",
            "api_cost",
            "currencyUSD",
            2,
        ),
        _count("Tokens sent", "What was sent to Claude: pictures and questions.", "input_tokens", "short", 0),
        Panel(
            title="Verdicts by day",
            about="Every look of each local day by what became of it.",
            look=Look.BARS,
            queries=tuple(_look(name, Shape.SUM, window="1d", split=(), name=name) for name in OUTCOMES),
            unit="short",
            width=12,
            stacked=True,
            decimals=0,
            columns=_COLOURS,
        ),
        Panel(
            title="Confidence",
            about="1 is high, 0.5 medium, 0 low: measured from the positions, not what the model says. Means by day.",
            look=Look.LINES,
            queries=(_look("confidence", Shape.MEAN, window="1d"),),
            unit="percentunit",
            colour="green",
            width=6,
        ),
        Panel(
            title="Margin",
            about="By how much the best value beats the next one. A falling margin shows a camera that moves or a lens "
            "that gets dirty before anything is misread. Means by day.",
            look=Look.LINES,
            queries=(_look("margin", Shape.MEAN, window="1d"),),
            unit="none",
            colour="green",
            width=6,
            decimals=2,
        ),
        Panel(
            title="What was not accepted, and why",
            about="The newest looks that published nothing, with the rule that decided.",
            look=Look.TABLE,
            queries=(
                _look(
                    "accepted",
                    Shape.ROWS,
                    where=("accepted", 0),
                    columns=("rule", "confidence", "margin", "model"),
                    split=("meter_id", "register"),
                    table=True,
                ),
            ),
            unit="none",
            colour="text",
            width=16,
            transformations=(headings(_REASONS),),
        ),
        Panel(
            title="Age of the newest reading",
            about="How long ago each register was read, of those read within 30 days.",
            look=Look.TABLE,
            queries=(
                Query(
                    source=Source.CHOSEN,
                    measurements=tuple(kind.readings for kind in KINDS),
                    field="reading",
                    shape=Shape.LATEST,
                    span=Span(Instant(Anchor.STOP, "30d")),
                    table=True,
                    alias="reading",
                ),
            ),
            unit="none",
            colour="text",
            width=8,
            decimals=3,
            transformations=(headings(HEADINGS, METER_ORDER),),
            columns={READ_AT: AGE},
        ),
    ),
)

_SPENDING: Final = Row(
    "What reading costs",
    (
        Panel(
            title="Spent by day",
            about="What the looks of each local day have cost, by meter.",
            look=Look.BARS,
            queries=(_look("api_cost", Shape.SUM, window="1d", split=("meter_id",)),),
            unit="currencyUSD",
            colour="purple",
            width=10,
            stacked=True,
            decimals=3,
        ),
        Panel(
            title="Tokens by day",
            about="What was sent and what came back, for each local day.",
            look=Look.BARS,
            queries=(
                _look("input_tokens", Shape.SUM, window="1d", split=(), name="sent"),
                _look("output_tokens", Shape.SUM, window="1d", split=(), name="received"),
            ),
            unit="short",
            colour="purple",
            width=8,
            stacked=True,
            decimals=0,
        ),
        Panel(
            title="This month and its limit",
            about="What Claude has cost the account this month, and what it may cost.",
            look=Look.METERS,
            queries=(status("api_cost_month", "this month"), status("api_budget", "limit")),
            unit="currencyUSD",
            colour="purple",
            width=6,
            decimals=2,
        ),
    ),
)

_EXPORT: Final = Row(
    "Whether all points arrive",
    (
        Panel(
            title="Waiting points",
            about="Points in the outbox of Home Assistant when it last wrote. They are kept until the server has them.",
            look=Look.STAT,
            queries=(status("backlog", "waiting"),),
            unit="short",
            width=4,
            height=6,
            decimals=0,
            steps=((None, "green"), (1000, "yellow"), (100_000, "red")),
        ),
        Panel(
            title="Oldest waiting point",
            about="For how long the first of them has been waiting.",
            look=Look.STAT,
            queries=(status("oldest_age", "waiting"),),
            unit="s",
            width=4,
            height=6,
            steps=_STALE,
        ),
        Panel(
            title="Refused points",
            about="Points that the server would not take. They are kept with its message, in Home Assistant's repairs.",
            look=Look.STAT,
            queries=(status("dead_letters", "refused"),),
            unit="short",
            width=4,
            height=6,
            decimals=0,
            steps=_NONE_WANTED,
        ),
        Panel(
            title="Waiting points over time",
            about="The highest backlog of each moment; it rises while the server is away and falls when it is back.",
            look=Look.LINES,
            queries=(status("backlog", "waiting", shape=Shape.MAX, window="auto"),),
            unit="short",
            colour="red",
            width=12,
            height=6,
            decimals=0,
        ),
    ),
)

QUALITY: Final = Dashboard(
    name="quality",
    title="Meter Vision: reading quality",
    about="Verdicts and confidence, what reading costs, and whether all points arrive.",
    variables=choices(Source.CHOSEN, ("meter_quality",)),
    rows=(_READ, _SPENDING, _EXPORT),
    since="now-7d/d",
    chooses_source=True,
)
