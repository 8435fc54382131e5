"""What a request asks for: only its layout lines are understood."""

from __future__ import annotations

from dataclasses import dataclass
import re
from typing import Final

_WHEELS: Final = re.compile(r"^wheels: (.+)$", re.MULTILINE)
_DIALS: Final = re.compile(r"^dials: (.+)$", re.MULTILINE)
_COUNT: Final = re.compile(r"(\d+) (drums|display digits)\b")
_POINTERS: Final = re.compile(r"(\d+) pointers\b")
_ONE_OF_SEVERAL: Final = re.compile(
    r"^(register_\d+): .*\([^()]*, (upper|lower)\); (wheels: .+); (dials: .+)$", re.MULTILINE
)
_SENSES: Final = re.compile(r"figures increase ((?:(?:counter)?clockwise ?)+)")


@dataclass(frozen=True, slots=True)
class Question:
    """The register somebody wants to have read."""

    wheels: int | None
    """Number of drums or display digits; None: as many as there are."""
    display: bool
    """Whether they are display digits."""
    clockwise: tuple[bool | None, ...]
    """For each dial, whether its figures increase clockwise; None: as they are found."""


def parse_question(text: str) -> Question | None:
    """Return what the layout lines of a request ask for, None if it has none that name a window."""
    wheels, dials = _WHEELS.search(text), _DIALS.search(text)
    if wheels is None or dials is None:
        return None
    clockwise = _clockwise(dials[1])
    if wheels[1].startswith("every figure of the display"):
        return Question(None, display=True, clockwise=clockwise)
    if counted := _COUNT.match(wheels[1]):
        return Question(int(counted[1]), display=counted[2] == "display digits", clockwise=clockwise)
    return None


def parse_questions(text: str) -> dict[str, tuple[Question, str]]:
    """Return what a request asks about each of several registers, and where it is: upper or lower."""
    found = {}
    for key, place, wheels, dials in _ONE_OF_SEVERAL.findall(text):
        question = parse_question(f"{wheels}\n{dials}")
        if question is not None:
            found[key] = (question, place)
    return found


def _clockwise(dials: str) -> tuple[bool | None, ...]:
    pointers = _POINTERS.match(dials)
    if pointers is None:
        return ()
    if senses := _SENSES.search(dials):
        return tuple(sense == "clockwise" for sense in senses[1].split())
    return (None,) * int(pointers[1])
