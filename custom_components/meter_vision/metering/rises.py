"""Which rises of what was accepted are large enough to be the mistake that a fall would show."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from heapq import nlargest
from itertools import pairwise
from typing import Final

from .consumption import step
from .evidence import Sighting
from .memory import FEW_LOOKS, UNSETTLED, Span
from .misread_figures import misread, one_taken_for_another
from .window import Rules

LOOKS_AGAINST_FEW: Final = 2
LOOKS_AGAINST_MANY: Final = 3
LOOKS_AGAINST_USE: Final = 4
_TWO_AND_ANOTHER: Final = 3
NEARLY: Final = 10
"""A rise no more than a tenth larger than the fall after it."""
_NEARLY_BOTH: Final = 4
"""Two rises no more than a quarter larger than the fall after them, for use is in all three."""
REMARKABLE: Final = 2
"""A rise so many times any other is hardly use alone; if it is less, a look of another interval has to agree."""


def rises_of(spans: Sequence[Span], rules: Rules) -> list[Decimal]:
    """Return the steps from each span to the next."""
    return [step(one.value, other.value, rules.register) for one, other in pairwise(spans)]


def first_above(spans: Sequence[Span], lower: Sighting, rules: Rules, tolerance: Decimal) -> int:
    """Return the index of the first span that a lower value contradicts."""
    for index in range(len(spans) - 1, -1, -1):
        if step(spans[index].value, lower.value, rules.register) >= -tolerance:
            return index + 1
    return 0


def by_a_rise(
    spans: Sequence[Span], first: int, lower: Sighting, drop: Decimal, rules: Rules
) -> tuple[int, int] | None:
    """Return from which span on the values were wrong, if one rise was the mistake, and the looks that are needed.

    Use only adds: it makes the rise larger than the mistake and the fall smaller. So a rise that is smaller than the
    fall was none, and the nearer the two are, the surer it is. A value of few looks within the rise may have been a
    mistake of its own, if use does not make such steps.
    """
    rises = rises_of(spans, rules)
    spare = rules.tolerance * 2
    possible = [
        index
        for index in range(1, first + 1)
        if rises[index - 1] >= drop - spare and spans[index].first >= lower.time - UNSETTLED
    ]
    most = drop + max(spare, drop / NEARLY)
    if first in possible and rises[first - 1] <= most:
        return first, LOOKS_AGAINST_FEW
    if possible:
        largest = max(possible, key=lambda index: rises[index - 1])
        others = rises[: largest - 1] + rises[largest:]
        remarkable = all(rises[largest - 1] >= REMARKABLE * other for other in others)
        return largest, LOOKS_AGAINST_MANY if remarkable else LOOKS_AGAINST_USE
    if _around_one_look(rises, spans, first, lower, rules):
        return first, LOOKS_AGAINST_MANY
    begin = _two_leaps(rises, spans, first, drop, rules)
    if begin is None and _by_two(rises, spans, first, lower, rules):
        begin = first
    return None if begin is None else (begin, LOOKS_AGAINST_USE)


def _around_one_look(
    rises: Sequence[Decimal], spans: Sequence[Span], first: int, lower: Sighting, rules: Rules
) -> bool:
    """Return whether the rise to the first wrong value was in two parts, because the look before was misread as well.

    It is lower than the truth is by now. With one of its figures taken for another it is by as much too high as the
    rise is too small for the fall.
    """
    drop, spare = step(lower.value, spans[-1].value, rules.register), rules.tolerance * 2
    lacking, around = drop - rises[first - 1], sum(rises[max(0, first - 2) : first], Decimal(0))
    if lacking <= spare or not -spare <= around - drop <= max(spare, drop / _NEARLY_BOTH):
        return False
    before = spans[first - 1]
    if before.looks > 1 or before.first < lower.time - UNSETTLED:
        return False
    others = (*rises[: max(0, first - 2)], *rises[first:])
    if any(around < REMARKABLE * other for other in others):
        return False
    unit = rules.register.resolution
    near = (before.value - lacking + unit * by for by in range(-int(spare / unit), int(spare / unit) + 1))
    return any(one_taken_for_another(before.value, one, rules.register) for one in near if one >= 0)


def _two_leaps(rises: Sequence[Decimal], spans: Sequence[Span], first: int, drop: Decimal, rules: Rules) -> int | None:
    """Return where two rises began that explain the fall, few looks apart and far larger than all others."""
    largest = nlargest(_TWO_AND_ANOTHER, range(len(rises)), key=rises.__getitem__)
    if len(largest) < _TWO_AND_ANOTHER:
        return None
    *two, usual = largest
    begin = min(two) + 1
    if max(two) != begin or begin > first or spans[begin].looks > FEW_LOOKS:
        return None
    large = rises[usual] > rules.tolerance and rises[two[-1]] > REMARKABLE * rises[usual]
    return begin if large and rises[two[0]] + rises[two[1]] >= drop - rules.tolerance * 2 else None


def _by_two(rises: Sequence[Decimal], spans: Sequence[Span], first: int, lower: Sighting, rules: Rules) -> bool:
    """Return whether two rises around the lower value, few looks apart, explain the fall and are hardly larger."""
    two, others = rises[first - 1 : first + 1], (*rises[: first - 1], *rises[first + 1 :])
    drop, spare = step(lower.value, spans[-1].value, rules.register), rules.tolerance * 2
    beyond = sum(two, -drop)
    if spans[first].looks > FEW_LOOKS or not -spare <= beyond <= max(spare, drop / _NEARLY_BOTH):
        return False
    before, last = spans[first - 1].value, spans[-1].value
    if step(before, lower.value, rules.register) <= rules.tolerance and not misread(last, before, rules.register):
        return False
    other = max((other for other in others if other > rules.tolerance), default=Decimal(0))
    # Two like each other are what is counted at a time, and if nothing else was for hours, two of nearly one size.
    alike = max(two) - min(two) <= spare
    remarkable = min(two) > other and max(two) >= REMARKABLE * (other or min(two))
    return remarkable and not alike


def leaps_explain(spans: Sequence[Span], first: int, drop: Decimal, rules: Rules) -> bool:
    """Return whether the rises from one on that are far larger than any use before explain the fall."""
    usual = max(rises_of(spans[:first], rules), default=Decimal(0))
    leaps = [rise for rise in rises_of(spans[first - 1 :], rules) if rise >= REMARKABLE * usual]
    return usual > rules.tolerance and sum(leaps) >= drop - rules.tolerance * 2


def all_jump(spans: Sequence[Span], first: int, rules: Rules) -> bool:
    """Return whether all rises from one on are at least twice as large as any before."""
    rises = rises_of(spans, rules)
    return min(rises[first - 1 :]) >= REMARKABLE * max(rises[: first - 1], default=Decimal(0))
