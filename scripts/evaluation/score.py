"""Right, wrong or held: what the decode alone makes of an answer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from custom_components.meter_vision.metering.answer import parse_answer
from custom_components.meter_vision.metering.decode import Decoded, decode
from custom_components.meter_vision.metering.errors import AnswerError

from .truth import Truth


class Score(StrEnum):
    """What a reading is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Scored:
    """A photo's score and what led to it."""

    file: str
    score: Score
    reason: str


def score_answer(truth: Truth, answer: Mapping[str, Any]) -> Scored:
    """Return the score of one answer."""
    try:
        observation = parse_answer(answer, truth.meter.register)
    except AnswerError as err:
        return _held(truth, f"not used: {err.translation_key} {err.placeholders}")
    if not observation.readable:
        return _held(truth, "not readable")
    decoded = decode(observation, truth.meter.register)
    if decoded is None:
        return _held(truth, "no position readable")
    if not decoded.decisive:
        values = " or ".join(str(candidate.value) for candidate in decoded.candidates[:4])
        return _held(truth, f"ambiguous: {values}, margin {decoded.margin}")
    return Scored(truth.file, Score.RIGHT if _is_right(truth, decoded) else Score.WRONG, _published(truth, decoded))


def summary(scored: list[Scored]) -> str:
    """Return the closing line."""
    count = Counter(item.score for item in scored)
    return f"right={count[Score.RIGHT]} wrong={count[Score.WRONG]} held={count[Score.HELD]} of={len(scored)}"


def _held(truth: Truth, reason: str) -> Scored:
    return Scored(truth.file, Score.RIGHT if truth.low is None else Score.HELD, reason)


def _is_right(truth: Truth, decoded: Decoded) -> bool:
    if truth.low is None or truth.high is None:
        return False
    return decoded.low <= truth.high and truth.low <= decoded.high


def _published(truth: Truth, decoded: Decoded) -> str:
    expected = "unreadable" if truth.low is None else f"{truth.low} to {truth.high}"
    return (
        f"{decoded.value} ({decoded.low} to {decoded.high}), margin {decoded.margin}, "
        f"{decoded.confidence}; truth {expected}"
    )
