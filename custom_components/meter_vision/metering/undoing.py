"""Whether a correction was itself the mistake: looks went on from what it took back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from .consumption import step
from .evidence import Manner, Sighting, agree, cluster, suspected
from .memory import FEW_LOOKS, JudgeState, Span, looks_at
from .misread_figures import left_out
from .models import Reading
from .true_high import NEARLY_AS_FAST
from .window import Rules

LOOKS_TO_UNDO: Final = 3
_EXACTLY: Final = 8
"""A rise by what had fallen and an eighth of it at most, where it might as well be use."""
_NEARLY: Final = 2
"""A rise by what had fallen and half of it at most, where it is too much for use."""
_REMARKABLE: Final = 2
"""How many times any other step the rise must be, or it is use that happens to be as large."""


def passed_over_since(state: JudgeState, agreeing: Sequence[Sighting], rules: Rules) -> datetime | None:
    """Return since when readings are passed over, as looks go on from the last one before; None if none are.

    They are in doubt, or they are fewer than the looks and came after a gap in which nothing was accepted: had they not
    been, the looks would have surprised nobody.
    """
    regular = sum(one.manner is Manner.ROUTINE for one in agreeing)
    if regular < LOOKS_TO_UNDO:
        return None
    doubted = state.in_doubt_since
    since = doubted or _after_a_gap(state, rules)
    before = None if since is None else state.before(since)
    if before is None:
        return None
    if doubted is not None:
        enough = regular >= 2 * LOOKS_TO_UNDO or not _one_left_out_in_all(before, state, agreeing, rules)
        return since if enough and _can_go_on(before, state, agreeing, rules) else None
    return since if _would_have_gone_on(before, state, agreeing, rules) else None


def _after_a_gap(state: JudgeState, rules: Rules) -> datetime | None:
    """Return when the first of the latest readings was made, if there was a gap before and they are few."""
    looks = 0
    for before, after in reversed(tuple(pairwise(state.spans))):
        looks += after.looks
        if looks >= LOOKS_TO_UNDO:
            return None
        if rules.gap(before.latest, after.first):
            return after.first
    return None


def _would_have_gone_on(before: Reading, state: JudgeState, looks: Sequence[Sighting], rules: Rules) -> bool:
    """Return whether the first of some looks would have been accepted after a reading, and no other goes too far."""
    for look in looks:
        moved = step(before.value, look.value, rules.register)
        if not -rules.tolerance <= moved <= rules.plausible(state.flow, before.time, look.time):
            return False
    surprised = [one for one in state.settled if one.time > before.time]
    return not suspected(looks[0], before, surprised, state.flow, rules)


def _one_left_out_in_all(before: Reading, state: JudgeState, looks: Sequence[Sighting], rules: Rules) -> bool:
    """Return whether the latest reading and all looks show what goes on from one before with a figure left out.

    Of true values, one in seven happens to look like that.
    """
    most = rules.plausible(state.flow, before.time, looks[-1].time)
    values = (state.spans[-1].value, *(one.value for one in looks))
    return all(left_out(value, before.value, most, rules.register) for value in values)


def _can_go_on(before: Reading, state: JudgeState, agreeing: Sequence[Sighting], rules: Rules) -> bool:
    """Return whether looks of three intervals rise above a reading by no more than can have been counted.

    That is the most that ever was in such a time, or what was counted on the line in doubt and can have been beside it.
    """
    end = agreeing[-1].time
    most = state.flow_until(before.time, rules.register).most(end - before.time)
    if most is None:
        most = rules.plausible(state.flow, before.time, end)
    most = max(most, _counted_in_doubt(before, state, end, rules))
    return all(-rules.tolerance <= step(before.value, one.value, rules.register) <= most for one in agreeing)


def _counted_in_doubt(before: Reading, state: JudgeState, end: datetime, rules: Rules) -> Decimal:
    """Return what the line in doubt has counted from its lower looks on, and the most that was before and after it."""
    since = state.doubted_at
    doubted = None if since is None else next((span for span in state.spans if span.first >= since), None)
    if doubted is None:
        return Decimal(0)
    line = [
        one
        for one in state.settled
        if before.time < one.time < doubted.first
        and step(before.value, one.value, rules.register) < -rules.tolerance
        and agree(one, doubted.value, doubted.first, state.flow, rules)
    ]
    if not line:
        return Decimal(0)
    first, last = line[0], state.spans[-1]
    beside = (first.time - before.time) + (end - last.latest)
    counted = step(first.value, last.value, rules.register) + (state.flow.most(beside) or Decimal(0))
    return min(counted, rules.possible(before.time, end))


def falls_short(state: JudgeState, last: Reading, value: Decimal, rules: Rules) -> bool:
    """Return whether a value is less above the last reading than looks that were too high have counted meanwhile.

    A figure that is misread counts on like the meter until it passes nine; with one left out it counts ten times as
    much, which says nothing. Nor is what is in doubt already doubted anew.
    """
    if rules.register.runs_backwards or state.doubted_at is not None:
        return False
    high = [one for one in state.sightings if step(last.value, one.value, rules.register) > rules.tolerance]
    line = cluster(high, state.flow, rules) if high else ()
    if sum(one.manner is Manner.ROUTINE for one in line) < LOOKS_TO_UNDO:
        return False
    counted = step(line[0].value, line[-1].value, rules.register)
    most = rules.plausible(state.flow, last.time, line[-1].time)
    if all(left_out(one.value, last.value, most, rules.register) for one in line):
        return False
    return counted > step(last.value, value, rules.register) + rules.tolerance * 2


def goes_on_from_taken_back(state: JudgeState, agreeing: Sequence[Sighting], rules: Rules) -> bool:
    """Return whether looks too high for the corrected line go on from what the correction took back.

    They do exactly, or, where there are many looks on both lines, but for what was used before the fall and before the
    rise, as long as that is not more than what had fallen; or if there are few accepted looks since, by no more than
    was ever counted.
    """
    enough = sum(one.manner is Manner.ROUTINE for one in agreeing) >= LOOKS_TO_UNDO
    if enough and state.stood is not None and state.few_since_stood and _can_go_on(state.stood, state, agreeing, rules):
        return True
    lower = _lower(state)
    for first in agreeing[: 1 - LOOKS_TO_UNDO]:
        unseen = _unseen(state, first, rules) if first is agreeing[0] else Decimal(0)
        most = max(_fallen(state, rules) / _NEARLY, unseen)
        enough = agreeing[-1].time - first.time >= rules.interval / 2
        if enough and _returns(state, lower, first.value, rules, most):
            return True
    return False


def correction_was_wrong(state: JudgeState, rules: Rules) -> datetime | None:
    """Return since when accepted values go on exactly from what was taken back, None if they do not."""
    lower = _lower(state)
    if looks_at(state.taken_back) <= FEW_LOOKS:
        return None
    for index, (before, after) in enumerate(pairwise(lower), start=1):
        looks = looks_at(lower[index:])
        if looks < LOOKS_TO_UNDO or lower[-1].latest - after.first < rules.interval:
            return None
        if not _returns(state, lower[:index], after.value, rules, _fallen(state, rules) / _EXACTLY):
            continue
        risen = step(before.value, after.value, rules.register)
        if all(risen >= other * _REMARKABLE for other in _other_steps(state, lower, index, rules)):
            return after.first
    return None


def _lower(state: JudgeState) -> tuple[Span, ...]:
    """Return what was accepted since the correction."""
    at = state.taken_back_at
    return () if at is None else tuple(span for span in state.spans if span.first >= at)


def _fallen(state: JudgeState, rules: Rules) -> Decimal:
    """Return by how much the correction made the total fall."""
    lower = _lower(state)
    return step(lower[0].value, state.taken_back[-1].value, rules.register) if lower else Decimal(0)


def _unseen(state: JudgeState, rise: Sighting, rules: Rules) -> Decimal:
    """Return the most that can have been used before the fall, which made it smaller, and before the rise.

    It is what was ever counted in such times; more than what had fallen only if it was no faster than it was counted
    around them, or by looks that were held meanwhile.
    """
    lower = _lower(state)
    if looks_at(lower) <= FEW_LOOKS:
        return Decimal(0)
    times = ((state.taken_back[-1].latest, lower[0].first), (lower[-1].latest, rise.time))
    ever = sum((state.flow.most(end - start) or Decimal(0) for start, end in times), Decimal(0))
    fastest = _fastest(state, lower, rules)
    counted = [_counted_meanwhile(state, start, end, fastest, rules) for start, end in times]
    lately = Decimal(0) if None in counted else sum((one for one in counted if one is not None), Decimal(0))
    many = looks_at(state.taken_back) > FEW_LOOKS
    return min(ever, max(lately, _fallen(state, rules) if many else Decimal(0)))


def _counted_meanwhile(
    state: JudgeState, start: datetime, end: datetime, fastest: Decimal, rules: Rules
) -> Decimal | None:
    """Return what can have been counted between two readings; None if that is not known, for there was a gap.

    What is too high by a misread figure counts like the meter.
    """
    beside, counted = end - start, Decimal(0)
    if rules.gap(start, end):
        high = state.taken_back[-1].value
        held = [one for one in state.settled if start < one.time < end and step(high, one.value, rules.register) > 0]
        line = cluster(held, state.flow, rules) if held else ()
        if len(line) < LOOKS_TO_UNDO or rules.gap(start, line[0].time) or rules.gap(line[-1].time, end):
            return None
        beside -= line[-1].time - line[0].time
        counted = step(line[0].value, line[-1].value, rules.register)
    return counted + fastest * Decimal(beside / rules.interval)


def _fastest(state: JudgeState, lower: Sequence[Span], rules: Rules) -> Decimal:
    """Return the most that was counted in an interval on either line, and half of it more."""
    steps = [
        step(one.value, other.value, rules.register) / Decimal(max(1.0, (other.first - one.latest) / rules.interval))
        for line in ((*state.spans[: -len(lower)], *state.taken_back), lower)
        for one, other in pairwise(line)
    ]
    return max(steps, default=Decimal(0)) * NEARLY_AS_FAST


def _returns(state: JudgeState, lower: Sequence[Span], value: Decimal, rules: Rules, most: Decimal) -> bool:
    """Return whether a value stands where the values taken back would stand by now, or up to so much above."""
    if not lower:
        return False
    high = state.taken_back[-1].value
    counted = step(lower[0].value, lower[-1].value, rules.register)
    beyond = step(high, value, rules.register) - counted
    return -rules.tolerance <= beyond <= max(rules.tolerance * 2, most)


def _other_steps(state: JudgeState, lower: Sequence[Span], index: int, rules: Rules) -> Iterator[Decimal]:
    """Yield the steps that were neither the fall nor the rise."""
    for line in (state.taken_back, lower[:index], lower[index:]):
        yield from (step(one.value, other.value, rules.register) for one, other in pairwise(line))
