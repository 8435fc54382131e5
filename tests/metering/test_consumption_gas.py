"""Gas that is counted as heat: exact, additive, and each part with the factor of its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.consumption import counted
from custom_components.meter_vision.metering.models import Display, GasFactor, Register

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FACTORS = tuple(
    GasFactor(since=NEW_YEAR + timedelta(days=days), calorific_value=Decimal(value), volume_correction=Decimal("0.95"))
    for days, value in ((0, "11"), (10, "12"), (20, "10"))
)
REGISTER = Register(unit="m³", display=Display.DRUMS, whole_digits=5, decimals=3, gas=FACTORS)


def at(days: float) -> datetime:
    return NEW_YEAR + timedelta(days=days)


@pytest.mark.parametrize(
    ("start", "end", "kilowatt_hours"),
    [
        (1, 2, "104.5"),
        (12, 13, "114"),
        # What is known about the year before holds until something else is.
        (-5, -4, "104.5"),
        (9, 11, "109.25"),
        (9, 10, "104.5"),
        (10, 11, "114"),
        (5, 25, "106.875"),
    ],
)
def test_ten_cubic_metres(start: float, end: float, kilowatt_hours: str) -> None:
    assert counted(Decimal(10), at(start), at(end), REGISTER) == Decimal(kilowatt_hours)


@given(
    amount=st.decimals("0", "1000", places=3),
    start=st.integers(-50, 300),
    length=st.integers(1, 400),
    part=st.integers(1, 99),
)
def test_the_parts_of_a_time_make_the_whole(amount: Decimal, start: int, length: int, part: int) -> None:
    begin, end = at(start / 10), at((start + length) / 10)
    middle = begin + (end - begin) * part / 100
    share = (middle - begin) / timedelta(microseconds=1) / ((end - begin) / timedelta(microseconds=1))
    first = amount * Decimal(share)
    whole = counted(amount, begin, end, REGISTER)
    parts = counted(first, begin, middle, REGISTER) + counted(amount - first, middle, end, REGISTER)
    assert abs(whole - parts) < Decimal("0.00001")
