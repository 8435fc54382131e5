"""The register value that best explains all positions together, and how well.

Wheels and dials are one gear train, so they are read as one. From right to left:

- a dial stands exactly where the digits to its right put it;
- a drum stands on a figure, except while its right neighbour passes from 9 to 0: then it turns with it;
- the drum next to the dials turns with the first dial all the time (`continuous`) or only while that passes from 9 to 0
  (`late`); if the meter's habit is not known, both are tried;
- the last position of all may stand anywhere; display digits never turn.

Every choice of digits predicts each position; what the reader saw differs from it by a residual, whose cost is the
negative logarithm of its likelihood under a normal distribution. The margin is the cost by which the best other value
is worse: a margin m means that the chosen value is e**m times more likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import dropwhile, pairwise
from typing import Final

from .models import Confidence, Display, Observation, Position, Register, Roll

# Standard deviations of a look, in figures, from recorded looks at 60 real photos: a drum at rest is almost always
# reported at rest; how far a turning one has come, and where a pointer stands between two marks, is judged less well.
_AT_REST: Final = 0.10
_TURNING: Final = 0.18
_POINTER: Final = 0.22
_LAST: Final = 0.15
_REST_LIMIT: Final = 0.05
"""A drum predicted this close to a figure counts as at rest."""
_LAST_SHIFTS: Final = tuple(shift / 10 for shift in range(-4, 5))
_HALF: Final = 0.5
_TURNS_BESIDE_UNREADABLE: Final = 2.3
"""Cost of the one case in ten in which an unreadable neighbour is just passing from 9 to 0."""

MARGIN_DECISIVE: Final = 2.2
MARGIN_OTHER_ROLL: Final = 3.2
"""Against a value under the drum's other habit: a habit mistaken repeats itself in every look."""
MARGIN_HIGH: Final = 6.0
RESIDUAL_DECISIVE: Final = 0.38
RESIDUAL_DECISIVE_DIAL: Final = 0.45
RESIDUAL_HIGH: Final = 0.25
MARGIN_MAX: Final = 12.0
"""Others so much worse are not followed up; also the margin where there is no other."""
MOST_CANDIDATES: Final = 100
"""More of them are not listed, and so nothing can be chosen among them."""
_MOST_HYPOTHESES: Final = 300
_FIGURES: Final = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that explains the positions, and its cost."""

    value: Decimal
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What an observation says about the register, in its unit and before its multiplier."""

    value: Decimal
    """The digits that stand on the meter; unreadable last places are zero."""
    estimate: Decimal
    """The value with the tenth of the last readable position."""
    low: Decimal
    high: Decimal
    """The interval the true value lies in, one unit of the last readable position wide."""
    margin: float
    residuals: tuple[float | None, ...]
    """For each position the observed minus the predicted figure; None where nothing was seen."""
    candidates: tuple[Candidate, ...]
    """The values that cannot be told apart from the best, best first."""
    decisive: bool
    """Whether the positions alone settle the value."""
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class _Place:
    """One readable or unreadable position of the register."""

    seen: Position
    dial: bool


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    """Digits for the places decoded so far, least significant first."""

    number: int
    """The digits as one number, in units of the last readable position."""
    places: int
    shown: float
    """Where the leftmost of them is predicted to stand."""
    fraction: float
    """How far the last place is beyond its digit, as a part of its unit."""
    cost: float
    residuals: tuple[float | None, ...]
    roll: Roll

    def apart(self, other: _Hypothesis) -> bool:
        """Return whether the values differ by a unit of the last readable position, counting both ways round."""
        around: int = _FIGURES**self.places
        distance = abs(self.number - other.number + self.fraction - other.fraction) % around
        return min(distance, around - distance) > 1 - _REST_LIMIT

    def rivals(self, other: _Hypothesis) -> bool:
        """Return whether another value is too likely for this one to be published."""
        needed = MARGIN_DECISIVE if other.roll is self.roll else MARGIN_OTHER_ROLL
        return self.apart(other) and other.cost - self.cost < needed


def decode_each(
    observations: Mapping[str, Observation], registers: Mapping[str, Register]
) -> dict[str, Decoded | None]:
    """Return what each of some registers shows, None where nothing of it can be read."""
    return {
        name: decode(observation, registers[name]) if observation.readable else None
        for name, observation in observations.items()
    }


def decode(observation: Observation, register: Register) -> Decoded | None:
    """Return what a readable observation that fits the layout says, or None if no position can be read."""
    wheels = [_Place(seen, dial=False) for seen in observation.wheels]
    dials = [_Place(seen, dial=True) for seen in observation.dials]
    places = list(dropwhile(lambda place: place.seen is None, reversed(wheels + dials)))
    if not places:
        return None
    hidden = len(wheels) + len(dials) - len(places)
    rolls = (Roll.CONTINUOUS, Roll.LATE) if register.roll is Roll.UNKNOWN and dials else (register.roll,)
    turns = register.display is not Display.LCD
    found = [hypothesis for roll in rolls for hypothesis in _hypotheses(places, hidden, roll, turns=turns)]
    return _decoded(found, places, register.resolution * Decimal(_FIGURES) ** hidden)


def _hypotheses(places: Sequence[_Place], hidden: int, roll: Roll, *, turns: bool) -> list[_Hypothesis]:
    """Return the plausible choices of digits, following every one that is not much worse than the best."""
    hypotheses = _kept(_starts(places[0], hidden, roll, turns=turns))
    for right, place in pairwise(places):
        with_neighbour = place.dial or (right.dial and roll is Roll.CONTINUOUS)
        hypotheses = _kept(
            extended
            for hypothesis in hypotheses
            for turned in (_turned(hypothesis.shown, always=with_neighbour) if turns else 0.0,)
            for extended in _extended(hypothesis, place, turned)
        )
    return hypotheses


def _starts(place: _Place, hidden: int, roll: Roll, *, turns: bool) -> Iterator[_Hypothesis]:
    """Yield where the last readable position may stand."""
    resting = _Hypothesis(0, 0, 0.0, _HALF, 0.0, (), roll)
    if not turns:
        yield from _extended(resting, place, 0.0)
    elif hidden and not place.dial:
        # What turns this drum is hidden: it stands on a figure, or moves with a neighbour nobody sees.
        yield from _extended(resting, place, 0.0)
        passing = replace(resting, fraction=1 - _HALF / _FIGURES, cost=_TURNS_BESIDE_UNREADABLE)
        for tenth in range(1, _FIGURES):
            yield from _extended(passing, place, tenth / _FIGURES)
    else:
        for shift in _LAST_SHIFTS:
            shown = round((place.seen or 0.0) + shift, 4) % _FIGURES
            digit = int(shown)
            yield _Hypothesis(digit, 1, shown, shown - digit, _cost(shift, _LAST), (-shift,), roll)


def _turned(right_shown: float, *, always: bool) -> float:
    """Return how far a place stands beyond its digit when its right neighbour stands at `right_shown`."""
    return right_shown / _FIGURES if always else max(0.0, right_shown - (_FIGURES - 1))


def _extended(hypothesis: _Hypothesis, place: _Place, turned: float) -> Iterator[_Hypothesis]:
    """Yield the hypothesis with each digit of the next place that the position seen there allows."""
    digits: Sequence[int] = range(_FIGURES)
    if place.seen is not None:
        below = int((place.seen - turned) // 1)
        digits = (below % _FIGURES, (below + 1) % _FIGURES)
    at_rest = not _REST_LIMIT <= turned <= 1 - _REST_LIMIT
    weight = _FIGURES**hypothesis.places
    spread = _POINTER if place.dial else _AT_REST if at_rest else _TURNING
    residuals = [None if place.seen is None else _circular(place.seen - digit - turned) for digit in digits]
    costs = [_cost(residual, spread) for residual in residuals]
    worst = min(costs) + MARGIN_MAX
    for digit, residual, cost in zip(digits, residuals, costs, strict=True):
        if cost <= worst:
            yield _Hypothesis(
                hypothesis.number + digit * weight,
                hypothesis.places + 1,
                digit + turned,
                hypothesis.fraction,
                hypothesis.cost + cost,
                (*hypothesis.residuals, residual),
                hypothesis.roll,
            )


def _kept(hypotheses: Iterable[_Hypothesis]) -> list[_Hypothesis]:
    ordered = sorted(hypotheses, key=lambda hypothesis: hypothesis.cost)
    limit = ordered[0].cost + MARGIN_MAX
    return [hypothesis for hypothesis in ordered[:_MOST_HYPOTHESES] if hypothesis.cost <= limit]


def _decoded(found: list[_Hypothesis], places: Sequence[_Place], unit: Decimal) -> Decoded:
    found.sort(key=lambda hypothesis: (hypothesis.cost, hypothesis.number))
    best = found[0]
    others = [other.cost - best.cost for other in found if best.apart(other)]
    margin = min([*others, MARGIN_MAX])
    explained = all(
        abs(residual or 0.0) <= (RESIDUAL_DECISIVE_DIAL if place.dial else RESIDUAL_DECISIVE)
        for place, residual in zip(places, best.residuals, strict=True)
    )
    candidates = _candidates(best, found)
    decisive = explained and len(candidates) == 1
    estimate = (best.number + Decimal(str(round(best.fraction, 2)))) * unit
    return Decoded(
        value=best.number * unit,
        estimate=estimate,
        low=estimate - unit / 2,
        high=estimate + unit / 2,
        margin=round(margin, 2),
        residuals=tuple(None if r is None else round(r, 3) for r in reversed(best.residuals)),
        candidates=tuple(Candidate(c.number * unit, round(c.cost - best.cost, 2)) for c in candidates),
        decisive=decisive,
        confidence=_confidence(margin, best.residuals, decisive=decisive),
    )


def _candidates(best: _Hypothesis, found: Iterable[_Hypothesis]) -> list[_Hypothesis]:
    """Return the best hypothesis and its rivals, one for each value."""
    candidates = [best]
    for other in found:
        if len(candidates) > MOST_CANDIDATES:
            break
        if best.rivals(other) and all(other.apart(candidate) for candidate in candidates):
            candidates.append(other)
    return candidates


def _confidence(margin: float, residuals: Iterable[float | None], *, decisive: bool) -> Confidence:
    if not decisive:
        return Confidence.LOW
    worst = max(abs(residual or 0.0) for residual in residuals)
    return Confidence.HIGH if margin >= MARGIN_HIGH and worst <= RESIDUAL_HIGH else Confidence.MEDIUM


def _circular(difference: float) -> float:
    """Return a difference of two positions as the shorter way round the figures."""
    return (difference + _FIGURES / 2) % _FIGURES - _FIGURES / 2


def _cost(residual: float | None, spread: float) -> float:
    return 0.0 if residual is None else (residual / spread) ** 2 / 2
