"""A register value as a person types it, checked against what the register can show."""

from __future__ import annotations

from decimal import Decimal
import re
from typing import Final

from .errors import MeteringError
from .models import Register

_SPACES: Final = re.compile(r"[\s'’]")  # noqa: RUF001  thousands are set apart by either apostrophe
_NUMBER: Final = re.compile(r"([0-9]+)(?:[.,]([0-9]*))?")
_MOST_WHOLE_DIGITS: Final = 12


class TypedValueError(MeteringError):
    """Text that is no value of the register."""

    translation_key = "value_not_a_number"


class TooManyDecimalsError(TypedValueError):
    """More decimals than the register shows; placeholder `decimals`."""

    translation_key = "value_too_many_decimals"


class TooManyDigitsError(TypedValueError):
    """More digits before the point than the register shows; placeholder `digits`."""

    translation_key = "value_too_many_digits"


def parse_typed_value(text: str, register: Register) -> Decimal:
    """Return the value in the register's unit, before its multiplier; a comma may stand for the point."""
    found = _NUMBER.fullmatch(_SPACES.sub("", text))
    if found is None:
        raise TypedValueError
    whole, decimals = found[1].lstrip("0"), found[2] or ""
    if len(decimals) > register.places:
        raise TooManyDecimalsError(decimals=str(register.places))
    digits = whole_places(register)
    if len(whole) > digits:
        raise TooManyDigitsError(digits=str(digits))
    return Decimal(f"{whole or '0'}.{decimals or '0'}").quantize(register.resolution)


def whole_places(register: Register) -> int:
    """Return how many digits the register has before the point, a generous number where the display decides."""
    if register.whole_digits is None:
        return _MOST_WHOLE_DIGITS
    return register.whole_digits + register.dials - register.dial_decimals
