"""What the journal says of a look and of what a person did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from .meter_state import MeterState
from .metering.answer import plain_observation
from .metering.decode import Decoded
from .metering.evidence import Evidence
from .metering.judge import Decision, consider
from .metering.memory import JudgeState
from .metering.models import Look, Observation, Register, Usage
from .metering.window import Rules
from .register_state import RegisterState
from .store.models import JournalEntry, Kind

type Record = Callable[[MeterState], Sequence[JournalEntry]]
"""What the journal says of a change, given the state after it."""

TAKEN_BACK: Final = "taken_back"
"""Key of an entry's detail: the readings that turned out to be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """A picture of the journal: the name and size of its file."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was decided about one register, on which evidence, and what the judge knew before."""

    evidence: Evidence
    known: JudgeState
    decision: Decision

    def applied(self, register: Register, state: RegisterState) -> RegisterState:
        """Return the state of the register after it."""
        return state.decided(self.decision, self.known, register)


def judged(
    seen: Evidence,
    observations: Mapping[str, Observation],
    decoded: Mapping[str, Decoded | None],
    known: Mapping[str, JudgeState],
    rules: Mapping[str, Rules],
) -> dict[str, Judgement]:
    """Return what the judge of each register that was observed decides; `seen` is what all of them have in common."""
    judgements = {}
    for name, observation in observations.items():
        evidence = replace(seen, decoded=decoded[name], observation=observation)
        decision = consider(known[name], evidence, rules[name])
        judgements[name] = Judgement(evidence=evidence, known=known[name], decision=decision)
    return judgements


def entries_of_look(
    look: Look | None, judgements: Mapping[str, Judgement], picture: KeptPicture | None, now: datetime
) -> tuple[JournalEntry, ...]:
    """Return an entry for each register that was looked at; the first of them bears the cost.

    Without a look, pictures were compared and nothing was read.
    """
    usage = None if look is None else look.usage
    entries: list[JournalEntry] = []
    for name, judgement in judgements.items():
        verdict, first = judgement.decision.verdict, not entries
        decoded = judgement.evidence.decoded
        entries.append(
            JournalEntry(
                register=name,
                time=judgement.evidence.captured_at,
                recorded_at=now,
                kind=Kind.COMPARED if look is None else Kind.LOOK,
                outcome=verdict.outcome,
                rule=verdict.rule,
                confidence=verdict.confidence,
                value=verdict.reading.value if verdict.reading else decoded.value if decoded else None,
                detail={**verdict.detail, **_corrections(judgement.decision)},
                evidence=plain_evidence(judgement.evidence),
                model=None if usage is None else usage.model,
                input_tokens=usage.input_tokens if usage and first else 0,
                output_tokens=usage.output_tokens if usage and first else 0,
                cost=usage.cost if usage and first else None,
                picture=None if picture is None else picture.name,
                picture_size=0 if picture is None else picture.size,
            )
        )
    return tuple(entries)


def entry_of_failure(
    register: str,
    outcome: str,
    detail: Mapping[str, str],
    *,
    usage: Usage | None,
    picture: KeptPicture | None,
    time: datetime,
    now: datetime,
) -> JournalEntry:
    """Return the entry of a look that came to no verdict, with what it cost all the same."""
    return JournalEntry(
        register=register,
        time=time,
        recorded_at=now,
        kind=Kind.FAILURE,
        outcome=outcome,
        detail=detail,
        model=None if usage is None else usage.model,
        input_tokens=0 if usage is None else usage.input_tokens,
        output_tokens=0 if usage is None else usage.output_tokens,
        cost=None if usage is None else usage.cost,
        picture=None if picture is None else picture.name,
        picture_size=0 if picture is None else picture.size,
    )


def entry_of_person(
    kind: Kind, register: Register, state: RegisterState, *, time: datetime, now: datetime
) -> JournalEntry:
    """Return the entry of what a person said about a register, given its state afterwards."""
    return JournalEntry(
        register=register.name,
        time=time,
        recorded_at=now,
        kind=kind,
        value=state.last.value,
        detail={"consumption": str(state.consumption)},
    )


def entry_of_dialog(asked: str, usage: Usage, error: str | None, now: datetime) -> JournalEntry:
    """Return the entry of a paid call that a dialog made: what was asked for, and what went wrong if anything did."""
    return JournalEntry(
        register="",
        time=now,
        recorded_at=now,
        kind=Kind.DIALOG,
        outcome=asked,
        detail={} if error is None else {"error": error},
        model=usage.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost=usage.cost,
    )


def entries_of_put_back(
    registers: Mapping[str, Register], states: Mapping[str, RegisterState], now: datetime
) -> tuple[JournalEntry, ...]:
    """Return the entries of looks that no longer count because the clock was ahead, given the states afterwards."""
    return tuple(
        entry_of_person(Kind.RETRACT, register, states[name], time=now, now=now) for name, register in registers.items()
    )


def plain_evidence(evidence: Evidence) -> dict[str, Any]:
    """Return what was seen, and how, as JSON data: enough to decode and judge it again."""
    return {
        "manner": evidence.manner.value,
        "light": evidence.light,
        "fingerprint": evidence.picture,
        **({} if evidence.observation is None else plain_observation(evidence.observation)),
    }


def _corrections(decision: Decision) -> dict[str, str]:
    """Return which readings a decision took back."""
    if not decision.corrected:
        return {}
    return {TAKEN_BACK: ", ".join(str(correction.value) for correction in decision.corrected)}
