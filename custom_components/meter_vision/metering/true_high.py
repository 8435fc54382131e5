"""Whether a value above the window is true: looks that no reflection can have made alike, or use that is seen again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from .consumption import step
from .evidence import Sighting, cluster, independent, looked_at_anew
from .memory import JudgeState
from .misread_figures import left_out
from .models import Reading
from .window import Rules

STEPS_SEEN_AGAIN: Final = 2
NEARLY_AS_FAST: Final = Decimal("1.5")
"""A step is like another one that is no more than so many times as large."""
_LONGER: Final = 1.1
"""By how much the times between regular looks differ."""


def true_high(state: JudgeState, last: Reading, agreeing: Sequence[Sighting], rules: Rules) -> Sequence[Sighting]:
    """Return the looks that prove a value above the window, none if nothing does."""
    if not looked_at_anew(state.sightings):
        return ()
    # What goes on for hours as never before agrees with itself, too.
    lasting = cluster(state.sightings, state.flow, rules, most=rules.sustained)
    for looks in (agreeing, lasting):
        if independent(looks):
            return looks
    fast = cluster(state.sightings, state.flow, rules, most=rules.possible)
    return fast if _counted_again(state, last, fast, rules) else ()


def believing(state: JudgeState, proof: Sequence[Sighting], rules: Rules) -> JudgeState:
    """Return the state with what was seen before the latest look accepted, each at its time: so fast it can count."""
    first, latest = proof[0], proof[-1]
    counted = abs(step(first.value, latest.value, rules.register))
    state = replace(state, flow=state.flow.at_least(counted, latest.time - first.time))
    for sighting in proof[:-1]:
        last = state.last
        if last is not None and step(last.value, sighting.value, rules.register) > 0:
            state = state.accepted(sighting.value, sighting.time, rules.register)
    return state


def _counted_again(state: JudgeState, before: Reading, sightings: Sequence[Sighting], rules: Rules) -> bool:
    """Return whether looks that surprise show such a use again: two steps between them, as fast as that to the first.

    A misread figure is in all of them alike: it adds to the first step, and to none after it. With a figure left out
    they count ten times as much: that is no use.
    """
    first = sightings[0]
    enough = step(before.value, first.value, rules.register) / NEARLY_AS_FAST
    if enough <= 0 or not looked_at_anew(sightings):
        return False
    longest = max(first.time - before.time, rules.interval) * _LONGER
    steps, start = 0, first
    for index, sighting in enumerate(sightings):
        begin = next(s for s in sightings[: index + 1] if s.time >= max(start.time, sighting.time - longest))
        if step(begin.value, sighting.value, rules.register) >= enough:
            steps, start = steps + 1, sighting
    return steps >= STEPS_SEEN_AGAIN and not all(_like_left_out(one, before, state, rules) for one in sightings)


def _like_left_out(one: Sighting, before: Reading, state: JudgeState, rules: Rules) -> bool:
    """Return whether a look shows what use that surprises nobody would, with a figure left out."""
    used = rules.plausible(state.flow, before.time, one.time)
    return left_out(one.value, before.value, used, rules.register)
