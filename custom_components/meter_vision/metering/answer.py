"""From the reader's JSON to an observation: strict, and nothing is mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
from typing import Any, Final

from .errors import AnswerError, PositionCountError
from .models import UNREADABLE, Display, Observation, Position, Register
from .prompt import keys

_FIGURES: Final = 10
_MAX_TEXT: Final = 500
_MOST: Final = 50
"""Entries of a list, many more than any meter has positions or any picture problems."""


def parse_answer_text(text: str, registers: Sequence[Register]) -> dict[str, Observation]:
    """Return what was seen of each register by its name, or raise AnswerError."""
    try:
        answer = json.loads(text)
    except ValueError, RecursionError:
        raise AnswerError(reason="not JSON") from None
    return parse_answers(answer, registers)


def parse_answers(answer: object, registers: Sequence[Register]) -> dict[str, Observation]:
    """Return the observations in a decoded answer about these registers, or raise AnswerError."""
    if len(registers) == 1:
        return {registers[0].name: parse_answer(answer, registers[0])}
    if not isinstance(answer, Mapping):
        raise AnswerError(reason="not an object")
    scene = {key: answer[key] for key in ("scene", "problems") if key in answer}
    observations = {}
    for key, register in zip(keys(registers), registers, strict=True):
        seen = answer.get(key)
        if not isinstance(seen, Mapping):
            raise AnswerError(reason=f"{key} is not an object")
        observations[register.name] = parse_answer({**seen, **scene}, register)
    return observations


def parse_answer(answer: object, register: Register) -> Observation:
    """Return the observation in a decoded answer, or raise AnswerError if it breaks the schema or the layout."""
    if not isinstance(answer, Mapping):
        raise AnswerError(reason="not an object")
    readable = answer.get("readable")
    if not isinstance(readable, bool):
        raise AnswerError(reason="readable is not true or false")
    wheels = _positions(answer, "wheels")
    dials = _positions(answer, "dials")
    if readable:
        _check_counts(wheels, dials, register)
        if register.display is Display.LCD:
            _check_display_digits(wheels)
    return Observation(
        wheels=wheels,
        dials=dials,
        readable=readable,
        scene=_text(answer.get("scene", ""), "scene"),
        problems=tuple(_text(problem, "problems") for problem in _array(answer.get("problems", []), "problems")),
    )


def plain_observation(observation: Observation) -> dict[str, Any]:
    """Return an observation as the JSON data of an answer."""
    return {
        "scene": observation.scene,
        "problems": list(observation.problems),
        "readable": observation.readable,
        "wheels": [_plain(position) for position in observation.wheels],
        "dials": [_plain(position) for position in observation.dials],
    }


def _plain(position: Position) -> float | str:
    return UNREADABLE if position is None else position


def _positions(answer: Mapping[str, Any], key: str) -> tuple[Position, ...]:
    return tuple(_position(value, key) for value in _array(answer.get(key), key))


def _position(value: object, key: str) -> Position:
    if value == UNREADABLE:
        return None
    # A whole number may be larger than any float.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124  not a number
        raise AnswerError(reason=f"{key} has an entry that is neither a number nor '?'")
    if not 0 <= value < _FIGURES:
        raise AnswerError(reason=f"{key} has an entry outside 0.0 to 9.9")
    return float(value)


def _array(value: object, key: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise AnswerError(reason=f"{key} is not a list")
    if len(value) > _MOST:
        raise AnswerError(reason=f"{key} has too many entries")
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise AnswerError(reason=f"{key} is not text")
    return value[:_MAX_TEXT]


def _check_counts(wheels: Sequence[Position], dials: Sequence[Position], register: Register) -> None:
    expected = register.wheels
    if expected is None:
        if len(wheels) <= register.decimals:
            raise PositionCountError(expected=f"more than {register.decimals}", found=str(len(wheels)))
    elif len(wheels) != expected:
        raise PositionCountError(expected=str(expected), found=str(len(wheels)))
    if len(dials) != register.dials:
        raise PositionCountError(expected=str(register.dials), found=str(len(dials)))


def _check_display_digits(wheels: Sequence[Position]) -> None:
    if any(position is not None and position != int(position) for position in wheels):
        raise AnswerError(reason="a display digit is not a whole number")
