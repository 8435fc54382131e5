"""What is known about one register, and what has happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from .metering.consumption import counted
from .metering.judge import Decision
from .metering.ledger import Ledger, rise
from .metering.ledger_columns import Entry
from .metering.memory import JudgeState
from .metering.models import Confidence, Outcome, Reading, Register, Verdict
from .metering.statistic_rows import Course, wrong_since
from .metering.use import Use


class Status(StrEnum):
    """How the latest attempt to read the register ended."""

    WAITING = "waiting"
    OK = "ok"
    HELD = "held"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    BLACK = "black"
    WASHED_OUT = "washed_out"
    FOGGED = "fogged"
    BLURRED = "blurred"
    CAMERA_ERROR = "camera_error"
    READER_ERROR = "reader_error"
    INTERNAL_ERROR = "internal_error"


STATUS_OF_OUTCOME = {
    Outcome.ACCEPTED: Status.OK,
    Outcome.HELD: Status.HELD,
    Outcome.REJECTED: Status.REJECTED,
    Outcome.UNREADABLE: Status.UNREADABLE,
}
_MOMENT = timedelta(microseconds=1)
_LEEWAY = timedelta(minutes=1)
"""By how much a clock is put back every day."""
_SETTLED_BY_A_PERSON = {Status.WAITING, Status.HELD, Status.REJECTED, Status.UNREADABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterState:
    """The published state of one register; a failed read changes the status and never the total."""

    unit: str
    """Of the consumption; a reading is in the register's own."""
    multiplier: Decimal
    """By which the register counted when this became known."""
    initial: Reading
    """The reading a person confirmed when the meter was set up."""
    last: Reading
    """The reading the next one is judged against."""
    consumption: Decimal
    """Continuous total, multiplier and conversion applied."""
    ledger: Ledger
    """The accepted readings of the last days, from which `last` and `consumption` follow."""
    repair_from: datetime | None = None
    """From when on rows of the long-term statistics may be wrong, aware UTC."""
    judge: JudgeState = field(repr=False)
    """What the judge knows; its last reading is this one's."""
    status: Status = Status.WAITING
    rule: str | None = None
    """The rule that decided the latest verdict."""
    error: str | None = None
    """Translation key of what went wrong in the latest attempt."""
    confidence: Confidence | None = None
    use: Use = field(default_factory=Use, repr=False)
    """What follows from the readings; the coordinator keeps it in step with them."""

    @classmethod
    def begin(cls, initial: Reading, register: Register) -> RegisterState:
        """Return the state of a register of which only the confirmed first reading is known."""
        consumption = counted(initial.value, initial.time, initial.time, register)
        return cls(
            unit=register.consumption_unit,
            multiplier=register.multiplier,
            initial=initial,
            last=initial,
            consumption=consumption,
            ledger=Ledger.begin(initial, consumption),
            judge=JudgeState().anchored(initial),
        )

    def decided(self, decision: Decision, known: JudgeState, register: Register) -> RegisterState:
        """Return the state after a decision that was taken on what the judge knew.

        Where accepted readings were wrong, the total follows. If a person has set the reading meanwhile, that stands.
        """
        if self.judge is not known:
            return self
        state = replace(self, judge=decision.state)
        if decision.corrected:
            since = min(correction.first for correction in decision.corrected)
            ledger = self.ledger.rewritten(since, decision.state.readings_since(since), register)
            state = state.with_ledger(ledger, register)
        return state.published(decision.verdict, register)

    def published(self, verdict: Verdict, register: Register) -> RegisterState:
        """Return the state after a verdict; only an accepted reading moves the total."""
        state = replace(
            self,
            status=STATUS_OF_OUTCOME[verdict.outcome],
            rule=verdict.rule,
            error=None,
            confidence=verdict.confidence,
        )
        if verdict.outcome is not Outcome.ACCEPTED or verdict.reading is None:
            return state
        # Of the same time is a camera's old picture; older, a person has set the reading since it was taken.
        if verdict.reading.time <= self.last.time:
            return state
        reading = verdict.reading
        if (
            not register.runs_backwards and rise(self.last, reading, register) < 0
        ):  # within the tolerance, and a total never decreases by a look
            reading = replace(reading, value=self.last.value)
        return state.with_ledger(self.ledger.add(Entry(reading=reading), register), register)

    def corrected(self, reading: Reading, register: Register, *, new_meter: bool = False) -> RegisterState:
        """Return the state after a person said what stands, or stood, on the meter.

        The total follows, down as well as up, and accepted readings that contradict this one no longer count; only a
        new meter, whose figures have nothing to do with the old one's, leaves the total where it is.
        """
        entry = Entry(reading=reading, trusted=True, new_meter=new_meter)
        return self.amended(self.ledger.add(entry, register), register).settled()

    def continued(self, register: Register) -> RegisterState:
        """Return the state that goes on from the known total, if the register now counts otherwise than before.

        What gas is worth becomes known afterwards, so other factors change what was counted since their time.
        """
        state = replace(self, multiplier=register.multiplier)
        if state.multiplier != self.multiplier and self.ledger.totals(register)[-1].consumption != self.consumption:
            return replace(state, ledger=Ledger.begin(self.last, self.consumption))
        return state.with_ledger(self.ledger, register)

    def confirmed_anew(self, initial: Reading, register: Register) -> RegisterState:
        """Return the state after a person has confirmed another first reading in the meter's dialog."""
        # A new meter begins near zero; a value that was too high is corrected by less.
        new_meter = initial.value * 2 < self.last.value
        # It is the latest word, also if the meter was read while the person was still confirming.
        latest = replace(initial, time=max(initial.time, self.last.time + _MOMENT))
        return replace(self.corrected(latest, register, new_meter=new_meter), initial=initial)

    def is_ahead(self, now: datetime) -> bool:
        """Return whether the last reading is from a time that is yet to come: the clock was ahead, and no longer is."""
        return self.last.time > now + _LEEWAY

    def put_back(self, now: datetime, register: Register) -> RegisterState:
        """Return the state after the clock was found to have been ahead: no look is known from later than now."""
        return self.amended(self.ledger.ended(now), register)

    def amended(self, ledger: Ledger, register: Register) -> RegisterState:
        """Return the state after a person changed which readings count; the judge begins anew from the last of them."""
        state = self.with_ledger(ledger, register)
        return replace(state, judge=self.judge.anchored(state.last))

    def with_ledger(self, ledger: Ledger, register: Register) -> RegisterState:
        """Return the state that follows from other accepted readings."""
        total = ledger.totals(register)[-1]
        return replace(self, ledger=ledger, last=total.reading, consumption=total.consumption)

    def settled(self) -> RegisterState:
        """Return the state after a person said what the reader could not."""
        return replace(self, status=Status.OK if self.status in _SETTLED_BY_A_PERSON else self.status)

    def wrong_since(self, before: RegisterState, register: Register, now: datetime) -> datetime | None:
        """Return from when on rows of the statistics are wrong, this state having followed on `before`."""
        return wrong_since(before.ledger.totals(register), self.ledger.totals(register), now)

    def to_repair(self, since: datetime | None) -> RegisterState:
        """Return the state with a note of the rows that are wrong since a time, None: no more than before."""
        if since is None:
            return self
        return replace(self, repair_from=since if self.repair_from is None else min(since, self.repair_from))

    def course(self, register: Register) -> Course:
        """Return the consumption at any time of the last days."""
        return Course(totals=self.ledger.totals(register), resolution=register.consumption_resolution)

    def failed(self, status: Status, error: str) -> RegisterState:
        """Return the state after an attempt that gave no verdict."""
        return replace(self, status=status, error=error, rule=None)
