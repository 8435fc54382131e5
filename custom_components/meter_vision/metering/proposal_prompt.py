"""What is asked of a meter that nobody has described yet: the request text and the JSON schema of the answer."""

from __future__ import annotations

from typing import Any, Final

from .models import Display, MeterKind
from .prompt import PROBLEMS

KINDS: Final = (*MeterKind, "other")
REGISTER_NAMES: Final = ("main", "day", "night", "import", "export")
"""What a register may be called: one alone is the main one."""

SYSTEM: Final = """\
You describe utility meters from photographs, for a program that will read them and does all arithmetic. Say how the \
register is built and where it is, never what it shows.
Report only what is visible. An empty text, 0 or false for what you cannot see is a correct and welcome answer; a \
guess is harmful.

Register: the counter that accumulates what was used. Serial numbers, years, norms and barcodes are not part of it.
whole_digits, decimals: drums or display digits before and after the point. Decimals are often red or framed, or stand \
after a comma; a printed zero that does not turn is no drum. With dials alone, whole_digits is 0 and decimals is how \
many of the dials stand for less than one unit.
leading_zeros: whether a display shows its leading zeros; false for drums and dials.
dials: small round scales with a pointer that belong to the value. Leave out test dials, sweep hands and flow stars.
multiplier: the factor printed beside the register, 1 if there is none.
rotation: degrees clockwise by which the picture must be turned so that the figures stand upright, 0 to 359.
box: x, y, width, height of the smallest rectangle, in the picture as you see it, around all drums, digits and dials \
of the register, as fractions of the picture's width and height from its top left corner.
other_registers: further registers of the same meter that can be seen at the same time, such as day and night or \
import and export."""

_ORDER: Final = (
    "Describe the meter in this picture. First the scene in a few words, then problems, then everything else. "
    "If there is no meter, or its register cannot be made out, say so in `meter` and say in `advice` how to mend it. "
    "Advice is one short sentence on light, distance, angle or focus, empty if the picture is good, written in"
)


def schema() -> dict[str, Any]:
    """Return the JSON schema of the answer: evidence before layout, nothing optional."""
    count, text, number = {"type": "integer"}, {"type": "string"}, {"type": "number"}
    name = {"type": "string", "enum": list(REGISTER_NAMES)}
    other = {"name": name, "whole_digits": count, "decimals": count}
    return _object(
        {
            "scene": text,
            "problems": {"type": "array", "items": {"type": "string", "enum": list(PROBLEMS)}},
            "meter": {"type": "boolean"},
            "kind": {"type": "string", "enum": [str(kind) for kind in KINDS]},
            "unit": text,
            "display": {"type": "string", "enum": [display.value for display in Display]},
            "name": name,
            "whole_digits": count,
            "decimals": count,
            "leading_zeros": {"type": "boolean"},
            "dials": count,
            "multiplier": number,
            "rotation": number,
            "box": {"type": "array", "items": number},
            "other_registers": {"type": "array", "items": _object(other)},
            "advice": text,
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def request_text(language: str) -> str:
    """Return the question for a picture of an unknown meter; the advice is wanted in a language, by its code."""
    return f"{_ORDER} the language with the code {language}."
