"""The demo's checks over facts that a real run has left: they pass, and each alteration makes them fail."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
import json
from pathlib import Path
from typing import Any

import pytest

from tests.live.__main__ import TRUTHS
from tests.live.altered import altered_setups, self_tests
from tests.live.checks import check_all
from tests.live.demo import Simulator, household_setups
from tests.live.facts import complaints

_RECORDED = json.loads((Path(__file__).parent / "live" / "facts_recorded.json").read_text(encoding="utf-8"))


@pytest.fixture
def facts() -> dict[str, Any]:
    return deepcopy(_RECORDED)


def test_a_good_run_passes(facts: dict[str, Any]) -> None:
    assert [str(result) for result in check_all(facts, TRUTHS) if not result.passed] == []


def test_every_alteration_is_noticed(facts: dict[str, Any]) -> None:
    results = list(self_tests(facts, TRUTHS))
    assert len(results) == 17
    assert [str(result) for result in results if not result.passed] == []


def _failing(facts: dict[str, Any]) -> set[str]:
    return {result.check for result in check_all(facts, TRUTHS) if not result.passed}


def _off_by(facts: dict[str, Any], least_digits: int) -> None:
    state = facts["meters"]["Gas"]["states"]["consumption"]
    state["state"] = str(Decimal(state["state"]) + least_digits * TRUTHS["Gas"].least)


def _sum_off(facts: dict[str, Any]) -> None:
    facts["meters"]["Water main"]["hours"][-1]["sum"] += 0.0003


def _too_few_hours(facts: dict[str, Any]) -> None:
    del facts["meters"]["Electricity"]["hours"][1:]


def _unreadable_once(facts: dict[str, Any]) -> None:
    facts["meters"]["Electricity"]["status"].insert(1, {"state": "unreadable", "written": facts["now"]})


def _stale(facts: dict[str, Any]) -> None:
    facts["now"] = "2026-11-24T12:00:00+00:00"


def _issue(facts: dict[str, Any]) -> None:
    found = {"type": "entity_unexpected_unit_gas", "affected_entities": [], "translation_placeholders": None}
    facts["energy"]["validation"]["energy_sources"][2].append(found)


@pytest.mark.parametrize(
    ("alter", "noticed_by"),
    [
        (lambda facts: _off_by(facts, 1), set()),
        (lambda facts: _off_by(facts, 2), {"Gas: reading"}),
        (_sum_off, {"Water main: hourly statistics"}),
        (_too_few_hours, {"Electricity: hourly statistics"}),
        (_unreadable_once, {"Electricity: status"}),
        (_stale, {"Water main: reading", "Electricity: reading", "Gas: reading"}),
        (_issue, {"Energy validation"}),
    ],
)
def test_what_is_noticed_and_by_which_check(facts: dict[str, Any], alter: Any, noticed_by: set[str]) -> None:
    alter(facts)
    assert _failing(facts) == noticed_by


def test_meters_that_are_set_up_wrongly_differ_in_one_thing_each() -> None:
    setups = household_setups(Simulator(cameras="http://127.0.0.1:1", api="http://127.0.0.1:2"))
    changed = [altered.setup for altered in altered_setups(setups)]
    assert [setup.rotation for setup in changed] == [0, 180, 7]
    assert [setup.register["unit"] for setup in changed] == ["m³", "m³", "MWh"]
    assert changed[0].crop != setups[2].crop


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("2026-11-23 07:00:00.000+00:00 ERROR (MainThread) [custom_components.meter_vision] Error fetching", True),
        ("2026-11-23 07:00:00.000+00:00 WARNING (SyncWorker_0) [custom_components.meter_vision.capture] late", True),
        ('  File "config/custom_components/meter_vision/sensor.py", line 3, in native_value', True),
        ("2026-11-23 07:00:00.000+00:00 INFO (MainThread) [custom_components.meter_vision] Fetching recovered", False),
        ("2026-11-23 07:00:00.000+00:00 WARNING (SyncWorker_0) [homeassistant.loader] We found meter_vision", False),
    ],
)
def test_complaints_of_a_log(line: str, *, counts: bool) -> None:
    assert complaints(f"first\n{line}\nlast") == ([line] if counts else [])
