"""Whether a value below the last reading can be true because readings accepted above it were not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from .consumption import step
from .evidence import Sighting, independent
from .memory import FEW_LOOKS, UNSETTLED, JudgeState, Span
from .window import Rules

LOOKS_AGAINST_FEW: Final = 2
LOOKS_AGAINST_MANY: Final = 3
LOOKS_AGAINST_USE: Final = 4
_JUMPS: Final = 2
"""A mistake can come in two steps, when the misread figure moves on."""
_NEARLY: Final = 10
"""A fall like the rise before it, within a tenth."""
_FAR_MORE: Final = 4
"""How many times what was counted before in such a time."""
_HISTORY: Final = timedelta(hours=2)
"""What has to be known to compare with."""
_STEPS: Final = 3
_MOSTLY_USE: Final = 5
"""A rise so many times as large as the fall was use for the most part, so a look of another interval has to agree."""


@dataclass(frozen=True, slots=True)
class FalseHigh:
    """Which accepted values lower looks say were wrong, and how many of them there are and have to be."""

    first: int
    """Index of the first wrong span."""
    looks: int
    looks_needed: int

    @property
    def proven(self) -> bool:
        """Whether enough looks say so."""
        return self.looks >= self.looks_needed


def false_high(state: JudgeState, agreeing: Sequence[Sighting], rules: Rules) -> FalseHigh | None:
    """Return what agreeing lower looks accuse, None if no accepted step can have been the mistake.

    The earliest of them has to fit as well: a figure that is misread as a lower one is too low from the beginning, and
    only with time does what goes on from it rise above a reading accepted earlier. Left aside are one or
    two that may be misread, those above which the others rise as only a misread figure does, and all if the others are
    independent of each other.
    """
    for begin in range(len(agreeing)):
        chain = agreeing[begin:]
        if not (_stray(agreeing, begin) or _set_off(agreeing, begin, rules) or independent(chain)):
            continue
        # Two looks that are right may each be off by the tolerance.
        needed = _accused(state, chain, rules, rules.tolerance) or _accused(state, chain, rules, 2 * rules.tolerance)
        if needed is not None:
            return FalseHigh(needed[0], len(chain), needed[1])
    return None


def _stray(agreeing: Sequence[Sighting], begin: int) -> bool:
    """Return whether the looks before one are so few that each may have been misread."""
    return begin < FEW_LOOKS and len(agreeing) - begin > begin


def _set_off(agreeing: Sequence[Sighting], begin: int, rules: Rules) -> bool:
    """Return whether the step to a look is much larger than all others among those that agree."""
    steps = [step(one.value, other.value, rules.register) for one, other in pairwise(agreeing)]
    return all(steps[begin - 1] > other * 2 + rules.tolerance for i, other in enumerate(steps) if i != begin - 1)


def _accused(state: JudgeState, chain: Sequence[Sighting], rules: Rules, tolerance: Decimal) -> tuple[int, int] | None:
    """Return the index of the first wrong span and how many looks have to say so."""
    lower = chain[0]
    first = _first_above(state.spans, lower, rules, tolerance)
    wrong = state.spans[first:]
    if not wrong:
        return None
    looks = sum(span.looks for span in wrong)
    drop = step(lower.value, wrong[-1].value, rules.register)
    if first == 0:
        # Nothing is known before: somebody may have typed a little too much, unless a look has confirmed it since.
        return (first, LOOKS_AGAINST_FEW) if drop <= rules.step_of_an_interval and looks == 1 else None
    before = state.spans[first - 1]
    if step(before.value, lower.value, rules.register) > rules.plausible(state.flow, before.latest, lower.time):
        return None
    if looks <= FEW_LOOKS:
        return first, LOOKS_AGAINST_FEW
    if independent(chain):
        return first, LOOKS_AGAINST_MANY
    return _by_a_step(state.spans, first, lower, drop, rules) or _by_too_much(state, first, drop, rules)


def _by_a_step(
    spans: Sequence[Span], first: int, lower: Sighting, drop: Decimal, rules: Rules
) -> tuple[int, int] | None:
    """Return from which span on the values were wrong, if one step was the mistake, and the looks that are needed."""
    jumps = [step(one.value, other.value, rules.register) for one, other in pairwise(spans[first - 1 :])]
    largest = max(jumps)
    if spans[first].first < lower.time - UNSETTLED:
        return None
    if sum(sorted(jumps)[-_JUMPS:]) >= drop - rules.tolerance:
        if abs(largest - drop) <= max(rules.tolerance * 2, drop / _NEARLY):
            return first, LOOKS_AGAINST_FEW
        return first, LOOKS_AGAINST_MANY if largest <= drop * _MOSTLY_USE else LOOKS_AGAINST_USE
    # What went on from a mistake may have counted more than the mistake since; then it began before that.
    for index in range(first - 1, 0, -1):
        jump = step(spans[index - 1].value, spans[index].value, rules.register)
        if spans[index].first < lower.time - UNSETTLED:
            return None
        if jump >= max(drop - rules.tolerance, 2 * largest):
            return index, LOOKS_AGAINST_MANY
        largest = max(largest, jump)
    return None


def _by_too_much(state: JudgeState, first: int, drop: Decimal, rules: Rules) -> tuple[int, int] | None:
    """Return from where on the values were wrong, if they counted far more than is usual, and not in one step.

    So it looks when a drum is left out: every figure counts ten times as much.
    """
    spans = state.spans
    history, accused = spans[first - 1].latest - spans[0].first, spans[-1].latest - spans[first - 1].latest
    most = state.flow.most(accused)
    much = most is not None and drop * 2 > most
    if history >= _HISTORY:
        usual = step(spans[0].value, spans[first - 1].value, rules.register) * Decimal(str(accused / history))
        much |= drop > usual * _FAR_MORE and len(spans) - first >= _STEPS
    return (first, LOOKS_AGAINST_USE) if much else None


def _first_above(spans: Sequence[Span], lower: Sighting, rules: Rules, tolerance: Decimal) -> int:
    """Return the index of the first span that a lower value contradicts."""
    for index in range(len(spans) - 1, -1, -1):
        if step(spans[index].value, lower.value, rules.register) >= -tolerance:
            return index + 1
    return 0
