"""Packed columns give back exactly what was put in, whatever it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.consumption import advance
from custom_components.meter_vision.metering.ledger import Ledger
from custom_components.meter_vision.metering.ledger_columns import Entry, EntryColumns, Total
from custom_components.meter_vision.metering.models import Display, Reading, Register
from custom_components.meter_vision.metering.packed import Decimals, Packed, to_number, to_time

START = datetime(2026, 11, 1, tzinfo=UTC)
ODD = [
    Decimal(text)
    for text in (
        "0", "-0", "0.00", "-0.0", "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807",
        "9223372036854775808", "-9223372036854775809", "1E+3", "1E-100", "1E-101", "123456789012345678901234567890.1",
    )
]  # fmt: skip
DECIMALS = st.one_of(st.sampled_from(ODD), st.decimals(allow_nan=False, allow_infinity=False))


@given(values=st.lists(DECIMALS), as_text=st.booleans())
def test_decimals_keep_every_digit(values: list[Decimal], as_text: bool) -> None:  # noqa: FBT001  hypothesis passes by name
    column = Decimals()
    for value in values:
        if as_text:
            column.append_text(str(value))
        else:
            column.append(value)
    assert len(column) == len(values)
    assert [column[place].as_tuple() for place in range(len(values))] == [value.as_tuple() for value in values]


@given(values=st.lists(DECIMALS), number=st.integers(min_value=0, max_value=9), later=DECIMALS)
def test_a_copy_of_the_first_decimals_goes_its_own_way(values: list[Decimal], number: int, later: Decimal) -> None:
    column = Decimals()
    for value in values:
        column.append(value)
    copied = column.first(number)
    copied.append(later)
    assert [str(copied[place]) for place in range(len(copied))] == [str(value) for value in (*values[:number], later)]
    assert len(column) == len(values)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "", "1,5", "1.2.3"])
def test_what_is_no_number_is_refused(text: str) -> None:
    column = Decimals()
    with pytest.raises((ValueError, ArithmeticError)):
        column.append_text(text)
    assert len(column) == 0


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_keep_every_microsecond(time: datetime) -> None:
    assert to_time(to_number(time)) == time


@given(values=st.lists(DECIMALS, min_size=2), later=DECIMALS)
def test_who_goes_on_later_does_not_change_what_others_have(values: list[Decimal], later: Decimal) -> None:
    """Also not where the later value is the first that needs wider columns."""
    items = [_entry(number, value) for number, value in enumerate(values)]
    known = Packed.of(EntryColumns(), items)
    shorter = known[:-1]
    one_more = known.with_one_more(_entry(len(items), later))
    otherwise = shorter.with_one_more(_entry(len(items) + 1, later))
    assert list(known) == items
    assert list(one_more) == [*items, _entry(len(items), later)]
    assert list(otherwise) == [*items[:-1], _entry(len(items) + 1, later)]
    assert list(shorter) == items[:-1]


def test_totals_outgrow_the_narrow_columns_that_they_share() -> None:
    water = Register(unit="m³", display=Display.DRUMS, whole_digits=7, decimals=3)
    small, large = Decimal("2147483.647"), Decimal("2147483.648")
    ledger = Ledger.begin(Reading(value=small, time=START), small)
    grown = ledger.add(_entry(1, small), water).add(_entry(2, large), water)
    assert [total.reading.value for total in grown.totals(water)] == [small, small, large]
    assert grown.totals(water)[-1] == Total(reading=Reading(value=large, time=_time(2)), consumption=large)


@given(
    start=st.sampled_from(["0", "530.07", "1E-90", "9223372036854775.807", "-1.5", "0.1234567890123456789012345678"]),
    multiplier=st.sampled_from(["1", "10", "0.0001", "1E+3", "-1"]),
    steps=st.lists(st.integers(min_value=0, max_value=10**6), min_size=1),
    later=st.integers(min_value=0, max_value=10**6),
)
def test_totals_that_follow_the_readings_are_those_of_one_after_the_other(
    start: str, multiplier: str, steps: list[int], later: int
) -> None:
    water = Register(unit="m³", display=Display.DRUMS, whole_digits=9, decimals=3, multiplier=Decimal(multiplier))
    values = [Decimal(sum(steps[:number])).scaleb(-3) for number in range(1, len(steps) + 1)]
    entries = [_entry(number, value) for number, value in enumerate(values)]
    ledger = Ledger(start=Decimal(start), entries=entries)
    known = list(ledger.totals(water))
    added = ledger.add(_entry(len(values), values[-1] + later), water)
    expected = [Decimal(start)]
    for last, new in pairwise(added.entries):
        expected.append(advance(expected[-1], last.reading, new.reading, water))
    assert [total.consumption for total in known] == expected[:-1]
    assert [total.consumption for total in added.totals(water)] == expected
    assert list(ledger.totals(water)) == known


def _time(number: int) -> datetime:
    return START + timedelta(minutes=5) * number


def _entry(number: int, value: Decimal) -> Entry:
    return Entry(reading=Reading(value=value, time=_time(number)))
