"""A value as a person types it, against what the register can show."""

from decimal import Decimal

import pytest

from custom_components.meter_vision.metering.models import Display, Register
from custom_components.meter_vision.metering.typed import (
    NotANumberError,
    TooManyDecimalsError,
    TooManyDigitsError,
    parse_value,
)

WATER = Register(unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=5, dials=4, dial_decimals=4)
LCD = Register(unit="m³", display=Display.LCD, whole_digits=None, decimals=2)


@pytest.mark.parametrize(
    ("text", "register", "value"),
    [
        ("530.0708", WATER, "530.0708"),
        ("530,0708", WATER, "530.0708"),
        ("00530,07", WATER, "530.0700"),
        (" 99 999.9999 ", WATER, "99999.9999"),
        ("0", WATER, "0.0000"),
        ("1234567.89", LCD, "1234567.89"),
    ],
)
def test_accepted(text: str, register: Register, value: str) -> None:
    assert str(parse_value(text, register)) == value
    assert isinstance(parse_value(text, register), Decimal)


@pytest.mark.parametrize("text", ["", ".", "abc", "-3", "+3", "1e5", "NaN", "Infinity", "1.234,5", "١٢", "9" * 5000])
def test_not_a_number(text: str) -> None:
    with pytest.raises(NotANumberError):
        parse_value(text, WATER)


@pytest.mark.parametrize("text", ["100000", "123456789"])
def test_too_many_digits(text: str) -> None:
    with pytest.raises(TooManyDigitsError) as caught:
        parse_value(text, WATER)
    assert caught.value.placeholders == {"digits": "5"}


@pytest.mark.parametrize(("text", "register", "decimals"), [("1.23456", WATER, "4"), ("1.234", LCD, "2")])
def test_too_many_decimals(text: str, register: Register, decimals: str) -> None:
    with pytest.raises(TooManyDecimalsError) as caught:
        parse_value(text, register)
    assert caught.value.placeholders == {"decimals": decimals}
