"""What must hold of a dashboard before Grafana gets it: keys, places, datasources, variables, units."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
import re
from typing import Any, Final

from .findings import Finding
from .keys import FIELD_KEYS, OPTION_KEYS, PANEL_KEYS, TARGET_KEYS, TOP_KEYS, VARIABLE_KEYS
from .pages import COLUMNS, SCHEMA_VERSION

LONGEST_UID: Final = 40
WITHOUT_DATA: Final = {"row", "text"}
NOT_PROVISIONED: Final = {"-- Mixed --", "-- Dashboard --", "-- Grafana --"}
BUILT_IN: Final = {"__from", "__to", "__timezone", "__interval", "__interval_ms", "timeFilter", "interval", "__field"}
VARIABLE: Final = re.compile(r"\$\{(\w+)(?:[.:][^}]*)?\}|\$(\w+)|\[\[(\w+)\]\]")
COLUMN_OF_ALIAS: Final = ("tag_", "col", "m")


def check_dashboard(where: str, dashboard: Mapping[str, Any], datasources: Collection[str]) -> list[Finding]:
    """Return what is wrong with a dashboard that may use the datasources of these uids."""
    if not isinstance(dashboard, Mapping) or not isinstance(dashboard.get("panels"), list):
        return [Finding(where, "is no dashboard", "export it from Grafana as JSON (classic model), not as a resource")]
    return sorted(
        {
            *_top(where, dashboard),
            *_variables(where, dashboard, datasources),
            *_places(where, dashboard),
            *(finding for panel in panels_of(dashboard) for finding in _panel(where, panel, dashboard, datasources)),
        }
    )


def panels_of(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every panel, also those inside collapsed rows."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", ())


def name_of(panel: Mapping[str, Any]) -> str:
    """Return what a person would call the panel."""
    return str(panel.get("title") or f"panel {panel.get('id', '?')}")


def _top(where: str, dashboard: Mapping[str, Any]) -> Iterator[Finding]:
    for key in dashboard.keys() - TOP_KEYS:
        yield Finding(where, f"unknown key {key}", "remove it; Grafana would ignore it")
    for key in dashboard.keys() & {"id", "__inputs"}:
        yield Finding(where, f"has {key}", "remove it: a provisioned dashboard has no number and asks for nothing")
    uid = str(dashboard.get("uid", ""))
    if not 0 < len(uid) <= LONGEST_UID:
        yield Finding(
            where, f"its uid {uid!r} has {len(uid)} characters", f"give it a fixed uid of 1 to {LONGEST_UID} characters"
        )
    if not dashboard.get("title"):
        yield Finding(where, "has no title", "give it one")
    version = dashboard.get("schemaVersion")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        yield Finding(where, f"schemaVersion {version}", f"use {SCHEMA_VERSION} or an older one")
    for key, seen in (("id", "panels"), ("refId", "queries")):
        groups = (
            [list(panels_of(dashboard))]
            if key == "id"
            else [panel.get("targets", []) for panel in panels_of(dashboard)]
        )
        for group in groups:
            counted = Counter(item.get(key) for item in group)
            for value in (value for value, count in counted.items() if count > 1):
                yield Finding(where, f"{counted[value]} {seen} with the {key} {value}", "number them anew")


def _variables(where: str, dashboard: Mapping[str, Any], datasources: Collection[str]) -> Iterator[Finding]:
    listed = dashboard.get("templating", {}).get("list", [])
    for place, variable in enumerate(listed):
        name = variable.get("name", "?")
        here = f"{where}: variable {name}"
        for key in variable.keys() - VARIABLE_KEYS:
            yield Finding(here, f"unknown key {key}", "remove it")
        if variable.get("type") != "query":
            continue
        before = {earlier.get("name") for earlier in listed[:place]}
        yield from _datasource(here, variable.get("datasource"), datasources, before)
        for used in _used(str(variable.get("query", ""))) - before:
            yield Finding(
                here, f"uses ${used}, which does not stand before it", "put that variable first, or correct its name"
            )


def _places(where: str, dashboard: Mapping[str, Any]) -> Iterator[Finding]:
    placed = []
    for panel in dashboard["panels"]:
        place = panel.get("gridPos")
        if not isinstance(place, Mapping) or {"h", "w", "x", "y"} - place.keys():
            yield Finding(f"{where}: {name_of(panel)}", "has no place", "give it a gridPos with h, w, x and y")
            continue
        placed.append((panel, place))
        if place["x"] < 0 or place["w"] < 1 or place["h"] < 1 or place["x"] + place["w"] > COLUMNS:
            yield Finding(
                f"{where}: {name_of(panel)}", "does not fit into the grid", f"keep x + w within {COLUMNS} columns"
            )
    for (one, first), (other, second) in combinations(placed, 2):
        if _overlap(first, second):
            yield Finding(f"{where}: {name_of(one)}", f"lies over {name_of(other)}", "move one of them")


def _overlap(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    return not (beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"])


def _panel(
    where: str, panel: Mapping[str, Any], dashboard: Mapping[str, Any], datasources: Collection[str]
) -> Iterator[Finding]:
    here = f"{where}: {name_of(panel)}"
    kind = panel.get("type")
    if kind not in PANEL_KEYS:
        yield Finding(here, f"a panel of the unknown type {kind}", f"use one of {', '.join(sorted(PANEL_KEYS))}")
        return
    for key in panel.keys() - PANEL_KEYS[kind]:
        yield Finding(here, f"unknown key {key}", "remove it; Grafana would ignore it")
    if not panel.get("title"):
        yield Finding(here, "has no title", "give it one")
    if kind == "row":
        return
    if not panel.get("description"):
        yield Finding(here, "has no description", "say in a sentence what it shows")
    yield from _options(here, panel)
    if kind in WITHOUT_DATA:
        return
    if not panel.get("fieldConfig", {}).get("defaults", {}).get("unit"):
        yield Finding(here, "has no unit", "set fieldConfig.defaults.unit, `none` where there is none")
    if not panel.get("targets"):
        yield Finding(here, "asks nothing", "give it a query")
    known = {variable.get("name") for variable in dashboard.get("templating", {}).get("list", [])}
    yield from _datasource(here, panel.get("datasource"), datasources, known)
    for target in panel.get("targets", []):
        yield from _target(here, target, datasources, known)


def _options(here: str, panel: Mapping[str, Any]) -> Iterator[Finding]:
    for key in panel.get("options", {}).keys() - OPTION_KEYS[panel["type"]]:
        yield Finding(here, f"unknown option {key}", f"a {panel['type']} panel has no such option")
    for key in panel.get("fieldConfig", {}).get("defaults", {}).keys() - FIELD_KEYS:
        yield Finding(here, f"unknown field option {key}", "remove it")


def _target(
    here: str, target: Mapping[str, Any], datasources: Collection[str], known: Collection[str]
) -> Iterator[Finding]:
    for key in target.keys() - TARGET_KEYS:
        yield Finding(here, f"unknown key {key} in a query", "remove it")
    yield from _datasource(here, target.get("datasource"), datasources, known)
    if not target.get("query"):
        yield Finding(here, "an empty query", "write it, or remove the target")
    for used in _used(f"{target.get('query', '')} {target.get('alias', '')}") - set(known):
        yield Finding(
            here, f"uses ${used}, which is no variable of the dashboard", "add the variable, or correct its name"
        )


def _datasource(here: str, source: Any, datasources: Collection[str], known: Collection[Any]) -> Iterator[Finding]:
    uid = source.get("uid") if isinstance(source, Mapping) else None
    if not uid:
        yield Finding(here, "names no datasource by its uid", 'write {"type": "influxdb", "uid": ...}')
    elif (chosen := VARIABLE.fullmatch(str(uid))) and next(filter(None, chosen.groups())) in known:
        return
    elif uid not in datasources and uid not in NOT_PROVISIONED:
        yield Finding(here, f"its datasource {uid} is not provisioned", "use a uid from datasources/*.yaml")


def _used(text: str) -> set[str]:
    """Return the variables of a dashboard that a text uses."""
    names = {next(filter(None, groups)) for groups in VARIABLE.findall(text)}
    return {
        name for name in names - BUILT_IN if not name.startswith(COLUMN_OF_ALIAS[0]) and name not in COLUMN_OF_ALIAS[1:]
    }
