"""What an answer about an unknown meter becomes: scored on recorded answers, and broken on purpose."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.meter_vision.metering.description import describe_meter, parse_meter
from custom_components.meter_vision.metering.errors import AnswerError
from custom_components.meter_vision.metering.models import Crop, MeterKind, Register
from custom_components.meter_vision.metering.proposal import parse_proposal, parse_proposal_text, upright_box
from custom_components.meter_vision.metering.proposal_prompt import SYSTEM, request_text, schema
from tests.simulator.messages.schema_rules import check_schema

_FIXTURES = Path(__file__).parents[1] / "fixtures"
_RECORDED: dict[str, Any] = json.loads((_FIXTURES / "recorded_proposals.json").read_text(encoding="utf-8"))
_TRUTH = list(csv.DictReader((_FIXTURES / "recorded_truth.csv").read_text(encoding="utf-8").splitlines()))
# The answers were given before some fields were asked for; none of these pictures shows a second register.
_SINCE: dict[str, Any] = {"scene": "", "name": "main", "leading_zeros": False, "other_registers": []}

DRUMS: dict[str, Any] = {
    **_SINCE,
    "problems": ["glare"],
    "meter": True,
    "kind": "water",
    "unit": "m³",
    "display": "drums and dials",
    "whole_digits": 5,
    "decimals": 0,
    "dials": 4,
    "multiplier": 1,
    "rotation": 0,
    "box": [0.2, 0.3, 0.6, 0.2],
    "advice": "",
}


def layout_of(register: Register) -> tuple[Any, ...]:
    return (
        register.display.value,
        register.whole_digits,
        register.decimals,
        register.dials,
        register.dial_decimals,
        register.unit,
        register.multiplier,
    )


def true_layout(row: dict[str, str]) -> tuple[Any, ...]:
    hundred = row["unit"] == "100 cu ft"
    return (
        row["display"],
        int(row["whole_digits"]) if row["whole_digits"] else None,
        int(row["decimals"]),
        int(row["dials"]),
        int(row["dial_decimals"]),
        "ft³" if hundred else row["unit"].replace("m3", "m³"),
        100 if hundred else 1,
    )


def test_recorded_proposals_become_the_layouts_of_their_owners() -> None:
    readable = [row for row in _TRUTH if row["low"]]
    kinds, layouts = 0, 0
    for row in readable:
        recorded = _RECORDED[row["file"]]
        meter = parse_proposal(recorded["answer"] | _SINCE, aspect=recorded["aspect"]).meter
        if meter is None:
            continue
        assert parse_meter(describe_meter(meter)) == meter
        assert meter.crop is not None, row["file"]
        kinds += meter.kind.value == row["kind"]
        layouts += layout_of(meter.register) == true_layout(row)
    assert len(readable) == 55
    assert (kinds, layouts) == (55, 51)


def test_what_is_no_meter_is_not_proposed() -> None:
    for file in ("d26.jpg", "d43.jpg", "d45.jpg"):
        proposal = parse_proposal(_RECORDED[file]["answer"] | _SINCE, aspect=1.0)
        assert proposal.meter is None
        assert proposal.advice


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (0, [0.3, 0.4, 0.2, 0.1]),
        # A picture twice as wide as high, turned clockwise: what was its lower edge becomes the left one.
        (90, [0.5, 0.3, 0.1, 0.2]),
        (180, [0.5, 0.5, 0.2, 0.1]),
        (270, [0.4, 0.5, 0.1, 0.2]),
    ],
)
def test_boxes_turn_with_the_picture(rotation: float, expected: list[float]) -> None:
    found = upright_box(Crop(0.3, 0.4, 0.2, 0.1), rotation=rotation, aspect=2.0)
    assert found == pytest.approx(expected, abs=0.03)


def test_box_around_a_slightly_turned_register_is_not_widened_twice() -> None:
    # 0.5 x 0.1 of a square picture, turned by ten degrees, lies in 0.5098 x 0.1853.
    lying = Crop(0.5 - 0.5098 / 2, 0.5 - 0.1853 / 2, 0.5098, 0.1853)
    found = upright_box(lying, rotation=10, aspect=1.0)
    assert found is not None
    upright_side = 1.158
    assert (found[2] * upright_side, found[3] * upright_side) == pytest.approx((0.52, 0.12), abs=0.002)
    wide = upright_box(lying, rotation=45, aspect=1.0)
    assert wide is not None
    assert wide[2] == wide[3]
    # Drawn by eye: nothing that is turned that far fits into so flat a box.
    flat = upright_box(Crop(0.2, 0.4, 0.5, 0.1), rotation=20, aspect=1.0)
    assert flat is not None
    assert flat[2] > flat[3] > 0.1


def meter_of(**changes: Any) -> Any:
    return parse_proposal({**DRUMS, **changes}, aspect=1.5).meter


def test_display_of_its_own() -> None:
    assert meter_of(display="lcd", dials=0, leading_zeros=True, decimals=3).register.whole_digits == 5
    assert meter_of(display="lcd", dials=0, decimals=3).register.whole_digits is None
    dials = meter_of(display="dials", whole_digits=0, decimals=1).register
    assert (dials.whole_digits, dials.decimals, dials.dials, dials.dial_decimals) == (0, 0, 4, 1)


@pytest.mark.parametrize(
    ("kind", "printed", "unit"),
    [
        ("electricity", "kW·h", "kWh"),
        ("water", "CU. FT.", "ft³"),
        ("gas", "100 cu ft", "CCF"),
        ("gas", "?", "m³"),
        ("water", "kWh", "m³"),
    ],
)
def test_units_as_they_are_printed(kind: str, printed: str, unit: str) -> None:
    proposal = parse_proposal({**DRUMS, "kind": kind, "unit": printed}, aspect=1.0)
    assert proposal.meter is not None
    assert proposal.meter.register.unit == unit


def test_further_registers() -> None:
    night = {"name": "night", "whole_digits": 6, "decimals": 1}
    day = {**DRUMS, "kind": "electricity", "unit": "kWh", "display": "drums", "dials": 0, "name": "day"}
    meter = parse_proposal({**day, "other_registers": [night, {**night, "name": "day"}]}, aspect=1.0).meter
    assert meter is not None
    assert [(register.name, register.unit) for register in meter.registers] == [("day", "kWh"), ("night", "kWh")]
    alone = parse_proposal({**day, "other_registers": [{**night, "whole_digits": 0, "decimals": 0}]}, aspect=1.0).meter
    assert alone is not None
    assert [register.name for register in alone.registers] == ["day"]


def test_nothing_is_trusted() -> None:
    assert meter_of(kind="other") is None
    assert meter_of(whole_digits=99) is None
    assert meter_of(box=[0.2, 0.3, 0.001, 0.001]).crop is None
    assert meter_of(box=[0, 0, 0, 0]).crop is None
    outside = meter_of(box=[0.5, 0.5, 9, 9]).crop
    assert (outside.x + outside.width, outside.y + outside.height) == (1, 1)
    assert meter_of(multiplier=-3).register.multiplier == 1
    assert meter_of(multiplier=1e-7).register.multiplier == 1
    assert meter_of(multiplier=0.1).register.multiplier.as_tuple() == (0, (1,), -1)
    assert (meter_of(rotation=-2).rotation, meter_of(rotation=359).rotation, meter_of(rotation=7.4).rotation) == (
        0,
        0,
        7,
    )
    spoken = parse_proposal({**DRUMS, "advice": "More\n\n light " + "x" * 999, "problems": ["glare", "?"]}, aspect=1.0)
    assert spoken.advice.startswith("More light x")
    assert len(spoken.advice) == 300
    assert spoken.problems == ("glare",)


@pytest.mark.parametrize(
    "broken",
    [
        {"meter": "yes"},
        {"kind": "heat"},
        {"unit": None},
        {"display": "screen"},
        {"whole_digits": 1.5},
        {"dials": True},
        {"rotation": float("inf")},
        {"box": [0, 0, 1]},
        {"box": [0, 0, 1, "1"]},
        {"box": None},
        {"other_registers": 0},
        {"other_registers": ["night"]},
        {"advice": 3},
    ],
)
def test_answer_that_breaks_the_schema(broken: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        parse_proposal({**DRUMS, **broken}, aspect=1.0)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_text_that_is_no_answer(text: str) -> None:
    with pytest.raises(AnswerError):
        parse_proposal_text(text, aspect=1.0)


def test_request_is_one_the_service_takes() -> None:
    check_schema(schema())
    assert list(schema()["properties"])[:2] == ["scene", "problems"]
    assert set(schema()["properties"]["kind"]["enum"]) == {*MeterKind, "other"}
    assert "de" in request_text("de")
    # No figures of any meter: what a model is shown as an example it finds again.
    assert not [word for word in SYSTEM.split() if word.strip(".,").isdigit() and len(word.strip(".,")) > 3]
