"""One description of a meter for storage, files and scripts: plain data to Meter and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from .catalogue import CATALOGUE
from .errors import LayoutError
from .models import MAIN, Crop, DialDirection, Display, GasFactor, Meter, MeterKind, Register, Roll
from .tariff_description import describe_tariff, parse_tariff

MAX_POSITIONS: Final = 12
MAX_REGISTERS: Final = 6
_LONGEST_TEXT: Final = 40
_UNIT_OF_GAS_FACTORS: Final = "m³"
MAX_LEAK_HOURS: Final = 240
_CROP_LENGTH: Final = 4
_SMALLEST_CROP: Final = 0.02
_MOST_DEGREES: Final = 36_000


def parse_meter(data: Mapping[str, Any], zone: tzinfo = UTC) -> Meter:
    """Return the meter that plain data describes, or raise LayoutError; dates begin at midnight in the zone."""
    kind = _choice(MeterKind, data, "kind")
    registers = data.get("registers")
    if not isinstance(registers, list | tuple) or not 0 < len(registers) <= MAX_REGISTERS:
        raise LayoutError(reason="registers")
    if not all(isinstance(register, Mapping) for register in registers):
        raise LayoutError(reason="registers")
    parsed = tuple(parse_register(register, kind, zone) for register in registers)
    if len({register.name.casefold() for register in parsed}) != len(parsed):
        raise LayoutError(reason="register_names")
    return Meter(
        name=str(data.get("name", "")),
        kind=kind,
        registers=parsed,
        rotation=_rotation(data.get("rotation", 0)),
        crop=_crop(data.get("crop")),
    )


def parse_register(data: Mapping[str, Any], kind: MeterKind, zone: tzinfo = UTC) -> Register:
    """Return the register that plain data describes, or raise LayoutError with what is wrong as `reason`."""
    register = Register(
        name=_text(data, "name", MAIN) or MAIN,
        label=_text(data, "label"),
        unit=str(data.get("unit", CATALOGUE[kind].units[0])),
        display=_choice(Display, data, "display"),
        whole_digits=None if data.get("whole_digits") is None else _count(data["whole_digits"], "whole_digits"),
        decimals=_count(data.get("decimals", 0), "decimals"),
        dials=_count(data.get("dials", 0), "dials"),
        dial_decimals=_count(data.get("dial_decimals", 0), "dial_decimals"),
        dial_directions=_directions(data.get("dial_directions")),
        roll=_choice(Roll, data, "roll", Roll.UNKNOWN),
        multiplier=_positive(data.get("multiplier", "1"), "multiplier"),
        runs_backwards=data.get("runs_backwards", False) is True,
        hard_ceiling=None if data.get("hard_ceiling") is None else _positive(data["hard_ceiling"], "hard_ceiling"),
        gas=_gas(data.get("gas"), zone),
        tariff=None if data.get("tariff") is None else parse_tariff(data["tariff"]),
        leak_hours=None if data.get("leak_hours") is None else _count(data["leak_hours"], "leak_hours", MAX_LEAK_HOURS),
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
        "label": register.label,
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
        "gas": [_describe_factor(factor) for factor in register.gas] or None,
        "tariff": None if register.tariff is None else describe_tariff(register.tariff),
        "leak_hours": register.leak_hours,
    }


def _describe_factor(factor: GasFactor) -> dict[str, Any]:
    return {
        "from": factor.since.isoformat(),
        "calorific_value": str(factor.calorific_value),
        "volume_correction": str(factor.volume_correction),
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
        "gas": bool(register.gas) and (kind is not MeterKind.GAS or register.unit != _UNIT_OF_GAS_FACTORS),
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


def _count(value: object, key: str, most: int = MAX_POSITIONS) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(most + 1):
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


def _text(data: Mapping[str, Any], key: str, default: str = "") -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise LayoutError(reason=key)
    return value.strip()


def _gas(value: object, zone: tzinfo) -> tuple[GasFactor, ...]:
    """Return the dated factors, oldest first."""
    if not value:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(factor, Mapping) for factor in value):
        raise LayoutError(reason="gas")
    factors = [
        GasFactor(
            since=_instant(factor.get("from"), zone),
            calorific_value=_positive(factor.get("calorific_value"), "gas"),
            volume_correction=_positive(factor.get("volume_correction", "1"), "gas"),
        )
        for factor in value
    ]
    if len({factor.since for factor in factors}) != len(factors):
        raise LayoutError(reason="gas")
    return tuple(sorted(factors, key=lambda factor: factor.since))


def _instant(value: object, zone: tzinfo) -> datetime:
    """Return when a date begins, or the time that is given, in UTC."""
    try:
        moment = value if isinstance(value, date) else datetime.fromisoformat(str(value))
    except ValueError:
        raise LayoutError(reason="gas") from None
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # at either end of the calendar
        raise LayoutError(reason="gas") from None


def _directions(value: object) -> tuple[DialDirection, ...]:
    if value is None:
        return ()
    try:
        return tuple(DialDirection(word) for word in str(value).split())
    except ValueError:
        raise LayoutError(reason="dial_directions") from None


def _rotation(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST_DEGREES:
        raise LayoutError(reason="rotation")
    return float(value) % 360


def _crop(value: object) -> Crop | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != _CROP_LENGTH:
        raise LayoutError(reason="crop")
    if any(isinstance(part, bool) or not isinstance(part, int | float) or not 0 <= part <= 1 for part in value):
        raise LayoutError(reason="crop")
    x, y, width, height = (float(part) for part in value)
    inside = 0 <= x <= x + width <= 1 + 1e-6 and 0 <= y <= y + height <= 1 + 1e-6
    if not inside or width < _SMALLEST_CROP or height < _SMALLEST_CROP:
        raise LayoutError(reason="crop")
    return Crop(x, y, width, height)
