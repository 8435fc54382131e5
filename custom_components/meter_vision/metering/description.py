"""One description of a meter for storage, files and scripts: plain data to Meter and back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from .catalogue import CATALOGUE
from .errors import LayoutError
from .models import Crop, DialDirection, Display, Meter, MeterKind, Register, Roll

MAX_POSITIONS: Final = 12
_CROP_LENGTH: Final = 4
_SMALLEST_CROP: Final = 0.02


def parse_meter(data: Mapping[str, Any]) -> Meter:
    """Return the meter that plain data describes, or raise LayoutError."""
    kind = _choice(MeterKind, data, "kind")
    registers = data.get("registers")
    if not isinstance(registers, list | tuple) or not registers:
        raise LayoutError(reason="registers")
    return Meter(
        name=str(data.get("name", "")),
        kind=kind,
        registers=tuple(parse_register(register, kind) for register in registers),
        rotation=_rotation(data.get("rotation", 0)),
        crop=_crop(data.get("crop")),
    )


def parse_register(data: Mapping[str, Any], kind: MeterKind) -> Register:
    """Return the register that plain data describes, or raise LayoutError with what is wrong as `reason`."""
    register = Register(
        name=str(data.get("name", "main")),
        unit=str(data.get("unit", CATALOGUE[kind].units[0])),
        display=_choice(Display, data, "display"),
        whole_digits=None if data.get("whole_digits") is None else _count(data, "whole_digits"),
        decimals=_count(data, "decimals"),
        dials=_count(data, "dials"),
        dial_decimals=_count(data, "dial_decimals"),
        dial_directions=_directions(data.get("dial_directions")),
        roll=_choice(Roll, data, "roll", Roll.UNKNOWN),
        multiplier=_positive(data.get("multiplier", "1"), "multiplier"),
        runs_backwards=data.get("runs_backwards", False) is True,
        hard_ceiling=None if data.get("hard_ceiling") is None else _positive(data["hard_ceiling"], "hard_ceiling"),
    )
    _check(register, kind)
    return register


def describe_meter(meter: Meter) -> dict[str, Any]:
    """Return a meter as plain data that `parse_meter` understands."""
    crop = meter.crop
    return {
        "name": meter.name,
        "kind": meter.kind.value,
        "rotation": meter.rotation,
        "crop": None if crop is None else [crop.x, crop.y, crop.width, crop.height],
        "registers": [describe_register(register) for register in meter.registers],
    }


def describe_register(register: Register) -> dict[str, Any]:
    """Return a register as plain data that `parse_register` understands."""
    return {
        "name": register.name,
        "unit": register.unit,
        "display": register.display.value,
        "whole_digits": register.whole_digits,
        "decimals": register.decimals,
        "dials": register.dials,
        "dial_decimals": register.dial_decimals,
        "dial_directions": " ".join(register.dial_directions),
        "roll": register.roll.value,
        "multiplier": str(register.multiplier),
        "runs_backwards": register.runs_backwards,
        "hard_ceiling": None if register.hard_ceiling is None else str(register.hard_ceiling),
    }


def _check(register: Register, kind: MeterKind) -> None:
    """Raise LayoutError for a combination that no meter has."""
    wheels = register.wheels
    shows_wheels = register.display is not Display.DIALS
    shows_dials = register.display in (Display.DIALS, Display.DRUMS_AND_DIALS)
    faults = {
        "unit": register.unit not in CATALOGUE[kind].hard_ceilings,
        "whole_digits": wheels is None and register.display is not Display.LCD,
        "wheels": shows_wheels != (wheels is None or wheels > 0),
        "dials": shows_dials != (register.dials > 0),
        "dial_decimals": register.dial_decimals > register.dials
        or (shows_wheels and register.dial_decimals != register.dials),
        # A dial decade cannot follow wheels that already left decimals to somebody else.
        "decimals": register.decimals > 0 and register.display in (Display.DIALS, Display.DRUMS_AND_DIALS),
        "dial_directions": len(register.dial_directions) not in (0, register.dials),
        "positions": (wheels or 0) + register.dials > MAX_POSITIONS,
    }
    for reason, wrong in faults.items():
        if wrong:
            raise LayoutError(reason=reason)


def _choice[E: StrEnum](options: type[E], data: Mapping[str, Any], key: str, default: E | None = None) -> E:
    value = data.get(key, default)
    try:
        return options(value)
    except ValueError:
        raise LayoutError(reason=key) from None


def _count(data: Mapping[str, Any], key: str) -> int:
    value = data.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise LayoutError(reason=key)
    if not 0 <= value <= MAX_POSITIONS:
        raise LayoutError(reason=key)
    return int(value)


def _positive(value: object, key: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise LayoutError(reason=key) from None
    if not number.is_finite() or number <= 0:
        raise LayoutError(reason=key)
    return number


def _directions(value: object) -> tuple[DialDirection, ...]:
    if value is None:
        return ()
    try:
        return tuple(DialDirection(word) for word in str(value).split())
    except ValueError:
        raise LayoutError(reason="dial_directions") from None


def _rotation(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LayoutError(reason="rotation")
    return float(value) % 360


def _crop(value: object) -> Crop | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != _CROP_LENGTH:
        raise LayoutError(reason="crop")
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in value):
        raise LayoutError(reason="crop")
    x, y, width, height = (float(part) for part in value)
    inside = 0 <= x <= x + width <= 1 + 1e-6 and 0 <= y <= y + height <= 1 + 1e-6
    if not inside or width < _SMALLEST_CROP or height < _SMALLEST_CROP:
        raise LayoutError(reason="crop")
    return Crop(x, y, width, height)
