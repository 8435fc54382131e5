"""Plain data to a meter and back."""

from typing import Any

import pytest

from custom_components.meter_vision.metering.catalogue import CATALOGUE, hard_ceiling
from custom_components.meter_vision.metering.description import describe_meter, parse_meter
from custom_components.meter_vision.metering.errors import LayoutError
from custom_components.meter_vision.metering.models import Crop, Meter, MeterKind

REGISTER: dict[str, Any] = {
    "name": "main",
    "unit": "m³",
    "display": "drums and dials",
    "whole_digits": 5,
    "dials": 4,
    "dial_decimals": 4,
    "dial_directions": "cw cw cw cw",
}
METER: dict[str, Any] = {
    "name": "Water main",
    "kind": "water",
    "rotation": -35,
    "crop": [0.1, 0.2, 0.5, 0.25],
    "registers": [REGISTER],
}


def test_round_trip() -> None:
    meter = parse_meter(METER)
    assert meter.rotation == 325
    assert meter.crop == Crop(0.1, 0.2, 0.5, 0.25)
    assert parse_meter(describe_meter(meter)) == meter


@pytest.mark.parametrize("kind", list(MeterKind))
def test_every_default_register_can_be_described(kind: MeterKind) -> None:
    meter = Meter(name="x", kind=kind, registers=(CATALOGUE[kind].default_register,))
    assert parse_meter(describe_meter(meter)) == meter
    assert hard_ceiling(kind, meter.register) == CATALOGUE[kind].hard_ceilings[meter.register.unit]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unit": "kWh"}, "unit"),
        ({"display": "paper"}, "display"),
        ({"whole_digits": None}, "whole_digits"),
        ({"whole_digits": 2.5}, "whole_digits"),
        ({"whole_digits": True}, "whole_digits"),
        ({"whole_digits": float("inf")}, "whole_digits"),
        ({"whole_digits": 0}, "wheels"),
        ({"whole_digits": 13}, "whole_digits"),
        ({"whole_digits": 9}, "positions"),
        ({"dials": 0, "dial_decimals": 0, "dial_directions": ""}, "dials"),
        ({"dials": -1}, "dials"),
        ({"dial_decimals": 3}, "dial_decimals"),
        ({"decimals": 1}, "decimals"),
        ({"decimals": float("nan")}, "decimals"),
        ({"leak_hours": float("inf")}, "leak_hours"),
        ({"dial_directions": "cw cw"}, "dial_directions"),
        ({"dial_directions": "left cw cw cw"}, "dial_directions"),
        ({"roll": "early"}, "roll"),
        ({"multiplier": "0"}, "multiplier"),
        ({"multiplier": "ten"}, "multiplier"),
        ({"multiplier": "Infinity"}, "multiplier"),
        ({"hard_ceiling": "-1"}, "hard_ceiling"),
    ],
)
def test_register_that_no_meter_has(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(LayoutError) as error:
        parse_meter(METER | {"registers": [REGISTER | change]})
    assert error.value.placeholders == {"reason": reason}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "steam"}, "kind"),
        ({"registers": []}, "registers"),
        ({"registers": None}, "registers"),
        ({"rotation": "left"}, "rotation"),
        ({"crop": [0, 0, 1]}, "crop"),
        ({"crop": [0, 0, 1.5, 1]}, "crop"),
        ({"crop": [0.5, 0.5, 0.6, 0.2]}, "crop"),
        ({"crop": [0, 0, 0.001, 1]}, "crop"),
        ({"crop": ["a", 0, 1, 1]}, "crop"),
        ({"crop": "0 0 1 1"}, "crop"),
    ],
)
def test_meter_that_does_not_exist(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(LayoutError) as error:
        parse_meter(METER | change)
    assert error.value.placeholders == {"reason": reason}


def test_a_ceiling_counts_what_the_register_shows() -> None:
    described = REGISTER | {"multiplier": "10", "hard_ceiling": None}
    meter = parse_meter(METER | {"registers": [described]})
    assert hard_ceiling(meter.kind, meter.register) * 10 == 5
    limited = parse_meter(METER | {"registers": [described | {"hard_ceiling": "2.5"}]})
    assert str(hard_ceiling(limited.kind, limited.register)) == "2.5"
