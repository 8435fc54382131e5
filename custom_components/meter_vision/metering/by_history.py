"""Which of the values that a look cannot tell apart is the true one, by what was accepted before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Final

from .consumption import step
from .decode import MOST_CANDIDATES
from .evidence import Evidence, agree, uncontradicted
from .memory import FEW_LOOKS, JudgeState, looks_at
from .window import Rules

_JUST_BELOW: Final = 5
"""A value up to so many times the tolerance below the last one may be true after all."""

_LIKELIER: Final = 1.0
"""The least difference in cost: three times as likely, so that it is not the noise of a look that chooses."""

_FAR_LESS: Final = 5
"""How many times less use that is hardly chance."""

_TWO: Final = 2

type Moved = Mapping[Decimal, Decimal]
"""The possible values, best first, and how far above the last reading each is."""


def settled(state: JudgeState, look: Evidence, rules: Rules, moved: Moved, feasible: Sequence[Decimal]) -> bool:
    """Return whether history settles that the first of the feasible values is the true one.

    It is the only one, or the likeliest of all and the one that needs the least use. Nothing is settled by a history
    that is in question itself, nor where a value below is likelier, as near to the last reading or only a little less
    so, or goes on from before while few looks have shown what is above it.
    """
    if not 1 < len(moved) <= MOST_CANDIDATES or not feasible or _in_doubt(state, look, rules, moved):
        return False
    first, *others = feasible
    if others and not (_likeliest(look, first) and all(abs(moved[first]) < abs(moved[other]) for other in others)):
        return False
    near = max(rules.tolerance * _JUST_BELOW, moved[first])
    below = [value for value, by in moved.items() if by < -rules.tolerance and value not in feasible]
    if any(_cost(look, value) < _cost(look, first) for value in below):
        return False
    return not any(-near <= moved[value] or _goes_on_from_before(state, rules, value) for value in below)


def _goes_on_from_before(state: JudgeState, rules: Rules, value: Decimal) -> bool:
    """Return whether a value goes on from an earlier reading, and few looks have shown what is above it.

    A single one is few, or fewer than have shown the reading before if the value is that one, or up to three at more
    than one value if it needs far less use than they do.
    """
    spans = state.spans
    above = tuple(takewhile(lambda one: step(one.value, value, rules.register) < -rules.tolerance, reversed(spans)))
    if len(above) == len(spans):
        return False
    before, looks = spans[-len(above) - 1], looks_at(above)
    used, shown = (step(before.value, to, rules.register) for to in (value, spans[-1].value))
    if len(above) > 1:
        return looks <= FEW_LOOKS and used * _FAR_LESS <= shown
    return looks <= 1 or (abs(used) <= rules.tolerance and looks < before.looks)


def below_last(state: JudgeState, look: Evidence, rules: Rules, moved: Moved, window: Decimal) -> Decimal | None:
    """Return which possible value speaks against the last reading: it is below, and goes on from an earlier one.

    It is the only one that can be, or the likeliest of all and what stood there before; where looks have said nothing
    else for two intervals, it may be as likely as any and need far less use than all.
    """
    if rules.register.runs_backwards or not 1 < len(moved) <= MOST_CANDIDATES:
        return None
    uses = {value: by for value, by in moved.items() if -rules.tolerance <= by <= window}
    for value in (value for value, by in moved.items() if by < -rules.tolerance):
        earlier = [span for span in state.spans if step(span.value, value, rules.register) >= -rules.tolerance]
        if not earlier:
            continue
        used = step(earlier[-1].value, value, rules.register)
        if used <= rules.plausible(state.flow, earlier[-1].latest, look.captured_at):
            uses[value] = used
    can_be = [value for value in moved if value in uses]
    if len(can_be) > 1:
        least = min(can_be, key=lambda value: uses[value])
        again = state.fruitless >= _TWO
        stood = uses[least] <= rules.tolerance and _likeliest(look, least)
        far_less = all(uses[least] * _FAR_LESS <= uses[value] for value in can_be if value != least)
        can_be = [least] if stood or (again and far_less and least == can_be[0]) else []
    return can_be[0] if can_be and moved[can_be[0]] < 0 else None


def _likeliest(look: Evidence, value: Decimal) -> bool:
    """Return whether the positions of a look speak for a value rather than for any of its others."""
    candidates = () if look.decoded is None else look.decoded.candidates
    cost = _cost(look, value)
    return all(one.cost - cost >= _LIKELIER for one in candidates if one.value != value)


def _cost(look: Evidence, value: Decimal) -> float:
    """Return how little the positions of a look speak for one of its values."""
    candidates = () if look.decoded is None else look.decoded.candidates
    return next((one.cost for one in candidates if one.value == value), 0.0)


def _in_doubt(state: JudgeState, look: Evidence, rules: Rules, moved: Moved) -> bool:
    """Return whether one of the possible values is what a clear look said, lower than the last reading.

    Then it is the history that is in question, and it cannot settle anything.
    """
    if rules.register.runs_backwards:
        return False
    possible = [value for value, by in moved.items() if by < -rules.tolerance]
    lower = uncontradicted(state.sightings, state.flow, rules)
    return any(agree(s, value, look.captured_at, state.flow, rules) for s in lower for value in possible)
