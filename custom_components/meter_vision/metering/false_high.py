"""Whether a value below the last reading can be true because readings accepted above it were not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from .consumption import step
from .evidence import Sighting
from .memory import UNSETTLED, JudgeState, Span
from .window import Rules

FEW_LOOKS: Final = 3
"""So many accepted looks may each have been a mistake of its own."""
LOOKS_AGAINST_FEW: Final = 2
LOOKS_AGAINST_MANY: Final = 3
_NEARLY: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class FalseHigh:
    """Which accepted values a lower one says were wrong, and how many looks have to say so."""

    first: int
    """Index of the first wrong span."""
    looks_needed: int


def false_high(state: JudgeState, agreeing: Sequence[Sighting], rules: Rules) -> FalseHigh | None:
    """Return what agreeing lower looks accuse, None if no accepted step can have been the mistake."""
    lower = agreeing[-1]
    first = _first_above(state.spans, lower.value, rules)
    wrong = state.spans[first:]
    looks = sum(span.looks for span in wrong)
    drop = step(lower.value, state.spans[-1].value, rules.register)
    if first == 0:
        # Nothing is known before: a mistake of at most one interval was confirmed or accepted at the beginning.
        small = drop <= rules.step_of_an_interval and looks <= FEW_LOOKS
        return FalseHigh(first, LOOKS_AGAINST_FEW) if small else None
    before = state.spans[first - 1]
    if step(before.value, lower.value, rules.register) > rules.plausible(state.flow, before.latest, lower.time):
        return None
    jump = max(
        step(earlier.value, later.value, rules.register)
        for earlier, later in zip(state.spans[first - 1 :], wrong, strict=False)
    )
    if looks <= FEW_LOOKS:
        return FalseHigh(first, LOOKS_AGAINST_FEW)
    if jump < drop - rules.tolerance or wrong[0].first < lower.time - UNSETTLED:
        return None
    alike = jump - drop <= max(rules.tolerance * 2, drop * _NEARLY)
    return FalseHigh(first, LOOKS_AGAINST_FEW if alike else LOOKS_AGAINST_MANY)


def _first_above(spans: Sequence[Span], value: Decimal, rules: Rules) -> int:
    """Return the index of the first span that a lower value contradicts."""
    for index in range(len(spans) - 1, -1, -1):
        if step(spans[index].value, value, rules.register) >= -rules.tolerance:
            return index + 1
    return 0
