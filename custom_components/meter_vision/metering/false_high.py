"""Whether a value below the last reading can be true because readings accepted above it were not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from .consumption import step
from .evidence import Sighting
from .memory import UNSETTLED, JudgeState, Span
from .window import Rules

FEW_LOOKS: Final = 3
"""So many accepted looks may each have been a mistake of its own."""
LOOKS_AGAINST_FEW: Final = 2
LOOKS_AGAINST_MANY: Final = 3
LOOKS_TO_UNDO: Final = 2
_JUMPS: Final = 2
"""A mistake can come in two steps, when the misread figure moves on."""
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
        # Nothing is known before: somebody may have typed a little too much, unless a look has confirmed it since.
        small = drop <= rules.step_of_an_interval and looks == 1
        return FalseHigh(first, LOOKS_AGAINST_FEW) if small else None
    before = state.spans[first - 1]
    if step(before.value, lower.value, rules.register) > rules.plausible(state.flow, before.latest, lower.time):
        return None
    if looks <= FEW_LOOKS:
        return FalseHigh(first, LOOKS_AGAINST_FEW)
    jumps = sorted(
        step(earlier.value, later.value, rules.register) for earlier, later in pairwise(state.spans[first - 1 :])
    )
    jump = jumps[-1]
    if sum(jumps[-_JUMPS:]) < drop - rules.tolerance or wrong[0].first < lower.time - UNSETTLED:
        return None
    alike = abs(jump - drop) <= max(rules.tolerance * 2, drop * _NEARLY)
    return FalseHigh(first, LOOKS_AGAINST_FEW if alike else LOOKS_AGAINST_MANY)


def goes_on_from_taken_back(state: JudgeState, sighting: Sighting, rules: Rules) -> bool:
    """Return whether a value follows from what the latest correction took back."""
    if not state.taken_back:
        return False
    last = state.taken_back[-1]
    moved = step(last.value, sighting.value, rules.register)
    return -rules.tolerance <= moved <= rules.plausible(state.flow, last.latest, sighting.time)


def correction_was_wrong(state: JudgeState, value: Decimal, time: datetime, rules: Rules) -> bool:
    """Return whether a value rises again by what a correction of many looks took back, to where those had been."""
    at = state.taken_back_at
    if at is None or sum(span.looks for span in state.taken_back) <= FEW_LOOKS:
        return False
    lower = next((span for span in state.spans if span.latest >= at), state.spans[-1])
    fallen = step(lower.value, state.taken_back[-1].value, rules.register)
    risen = step(state.spans[-1].value, value, rules.register)
    moved = step(state.taken_back[-1].value, value, rules.register)
    plausible = rules.plausible(state.flow, state.taken_back[-1].latest, time)
    return risen >= fallen - rules.tolerance and -rules.tolerance <= moved <= plausible


def _first_above(spans: Sequence[Span], value: Decimal, rules: Rules) -> int:
    """Return the index of the first span that a lower value contradicts."""
    for index in range(len(spans) - 1, -1, -1):
        if step(spans[index].value, value, rules.register) >= -rules.tolerance:
            return index + 1
    return 0
