"""Turns the description of a dashboard into the JSON that Grafana reads."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .costs import COSTS
from .language import KINDS, Language
from .model import VARIABLE_OF, Dashboard, Panel, Source, Variable
from .overview import OVERVIEW
from .panels import panel_json
from .quality import QUALITY
from .utility import UTILITIES

DASHBOARDS: Final = (OVERVIEW, *UTILITIES, COSTS, QUALITY)
SCHEMA_VERSION: Final = 42
COLUMNS: Final = 24
TAG: Final = "meter-vision"


def dashboard_json(dashboard: Dashboard, language: Language) -> dict[str, Any]:
    """Return a whole dashboard."""
    return {
        "uid": language.uid(dashboard.name),
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": [TAG, f"{TAG}-{language.value}"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "refresh": "30s",
        "timezone": "",
        "time": {"from": dashboard.since, "to": "now"},
        "timepicker": {},
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "weekStart": "",
        "links": [_link(language)],
        "annotations": {"list": []},
        "templating": {"list": _variables(dashboard, language)},
        "panels": list(_panels(dashboard, language)),
    }


def _link(language: Language) -> dict[str, Any]:
    return {
        "asDropdown": True,
        "icon": "external link",
        "includeVars": False,
        "keepTime": False,
        "tags": [f"{TAG}-{language.value}"],
        "targetBlank": False,
        "title": "Meter Vision",
        "tooltip": "The other pages",
        "type": "dashboards",
        "url": "",
    }


def _variables(dashboard: Dashboard, language: Language) -> list[dict[str, Any]]:
    chosen = [_choice_of_source(language)] if dashboard.chooses_source else []
    return [*chosen, *(_variable(variable, language) for variable in dashboard.variables)]


def _variable(variable: Variable, language: Language) -> dict[str, Any]:
    query = language.tag_values(VARIABLE_OF[variable.name], variable.measurements, variable.within)
    return {
        "type": "query",
        "name": variable.name,
        "label": variable.label,
        "datasource": language.datasource(variable.source),
        "query": query,
        "definition": query,
        # Without a value for "all" Grafana names every value, so that costs of other kinds stay out.
        "includeAll": True,
        "multi": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
        "refresh": 1,
        "regex": "",
        "sort": 1,
        "hide": 0,
        "skipUrlSync": False,
    }


def _choice_of_source(language: Language) -> dict[str, Any]:
    first = Source.WATER
    return {
        "type": "datasource",
        "name": "utility",
        "label": "Utility",
        "query": "influxdb",
        "regex": rf"/^Meter Vision ({'|'.join(KINDS)}) \({language.title}\)$/",
        "current": {"text": language.datasource_name(first), "value": language.uid(first.value)},
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "hide": 0,
        "skipUrlSync": False,
    }


def _panels(dashboard: Dashboard, language: Language) -> Iterator[dict[str, Any]]:
    number = top = 0
    for row in dashboard.rows:
        number += 1
        yield _heading(row.title, number, top)
        top += 1
        for panel, place in _places(row.panels, top):
            number += 1
            yield panel_json(panel, language, place, number)
            top = max(top, place["y"] + place["h"])


def _heading(title: str, number: int, top: int) -> dict[str, Any]:
    place = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _places(panels: tuple[Panel, ...], top: int) -> Iterator[tuple[Panel, Mapping[str, int]]]:
    """Yield each panel with its place: left to right, on to the next line where it does not fit."""
    left = tallest = 0
    for panel in panels:
        if left + panel.width > COLUMNS:
            top, left, tallest = top + tallest, 0, 0
        yield panel, {"h": panel.height, "w": panel.width, "x": left, "y": top}
        left += panel.width
        tallest = max(tallest, panel.height)
