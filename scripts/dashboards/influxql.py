"""Says a query in InfluxQL, which InfluxDB 1.x, 2.x and 3 understand."""

from typing import Final

from .model import RANGE, SERIES, UNNAMED, VARIABLE_OF, Anchor, Instant, Query, Shape

MOST_ROWS: Final = 100
_CALENDAR: Final = {
    Anchor.START: "${__from}ms",
    Anchor.STOP: "${__to}ms",
    Anchor.DAY: "'${__to:date:YYYY-MM-DD}'",
    Anchor.MONTH: "'${__to:date:YYYY-MM}-01'",
    Anchor.YEAR: "'${__to:date:YYYY}-01-01'",
}
"""With tz() a date is the local midnight at which it begins."""
_FORMS: Final = {
    Shape.LATEST: "last(%s)",
    Shape.POINTS: "%s",
    Shape.INCREASE: "difference(last(%s))",
    Shape.HOURS: "difference(last(%s))",
    Shape.RUNNING: "cumulative_sum(sum(%s))",
    Shape.TOTAL: "last(%s)",
}


def render(query: Query) -> str:
    """Return the query as one statement."""
    clauses = [_statement(query), _groups(query, query.split, _fill(query))]
    if query.adds_up:
        # Each register for itself, then all of them together. Not with fill(previous) inside: influxd 1.6 then loses
        # the last window of all series but one.
        inner_split = (*SERIES, *(tag for tag in query.split if tag not in SERIES))
        inner = f"{_statement(query)} {_groups(query, inner_split, 'none')}"
        named = f' AS "{query.alias}"' if query.alias else ""
        outer = f'SELECT sum("each"){named} FROM ({inner}) WHERE {" AND ".join(_time(query))}'
        clauses = [outer, _groups(query, query.split, "0" if query.newest or query.shape is Shape.HOURS else "none")]
    if query.shape is Shape.ROWS:
        clauses.append(f"ORDER BY time DESC LIMIT {MOST_ROWS}")
    if query.local:
        clauses.append("tz('${__timezone}')")
    return " ".join(clause for clause in clauses if clause)


def _statement(query: Query) -> str:
    measurements = ", ".join(f'"{name}"' for name in query.measurements)
    return f"SELECT {_selection(query)} FROM {measurements} WHERE {' AND '.join(_conditions(query))}"


def alias(query: Query) -> str:
    """Return how Grafana is to name the series."""
    parts = [f"$tag_{tag}" for tag in query.split if tag not in UNNAMED]
    said = " ".join([*parts, query.name] if query.name else parts)
    return f"{said} ($tag_unit)" if "unit" in query.split else said


def tag_values(tag: str, measurements: tuple[str, ...], within: tuple[str, ...]) -> str:
    """Return the statement that lists a tag's values, for a template variable."""
    names = ", ".join(f'"{name}"' for name in measurements)
    narrowed = " AND ".join(_picked(variable) for variable in within)
    return f'SHOW TAG VALUES FROM {names} WITH KEY = "{tag}"' + (f" WHERE {narrowed}" if narrowed else "")


def _selection(query: Query) -> str:
    if query.shape is Shape.ROWS:
        return _tags((*query.split, *query.columns))
    form = _FORMS.get(query.shape, f"{query.shape.value}(%s)")
    selected = form % f'"{query.field}"' + (f" - {form}" % f'"{query.minus}"' if query.minus else "")
    alias = "each" if query.adds_up else query.alias
    return f'{selected} AS "{alias}"' if alias else selected


def _conditions(query: Query) -> list[str]:
    conditions = [_picked(variable) for variable in query.filters]
    if query.where is not None:
        conditions.append(f'"{query.where[0]}" = {query.where[1]:g}')
    return [*conditions, *_time(query)]


def _picked(variable: str) -> str:
    return f'"{VARIABLE_OF[variable]}" =~ /^${{{variable}:regex}}$/'


def _time(query: Query) -> list[str]:
    span = query.span
    if span == RANGE:
        return ["$timeFilter"]
    if span.start == RANGE.start:
        return ["$timeFilter", f"time < {_instant(span.stop)}"]
    last = "<=" if span.stop == RANGE.stop else "<"
    return [f"time >= {_instant(span.start)}", f"time {last} {_instant(span.stop)}"]


def _instant(instant: Instant) -> str:
    return _CALENDAR[instant.anchor] + (f" - {instant.before}" if instant.before else "")


def _groups(query: Query, split: tuple[str, ...], fill: str) -> str:
    if query.shape is Shape.ROWS:
        return ""
    tags = _tags(split)
    if not query.window:
        return f"GROUP BY {tags}" if tags else ""
    width = "$__interval" if query.window == "auto" else query.window
    return f"GROUP BY time({width}){', ' if tags else ''}{tags} fill({fill})"


def _tags(tags: tuple[str, ...]) -> str:
    return ", ".join(f'"{tag}"' for tag in tags)


def _fill(query: Query) -> str:
    if query.newest and query.shape is Shape.INCREASE:
        return "previous"
    return "0" if query.shape is Shape.COUNT else "none"
