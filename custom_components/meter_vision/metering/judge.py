"""Whether a look may be published: a pure state machine over everything seen so far, with time passed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from .by_history import below_last, settled
from .consumption import step
from .decode import Decoded
from .evidence import Evidence, Manner, Sighting, agree, cluster, looked_at_anew, suspected
from .false_high import FalseHigh, false_high
from .memory import JudgeState, Span
from .models import Confidence, Outcome, Reading, Verdict
from .true_high import believing, true_high
from .undoing import correction_was_wrong, falls_short, goes_on_from_taken_back, passed_over_since
from .window import Rules

LONGEST_HOLD: Final = timedelta(days=1)
"""After this long a person is asked."""
ANCHORING_LOOKS: Final = 2
"""Agreeing looks that begin a history nobody has confirmed."""
_SHOWN_CANDIDATES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Accepted readings that turned out to be wrong."""

    value: Decimal
    first: datetime
    latest: datetime
    """When the pictures of the first and the latest of them were taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a look, and what is known afterwards."""

    verdict: Verdict
    state: JudgeState
    ask: Manner | None = None
    """The manner of a further look that could settle it, at a new picture after a pause."""
    corrected: tuple[Correction, ...] = ()
    """Readings taken back, oldest first."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A look on trial, with the numbers that the verdict will name."""

    state: JudgeState
    look: Evidence
    rules: Rules
    detail: dict[str, str] = field(default_factory=dict)

    def step(self, start: Decimal, end: Decimal) -> Decimal:
        return step(start, end, self.rules.register)

    def sighted(self, value: Decimal) -> tuple[_Case, tuple[Sighting, ...]]:
        """Return the case with the value remembered as a surprise, and all looks that agree on it."""
        state = self.state.sighted(Sighting.of(self.look, value))
        agreeing = cluster(state.sightings, state.flow, self.rules)
        return replace(self, state=state, detail=self.detail | {"looks": str(len(agreeing))}), agreeing


def consider(state: JudgeState, look: Evidence, rules: Rules) -> Decision:
    """Return the verdict on a look and the state after it."""
    stuck = look.manner is Manner.ROUTINE and look.picture is not None and look.picture == state.picture
    case = _Case(replace(state, picture=look.picture or state.picture), look, rules)
    if stuck:
        return _same_picture(case)
    if look.decoded is None:
        return _held(case, "unreadable", outcome=Outcome.UNREADABLE)
    case = replace(case, detail=_seen(look.decoded))
    last = state.last
    return _without_reference(case, look.decoded) if last is None else _against_reference(case, look.decoded, last)


def unchanged(state: JudgeState, time: datetime, change: str, since: datetime) -> Decision | None:
    """Return that the last reading still stands, for a new picture that shows no change; None if it has to be read.

    It is no look: nobody has read anything, so it adds no evidence, settles no doubt and says nothing about the light.
    """
    if state.last is None or state.sightings or state.held_since is not None or state.fruitless:
        return None
    reading = Reading(value=state.last.value, time=time)
    verdict = Verdict(
        outcome=Outcome.ACCEPTED,
        rule="unchanged",
        reading=reading,
        confidence=Confidence.MEDIUM,
        detail={"last": str(reading.value), "change": change, "since": since.isoformat()},
    )
    return Decision(verdict=verdict, state=state.stood_until(time))


def well_read(verdict: Verdict, time: datetime) -> bool:
    """Return whether a picture of that time may stand for later ones: clearly read, or found again, in every place."""
    if verdict.outcome is not Outcome.ACCEPTED or verdict.reading is None or verdict.reading.time != time:
        return False
    return verdict.confidence is Confidence.HIGH or verdict.rule == "confirmed"


def _same_picture(case: _Case) -> Decision:
    """The camera sent what it had sent before: nothing new is known, neither for nor against the last reading."""
    last = case.state.last
    if last is None or case.state.fruitless or case.look.captured_at - last.time > LONGEST_HOLD:
        return Decision(verdict=Verdict(outcome=Outcome.HELD, rule="stuck_picture"), state=case.state)
    verdict = Verdict(
        outcome=Outcome.ACCEPTED,
        rule="same_picture",
        reading=last,
        confidence=Confidence.MEDIUM,
        detail={"last": str(last.value)},
    )
    return Decision(verdict=verdict, state=case.state)


def _without_reference(case: _Case, decoded: Decoded) -> Decision:
    """Nothing is confirmed yet: looks at different pictures that agree begin the history."""
    if not decoded.decisive:
        return _held(case, "no_reference")
    case, agreeing = case.sighted(decoded.value)
    if len(agreeing) < ANCHORING_LOOKS:
        return _held(case, "no_reference")
    return _accepted(case, "first_reading", decoded.value, decoded.confidence)


def _against_reference(case: _Case, decoded: Decoded, last: Reading) -> Decision:
    backwards = case.rules.register.runs_backwards
    window = case.rules.plausible(case.state.flow, last.time, case.look.captured_at)
    below = -(window if backwards else case.rules.tolerance)
    case = replace(case, detail={"last": str(last.value), "window": str(window), **case.detail})
    moved = {c.value: case.step(last.value, c.value) for c in decoded.candidates}
    feasible = [value for value, by in moved.items() if below <= by <= window and not _suspected(case, last, value)]
    if decoded.decisive and decoded.low <= last.value < decoded.high:
        if decoded.high - decoded.low > case.rules.register.resolution:
            return _still_possible(case, decoded, last)
        feasible = [last.value]
    elif not decoded.decisive and not settled(case.state, case.look, case.rules, moved, feasible):
        below_it = below_last(case.state, case.look, case.rules, moved, window)
        if below_it is None:
            return _held(case, "ambiguous")
        return _surprise(case, replace(decoded, value=below_it, confidence=Confidence.MEDIUM), last)
    elif not feasible:
        return _surprise(case, decoded, last)
    value = feasible[0]
    by = moved.get(value, Decimal(0))
    confidence = decoded.confidence if decoded.decisive else Confidence.MEDIUM
    rule = "in_window" if decoded.decisive else "resolved_by_history"
    if not backwards and (decision := _other_looks_differ(case, decoded, last, by)) is not None:
        return decision
    if by == 0 or (by < 0 and not backwards):
        rule, value = "confirmed", last.value
    elif (by > 0) != (value > last.value):
        rule = "rollover"
    if rule in {"in_window", "confirmed"} and _is_doubtful(case, last, value):
        case = replace(case, state=replace(case.state, doubted_at=case.look.captured_at))
    return _undone(_accepted(case, rule, value, confidence), case.rules)


def _still_possible(case: _Case, decoded: Decoded, last: Reading) -> Decision:
    """The last places are hidden: the meter may stand where it stood, but its time is not known to be later."""
    verdict = Verdict(
        outcome=Outcome.ACCEPTED, rule="confirmed", reading=last, confidence=decoded.confidence, detail=case.detail
    )
    return Decision(verdict=verdict, state=case.state)


def _suspected(case: _Case, last: Reading, value: Decimal) -> bool:
    state = case.state
    return suspected(Sighting.of(case.look, value), last, state.open_still, state.flow, case.rules)


def _other_looks_differ(case: _Case, decoded: Decoded, last: Reading, by: Decimal) -> Decision | None:
    """Return what is decided instead of accepting a value, because of lower looks just before; None if nothing is."""
    return _one_more_below(case, decoded, last) if by < 0 else _rises_where_others_fell(case, last, by)


def _rises_where_others_fell(case: _Case, last: Reading, by: Decimal) -> Decision | None:
    """Hold a further look that rises if all others of its interval fell, or some did and it rises as never before.

    One of them is misread, and which one is not known. Before anything is known of the use, the further look decides.
    """
    rules, look = case.rules, case.look
    most = rules.ever(case.state.flow, last.time, look.captured_at)
    if look.manner is Manner.ROUTINE or by <= rules.tolerance or most is None:
        return None
    lower = [
        one
        for one in case.state.sightings
        if look.captured_at - one.time < rules.interval and case.step(last.value, one.value) < -rules.tolerance
    ]
    all_fell = len(lower) >= (1 if look.manner is Manner.PREPARED_DIFFERENTLY else 2)
    if not lower or not (all_fell or by > most):
        return None
    detail = case.detail | {"before": str(lower[-1].value), "most": str(most)}
    return _held(replace(case, detail=detail), "looks_differ")


def _goes_on_from_too_low(case: _Case, last: Reading, value: Decimal, sightings: Iterable[Sighting]) -> bool:
    """Return whether looks that agree with a value were below the last reading: time alone does not make them true."""
    state, rules, time = case.state, case.rules, case.look.captured_at
    if rules.register.runs_backwards or state.doubted_at is not None:
        return False
    lower = [s for s in sightings if case.step(last.value, s.value) < -rules.tolerance]
    return sum(agree(s, value, time, state.flow, rules) for s in lower) >= ANCHORING_LOOKS


def _is_doubtful(case: _Case, last: Reading, value: Decimal) -> bool:
    """Return whether looks held before make it doubtful that a value which fits is true."""
    too_low = _goes_on_from_too_low(case, last, value, case.state.sightings)
    return too_low or falls_short(case.state, last, value, case.rules)


def _surprise(case: _Case, decoded: Decoded, last: Reading) -> Decision:
    """Hold a value that cannot be, until the looks that agree on it outweigh what speaks against it."""
    case, agreeing = case.sighted(decoded.value)
    by = case.step(last.value, decoded.value)
    if by < 0 and not case.rules.register.runs_backwards:
        return _below(case, decoded, agreeing)
    possible = case.rules.possible(last.time, case.look.captured_at)
    case = replace(case, detail=case.detail | {"possible": str(possible)})
    if goes_on_from_taken_back(case.state, agreeing, case.rules):
        restored, instead = case.state.restored(case.look.captured_at)
        decision = _accepted(replace(case, state=restored), "correction_undone", decoded.value, decoded.confidence)
        return replace(decision, corrected=_corrections(instead))
    since = passed_over_since(case.state, agreeing, case.rules)
    if since is not None:
        kept, instead = case.state.passed_over(since)
        decision = _accepted(replace(case, state=kept), "correction_undone", decoded.value, decoded.confidence)
        return replace(decision, corrected=_corrections(instead))
    if abs(by) <= possible:
        proof = true_high(case.state, last, agreeing, case.rules)
        if proof:
            case = replace(case, state=believing(case.state, proof, case.rules))
            return _accepted(case, "agreeing_looks", decoded.value, decoded.confidence)
    return _held(case, "rate_too_high", agreeing)


def _below(case: _Case, decoded: Decoded, agreeing: tuple[Sighting, ...]) -> Decision:
    """A lower value is true if what was accepted above it was not; a meter that was replaced is never assumed."""
    found = false_high(case.state, agreeing, case.rules)
    if found is None or not found.proven:
        found = _around_a_single_look(case) or found
    if found is None:
        return _held(case, "possible_new_meter" if looked_at_anew(agreeing) else "below_last", agreeing)
    case = replace(case, detail=case.detail | {"needed": str(found.looks_needed)})
    return _corrected(case, decoded, found) if found.proven else _held(case, "below_last", tuple(found.chain))


def _around_a_single_look(case: _Case) -> FalseHigh | None:
    """Return what looks before the last reading and since prove, if a single look has shown that and they are below."""
    state = case.state
    *before, last = state.spans
    if not before or state.open_still[0].time >= last.first:
        return None
    looks = cluster(state.open_still, state.flow, case.rules)
    if looks[0].time >= last.first:
        return None
    found = false_high(replace(state, spans=tuple(before)), looks, case.rules)
    return found if found is not None and found.proven else None


def _one_more_below(case: _Case, decoded: Decoded, last: Reading) -> Decision | None:
    """Return the correction if a look within the tolerance is one more of those that were too low, else None."""
    lower = [s for s in case.state.sightings if case.step(last.value, s.value) < -case.rules.tolerance]
    if not lower or not decoded.decisive:
        return None
    case, agreeing = case.sighted(decoded.value)
    found = false_high(case.state, agreeing, case.rules)
    return _corrected(case, decoded, found) if found is not None and found.proven else None


def _corrected(case: _Case, decoded: Decoded, found: FalseHigh) -> Decision:
    """Accept a lower value, and take back what was accepted above it."""
    wrong = case.state.spans[found.first :]
    kept = case.state.without(found.first, case.look.captured_at)
    value, last = decoded.value, kept.last
    if last is not None and case.step(last.value, value) < 0:
        value = last.value
    case = replace(case, state=kept)
    if last is not None and _goes_on_from_too_low(case, last, value, kept.open_again):
        case = replace(case, state=replace(kept, doubted_at=case.look.captured_at))
    decision = _accepted(case, "false_high_corrected", value, decoded.confidence)
    return replace(decision, corrected=_corrections(wrong))


def _undone(decision: Decision, rules: Rules) -> Decision:
    """Undo the latest correction if what has been accepted since goes on from what it took back."""
    since = correction_was_wrong(decision.state, rules)
    if since is None:
        return decision
    restored, instead = decision.state.restored(since)
    verdict = replace(decision.verdict, rule="correction_undone")
    return replace(decision, verdict=verdict, state=restored, corrected=_corrections(instead))


def _corrections(spans: Iterable[Span]) -> tuple[Correction, ...]:
    return tuple(Correction(value=span.value, first=span.first, latest=span.latest) for span in spans)


def _held(case: _Case, rule: str, agreeing: tuple[Sighting, ...] = (), *, outcome: Outcome = Outcome.HELD) -> Decision:
    """Publish nothing, and ask for the next look that could settle it."""
    time, detail = case.look.captured_at, case.detail
    state = replace(case.state, fruitless=case.state.fruitless + (case.look.manner is Manner.ROUTINE))
    if outcome is Outcome.HELD:
        since = state.held_since or time
        state = replace(state, held_since=since)
        if time - since >= LONGEST_HOLD:
            rule, detail = "needs_a_person", detail | {"surprise": rule}
    alike = sum(sighting.regular for sighting in agreeing) or state.fruitless
    ask = None if looked_at_anew(agreeing) else _ask(case.look, min(alike, state.fruitless))
    return Decision(verdict=Verdict(outcome=outcome, rule=rule, detail=detail), state=state, ask=ask)


def _ask(look: Evidence, times: int) -> Manner | None:
    """Look again differently, then with the stronger model; ever more rarely while the same surprise goes on."""
    if look.manner is Manner.STRONGER_MODEL or times.bit_count() > 1:
        return None
    return Manner.PREPARED_DIFFERENTLY if look.manner is Manner.ROUTINE else Manner.STRONGER_MODEL


def _accepted(case: _Case, rule: str, value: Decimal, confidence: Confidence) -> Decision:
    state, time = case.state, case.look.captured_at
    votes = state.votes if rule == "resolved_by_history" else state.votes.add(case.look.observation)
    verdict = Verdict(
        outcome=Outcome.ACCEPTED,
        rule=rule,
        reading=Reading(value=value, time=time),
        confidence=confidence,
        detail=case.detail,
    )
    clear = case.look.decoded is None or case.look.decoded.decisive
    accepted = state.accepted(value, time, case.rules.register, clear=clear)
    return Decision(verdict=verdict, state=replace(accepted, votes=votes))


def _seen(decoded: Decoded) -> dict[str, str]:
    seen = " or ".join(str(c.value) for c in decoded.candidates[:_SHOWN_CANDIDATES])
    return {"seen": seen, "margin": str(decoded.margin)}
