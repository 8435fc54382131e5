"""The committed dashboards, rules and datasources: as described, whole, and within the schema of points."""

import json
from pathlib import Path
import shutil
from typing import Any

import pytest
import yaml

from scripts.dashboards.check_provisioning import check_provisioning
from scripts.dashboards.checks import panels_of
from scripts.dashboards.command import files, main
from scripts.dashboards.imports import for_import
from scripts.dashboards.kinds import KINDS
from scripts.dashboards.language import Language
from scripts.dashboards.model import Source
from scripts.dashboards.pages import DASHBOARDS
from scripts.dashboards.rules import RULES

from .conftest import PROVISIONING, dashboard

PAGES = [(language.value, page.name) for language in Language for page in DASHBOARDS]
COLOURS = {"water": "blue", "electricity": "yellow", "gas": "orange"}


def test_the_committed_files_are_what_is_described() -> None:
    assert main(["--check"]) == 0


def test_nothing_is_wrong_with_the_committed_files() -> None:
    assert check_provisioning(PROVISIONING) == []


def test_a_file_that_was_edited_or_left_over_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.dashboards.command.PROVISIONING", tmp_path)
    monkeypatch.setattr("scripts.dashboards.command.ROOT", tmp_path)
    assert main([]) == 0
    assert main(["--check"]) == 0
    (tmp_path / "dashboards" / "flux" / "water.json").write_text("{}", encoding="utf-8")
    (tmp_path / "dashboards" / "influxql" / "old.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert main(["--check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in said] == ["dashboards/flux/water.json", "dashboards/influxql/old.json"]


@pytest.mark.parametrize(("language", "page"), PAGES)
def test_what_every_page_has(language: str, page: str) -> None:
    found = dashboard(page, language)
    assert found["refresh"] == "30s"
    assert found["schemaVersion"] == 42
    assert {"site", "meter", "register"} <= {variable["name"] for variable in found["templating"]["list"]}
    for panel in panels_of(found):
        if panel["type"] != "row":
            assert len(panel["description"]) > 30, panel["title"]


def test_both_languages_show_the_same() -> None:
    for page in DASHBOARDS:
        one, other = (dashboard(page.name, language) for language in ("flux", "influxql"))
        shown = [
            [(panel["title"], panel["type"], panel["gridPos"]) for panel in panels_of(found)] for found in (one, other)
        ]
        assert shown[0] == shown[1]


@pytest.mark.parametrize("page", COLOURS)
@pytest.mark.parametrize("language", list(Language))
def test_each_kind_has_its_colour(page: str, language: str) -> None:
    for panel in panels_of(dashboard(page, language)):
        if panel["type"] in {"timeseries", "barchart", "gauge"}:
            assert panel["fieldConfig"]["defaults"]["color"]["fixedColor"] == COLOURS[page], panel["title"]


def queries(language: str) -> list[str]:
    """Return every query of a language, of dashboards and rules."""
    return [
        target["query"]
        for page in DASHBOARDS
        for panel in panels_of(dashboard(page.name, language))
        for target in panel.get("targets", ())
    ]


def test_counters_are_read_as_counters() -> None:
    """Over a day that begins with a jump `spread` loses what was used before, and sums of derivatives count twice."""
    for query in [*queries("flux"), *queries("influxql")]:
        assert "spread" not in query
        assert "derivative" not in query
        assert "non_negative" not in query
    assert any("difference(last(" in query for query in queries("influxql"))


def test_local_days_follow_the_zone() -> None:
    for query in queries("influxql"):
        assert ("time(1d)" not in query and "__to:date" not in query) or query.endswith("tz('${__timezone}')")
    for query in queries("flux"):
        local = "every: 1d" in query or "date.truncate" in query
        assert not local or "option location = timezone.location" in query


def test_datasources_are_those_the_dashboards_name() -> None:
    for language in Language:
        document = yaml.safe_load((PROVISIONING / "datasources" / f"{language.value}.yaml").read_text(encoding="utf-8"))
        found = {source["uid"]: source["name"] for source in document["datasources"]}
        expected = [source for source in Source if source is not Source.CHOSEN]
        assert found == {language.uid(source.value): language.datasource_name(source) for source in expected}


def test_the_quality_page_offers_each_kind() -> None:
    (variable, *_) = dashboard("quality", "flux")["templating"]["list"]
    assert variable["type"] == "datasource"
    for kind in KINDS:
        assert kind.name in variable["regex"]


def test_importable_dashboards_ask_for_what_they_need(tmp_path: Path) -> None:
    assert main(["--for-import", str(tmp_path)]) == 0
    assert len(list(tmp_path.glob("*/*.json"))) == len(PAGES)
    made: dict[str, Any] = json.loads((tmp_path / "flux" / "water.json").read_text(encoding="utf-8"))
    assert {given["name"] for given in made["__inputs"]} == {"DS_WATER", "DS_DAILY", "DS_COSTS"}
    text = json.dumps(made)
    assert "meter-vision-flux-daily" not in text
    assert made["uid"] == "meter-vision-flux-water"
    assert "${DS_DAILY}" in text


def test_the_quality_page_can_be_imported() -> None:
    made = for_import(dashboard("quality", "influxql"))
    assert made["templating"]["list"][0]["query"] == "influxdb"
    assert {given["name"] for given in made["__inputs"]} == {"DS_COSTS"}


def test_everything_built_is_committed() -> None:
    made = {path for path, _ in files(PROVISIONING)}
    assert len(made) == len(PAGES) + len(Language)
    assert all(path.is_file() for path in made)


def test_environment_files_stay_out_of_the_repository() -> None:
    assert shutil.which("git")
    ignored = (PROVISIONING.parent / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert ".env" in ignored


def test_the_page_of_the_documentation_counts_right() -> None:
    text = (PROVISIONING.parent / "docs" / "grafana.md").read_text(encoding="utf-8")
    assert (len(DASHBOARDS), len(RULES)) == (6, 10)
    assert "Six pages and ten alert rules" in text
    for rule in RULES:
        kind, _, title = rule.title.partition(": ")
        assert f"| {rule.title} |" in text or (
            kind in {"Water", "Electricity", "Gas"} and f"| {title} (each kind)" in text
        )
