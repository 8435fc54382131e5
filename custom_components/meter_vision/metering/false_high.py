"""Whether a value below the last reading can be true because readings accepted above it were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from .consumption import step
from .evidence import Manner, Sighting, independent
from .memory import FEW_LOOKS, MANY_LOOKS, JudgeState, Span, looks_at
from .misread_figures import deciding_figures, end_alike, left_out, misread, one_taken_for_another, weights
from .rises import (
    LOOKS_AGAINST_FEW,
    LOOKS_AGAINST_MANY,
    LOOKS_AGAINST_USE,
    NEARLY,
    REMARKABLE,
    all_jump,
    by_a_rise,
    first_above,
    leaps_explain,
    rises_of,
)
from .window import Rules

_HARDLY_CHANCE: Final = 4
"""The use that makes of a wrapped figure what is seen, as a part of what the figure counts: by chance, one in four."""
_NO_ACCIDENT: Final = 3
"""So many different values that are others with a figure left out."""


@dataclass(frozen=True, slots=True)
class FalseHigh:
    """Which accepted values lower looks say were wrong, and how many of them there have to be."""

    first: int
    """Index of the first wrong span."""
    chain: Sequence[Sighting]
    """The lower looks that accuse them."""
    looks_needed: int

    @property
    def proven(self) -> bool:
        """Whether enough looks say so."""
        return len(self.chain) >= self.looks_needed


def false_high(state: JudgeState, agreeing: Sequence[Sighting], rules: Rules) -> FalseHigh | None:
    """Return what agreeing lower looks accuse, None if no accepted step can have been the mistake.

    The earliest of them has to fit as well: a figure that is misread as a lower one is too low from the beginning, and
    only with time does what goes on from it rise above a reading accepted earlier. Left aside are one or two that may
    be misread, those with a figure left out, those below what stood for long, those above which the others rise as only
    a misread figure does, and all if the others are independent of each other. What is proven without some goes before
    what is accused with all.
    """
    accused: FalseHigh | None = None
    for begin in range(len(agreeing)):
        chain = agreeing[begin:]
        if not (_stray(state, agreeing, begin, rules) or _set_off(state, agreeing, begin, rules) or independent(chain)):
            continue
        # Two looks that are right may each be off by the tolerance.
        needed = _accused(state, agreeing, begin, rules, 1) or _accused(state, agreeing, begin, rules, 2)
        needed = needed or _below_another(state, agreeing, begin, rules)
        if needed is None:
            continue
        found = FalseHigh(needed[0], chain, needed[1])
        if found.proven:
            return _with_what_is_below(found, state, agreeing, rules)
        accused = accused or found
    return accused


def _with_what_is_below(found: FalseHigh, state: JudgeState, agreeing: Sequence[Sighting], rules: Rules) -> FalseHigh:
    """Return what the same looks accuse as well, if they are still below what stood before the mistake."""
    before = state.spans[: found.first]
    if not before or step(agreeing[-1].value, before[-1].value, rules.register) <= rules.tolerance:
        return found
    further = false_high(replace(state, spans=before), agreeing, rules)
    return further if further is not None and further.proven else found


def _stray(state: JudgeState, agreeing: Sequence[Sighting], begin: int, rules: Rules) -> bool:
    """Return whether the looks before one are so few that each may have been misread.

    Those do not count that have a figure left out, or that are below what stood for long and the others are not.
    """
    oldest, lower = state.spans[0].value, agreeing[begin].value
    used = step(oldest, lower, rules.register) + rules.tolerance
    stood = _stood_for_long(lower, state.spans, rules)
    strays = [
        one
        for one in agreeing[:begin]
        if not (stood is not None and step(one.value, stood, rules.register) > rules.tolerance)
        if begin < FEW_LOOKS or not left_out(one.value, oldest, used, rules.register)
    ]
    return len(strays) < FEW_LOOKS and len(agreeing) - begin > len(strays)


def _stood_for_long(lower: Decimal, spans: Sequence[Span], rules: Rules) -> Decimal | None:
    """Return the latest value that many looks have shown and that another is not below, None if there is none."""
    looks = _looks_by_value(spans)
    stood = (span.value for span in reversed(spans) if looks[span.value] > MANY_LOOKS)
    return next((value for value in stood if step(value, lower, rules.register) >= -rules.tolerance), None)


def _set_off(state: JudgeState, agreeing: Sequence[Sighting], begin: int, rules: Rules) -> bool:
    """Return whether the step to a look is much larger than all others among those that agree.

    It is larger as well than all that were accepted before what may be the mistake, or the low line began as what goes
    on from the last reading with a figure misread.
    """
    steps = [step(one.value, other.value, rules.register) for one, other in pairwise(agreeing)]
    to_it = steps.pop(begin - 1)
    if any(to_it <= other * 2 + rules.tolerance for other in steps):
        return False
    if _wrapped(agreeing[0], state, rules):
        return True
    first = first_above(state.spans, agreeing[begin], rules, rules.tolerance)
    return to_it > max(rises_of(state.spans[:first], rules), default=Decimal(0))


def _wrapped(one: Sighting, state: JudgeState, rules: Rules) -> bool:
    """Return whether a look goes on from the last reading but for a figure that passed nine and carried nothing.

    That figure was misread in both.
    """
    last = state.spans[-1]
    most = rules.plausible(state.flow, last.latest, one.time)
    fall = step(one.value, last.value, rules.register)
    return any(fall < weight <= fall + min(most, weight / _HARDLY_CHANCE) for weight in weights(rules.register))


def _accused(
    state: JudgeState, agreeing: Sequence[Sighting], begin: int, rules: Rules, tolerances: int
) -> tuple[int, int] | None:
    """Return the index of the first wrong span and how many looks from one on have to say so."""
    lower = agreeing[begin]
    first = first_above(state.spans, lower, rules, rules.tolerance * tolerances)
    wrong = state.spans[first:]
    looks = looks_at(wrong)
    drop = step(lower.value, state.spans[-1].value, rules.register)
    if first == 0 or not wrong:
        # Nothing is known before: somebody may have typed a little too much, unless a look has confirmed it since.
        return (first, LOOKS_AGAINST_FEW) if looks == 1 and drop <= rules.step_of_an_interval else None
    before = state.spans[first - 1]
    if step(before.value, lower.value, rules.register) > rules.plausible(state.flow, before.latest, lower.time):
        return None
    seen = sum(span.looks > 0 for span in wrong)
    figures = _figures_of_what_stood(state.spans, first, lower, rules)
    if looks <= FEW_LOOKS and (seen < FEW_LOOKS or figures or _one_mistake(state.spans, first, lower, rules)):
        return first, LOOKS_AGAINST_FEW
    if figures or independent(agreeing[begin:]):
        return first, LOOKS_AGAINST_MANY
    if _few_at_a_time(state.spans, first, rules) or (
        looks <= FEW_LOOKS and leaps_explain(state.spans, first, drop, rules)
    ):
        return _unless_one_is_left_out((first, LOOKS_AGAINST_USE), state, agreeing, begin, rules)
    found = by_a_rise(state.spans, first, lower, drop, rules) or _by_one_left_out(state, first, agreeing, begin, rules)
    return None if found is None else _unless_one_is_left_out(found, state, agreeing, begin, rules)


def _figures_of_what_stood(spans: Sequence[Span], first: int, lower: Sighting, rules: Rules) -> bool:
    """Return whether what stood for long is seen again, and the values since are it with one figure misread.

    All but one of them were seen by a few looks, each a mistake of its own, or use would have counted hundreds.
    """
    stood, wrong = spans[first - 1], spans[first:]
    if step(stood.value, lower.value, rules.register) > rules.tolerance:
        return False
    values, true = _looks_by_value(wrong), (stood.value, lower.value)
    often = [value for value, seen in values.items() if seen > FEW_LOOKS]
    return (
        _looks_by_value(spans[:first])[stood.value] > MANY_LOOKS
        and (len(often) <= 1 or all(any(end_alike(one, value, rules.register) for one in true) for value in often))
        and all(any(misread(value, one, rules.register) for one in true) for value in values)
    )


def _looks_by_value(spans: Sequence[Span]) -> Counter[Decimal]:
    """Return how many looks showed each value."""
    looks = Counter[Decimal]()
    for span in spans:
        looks[span.value] += span.looks
    return looks


def _few_at_a_time(spans: Sequence[Span], first: int, rules: Rules) -> bool:
    """Return whether the values from one on are a few looks after a gap, and a few after the next."""
    looks = 0
    for before, after in pairwise(spans[first - 1 :]):
        if rules.gap(before.latest, after.first):
            looks = 0
        elif before is spans[first - 1]:
            return False
        looks += after.looks
        if looks > FEW_LOOKS:
            return False
    return True


def _one_mistake(spans: Sequence[Span], first: int, lower: Sighting, rules: Rules) -> bool:
    """Return whether a few values were wrong alike; two may each have been misread, three seen clearly hardly are."""
    before = spans[first - 1].value
    drop = step(lower.value, spans[-1].value, rules.register)
    if step(before, spans[first].value, rules.register) >= drop - rules.tolerance * 2:
        return True
    used = step(before, lower.value, rules.register) + rules.tolerance
    return all(left_out(span.value, before, used, rules.register) for span in spans[first:])


def _unless_one_is_left_out(
    found: tuple[int, int], state: JudgeState, agreeing: Sequence[Sighting], begin: int, rules: Rules
) -> tuple[int, int] | None:
    """Return what is found also if what goes on from the last reading would look like that with a figure left out.

    As figures happen to stand, one true reading in seven looks like that, and often the next; three do not by accident.
    A rise that use hardly explains speaks for the lower value all the same.
    """
    last = state.spans[-1]
    most = rules.plausible(state.flow, last.latest, agreeing[-1].time)
    like_that = {one.value for one in agreeing if left_out(one.value, last.value, most, rules.register)}
    if found[1] == LOOKS_AGAINST_MANY or any(one.value not in like_that for one in agreeing[begin:]):
        return found
    different = {deciding_figures(value, rules.register) for value in like_that}
    return (found[0], LOOKS_AGAINST_USE) if len(different) < _NO_ACCIDENT else None


def _by_one_left_out(
    state: JudgeState, first: int, agreeing: Sequence[Sighting], begin: int, rules: Rules
) -> tuple[int, int] | None:
    """Return from where on the values were wrong, if a position was left out of each: they count ten times as much.

    The lower looks may not be such themselves, unless they stand still: what counts ten times as much falls back again
    and again.
    """
    spans, lower = state.spans, agreeing[begin]
    # It may have begun before: what has a figure left out can be lower than the truth is by now.
    for index in range(first, 0, -1):
        before = spans[index - 1]
        used = step(before.value, lower.value, rules.register) + rules.tolerance
        values = len(spans) - index
        enough = values >= _NO_ACCIDENT or (index == first and values > 1 and all_jump(spans, first, rules))
        if enough and all(left_out(span.value, before.value, used, rules.register) for span in spans[index:]):
            most = rules.plausible(state.flow, before.latest, agreeing[-1].time)
            alike = all(left_out(one.value, before.value, most, rules.register) for one in agreeing)
            return None if alike and not _stands_still(agreeing, rules) else (index, LOOKS_AGAINST_MANY)
    return None


def _stands_still(agreeing: Sequence[Sighting], rules: Rules) -> bool:
    """Return whether the latest regular looks show one value."""
    latest = [one.value for one in agreeing if one.manner is Manner.ROUTINE][-LOOKS_AGAINST_MANY:]
    return len(latest) == LOOKS_AGAINST_MANY and step(latest[0], latest[-1], rules.register) <= rules.tolerance


def _below_another(state: JudgeState, agreeing: Sequence[Sighting], begin: int, rules: Rules) -> tuple[int, int] | None:
    """Return what is accused besides the last value, if few looks showed that.

    It is in doubt, or explains nearly the whole fall, or what is left of the fall is as large as another rise, and no
    other is, or is explained by one figure of what stood.
    """
    *spans, last = state.spans
    if last.looks > FEW_LOOKS or not spans:
        return None
    rise = step(spans[-1].value, last.value, rules.register)
    rest = step(agreeing[begin].value, spans[-1].value, rules.register)
    if rest <= rules.tolerance:
        return None
    before = replace(state, spans=tuple(spans))
    found = _accused(before, agreeing, begin, rules, 1)
    if found is None:
        return None
    doubted = state.doubted_at is not None and last.first >= state.doubted_at
    if not doubted and rest > rise / NEARLY:
        first, needed = found
        rises = rises_of(state.spans, rules)
        largest = rises.pop(first - 1)
        if needed != LOOKS_AGAINST_FEW:
            return _by_one_figure(before, agreeing, begin, rules)
        if any(largest < other * REMARKABLE for other in rises):
            exactly = last.looks == 1 and abs(largest - rest) <= rules.tolerance * 2
            return (first, LOOKS_AGAINST_USE) if exactly else None
    return found[0], max(found[1], LOOKS_AGAINST_MANY)


def _by_one_figure(state: JudgeState, agreeing: Sequence[Sighting], begin: int, rules: Rules) -> tuple[int, int] | None:
    """Return what is accused if a value that stood was followed by that with one figure taken for another.

    That explains the fall, and the lower values do not look like others with a figure left out.
    """
    lower = agreeing[begin]
    first = first_above(state.spans, lower, rules, rules.tolerance)
    stood, risen = state.spans[first - 1 : first + 1]
    rise = step(stood.value, risen.value, rules.register)
    fall = step(lower.value, state.spans[-1].value, rules.register)
    if stood.looks <= FEW_LOOKS or rise < fall - rules.tolerance * 2:
        return None
    if not one_taken_for_another(risen.value, stood.value, rules.register):
        return None
    alone = _unless_one_is_left_out((first, LOOKS_AGAINST_FEW), state, agreeing, begin, rules)
    return (first, LOOKS_AGAINST_USE) if alone == (first, LOOKS_AGAINST_FEW) else None
