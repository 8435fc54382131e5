"""The continuous total."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.consumption import advance
from custom_components.meter_vision.metering.models import Display, Reading, Register

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DRUMS = Register(unit="kWh", display=Display.DRUMS, whole_digits=4, decimals=1)
TRANSFORMER = Register(unit="kWh", display=Display.DRUMS, whole_digits=4, decimals=1, multiplier=Decimal(20))
LCD = Register(unit="kWh", display=Display.LCD, whole_digits=None)


def reading(value: str) -> Reading:
    return Reading(value=Decimal(value), time=NOON)


@pytest.mark.parametrize(
    ("register", "last", "new", "total"),
    [
        (DRUMS, "100.0", "100.7", "1000.7"),
        (DRUMS, "100.0", "100.0", "1000.0"),
        (DRUMS, "9999.8", "0.3", "1000.5"),
        (DRUMS, "100.0", "99.9", "1000.0"),
        (TRANSFORMER, "100.0", "100.5", "1010.0"),
        (LCD, "100", "90", "1000"),
    ],
)
def test_advance(register: Register, last: str, new: str, total: str) -> None:
    assert advance(Decimal(1000), reading(last), reading(new), register) == Decimal(total)


@given(st.lists(st.integers(0, 99_999), min_size=2, max_size=20))
def test_never_decreases(tenths: list[int]) -> None:
    total = Decimal(0)
    readings = [Reading(value=Decimal(tenth) / 10, time=NOON) for tenth in tenths]
    for last, new in pairwise(readings):
        after = advance(total, last, new, DRUMS)
        assert after >= total
        total = after
