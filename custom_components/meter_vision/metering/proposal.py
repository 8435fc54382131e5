"""From the answer about an unknown meter to a description that holds: strict, and nothing is trusted that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
import math
from typing import Any, Final

from .catalogue import CATALOGUE
from .description import parse_meter
from .errors import AnswerError, LayoutError
from .models import Crop, Display, Meter, MeterKind, Usage
from .prompt import PROBLEMS
from .proposal_prompt import KINDS, REGISTER_NAMES

_BOX_LENGTH: Final = 4
_MAX_ADVICE: Final = 300
_MOST_OTHERS: Final = 4
_LARGEST_FACTOR: Final = 100_000
_LARGEST_NUMBER: Final = 1_000_000
"""Anything in an answer is far below."""
_STRAIGHT: Final = 2.0
"""Degrees that cannot be told from upright by eye: an exact turn keeps the picture sharper."""
_SLIGHT: Final = 25.0
"""Degrees up to which the box around a turned box tells how large that is."""
_MARGIN: Final = 0.02
"""Room left around a proposed box, as a fraction of its longer side."""

_UNITS: Final = {
    "m³": ("m3", "m^3", "cubicmetre", "cubicmeter", "cbm"),
    "L": ("l", "litre", "liter", "litres", "liters"),
    "ft³": ("ft3", "ft^3", "cuft", "cubicfeet", "cubicfoot", "cf"),
    "CCF": ("ccf", "hcf", "100cuft", "100ft3"),
    "MCF": ("mcf", "1000cuft"),
    "gal": ("gal", "gallon", "gallons", "usgal", "usgallons"),
    "kWh": ("kwh",),
    "MWh": ("mwh",),
    "Wh": ("wh",),
    "GJ": ("gj",),
    "MJ": ("mj",),
}
"""How the units are printed, without blanks, points and capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a picture says about its meter."""

    meter: Meter | None
    """A meter that can exist, without a name; None: there is none, or its layout holds no water."""
    problems: tuple[str, ...] = ()
    advice: str = ""
    """How to take a better picture: somebody else's words, to be shown as plain text."""
    usage: Usage | None = None
    """What the call took."""


def parse_proposal_text(text: str, *, aspect: float) -> Proposal:
    """Return the proposal in a JSON text, or raise AnswerError; `aspect` is the picture's width by its height."""
    try:
        answer = json.loads(text)
    except ValueError, RecursionError:
        raise AnswerError(reason="not JSON") from None
    return parse_proposal(answer, aspect=aspect)


def parse_proposal(answer: object, *, aspect: float) -> Proposal:
    """Return the proposal in a decoded answer, or raise AnswerError if it breaks the schema."""
    if not isinstance(answer, Mapping):
        raise AnswerError(reason="not an object")
    box, rotation = _box(answer), _rotation(_number(answer, "rotation"))
    kind, unit = _choice(answer, "kind", KINDS), _unit(_text(answer, "unit"))
    registers = [_register(answer), *(_other(other) for other in _array(answer, "other_registers"))]
    meter = None
    if _flag(answer, "meter") and kind in list(MeterKind):
        described = {"kind": kind, "rotation": rotation, "crop": upright_box(box, rotation=rotation, aspect=aspect)}
        meter = _meter(described, registers, unit)
    return Proposal(
        meter=meter,
        problems=tuple(problem for problem in PROBLEMS if problem in _array(answer, "problems")),
        advice=" ".join(_text(answer, "advice").split())[:_MAX_ADVICE],
    )


def upright_box(box: Crop, *, rotation: float, aspect: float) -> list[float] | None:
    """Return the part of the upright picture that shows a box of the picture as it lies; None for one too small.

    `aspect` is the width of the lying picture, by its height. The rectangle around a slightly turned register tells how
    large the register itself is; after a larger turn, the rectangle around that rectangle is taken.
    """
    angle = math.radians(rotation)
    cos, sin = math.cos(angle), math.sin(angle)
    full_width, full_height = abs(aspect * cos) + abs(sin), abs(aspect * sin) + abs(cos)
    width, height = box.width * aspect, box.height
    if width <= 0 or height <= 0:
        return None
    across, down = (box.x + box.width / 2 - 0.5) * aspect, box.y + box.height / 2 - 0.5
    across, down = across * cos - down * sin, across * sin + down * cos
    width, height = _turned_size(width, height, abs(cos), abs(sin))
    margin = _MARGIN * max(width, height)
    left, right = (across + side * (width / 2 + margin) for side in (-1, 1))
    top, bottom = (down + side * (height / 2 + margin) for side in (-1, 1))
    x, far_x = _clipped(left / full_width + 0.5), _clipped(right / full_width + 0.5)
    y, far_y = _clipped(top / full_height + 0.5), _clipped(bottom / full_height + 0.5)
    return [round(part, 4) for part in (x, y, far_x - x, far_y - y)]


def _turned_size(width: float, height: float, cos: float, sin: float) -> tuple[float, float]:
    """Return width and height of what lies turned inside a rectangle, or of the rectangle around that after a turn."""
    slight = min(cos, sin) < math.sin(math.radians(_SLIGHT))
    apart = cos * cos - sin * sin
    if slight:
        inner = ((width * cos - height * sin) / apart, (height * cos - width * sin) / apart)
        # A box drawn by eye may be too narrow for that.
        if min(inner) > 0.4 * min(width, height):
            return inner
    return width * cos + height * sin, width * sin + height * cos


def _clipped(part: float) -> float:
    return min(1.0, max(0.0, part))


def _meter(described: dict[str, Any], registers: list[dict[str, Any]], unit: str) -> Meter | None:
    """Return the meter if it can exist; further registers that cannot are left out, and so is an unusual box."""
    kind = MeterKind(described["kind"])
    units = CATALOGUE[kind].units
    shared = {"unit": unit if unit in units else units[0], "multiplier": registers[0]["multiplier"]}
    main, *others = ({**register, **shared} for register in registers)
    named = [other for other in others if other["name"] != main["name"]][:_MOST_OTHERS]
    for kept in ([main, *named], [main]):
        for crop in (described["crop"], None):
            try:
                return parse_meter({**described, "crop": crop, "registers": kept})
            except LayoutError:
                continue
    return None


def _register(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the main register as plain data; what a display implies is put in, what it rules out is left out."""
    display = Display(_choice(answer, "display", [each.value for each in Display]))
    whole_digits: int | None = _count(answer, "whole_digits")
    decimals, dials = _count(answer, "decimals"), _count(answer, "dials")
    dial_decimals = dials
    if display is Display.DIALS:
        whole_digits, decimals, dial_decimals = 0, 0, decimals
    elif display is Display.DRUMS_AND_DIALS and decimals:
        # Such a dial only divides the last drum; without it the register is what the drums show.
        display, dials, dial_decimals = Display.DRUMS, 0, 0
    elif display is Display.LCD and not _flag(answer, "leading_zeros"):
        whole_digits = None
    return {
        "name": _choice(answer, "name", REGISTER_NAMES),
        "display": display.value,
        "whole_digits": whole_digits,
        "decimals": decimals,
        "dials": dials,
        "dial_decimals": dial_decimals,
        "multiplier": _factor(answer),
    }


def _other(other: object) -> dict[str, Any]:
    """Return a further register as plain data: one of drums or digits, since dials belong to the main one."""
    if not isinstance(other, Mapping):
        raise AnswerError(reason="other_registers has an entry that is not an object")
    return {
        "name": _choice(other, "name", REGISTER_NAMES),
        "display": Display.DRUMS.value,
        "whole_digits": _count(other, "whole_digits"),
        "decimals": _count(other, "decimals"),
    }


def _unit(text: str) -> str:
    """Return the unit that is printed, empty for none that is known."""
    plain = "".join(text.split()).replace("·", "").replace(".", "").replace("³", "3").lower()
    return next((unit for unit, names in _UNITS.items() if plain in names), "")


def _rotation(degrees: float) -> float:
    """Return whole degrees below 360, a quarter turn for what looks like one."""
    quarter = round(degrees / 90) * 90
    return float(quarter if abs(degrees - quarter) <= _STRAIGHT else round(degrees)) % 360


def _box(answer: Mapping[str, Any]) -> Crop:
    parts = _array(answer, "box")
    if len(parts) != _BOX_LENGTH:
        raise AnswerError(reason="box is not four numbers")
    x, y, width, height = (_finite(part, "box") for part in parts)
    return Crop(x, y, width, height)


def _factor(answer: Mapping[str, Any]) -> str:
    factor = _number(answer, "multiplier")
    return f"{factor:g}" if 0 < factor <= _LARGEST_FACTOR and f"{factor:g}".replace(".", "").isdigit() else "1"


def _count(answer: Mapping[str, Any], key: str) -> int:
    number = _number(answer, key)
    if number != int(number):
        raise AnswerError(reason=f"{key} is not a whole number")
    return int(number)


def _number(answer: Mapping[str, Any], key: str) -> float:
    return _finite(answer.get(key), key)


def _finite(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST_NUMBER:
        raise AnswerError(reason=f"{key} is not a number")
    return float(value)


def _flag(answer: Mapping[str, Any], key: str) -> bool:
    value = answer.get(key)
    if not isinstance(value, bool):
        raise AnswerError(reason=f"{key} is not true or false")
    return value


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str):
        raise AnswerError(reason=f"{key} is not text")
    return value


def _choice(answer: Mapping[str, Any], key: str, options: Any) -> str:
    value = answer.get(key)
    if value not in list(options):
        raise AnswerError(reason=f"{key} is none of the choices")
    return str(value)


def _array(answer: Mapping[str, Any], key: str) -> list[Any]:
    value = answer.get(key)
    if not isinstance(value, list):
        raise AnswerError(reason=f"{key} is not a list")
    return value
