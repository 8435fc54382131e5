"""A register value as a person types it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

from .errors import MeteringError
from .models import Register

_FINEST: Final = 12
"""Decimal places no register exceeds; a longer number overflows instead of being rounded."""


class NotANumberError(MeteringError):
    """What was typed is no plain number."""

    translation_key = "value_not_a_number"


class TooManyDigitsError(MeteringError):
    """More before the point than the register can show; placeholder `digits`."""

    translation_key = "value_too_many_digits"


class TooManyDecimalsError(MeteringError):
    """More after the point than the register can show; placeholder `decimals`."""

    translation_key = "value_too_many_decimals"


def parse_value(text: str, register: Register) -> Decimal:
    """Return the value in register units, or raise one of this module's errors if the register cannot show it."""
    value = _number(text)
    if value != value.quantize(register.resolution):
        raise TooManyDecimalsError(decimals=str(register.places))
    capacity = register.capacity
    if capacity is not None and value >= capacity:
        raise TooManyDigitsError(digits=str(capacity.adjusted()))
    return value.quantize(register.resolution)


def _number(text: str) -> Decimal:
    """Return a plain number; one comma stands for the point, and spaces may group digits."""
    plain = "".join(text.split()).replace(",", ".")
    if not plain.replace(".", "", 1).isdecimal() or not plain.isascii():
        raise NotANumberError
    try:
        value = Decimal(plain)
        value.quantize(Decimal(1).scaleb(-_FINEST))
    except InvalidOperation:
        raise NotANumberError from None
    return value
