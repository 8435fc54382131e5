"""The request: within its budget, the same whatever the meter showed, and as documented."""

from dataclasses import replace
import json
import math

import pytest

from custom_components.meter_vision.metering.models import DialDirection, Display, Register, Roll
from custom_components.meter_vision.metering.prompt import request_text, schema, system

WATER = Register(unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=5, dials=4, dial_decimals=4)
ALTERNATING = (DialDirection.COUNTERCLOCKWISE, DialDirection.CLOCKWISE) * 6
LARGEST = Register(
    unit="MWh", display=Display.DIALS, whole_digits=0, dials=12, dial_decimals=6, dial_directions=ALTERNATING
)


@pytest.mark.parametrize(
    ("register", "lines"),
    [
        (
            WATER,
            [
                "wheels: 5 drums, 5 for whole m³",
                "dials: 4 pointers, x0.1 x0.01 x0.001 x0.0001 m³; leave out test dials",
            ],
        ),
        (
            Register(unit="kWh", display=Display.DRUMS, whole_digits=6, decimals=1),
            ["wheels: 7 drums, 6 for whole kWh and 1 for decimals", "dials: none"],
        ),
        (
            Register(unit="kWh", display=Display.LCD, whole_digits=None, decimals=2),
            ["wheels: every figure of the display, 2 of them after the point (kWh)", "dials: none"],
        ),
        (
            Register(unit="kWh", display=Display.DIALS, whole_digits=0, dials=2, dial_directions=ALTERNATING[:2]),
            [
                "wheels: none",
                "dials: 2 pointers, x10 x1 kWh; leave out test dials; figures increase counterclockwise clockwise",
            ],
        ),
    ],
)
def test_layout_lines(register: Register, lines: list[str]) -> None:
    assert request_text([register]).splitlines()[1:3] == lines


@pytest.mark.parametrize("register", [WATER, LARGEST])
def test_text_stays_within_eight_hundred_tokens(register: Register) -> None:
    text = system([register]) + request_text([register]) + json.dumps(schema([register]))
    assert math.ceil(len(text.encode()) / 3) <= 800


def test_evidence_comes_before_positions_and_nothing_is_optional() -> None:
    shape = schema([WATER])
    assert list(shape["properties"]) == ["scene", "problems", "readable", "wheels", "dials"] == shape["required"]
    assert shape["additionalProperties"] is False


def test_nothing_that_is_learnt_about_the_meter_is_asked_with() -> None:
    assert request_text([replace(WATER, roll=Roll.LATE, name="night")]) == request_text([WATER])
