"""Readings with one position left out, so that what follows it moved up, or with one taken for another."""

from decimal import Decimal

import pytest

from custom_components.meter_vision.metering.misread_figures import left_out, one_taken_for_another
from custom_components.meter_vision.metering.models import Display, Register

from .test_judge import GAS, WATER

CALCULATOR = Register(unit="kWh", display=Display.LCD, whole_digits=6, decimals=1)


@pytest.mark.parametrize(
    ("register", "seen", "start", "most", "expected"),
    [
        # 02909.376 without its fifth figure, the last one once more.
        (GAS, "2903.766", "2909.188", "1.5", True),
        # The last drum was about to turn, and a place further up it is taken for the next figure.
        (GAS, "2903.776", "2909.188", "1.5", True),
        (GAS, "2903.764", "2909.188", "1.5", False),
        # What it would be made of is further than the meter can have come.
        (GAS, "2903.766", "2909.188", "0.1", False),
        # 194.6259 without its first drum: the first dial's figure follows the last.
        (WATER, "946.6259", "194.6250", "0.1", True),
        # That figure stands there at rest: with the dial past its half the drum has nearly got to it.
        (WATER, "945.6259", "194.6250", "0.1", True),
        (WATER, "944.6259", "194.6250", "0.1", False),
        (WATER, "947.6259", "194.6250", "0.1", False),
        (WATER, "943.4259", "194.4250", "0.1", False),
        (CALCULATOR, "4196.6", "4192.0", "1", True),
        (CALCULATOR, "4197.6", "4192.0", "1", False),
    ],
)
def test_one_position_left_out(register: Register, seen: str, start: str, most: str, expected: bool) -> None:  # noqa: FBT001
    assert left_out(Decimal(seen), Decimal(start), Decimal(most), register) is expected


@pytest.mark.parametrize(
    ("register", "seen", "value", "expected"),
    [
        (GAS, "2908.376", "2909.376", True),
        (GAS, "2909.076", "2909.376", True),
        (GAS, "12909.376", "2909.376", True),
        (GAS, "2909.376", "2909.376", False),
        (GAS, "2908.386", "2909.376", False),
        (GAS, "2910.376", "2909.376", False),
        (WATER, "194.6259", "194.6359", True),
        (WATER, "194.6259", "195.6359", False),
        (CALCULATOR, "4196.6", "4198.6", True),
    ],
)
def test_one_figure_taken_for_another(register: Register, seen: str, value: str, expected: bool) -> None:  # noqa: FBT001
    assert one_taken_for_another(Decimal(seen), Decimal(value), register) is expected
