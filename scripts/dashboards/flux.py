"""Says a query in Flux, the language of InfluxDB 2.x."""

from typing import Final

from .influxql import MOST_ROWS
from .model import SERIES, UNNAMED, VARIABLE_OF, Anchor, Instant, Query, Shape

_ANCHORS: Final = {
    Anchor.START: "v.timeRangeStart",
    Anchor.STOP: "v.timeRangeStop",
    Anchor.DAY: "date.truncate(t: v.timeRangeStop, unit: 1d)",
    Anchor.MONTH: "date.truncate(t: v.timeRangeStop, unit: 1mo)",
    Anchor.YEAR: "date.truncate(t: v.timeRangeStop, unit: 1y)",
}
_LOCATION: Final = 'option location = timezone.location(name: "${__timezone}")'
_AT_THE_END: Final = "map(fn: (r) => ({r with _time: v.timeRangeStop}))"
_DAY: Final = ' + "-" + '.join(
    ["string(v: date.year(t: r._time))"]
    + [
        f"strings.substring(v: string(v: 100 + date.{part}(t: r._time)), start: 1, end: 3)"
        for part in ("month", "monthDay")
    ]
)
"""A date as text that sorts: Flux formats no times."""
_PACKAGES: Final = ("date", "strings", "timezone")


def render(query: Query, *, labels: bool = False) -> str:
    """Return the query as a script; with `labels` its series keep their tags, as alert rules need them."""
    steps = [*_points(query), *_shape(query), *(_labels(query) if labels else _names(query))]
    body = "\n".join(["from(bucket: v.defaultBucket)", *(f"  |> {step}" for step in steps)])
    location = [_LOCATION, ""] if query.local else []
    said = "\n".join([*location, body])
    imports = [f'import "{name}"' for name in _PACKAGES if f"{name}." in said]
    return "\n".join([*imports, "", said] if imports else [said])


def tag_values(tag: str, measurements: tuple[str, ...], within: tuple[str, ...]) -> str:
    """Return the script that lists a tag's values, for a template variable."""
    conditions = [_any("_measurement", measurements), *(_picked(variable) for variable in within)]
    return "\n".join(
        [
            'import "influxdata/influxdb/schema"',
            "",
            "schema.tagValues(",
            "  bucket: v.defaultBucket,",
            f'  tag: "{tag}",',
            f"  predicate: (r) => {' and '.join(conditions)},",
            "  start: -1y,",
            ")",
        ]
    )


def _points(query: Query) -> list[str]:
    chosen = [
        f"filter(fn: (r) => {_any('_measurement', query.measurements)})",
        f"filter(fn: (r) => {_any('_field', query.fields)})",
    ]
    if query.filters:
        chosen.append(f"filter(fn: (r) => {' and '.join(_picked(variable) for variable in query.filters)})")
    return [f"range(start: {_instant(query.span.start)}, stop: {_instant(query.span.stop)})", *chosen]


def _any(column: str, values: tuple[str, ...]) -> str:
    said = " or ".join(f'r.{column} == "{value}"' for value in values)
    return f"({said})" if len(values) > 1 else said


def _picked(variable: str) -> str:
    return f"r.{VARIABLE_OF[variable]} =~ /^${{{variable}:regex}}$/"


def _instant(instant: Instant) -> str:
    said = _ANCHORS[instant.anchor]
    return f"date.sub(from: {said}, d: {instant.before})" if instant.before else said


def _shape(query: Query) -> list[str]:
    if query.minus:
        return [*_difference_of_fields(query), *_summed(query)]
    match query.shape:
        case Shape.LATEST:
            return ["last()"]
        case Shape.POINTS:
            return []
        case Shape.INCREASE | Shape.HOURS:
            more = _matrix() if query.shape is Shape.HOURS else [*_newest(query), *_together(query)]
            return [_window(query, "last"), "difference()", *more]
        case Shape.ROWS:
            return _rows(query)
        case _:
            return _summed(query)


def _summed(query: Query) -> list[str]:
    """Return the steps for shapes that put several series together."""
    # Registers that stay apart are so already, and InfluxDB sums up windows itself when nothing stands between.
    merged = [] if query.split == SERIES else [f"group(columns: [{_quoted(query.split)}])"]
    if query.shape is Shape.TOTAL:
        return ["last()", *merged, "sum()", _AT_THE_END]
    if query.shape is Shape.RUNNING:
        return [*merged, _window(query, "sum"), 'sort(columns: ["_time"])', "cumulativeSum()"]
    if not query.window:
        return [*merged, f"{query.shape.value}()", _AT_THE_END]
    return [*merged, _window(query, query.shape.value)]


def _window(query: Query, function: str) -> str:
    every = "v.windowPeriod" if query.window == "auto" else query.window
    empty = "true" if query.shape is Shape.COUNT else "false"
    return f'aggregateWindow(every: {every}, fn: {function}, createEmpty: {empty}, timeSrc: "_start")'


def _newest(query: Query) -> list[str]:
    if not query.newest:
        return []
    # The day before the span's end may have 25 hours, two days have at least 47.
    since = "36h" if query.span.stop.anchor is Anchor.DAY else ""
    return [f"filter(fn: (r) => r._time >= {_instant(Instant(Anchor.DAY, since))})"]


def _together(query: Query) -> list[str]:
    if not query.adds_up:
        return []
    kept = f"group(columns: [{_quoted(query.split)}])"
    return [f"group(columns: [{_quoted((*query.split, '_time'))}])", "sum()", kept, 'sort(columns: ["_time"])']


def _difference_of_fields(query: Query) -> list[str]:
    less = f"(if exists r.{query.minus} then r.{query.minus} else 0.0)"
    return [
        'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
        f"map(fn: (r) => ({{r with _value: r.{query.field} - {less}}}))",
    ]


def _matrix() -> list[str]:
    return [
        "group()",
        f"map(fn: (r) => ({{_value: r._value, Hour: date.hour(t: r._time), day: {_DAY}}}))",
        'group(columns: ["Hour", "day"])',
        "sum()",
        "group()",
        'pivot(rowKey: ["Hour"], columnKey: ["day"], valueColumn: "_value")',
        'sort(columns: ["Hour"])',
    ]


def _rows(query: Query) -> list[str]:
    steps = ['pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")']
    if query.where is not None:
        steps.append(f"filter(fn: (r) => r.{query.where[0]} == {float(query.where[1])})")
    kept = _quoted(("_time", *query.split, *query.columns))
    return [
        *steps,
        "group()",
        f"keep(columns: [{kept}])",
        'sort(columns: ["_time"], desc: true)',
        f"limit(n: {MOST_ROWS})",
    ]


def _names(query: Query) -> list[str]:
    if query.shape in {Shape.ROWS, Shape.HOURS}:
        return []
    if query.table:
        kept = _quoted(("_time", *query.split, "_value"))
        return ["group()", f"keep(columns: [{kept}])", f'rename(columns: {{_value: "{query.alias}"}})']
    return [
        f"map(fn: (r) => ({{_time: r._time, _value: r._value, series: {_series(query)}}}))",
        'group(columns: ["series"])',
    ]


def _labels(query: Query) -> list[str]:
    return [
        f"keep(columns: [{_quoted(('_time', *query.split, '_value'))}])",
        f"group(columns: [{_quoted(query.split)}])",
    ]


def _series(query: Query) -> str:
    parts = [f"r.{tag}" for tag in query.split if tag not in UNNAMED] + ([f'"{query.name}"'] if query.name else [])
    said = ' + " " + '.join(parts)
    return f'{said} + " (" + r.unit + ")"' if "unit" in query.split else said


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
