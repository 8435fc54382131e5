"""Turns the description of a panel into the JSON that Grafana reads."""

from collections.abc import Mapping
from typing import Any, Final

from .language import Language
from .model import Look, Panel, Query, Shape
from .units import default_unit, overrides

MIXED: Final = {"type": "datasource", "uid": "-- Mixed --"}
_LEGEND: Final = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
_TOOLTIP: Final = {"mode": "multi", "sort": "desc"}
_HIDDEN: Final = {"legend": False, "tooltip": False, "viz": False}
_AXIS: Final = {
    "axisBorderShow": False,
    "axisCenteredZero": False,
    "axisColorMode": "text",
    "axisLabel": "",
    "axisPlacement": "auto",
    "hideFrom": _HIDDEN,
    "scaleDistribution": {"type": "linear"},
    "thresholdsStyle": {"mode": "off"},
}
_NEWEST: Final = {"calcs": ["lastNotNull"], "fields": "", "values": False}


def panel_json(panel: Panel, language: Language, place: Mapping[str, int], number: int) -> dict[str, Any]:
    """Return one panel at its place in the grid."""
    made: dict[str, Any] = {
        "id": number,
        "type": "timeseries" if panel.look is Look.BARS else panel.look.value,
        "title": panel.title,
        "description": panel.about,
        "gridPos": dict(place),
        "fieldConfig": _fields(panel, language),
        "options": _options(panel),
        "transformations": _transformations(panel, language),
    }
    if panel.time_from:
        made["timeFrom"] = panel.time_from
    if panel.queries:
        made["targets"] = _targets(panel, language)
        sources = {query.source for query in panel.queries}
        made["datasource"] = MIXED if len(sources) > 1 else language.datasource(panel.queries[0].source)
    return made


def _targets(panel: Panel, language: Language) -> list[dict[str, Any]]:
    asked = [query for query in panel.queries for _ in range(2 if _is_twice(query, language) else 1)]
    return [target(query, language, chr(ord("A") + index)) for index, query in enumerate(asked)]


def target(query: Query, language: Language, ref: str) -> dict[str, Any]:
    """Return one query as Grafana keeps it."""
    made: dict[str, Any] = {
        "refId": ref,
        "datasource": language.datasource(query.source),
        "query": language.render(query),
    }
    if language.is_sql_like:
        made |= {"rawQuery": True, "resultFormat": "table" if query.table else "time_series"}
        if not query.table:
            made["alias"] = language.alias(query)
    return made


def _is_twice(query: Query, language: Language) -> bool:
    """Return whether Grafana has to make the table of hours and days, from two copies of the same series."""
    return query.shape is Shape.HOURS and language.is_sql_like


def _transformations(panel: Panel, language: Language) -> list[dict[str, Any]]:
    if any(_is_twice(query, language) for query in panel.queries):
        return _matrix(panel.queries[0].alias)
    return [dict(transformation) for transformation in panel.transformations]


def _matrix(value: str) -> list[dict[str, Any]]:
    chain: list[dict[str, Any]] = []
    for ref, name, form in (("A", "Hour", "HH"), ("B", "Day", "YYYY-MM-DD")):
        only = {"id": "byRefId", "options": ref}
        chain += [
            format_time(form) | {"filter": only},
            {
                "id": "organize",
                "filter": only,
                "options": {"excludeByName": {}, "indexByName": {}, "renameByName": {"Time": name}},
            },
        ]
    return [
        *chain,
        {"id": "concatenate", "options": {"frameNameLabel": "frame", "frameNameMode": "drop"}},
        {
            "id": "groupingToMatrix",
            "options": {"columnField": "Day", "emptyValue": "null", "rowField": "Hour", "valueField": value},
        },
    ]


def format_time(form: str) -> dict[str, Any]:
    """Return the step that turns times into text."""
    return {"id": "formatTime", "options": {"outputFormat": form, "timeField": "Time", "useTimezone": True}}


def _fields(panel: Panel, language: Language) -> dict[str, Any]:
    if panel.look is Look.TEXT:
        return {"defaults": {}, "overrides": []}
    defaults: dict[str, Any] = {
        "unit": default_unit(panel.unit),
        "color": _colour(panel),
        "custom": _custom(panel),
        "mappings": [],
        "noValue": panel.no_value,
        "thresholds": {"mode": "absolute", "steps": _steps(panel)},
    }
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.look is Look.GAUGE:
        defaults["min"] = 0
    by_column = [
        {
            "matcher": {"id": "byName", "options": name}
            if panel.look is Look.TABLE
            else {"id": "byRegexp", "options": f"/{name}/"},
            "properties": [{"id": key, "value": value} for key, value in said.items()],
        }
        for name, said in panel.columns.items()
    ]
    return {"defaults": defaults, "overrides": [*overrides(panel.unit), *by_column, *_names(panel, language)]}


def _names(panel: Panel, language: Language) -> list[dict[str, Any]]:
    """Return what names series in Flux; as a default it would name the time as well, which bar charts look for."""
    if language.is_sql_like or any(query.table for query in panel.queries):
        return []
    said = {"id": "displayName", "value": "${__field.labels.series}"}
    return [{"matcher": {"id": "byType", "options": "number"}, "properties": [said]}]


def _colour(panel: Panel) -> dict[str, Any]:
    if panel.steps:
        return {"mode": "thresholds"}
    if panel.colour.startswith("continuous-") or panel.colour == "palette-classic":
        return {"mode": panel.colour}
    several = len(panel.queries) > 1 or panel.look in {Look.LINES, Look.BARS, Look.COLUMNS}
    return {"mode": "shades" if several else "fixed", "fixedColor": panel.colour}


def _steps(panel: Panel) -> list[dict[str, Any]]:
    steps = panel.steps or ((None, panel.colour if "-" not in panel.colour else "text"),)
    return [{"color": colour, "value": value} for value, colour in steps]


def _custom(panel: Panel) -> dict[str, Any]:
    match panel.look:
        case Look.LINES | Look.BARS:
            bars = panel.look is Look.BARS
            return _AXIS | {
                # A window is stamped with its beginning, so its bar stands behind that.
                "barAlignment": 1 if bars else 0,
                "barWidthFactor": 0.8,
                "drawStyle": "bars" if bars else "line",
                "fillOpacity": 80 if bars else 12,
                "gradientMode": "none",
                "insertNulls": False,
                "lineInterpolation": "stepAfter" if panel.stepped else "linear",
                "lineWidth": 1,
                "pointSize": 4,
                "showPoints": "never" if bars else "auto",
                "spanNulls": not bars,
                "stacking": {"group": "A", "mode": "normal" if panel.stacked else "none"},
            }
        case Look.COLUMNS:
            return _AXIS | {"fillOpacity": 80, "gradientMode": "none", "lineWidth": 1}
        case Look.TABLE:
            cells = (
                {"mode": "basic", "type": "color-background"}
                if panel.colour.startswith("continuous-")
                else {"type": "auto"}
            )
            return {"align": "auto", "cellOptions": cells, "filterable": False, "inspect": False}
        case Look.SPLIT:
            return {"hideFrom": _HIDDEN}
        case _:
            return {}


def _options(panel: Panel) -> dict[str, Any]:
    match panel.look:
        case Look.STAT:
            return {
                "colorMode": "value",
                "graphMode": "area" if panel.sparkline else "none",
                "justifyMode": "auto",
                "orientation": "auto",
                "percentChangeColorMode": "standard",
                "reduceOptions": _NEWEST,
                "showPercentChange": False,
                "textMode": "auto",
                "wideLayout": True,
            }
        case Look.GAUGE:
            return {
                "minVizHeight": 75,
                "minVizWidth": 75,
                "orientation": "auto",
                "reduceOptions": _NEWEST,
                "showThresholdLabels": False,
                "showThresholdMarkers": True,
                "sizing": "auto",
            }
        case Look.LINES | Look.BARS:
            return {"legend": _LEGEND, "tooltip": _TOOLTIP}
        case _:
            return _OTHER_OPTIONS.get(panel.look, {}) | ({"content": panel.content} if panel.content else {})


_OTHER_OPTIONS: Final[dict[Look, dict[str, Any]]] = {
    Look.COLUMNS: {
        "barRadius": 0,
        "barWidth": 0.9,
        "fullHighlight": False,
        "groupWidth": 0.75,
        "legend": _LEGEND,
        "orientation": "auto",
        "showValue": "never",
        "stacking": "none",
        "tooltip": _TOOLTIP,
        "xField": "Time",
        "xTickLabelRotation": 0,
        "xTickLabelSpacing": 0,
    },
    Look.SPLIT: {
        "displayLabels": ["percent"],
        "legend": {"displayMode": "table", "placement": "right", "showLegend": True, "values": ["value"]},
        "pieType": "donut",
        "reduceOptions": _NEWEST,
        "tooltip": {"mode": "single", "sort": "none"},
    },
    Look.METERS: {
        "displayMode": "gradient",
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": "horizontal",
        "reduceOptions": _NEWEST,
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    },
    Look.TABLE: {"cellHeight": "sm", "showHeader": True},
    Look.TEXT: {"code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False}, "mode": "markdown"},
}
