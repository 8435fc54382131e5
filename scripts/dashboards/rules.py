"""The alert rules, described once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from .kinds import KINDS, WATER, Kind
from .model import Query, Shape, Source

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and the time it looks at, counted back from now."""

    query: Query
    since: timedelta
    until: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When an alert is raised: the newest value of each query goes into an expression, as $A, $B."""

    name: str
    title: str
    summary: str
    page: str
    """The dashboard that shows more."""
    asked: tuple[Asked, ...]
    condition: str
    lasting: timedelta
    severity: str = "warning"


def _rollup(kind: Kind, shape: Shape, **more: Any) -> Query:
    return kind.by_day("consumption", shape, filters=(), **more)


def _account(field: str) -> Query:
    return Query(
        source=Source.COSTS,
        measurements=("export_status",),
        field=field,
        shape=Shape.LATEST,
        split=("site",),
        filters=(),
    )


def _spike(kind: Kind) -> Rule:
    return Rule(
        name=f"spike-{kind.name}",
        title=f"{kind.title}: more than three usual days",
        summary="{{ $labels.meter_id }} ({{ $labels.register }}) has used more than three times the mean of two weeks.",
        page=kind.name,
        asked=(
            Asked(_rollup(kind, Shape.LATEST), timedelta(hours=26)),
            Asked(_rollup(kind, Shape.MEAN), timedelta(days=15), DAY),
        ),
        condition="$A > 3 * $B && $B > 0",
        lasting=timedelta(),
    )


def _silent(kind: Kind) -> Rule:
    return Rule(
        name=f"silent-{kind.name}",
        title=f"{kind.title}: no reading",
        summary="{{ $labels.meter_id }} ({{ $labels.register }}) has not been read for three hours or more.",
        page=kind.name,
        asked=(Asked(kind.asked("reading", Shape.COUNT, window="3h", filters=()), timedelta(days=7)),),
        condition="$A < 1",
        lasting=3 * HOUR,
    )


RULES: Final = (
    Rule(
        name="leak",
        title="Water: never at rest",
        summary="{{ $labels.meter_id }} ({{ $labels.register }}) has not stood still for a whole day.",
        page=WATER.name,
        # A meter that is read every few hours averages its pauses away, so it takes a reading in two hours on average.
        asked=(
            Asked(WATER.asked("flow_rate", Shape.MIN, filters=()), DAY),
            Asked(WATER.asked("flow_rate", Shape.COUNT, filters=()), DAY),
        ),
        condition="$A > 0 && $B >= 12",
        lasting=HOUR,
        severity="critical",
    ),
    *(_spike(kind) for kind in KINDS),
    *(_silent(kind) for kind in KINDS),
    Rule(
        name="backlog",
        title="Points wait for an hour",
        summary="Home Assistant has points that have been waiting for more than an hour.",
        page="quality",
        asked=(Asked(_account("oldest_age"), DAY),),
        condition="$A > 3600",
        lasting=timedelta(minutes=15),
    ),
    Rule(
        name="api-budget",
        title="Claude: four fifths of the month's limit are spent",
        summary="At its limit, meters are read no more until the month is over.",
        page="quality",
        asked=(Asked(_account("api_cost_month"), DAY), Asked(_account("api_budget"), DAY)),
        condition="$A > 0.8 * $B && $B > 0",
        lasting=timedelta(),
    ),
    Rule(
        name="cost-budget",
        title="The month will cost more than its budget",
        summary="What all meters are expected to cost this month is above the budget set in the account.",
        page="costs",
        asked=(
            Asked(
                Query(
                    source=Source.COSTS,
                    measurements=("utility_costs",),
                    field="forecast",
                    shape=Shape.TOTAL,
                    split=("site",),
                    filters=(),
                ),
                2 * DAY,
            ),
            Asked(_account("cost_budget"), DAY),
        ),
        condition="$A > $B && $B > 0",
        lasting=HOUR,
    ),
)
