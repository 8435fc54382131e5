"""What a described meter answers, how it differs from a stored one, and which value it begins with."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
import sys
from typing import Any

import pytest
import yaml

from custom_components.meter_vision.metering.description import describe_register, parse_meter
from scripts.applying.answers import NoSecretError, answers, register_answers
from scripts.applying.compare import differences
from scripts.applying.export import export
from scripts.applying.stored import StoredMeter
from scripts.applying.tariffs import tariff_answers
from scripts.applying.values import NoValueError, Values
from scripts.meters_file.load import described, load_meters
from tests.repository import ROOT

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
METER: dict[str, Any] = {
    "name": "Water",
    "kind": "water",
    "camera": {"url": "http://192.0.2.7/a.jpg", "username": "me", "password_env": "SECRET"},
    "light": {"entity": "light.cellar", "warm_up": 3},
    "rotation": 90,
    "crop": [0.25, 0.5, 0.5, 0.25],
    "registers": [{"name": "main", "unit": "m³", "display": "drums and dials", "whole_digits": 5, "dials": 4,
                   "dial_decimals": 4, "initial": {"value": "100.0000", "time": "2026-11-26T11:00:00+00:00"}}],
    "reader": {"model": "claude-haiku-5-5"},
    "interval": {"normal": "00:30:00"},
    "quiet_hours": ["23:00", "05:00"],
}  # fmt: skip


def stored(**changes: Any) -> dict[str, Any]:
    """Return the same meter as the integration stores it and diagnostics and dialog tell it."""
    meter = parse_meter(METER)
    return {
        **METER,
        "camera": {"url": "http://192.0.2.7/a.jpg", "username": "me", "verify_ssl": True},
        "registers": [
            {**describe_register(register), "initial": {"value": "1", "time": "x"}} for register in meter.registers
        ],
        "interval": {"normal": 1800},
        "quiet_hours": ["23:00:00", "05:00:00"],
        **changes,
    }


def test_answers() -> None:
    said = answers(described(METER), {"SECRET": "hunter2"})
    expected = {
        "name": "Water", "kind": "water", "camera": None, "url": "http://192.0.2.7/a.jpg",
        "username": "me", "password": "hunter2", "light": "light.cellar", "warm_up": 3, "rotation": 90,
        "left": 25, "top": 50, "width": 50, "height": 25, "interval": 30, "quiet_from": "23:00:00",
        "quiet_until": "05:00:00", "model": "claude-haiku-5-5", "energy": False,
    }  # fmt: skip
    assert expected.items() <= said.items()


def test_answers_about_a_register_are_those_that_its_display_shows() -> None:
    said = register_answers(described(METER), 0)
    assert (said["display"], said["whole_digits"], said["dials"]) == ("drums_and_dials", 5, 4)
    assert said["decimals"] is said["dial_decimals"] is None
    assert said["another"] is False


def test_a_secret_that_is_not_set_is_named() -> None:
    with pytest.raises(NoSecretError, match="SECRET is not set"):
        answers(described(METER), {})


def test_nothing_differs() -> None:
    assert differences(described(METER), stored(), {}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "gas"}, "kind: gas -> water"),
        ({"rotation": 0}, "rotation: 0.0 -> 90.0"),
        ({"crop": None}, "crop: none -> 0.25 0.5 0.5 0.25"),
        ({"light": None}, "light: none -> light.cellar 3.0"),
        ({"interval": {"normal": 900}}, "interval: 0:15:00 -> 0:30:00"),
        ({"quiet_hours": None}, "quiet_hours: none -> 23:00 05:00"),
        ({"reader": {}}, "reader.model: none -> claude-haiku-5-5"),
        ({"camera": {"entity_id": "camera.a"}}, "camera.url: camera.a -> http://192.0.2.7/a.jpg"),
    ],
)
def test_what_differs(changes: dict[str, Any], expected: str) -> None:
    found = [str(difference) for difference in differences(described(METER), stored(**changes), {})]
    assert expected in found


def test_registers_differ_by_name_and_number() -> None:
    changed = stored()
    changed["registers"][0]["whole_digits"] = 6
    assert [str(found) for found in differences(described(METER), changed, {})] == [
        "registers.main.whole_digits: 6 -> 5"
    ]
    two = deepcopy(METER)
    two["registers"].append({**two["registers"][0], "name": "second"})
    assert [str(found) for found in differences(described(two), stored(), {})] == ["registers: 1 -> 2"]


def test_a_host_is_compared_by_name_only() -> None:
    by_host = described({**METER, "camera": {"preset": "thingino", "host": "192.0.2.7", "username": "me"}})
    assert differences(by_host, stored(), {}) == []
    other = described({**METER, "camera": {"preset": "thingino", "host": "192.0.2.8", "username": "me"}})
    assert [found.what for found in differences(other, stored(), {})] == ["camera.host"]


def test_the_fractions_of_the_box_may_be_rounded() -> None:
    assert differences(described(METER), stored(crop=[0.2501, 0.4999, 0.5, 0.25]), {}) == []


def test_an_export_makes_the_same_meters_again(tmp_path: Path) -> None:
    """For every example, as the dialog would have stored it."""
    for example in sorted((ROOT / "docs" / "examples").glob("*.yaml")):
        kept = []
        for meter in load_meters(example):
            data = {**meter.data, "rotation": meter.meter.rotation}
            data["registers"] = [describe_register(register) for register in meter.meter.registers]
            camera = meter.data["camera"]
            data["camera"] = (
                {"entity_id": camera} if isinstance(camera, str) else {"url": "http://h/a", "username": "u"}
            )
            data["interval"] = {"normal": 900}
            kept.append(StoredMeter("id", meter.name, data))
        path = tmp_path / example.name
        path.write_text(export(kept), encoding="utf-8")
        environment = {f"METER_{meter.name.upper().replace(' ', '_')}_PASSWORD": "x" for meter in kept}
        for again, before in zip(load_meters(path), kept, strict=True):
            assert differences(again, before.data, environment) == []
        assert "password:" not in path.read_text(encoding="utf-8")


def test_an_export_keeps_first_readings() -> None:
    text = export([StoredMeter("id", "Water", stored(registers=[{**METER["registers"][0]}]))])
    assert yaml.safe_load(text)["meters"][0]["registers"][0]["initial"] == METER["registers"][0]["initial"]


def values(*, trusted: bool = False, **given: str) -> Values:
    return Values(given=given, trusted=trusted, now=lambda: NOW)


def with_initial(initial: dict[str, str] | None) -> Any:
    return described({**METER, "registers": [{**METER["registers"][0], "initial": initial}]})


@pytest.mark.parametrize(
    ("seen", "expected"),
    [("100.5000", "100.5000"), ("100.0000", "100.0000"), ("105.0000", "105.0000")],
)
def test_a_reading_that_follows_from_the_files_value_is_taken(seen: str, expected: str) -> None:
    assert values().choose(described(METER), 0, seen) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("99.0000", "the picture shows 99.0000, which does not follow from the file's 100.0000"),
        ("900.0000", "the picture shows 900.0000, which does not follow"),
        ("0010?.?", "the picture cannot be read, and the file's value is not of now"),
        (None, "the picture cannot be read"),
    ],
)
def test_any_other_is_left_to_a_person(seen: str | None, expected: str) -> None:
    with pytest.raises(NoValueError, match=expected) as caught:
        values().choose(described(METER), 0, seen)
    assert "--value 'Water/main=...'" in str(caught.value)
    assert values(Water="101").choose(described(METER), 0, seen) == "101"
    assert values(**{"Water/main": "102"}).choose(described(METER), 0, seen) == "102"


def test_time_that_passes_while_other_meters_are_read_counts() -> None:
    """The picture of the last meter of a long file is minutes younger than the command."""
    times = iter([NOW, NOW + timedelta(minutes=2)])
    read = Values(given={}, now=lambda: next(times))
    just_now = with_initial({"value": "100", "time": NOW.isoformat()})
    with pytest.raises(NoValueError, match="does not follow"):
        read.choose(just_now, 0, "100.0900")
    assert read.choose(just_now, 0, "100.0900") == "100.0900"


def test_the_files_value_holds_for_half_an_hour_where_the_picture_says_nothing() -> None:
    fresh = with_initial({"value": "100", "time": (NOW - timedelta(minutes=20)).isoformat()})
    assert values().choose(fresh, 0, None) == "100.0000"


def test_what_nobody_has_confirmed_is_taken_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO())
    with pytest.raises(NoValueError, match="which nobody has confirmed"):
        values().choose(with_initial(None), 0, "100.0000")
    assert values(trusted=True).choose(with_initial(None), 0, "100.0000") == "100.0000"


PRICES = {"currency": "EUR", "price": "4.35", "standing_charge_per_day": "0.21"}


def tariff(data: dict[str, Any] | None) -> Any:
    return parse_meter({**METER, "registers": [{**METER["registers"][0], "tariff": data}]}).registers[0]


def test_a_tariff_is_one_pass_through_the_dialog() -> None:
    (said,) = tariff_answers(tariff(PRICES), None)
    assert said == {
        "register": "main", "currency": "EUR", "billing_day": 1, "price": "4.35", "standing_charge_per_day": "0.21",
        "standing_charge_per_month": None, "from": None, "bands": None, "tiers": None,
    }  # fmt: skip
    assert list(tariff_answers(tariff(PRICES), PRICES)) == []


def test_each_date_of_a_tariff_is_a_pass_and_what_is_known_is_none() -> None:
    versions = [{"price": "4"}, {"from": "2026-07-01", "price": "5", "standing_charge_per_month": "3"}]
    wanted = tariff({"currency": "EUR", "versions": versions})
    assert [said["from"] for said in tariff_answers(wanted, None)] == [None, "2026-07-01"]
    (said,) = tariff_answers(wanted, {"currency": "EUR", "price": "4"})
    assert (said["from"], said["standing_charge_per_month"]) == ("2026-07-01", "3")
    both = tariff({**PRICES, "standing_charge_per_month": "3"})
    (said,) = tariff_answers(both, PRICES)
    assert (said["standing_charge_per_day"], said["standing_charge_per_month"]) == ("0.21", "3")


def test_a_date_that_the_file_does_not_name_goes_with_the_whole_tariff() -> None:
    known = {"currency": "EUR", "versions": [{"price": "4"}, {"from": "2026-07-01", "price": "5"}]}
    cleared, said = tariff_answers(tariff(PRICES), known)
    assert cleared["price"] is cleared["bands"] is None
    assert said["price"] == "4.35"
    (cleared,) = tariff_answers(tariff(None), known)
    assert cleared["price"] is None


def test_bands_are_written_as_the_form_has_them() -> None:
    bands = [{"price": "0.2", "from": "22:00", "to": "24:00", "days": "weekend"}, {"price": "0.1", "to": "06:00"}]
    (said,) = tariff_answers(tariff({"currency": "EUR", "price": "0.3", "bands": bands}), None)
    assert said["bands"] == [
        {"price": "0.2", "from": "22:00:00", "days": ["sat", "sun"]},
        {"price": "0.1", "to": "06:00:00"},
    ]


def test_what_the_dialog_may_not_know_is_named() -> None:
    more = {**METER, "interval": {"normal": "00:30:00", "shortest": "00:05:00"}}
    (found,) = differences(described(more), stored(), {})
    assert (found.what, found.field) == ("interval.shortest", "shortest")
    backwards = deepcopy(METER)
    backwards["registers"][0]["runs_backwards"] = True
    (found,) = differences(described(backwards), stored(), {})
    assert (found.what, found.field) == ("registers.main.runs_backwards", "runs_backwards")
