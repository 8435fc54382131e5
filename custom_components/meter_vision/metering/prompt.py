"""What the reader is asked: the request text and the JSON schema of the answer.

Nothing in here depends on what this meter showed before or is expected to show: models copy such hints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .models import DialDirection, Display, Register

_SYSTEM: Final = """\
You transcribe utility meters from photographs, one position at a time, for a program that does all arithmetic.
Report only what is visible. "?" for a position you cannot see well is a correct and welcome answer; a guess is harmful.

Wheel (drum): a number 0.0 to 9.9. The whole part is the figure nearest above the window's centre or leaving upwards, \
the fraction how far it has moved towards the next figure: a figure centred in the window is n.0, the window \
half n and half n+1 is n.5. Judge each wheel by itself; most stand at n.0.
Display digit: a whole number; a dark leading position is 0.
Dial: 0.0 to 9.9 from the pointer's tip between the figures printed around that dial, in the direction in which they \
increase; halfway from 3 to 4 is 3.5. Tip, not tail.
Do not report serial numbers, years, norms, standing marks, or {another}.
Do not skip, merge, correct or add positions, and do not form a total."""

_ORDER: Final = (
    "First the scene in a few words (light, sharpness, what hides a position), then problems, then {whether} "
    "can be read, then every position, most significant first: wheels from left to right, dials by the "
    "factors printed beside them."
)
_SENSES: Final = {DialDirection.CLOCKWISE: "clockwise", DialDirection.COUNTERCLOCKWISE: "counterclockwise"}
PROBLEMS: Final = ("glare", "dark", "blurred", "fogged", "dirty", "cut_off", "too_small", "obstructed", "other_display")


def system(registers: Sequence[Register]) -> str:
    """Return what the reader is told of its task."""
    return _SYSTEM.format(another="a second register" if len(registers) == 1 else "a register that is not named")


def schema(registers: Sequence[Register]) -> dict[str, Any]:
    """Return the JSON schema of the answer: evidence before positions, nothing optional."""
    position = {"anyOf": [{"type": "number"}, {"type": "string", "enum": ["?"]}]}
    positions = {"type": "array", "items": position}
    seen: dict[str, Any] = {"readable": {"type": "boolean"}, "wheels": positions, "dials": positions}
    scene: dict[str, Any] = {
        "scene": {"type": "string"},
        "problems": {"type": "array", "items": {"type": "string", "enum": list(PROBLEMS)}},
    }
    if len(registers) == 1:
        return _object(scene | seen)
    return _object(scene | {key: _object(seen) for key in keys(registers)})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def keys(registers: Sequence[Register]) -> dict[str, str]:
    """Return the key of each register in an answer about several, with the register's name."""
    return {f"register_{number}": register.name for number, register in enumerate(registers, 1)}


def request_text(registers: Sequence[Register]) -> str:
    """Return the question for one picture of these registers."""
    if len(registers) == 1:
        return "\n".join(
            (
                "Transcribe the register in this picture.",
                f"wheels: {_wheels_text(registers[0])}",
                f"dials: {_dials_text(registers[0])}",
                _ORDER.format(whether="whether the register"),
            )
        )
    return "\n".join(
        (
            f"Transcribe the {len(registers)} registers in this picture, each by itself.",
            *(
                f"{key}: {_identity(register)}; wheels: {_wheels_text(register)}; dials: {_dials_text(register)}"
                for key, register in zip(keys(registers), registers, strict=True)
            ),
            "A register that the picture does not show, or that cannot be told from the others, is not readable.",
            _ORDER.format(whether="for each register whether it"),
        )
    )


def _identity(register: Register) -> str:
    """Return by what a register is told from the others."""
    told_by = f", {register.label}" if register.label else ""
    return f"{register.name} ({register.unit}{told_by})"


def _wheels_text(register: Register) -> str:
    noun = "display digits" if register.display is Display.LCD else "drums"
    if register.display is Display.DIALS:
        return "none"
    if register.wheels is None:
        return f"every figure of the display, {register.decimals} of them after the point ({register.unit})"
    text = f"{register.wheels} {noun}, {register.whole_digits} for whole {register.unit}"
    return text + (f" and {register.decimals} for decimals" if register.decimals else "")


def _dials_text(register: Register) -> str:
    if not register.dials:
        return "none"
    highest = register.dials - register.dial_decimals - 1
    scales = " ".join(f"x{_power_of_ten(highest - place)}" for place in range(register.dials))
    text = f"{register.dials} pointers, {scales} {register.unit}; leave out test dials"
    if register.dial_directions:
        text += f"; figures increase {' '.join(_SENSES[direction] for direction in register.dial_directions)}"
    return text


def _power_of_ten(exponent: int) -> str:
    return str(10**exponent) if exponent >= 0 else f"0.{'0' * (-exponent - 1)}1"
