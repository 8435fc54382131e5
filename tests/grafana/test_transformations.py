"""What Grafana's own library makes of the answers: scripts/try_transformations fetches it."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.repository import ROOT

from .conftest import dashboard
from .viewer import Viewer, named

LIBRARY = ROOT / ".cache" / "grafana-data"
LANGUAGES = ("influxql", "flux")
type Column = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not (LIBRARY / "node_modules" / "@grafana" / "data").is_dir(),
    reason="Grafana's library is not here: scripts/try_transformations",
)


def frames(viewer: Viewer, language: str, page: str, title: str) -> list[dict[str, Any]]:
    """Return the answers of a panel as Grafana's backend hands them on; those of Flux hold the same numbers."""
    made: list[dict[str, Any]] = []
    for target, statement in viewer.statements(dashboard(page), title):
        series = viewer.ask(viewer.bucket(target["datasource"]), statement)
        if target["resultFormat"] == "table":
            made += _table(series, target["refId"], "Time" if language == "influxql" else "_time")
            continue
        for found in series:
            times, values = zip(*found["values"], strict=True)
            name = named(target["alias"], found.get("tags", {}))
            value: dict[str, Any] = {"name": "_value", "labels": {"series": name}, "config": {}}
            if language == "influxql":
                value = {"name": "Value", "labels": found.get("tags", {}), "config": {"displayNameFromDS": name}}
            fields = [{"name": "Time", "type": "time", "values": times}, {**value, "type": "number", "values": values}]
            made.append({"refId": target["refId"], "name": name if language == "influxql" else "", "fields": fields})
    return made


def _table(series: list[dict[str, Any]], ref: str, time: str) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {}
    for found in series:
        for row in found["values"]:
            said = {time: row[0], **found.get("tags", {}), **dict(zip(found["columns"][1:], row[1:], strict=True))}
            for name, value in said.items():
                columns.setdefault(name, []).append(value)
    kinds = {True: "number", False: "string"}
    fields = [
        {
            "name": name,
            "type": "time" if name == time else kinds[any(isinstance(value, int | float) for value in values)],
            "values": values,
        }
        for name, values in columns.items()
    ]
    return [{"refId": ref, "fields": fields}]


def shown(viewer: Viewer, language: str, page: str, title: str) -> list[Column]:
    """Return the columns that a panel draws in the end."""
    (panel,) = [panel for panel in dashboard(page, language)["panels"] if panel["title"] == title]
    asked = json.dumps([{"panel": panel, "frames": frames(viewer, language, page, title)}])
    command = ["node", str(ROOT / "tests" / "grafana" / "grafana_data.cjs"), str(LIBRARY)]
    environment = {**os.environ, "TZ": "Europe/Berlin"}
    ended = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, env=environment)  # noqa: S603
    (columns,) = json.loads(ended.stdout)["panels"]
    assert isinstance(columns, list)
    return columns


def by_name(columns: list[Column]) -> dict[str, list[Any]]:
    return {column["name"]: column["values"] for column in columns}


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_years_lie_over_each_other(viewer: Viewer, language: str) -> None:
    assert by_name(shown(viewer, language, "electricity", "Year over year")) == {
        "Time": ["Dec", "Oct", "Nov"],
        "Last 12 months (kWh)": [320, 425, 17],
        "The 12 before (kWh)": [None, 280, 410],
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_months_lie_over_each_other(viewer: Viewer, language: str) -> None:
    columns = by_name(shown(viewer, language, "electricity", "This month against last month"))
    assert columns["Time"] == ["01", "02", *map(str, range(24, 32))]
    assert columns["This month (kWh)"][:3] == [pytest.approx(11.027), pytest.approx(16.778), None]
    assert columns["Last month (kWh)"][2:4] == [pytest.approx(0.322), pytest.approx(18.27)]


def test_the_hours_become_rows_and_the_days_columns(viewer: Viewer) -> None:
    """In Flux the query itself makes this table."""
    columns = by_name(shown(viewer, "influxql", "electricity", "Hour of the day"))
    assert columns["Hour"] == [f"{hour:02}" for hour in range(24)]
    assert columns["2026-10-25"][12] == 6
    assert columns["2026-10-25"][23] == 12
    assert columns["2026-11-02"][11:14] == [6, 0, None], "the day goes on"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_meters_stand_in_one_table(viewer: Viewer, language: str) -> None:
    columns = shown(viewer, language, "overview", "Newest readings")
    assert [column["name"] for column in columns] == ["Meter", "Register", "Reading", "Unit", "Last reading"]
    assert by_name(columns)["Meter"] == ["cold-water", "house", "house", "boiler"]
    assert columns[-1]["unit"] == "dateTimeFromNow"


@pytest.mark.parametrize("language", LANGUAGES)
def test_verdicts_have_their_colours_and_names(viewer: Viewer, language: str) -> None:
    columns = shown(viewer, language, "quality", "Verdicts by day")
    colours = {column["name"]: column["colour"] for column in columns if column["type"] == "number"}
    assert colours == {"accepted": "green", "held": "yellow", "rejected": "red", "unreadable": "text"}
    assert {column["name"] for column in columns if column["type"] == "time"} == {"Time"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_series_bring_their_unit(viewer: Viewer, language: str) -> None:
    gas = shown(viewer, language, "gas", "Use by day")
    assert [(column["name"], column["unit"]) for column in gas[1:]] == [("boiler main (kWh)", "kwatth")]
    money = shown(viewer, language, "costs", "Price of one unit")
    assert {column["unit"] for column in money if column["type"] == "number"} == {"suffix:EUR"}
