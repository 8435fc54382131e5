"""What the stand-in does wrong when it is asked to: errors, cut or broken answers, and misread figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from tests.simulator.reader.read import Answer, Position

from .errors import ApiError


class Fault(StrEnum):
    """What can go wrong."""

    AUTHENTICATION = "authentication"
    BILLING = "billing"
    PERMISSION = "permission"
    MODEL = "model"
    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    OVERLOADED = "overloaded"
    TIMEOUT = "timeout"
    REFUSAL = "refusal"
    MAX_TOKENS = "max_tokens"
    MALFORMED = "malformed"
    SCHEMA = "schema"
    COUNT = "count"
    THINKING = "thinking"
    MISREAD = "misread"


_STATUS: Final = {
    Fault.AUTHENTICATION: (401, "invalid bearer token"),
    Fault.BILLING: (402, "Your credit balance is too low to access the Anthropic API."),
    Fault.PERMISSION: (403, "Your API key does not have permission to use the specified resource."),
    Fault.MODEL: (404, "model: not available"),
    Fault.RATE_LIMIT: (429, "This request would exceed your organization's rate limit."),
    Fault.SERVER_ERROR: (500, "Internal server error"),
    Fault.OVERLOADED: (529, "Overloaded"),
}
_EVERYWHERE: Final = frozenset(_STATUS) - {Fault.MODEL, Fault.BILLING}
_PAIRS: Final = {"0/8": (0, 8), "1/7": (1, 7), "3/5": (3, 5)}
_FIGURES: Final = 10


@dataclass(slots=True)
class PlannedFault:
    """A fault that the next calls meet."""

    fault: Fault
    left: int | None = None
    """How many more calls; None: all."""
    endpoint: str | None = None
    """messages, models or count_tokens; None: wherever such a fault occurs."""
    retry_after: float = 60.0
    seconds: float = 120.0
    """How long a timeout keeps silent."""
    confusion: str = ""
    """Which misreading; empty: the first that applies."""

    def strikes(self, endpoint: str) -> bool:
        """Return whether a call of this endpoint meets the fault, and count it."""
        meant = endpoint == self.endpoint if self.endpoint else endpoint == "messages" or self.fault in _EVERYWHERE
        if not meant or self.left == 0:
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def raise_status(self) -> None:
        """Raise the API's error if the fault is one."""
        if self.fault in _STATUS:
            status, message = _STATUS[self.fault]
            headers = {"retry-after": f"{self.retry_after:g}"} if self.fault is Fault.RATE_LIMIT else None
            raise ApiError(status, message, headers=headers)

    def spoiled(self, answer: Answer) -> dict[str, Any]:
        """Return an answer's JSON with the fault in it."""
        if self.fault is Fault.MISREAD:
            return misread(answer, self.confusion).as_json()
        body = answer.as_json()
        if self.fault is Fault.COUNT:
            body["wheels"] = [*body["wheels"], 0.0]
        elif self.fault is Fault.SCHEMA:
            body["wheels"] = ["eight" for _ in body["wheels"]] or ["eight"]
        return body

    def spoiled_proposal(self, proposal: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON about an unknown meter with the fault in it."""
        if self.fault is Fault.SCHEMA:
            return proposal | {"whole_digits": "five"}
        if self.fault in (Fault.COUNT, Fault.MISREAD):
            return proposal | {"whole_digits": proposal["whole_digits"] + 1}
        return proposal


def misread(answer: Answer, confusion: str) -> Answer:
    """Return an answer with one confusion that real models make: 0/8, 1/7, 3/5, dropped or neighbour."""
    for kind in (confusion,) if confusion else (*_PAIRS, "neighbour", "dropped"):
        spoiled = _confused(answer, kind)
        if spoiled != answer:
            return spoiled
    return answer


def _confused(answer: Answer, kind: str) -> Answer:
    if kind == "dropped":
        return replace(answer, wheels=answer.wheels[:-2] + answer.wheels[-1:])
    if kind == "neighbour":
        return replace(answer, dials=_moved(answer.dials))
    first, second = _PAIRS[kind]
    wheels = list(answer.wheels)
    for index, position in enumerate(wheels):
        if position is not None and int(position) in (first, second):
            wheels[index] = position + (second - first if int(position) == first else first - second)
            break
    return replace(answer, wheels=tuple(wheels))


def _moved(dials: tuple[Position, ...]) -> tuple[Position, ...]:
    """Return the dials with the first readable one read a figure too high."""
    moved = list(dials)
    for index, position in enumerate(moved):
        if position is not None:
            moved[index] = round((position + 1) % _FIGURES, 1)
            break
    return tuple(moved)
