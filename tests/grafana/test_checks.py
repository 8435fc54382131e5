"""The checks find what is wrong, and say where and how to mend it."""

from collections.abc import Callable
from pathlib import Path
import shutil
from typing import Any

import pytest
import yaml

from scripts.dashboards.check_provisioning import check_datasources, check_environment, check_provisioning
from scripts.dashboards.check_queries import check_query
from scripts.dashboards.check_rules import check_rules, seconds
from scripts.dashboards.checks import check_dashboard

from .conftest import PROVISIONING, dashboard

UIDS = {f"meter-vision-influxql-{name}" for name in ("water", "electricity", "gas", "costs", "daily")}


def panel(found: dict[str, Any], title: str) -> dict[str, Any]:
    (one,) = [panel for panel in found["panels"] if panel["title"] == title]
    return one  # type: ignore[no-any-return]


def rename(found: dict[str, Any]) -> None:
    found["refresch"] = "30s"


def renumber(found: dict[str, Any]) -> None:
    found["id"] = 7


def newer(found: dict[str, Any]) -> None:
    found["schemaVersion"] = 43


def long_uid(found: dict[str, Any]) -> None:
    found["uid"] = "x" * 41


def overlap(found: dict[str, Any]) -> None:
    panel(found, "Yesterday")["gridPos"]["x"] -= 1


def too_wide(found: dict[str, Any]) -> None:
    panel(found, "Cost this month")["gridPos"]["w"] += 1


def no_unit(found: dict[str, Any]) -> None:
    del panel(found, "Today")["fieldConfig"]["defaults"]["unit"]


def no_description(found: dict[str, Any]) -> None:
    panel(found, "Today")["description"] = ""


def other_source(found: dict[str, Any]) -> None:
    panel(found, "Today")["targets"][0]["datasource"]["uid"] = "my-influxdb"


def no_source(found: dict[str, Any]) -> None:
    panel(found, "Today")["datasource"] = "InfluxDB"


def lost_variable(found: dict[str, Any]) -> None:
    found["templating"]["list"].pop(1)


def late_variable(found: dict[str, Any]) -> None:
    found["templating"]["list"].reverse()


def unknown_option(found: dict[str, Any]) -> None:
    panel(found, "Today")["options"]["graphmode"] = "none"


def unknown_panel(found: dict[str, Any]) -> None:
    panel(found, "Today")["type"] = "graph"


def twice(found: dict[str, Any]) -> None:
    panel(found, "Year over year")["targets"][1]["refId"] = "A"


def nothing_asked(found: dict[str, Any]) -> None:
    panel(found, "Today")["targets"] = []


@pytest.mark.parametrize(
    ("break_it", "where", "what"),
    [
        (rename, "water.json", "unknown key refresch"),
        (renumber, "water.json", "has id"),
        (newer, "water.json", "schemaVersion 43"),
        (long_uid, "water.json", "has 41 characters"),
        (overlap, "water.json: Today", "lies over Yesterday"),
        (too_wide, "water.json: Cost this month", "does not fit into the grid"),
        (no_unit, "water.json: Today", "has no unit"),
        (no_description, "water.json: Today", "has no description"),
        (other_source, "water.json: Today", "my-influxdb is not provisioned"),
        (no_source, "water.json: Today", "names no datasource by its uid"),
        (lost_variable, "water.json: Today", "uses $meter, which is no variable"),
        (late_variable, "water.json: variable register", "uses $site, which does not stand before it"),
        (unknown_option, "water.json: Today", "unknown option graphmode"),
        (unknown_panel, "water.json: Today", "unknown type graph"),
        (twice, "water.json", "2 queries with the refId A"),
        (nothing_asked, "water.json: Today", "asks nothing"),
    ],
)
def test_a_broken_dashboard_is_found(break_it: Callable[[dict[str, Any]], None], where: str, what: str) -> None:
    found = dashboard("water")
    break_it(found)
    findings = check_dashboard("water.json", found, UIDS)
    assert any(finding.where == where and what in finding.what and finding.mend for finding in findings), findings


@pytest.mark.parametrize("document", [[], {}, {"apiVersion": "v2", "spec": {}}])
def test_what_is_no_dashboard_is_said_to_be_none(document: Any) -> None:
    (finding,) = check_dashboard("water.json", document, UIDS)
    assert finding.what == "is no dashboard"


FLUX = """from(bucket: v.defaultBucket)
  |> filter(fn: (r) => r._measurement == "water_meter" and r._field == "{field}" and r.{tag} == "x")"""


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ('SELECT last("total") FROM "water_meter"', "total is neither a field of water_meter nor a tag"),
        ('SELECT last("reading") FROM "meter_reading"', "meter_reading is never written"),
        ('SELECT last("reading") FROM "water_meter" GROUP BY "camera_id"', "camera_id is neither"),
        ('SELECT last("power") FROM "water_meter"', "power is neither"),
        ('SHOW TAG VALUES FROM "water_meter" WITH KEY = "meter"', "meter is neither"),
        (FLUX.format(field="total", tag="site"), "total is neither"),
        (FLUX.format(field="reading", tag="meter"), "meter is neither"),
        ('from(bucket: "x") |> range(start: -1h)', "a query without a measurement"),
    ],
)
def test_a_query_for_what_is_never_written_is_found(query: str, what: str) -> None:
    assert any(what in finding.what for finding in check_query("here", query))


@pytest.mark.parametrize(
    "query",
    [
        'SELECT last("reading") AS "stand" FROM "water_meter", "gas_meter" WHERE "site" = \'home\' GROUP BY "meter_id"',
        'SELECT sum("u") FROM (SELECT difference(last("consumption")) AS "u" FROM "electric_meter" GROUP BY time(1h))',
        FLUX.format(field="reading", tag="site"),
    ],
)
def test_a_query_for_what_is_written_passes(query: str) -> None:
    assert check_query("here", query) == []


def rules() -> dict[str, Any]:
    text = (PROVISIONING / "alerting" / "influxql" / "rules.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("uid", "", "its uid is missing"),
        ("for", "7m", "no multiple of the group's interval"),
        ("for", "soon", "no multiple of the group's interval"),
        ("noDataState", "Ok", "noDataState is Ok"),
        ("execErrState", "", "execErrState is"),
        ("condition", "Z", "its condition Z is none of its queries"),
    ],
)
def test_a_broken_rule_is_found(key: str, value: str, what: str) -> None:
    document = rules()
    document["groups"][0]["rules"][0][key] = value
    assert any(what in finding.what for finding in check_rules("rules.yaml", document, UIDS))


def test_a_rule_with_a_template_variable_or_an_unknown_datasource_is_found() -> None:
    document = rules()
    first, second = (rule["data"][0] for rule in document["groups"][0]["rules"][:2])
    first["model"]["query"] += ' WHERE "site" = ${site}'
    second["datasourceUid"] = "my-influxdb"
    document["groups"][0]["rules"][2]["data"][-1]["model"]["expression"] = "$missing > 1"
    said = {finding.what for finding in check_rules("rules.yaml", document, UIDS)}
    assert said == {
        "uses a template variable",
        "its datasource my-influxdb is not provisioned",
        "an expression uses missing, which is none of its queries",
    }


@pytest.mark.parametrize(("text", "expected"), [("5m", 300), ("1h30m", 5400), ("0m", 0), ("5", None), ("", None)])
def test_durations(text: str, expected: int | None) -> None:
    assert seconds(text) == expected


def source(**changes: Any) -> dict[str, Any]:
    made = {
        "name": "Water",
        "uid": "water",
        "type": "influxdb",
        "jsonData": {"version": "Flux"},
        "secureJsonData": {"token": "$INFLUXDB_TOKEN"},
    }
    return {"datasources": [made | changes]}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"secureJsonData": {"token": "abc123"}}, "token holds a secret itself"),
        ({"secureJsonData": {"httpHeaderValue1": "Token abc123"}}, "httpHeaderValue1 holds a secret itself"),
        ({"password": "abc123"}, "password holds a secret itself"),
        ({"uid": None}, "has no fixed uid"),
        ({"type": "prometheus"}, "is of type prometheus"),
        ({"jsonData": {}}, "does not say its language"),
    ],
)
def test_a_broken_datasource_is_found(changes: dict[str, Any], what: str) -> None:
    assert check_datasources("flux.yaml", source()) == []
    (finding,) = check_datasources("flux.yaml", source(**changes))
    assert finding.what == what
    assert "abc123" not in str(finding)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROVISIONING, tmp_path / "provisioning", ignore=shutil.ignore_patterns(".env")))


def test_the_whole_folder_is_checked(copy: Path) -> None:
    (copy / "dashboards" / "flux" / "water.json").write_text("{", encoding="utf-8")
    (copy / "dashboards" / "provider.yaml").write_text("apiVersion: 1\nproviders: [{name: x}]\n", encoding="utf-8")
    shutil.copy(copy / "dashboards" / "flux" / "gas.json", copy / "dashboards" / "flux" / "mine.json")
    (copy / "alerting" / "flux" / "rules.yaml").write_text("- 1\n", encoding="utf-8")
    said = {finding.where: finding.what for finding in check_provisioning(copy)}
    assert said["dashboards/flux/water.json"].startswith("cannot be read")
    assert said["dashboards/provider.yaml: x"] == "names no path"
    assert said["dashboards/flux/mine.json"] == "shares its uid meter-vision-flux-gas"
    assert said["alerting/flux/rules.yaml"] == "holds no mapping"


def test_the_environment_is_compared(copy: Path) -> None:
    example = copy / ".env.example"
    example.write_text(example.read_text(encoding="utf-8").replace("INFLUXDB_ORG=", "INFLUX_ORG="), encoding="utf-8")
    assert {finding.what for finding in check_environment(copy)} == {
        "INFLUXDB_ORG is missing",
        "nothing uses INFLUX_ORG",
    }


def test_an_environment_that_is_not_filled_in_is_found(copy: Path) -> None:
    shutil.copy(copy / ".env.example", copy / ".env")
    empty = {finding.what for finding in check_environment(copy)}
    assert empty == {f"{name} is empty" for name in ("INFLUXDB_PASSWORD", "INFLUXDB_ADMIN_TOKEN", "GRAFANA_PASSWORD")}
