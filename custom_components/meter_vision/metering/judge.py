"""Whether a decoded value may be published: a pure function of what was seen, what is known and the time between."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from .catalogue import hard_ceiling
from .consumption import step
from .decode import Decoded
from .models import Confidence, MeterKind, Outcome, Reading, Register, Verdict

_HOUR: Final = timedelta(hours=1)
# Two looks at the same pointers differ by up to two of their last figures, at drums and displays by one.
_TOLERANCE: Final = 1
_TOLERANCE_DIALS: Final = 2


def judge(
    decoded: Decoded | None, *, register: Register, kind: MeterKind, last: Reading | None, time: datetime
) -> Verdict:
    """Return the verdict on a look at a picture taken at `time`, given the last accepted reading."""
    if decoded is None:
        return Verdict(outcome=Outcome.UNREADABLE, rule="unreadable")
    if last is None:
        return _without_reference(decoded, time)
    return _against_reference(
        decoded, register=register, last=last, time=time, window=_window(register, kind, last, time)
    )


def tolerance(register: Register) -> Decimal:
    """Return by how much two looks at an idle register may differ, in its unit."""
    return register.resolution * (_TOLERANCE_DIALS if register.dials else _TOLERANCE)


def _without_reference(decoded: Decoded, time: datetime) -> Verdict:
    if decoded.decisive:
        return _accepted("first_reading", decoded.value, decoded.confidence, time, {})
    return Verdict(outcome=Outcome.HELD, rule="no_reference", detail=_seen(decoded))


def _against_reference(
    decoded: Decoded, *, register: Register, last: Reading, time: datetime, window: Decimal
) -> Verdict:
    steps = {
        candidate.value: step(last, Reading(value=candidate.value, time=time), register)
        for candidate in decoded.candidates
    }
    detail = {"last": str(last.value), "window": str(window), **_seen(decoded)}
    below = -tolerance(register)
    feasible = [value for value, moved in steps.items() if below <= moved <= window]
    if decoded.decisive and decoded.low <= last.value < decoded.high:
        feasible = [last.value]
    elif not decoded.decisive and (len(steps) == 1 or len(feasible) != 1):
        return Verdict(outcome=Outcome.HELD, rule="ambiguous", detail=detail)
    elif not feasible:
        rule = "rate_too_high" if steps[decoded.value] > window else "below_last"
        return Verdict(outcome=Outcome.HELD, rule=rule, detail=detail)
    value = feasible[0]
    confidence = decoded.confidence if decoded.decisive else Confidence.MEDIUM
    rule = "in_window" if decoded.decisive else "resolved_by_history"
    if steps.get(value, Decimal(0)) <= 0:
        rule, value = "confirmed", last.value
    elif value < last.value:
        rule = "rollover"
    return _accepted(rule, value, confidence, time, detail)


def _window(register: Register, kind: MeterKind, last: Reading, time: datetime) -> Decimal:
    """Return how far the register can have moved since the last reading, in its unit."""
    hours = Decimal(str(max(0.0, (time - last.time) / _HOUR)))
    window = hard_ceiling(kind, register) * hours + tolerance(register)
    return window.quantize(register.resolution)


def _seen(decoded: Decoded) -> dict[str, str]:
    return {"seen": " or ".join(str(c.value) for c in decoded.candidates[:4]), "margin": str(decoded.margin)}


def _accepted(rule: str, value: Decimal, confidence: Confidence, time: datetime, detail: dict[str, str]) -> Verdict:
    return Verdict(
        outcome=Outcome.ACCEPTED,
        rule=rule,
        reading=Reading(value=value, time=time),
        confidence=confidence,
        detail=detail,
    )
