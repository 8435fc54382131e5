"""The alert rules: what they ask is there, and the values they compare are the right ones."""

from typing import Any

import pytest
import yaml

from custom_components.meter_vision.export.schema import Bucket

from .conftest import PROVISIONING
from .golden import NOW
from .viewer import BUCKETS, Viewer


def rules(language: str) -> dict[str, dict[str, Any]]:
    text = (PROVISIONING / "alerting" / language / "rules.yaml").read_text(encoding="utf-8")
    (group,) = yaml.safe_load(text)["groups"]
    return {rule["uid"].removeprefix(f"meter-vision-{language}-"): rule for rule in group["rules"]}


def newest(viewer: Viewer, name: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Return what a rule compares: the newest value of each query, by the tags of its series."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for query in rules("influxql")[name]["data"]:
        if query["datasourceUid"] == "__expr__":
            continue
        since, until = (int((NOW.timestamp() - query["relativeTimeRange"][side]) * 1000) for side in ("from", "to"))
        statement = query["model"]["query"].replace("$timeFilter", f"time >= {since}ms and time <= {until}ms")
        bucket: Bucket = BUCKETS[query["datasourceUid"].rpartition("-")[2]]
        found[query["refId"]] = {
            tuple(series.get("tags", {}).values()): series["values"][-1][1] for series in viewer.ask(bucket, statement)
        }
    return found


def test_every_alert_that_is_promised_is_there() -> None:
    for language in ("flux", "influxql"):
        assert set(rules(language)) == {
            "leak",
            *(f"{what}-{kind}" for what in ("spike", "silent") for kind in ("water", "electricity", "gas")),
            "backlog",
            "api-budget",
            "cost-budget",
        }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The lowest flow within a day, and how many readings there were.
        ("leak", {"A": {("cold-water", "main", "m³"): 0.021}, "B": {("cold-water", "main", "m³"): 2}}),
        # Today so far; the mean of the nine days before it: 0.022 + 1.479 + 4 x 0.15 + 0.162 + 1.242 + 0.505.
        ("spike-water", {"A": {("cold-water", "main", "m³"): 0.49}, "B": {("cold-water", "main", "m³"): 4.01 / 9}}),
        # One reading since nine o'clock, for windows begin at 0, 3, 6 and 9 UTC.
        ("silent-water", {"A": {("cold-water", "main", "m³"): 1}}),
        ("backlog", {"A": {("home",): 900}}),
        ("api-budget", {"A": {("home",): 3.5}, "B": {("home",): 4}}),
        # 87 + 12 + 30 + 70.
        ("cost-budget", {"A": {("home",): 199}, "B": {("home",): 80}}),
    ],
)
def test_what_a_rule_compares(viewer: Viewer, name: str, expected: dict[str, dict[tuple[str, ...], float]]) -> None:
    found = newest(viewer, name)
    assert found.keys() == expected.keys()
    for ref, values in expected.items():
        assert found[ref] == pytest.approx(values)


def test_a_silent_meter_counts_nothing(viewer: Viewer) -> None:
    """Nothing was read of the day register from the 27th to the 29th."""
    query = rules("influxql")["silent-electricity"]["data"][0]["model"]["query"]
    end = int(NOW.replace(month=10, day=29).timestamp() * 1000)
    statement = query.replace("$timeFilter", f"time >= {end - 7 * 86_400_000}ms and time <= {end}ms")
    counts = {
        series["tags"]["register"]: series["values"][-1][1] for series in viewer.ask(Bucket.ELECTRICITY, statement)
    }
    assert counts == {"day": 0, "night": 0}


def test_conditions_name_the_newest_values() -> None:
    for language in ("flux", "influxql"):
        for rule in rules(language).values():
            *_, condition = rule["data"]
            assert condition["refId"] == rule["condition"]
            assert "${newest_A}" in condition["model"]["expression"]
            assert rule["execErrState"] == "KeepLast"
