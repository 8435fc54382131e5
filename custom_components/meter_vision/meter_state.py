"""What is known about one meter, and what has happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from .metering.judge import Decision
from .metering.ledger import Entry, Ledger, rise
from .metering.memory import JudgeState
from .metering.models import Confidence, Outcome, PreparedPhoto, Reading, Register, Usage, Verdict
from .metering.pricing import cost
from .metering.statistic_rows import Course, wrong_since


class Status(StrEnum):
    """How the latest attempt to read the meter ended."""

    WAITING = "waiting"
    OK = "ok"
    HELD = "held"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    CAMERA_ERROR = "camera_error"
    READER_ERROR = "reader_error"
    INTERNAL_ERROR = "internal_error"


STATUS_OF_OUTCOME = {
    Outcome.ACCEPTED: Status.OK,
    Outcome.HELD: Status.HELD,
    Outcome.REJECTED: Status.REJECTED,
    Outcome.UNREADABLE: Status.UNREADABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What reading the meter has cost so far; money in US dollars."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced_calls: int = 0
    """Calls to a model without a known price, missing from the cost."""
    month: str = ""
    """Local year and month that the next figure belongs to."""
    month_tokens: int = 0

    def add(self, usage: Usage, local_time: datetime) -> Spending:
        """Return the spending after one more paid call."""
        price = cost(usage)
        month = local_time.strftime("%Y-%m")
        tokens = usage.input_tokens + usage.output_tokens
        return Spending(
            calls=self.calls + 1,
            input_tokens=self.input_tokens + usage.input_tokens,
            output_tokens=self.output_tokens + usage.output_tokens,
            cost=self.cost + (price or 0),
            unpriced_calls=self.unpriced_calls + (price is None),
            month=month,
            month_tokens=tokens + (self.month_tokens if month == self.month else 0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """The published state of one meter; a failed read changes the status and never the total."""

    unit: str
    initial: Reading
    """The reading a person confirmed when the meter was set up."""
    last: Reading
    """The reading the next one is judged against."""
    consumption: Decimal
    """Continuous total in the register's unit, multiplier applied."""
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
    attempted_at: datetime | None = None
    """When the latest attempt began, aware UTC."""
    spending: Spending = Spending()
    picture: PreparedPhoto | None = field(default=None, repr=False)
    picture_taken_at: datetime | None = None

    @classmethod
    def begin(cls, initial: Reading, register: Register) -> MeterState:
        """Return the state of a meter of which only the confirmed first reading is known."""
        consumption = initial.value * register.multiplier
        return cls(
            unit=register.unit,
            initial=initial,
            last=initial,
            consumption=consumption,
            ledger=Ledger.begin(initial, consumption),
            judge=JudgeState().anchored(initial),
        )

    def decided(self, decision: Decision, known: JudgeState, register: Register) -> MeterState:
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

    def published(self, verdict: Verdict, register: Register) -> MeterState:
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

    def corrected(self, reading: Reading, register: Register, *, new_meter: bool = False) -> MeterState:
        """Return the state after a person said what stands, or stood, on the meter.

        The total follows, down as well as up, and accepted readings that contradict this one no longer count; only a
        new meter, whose figures have nothing to do with the old one's, leaves the total where it is.
        """
        entry = Entry(reading=reading, trusted=True, new_meter=new_meter)
        return self.amended(self.ledger.add(entry, register), register).settled()

    def continued(self, register: Register) -> MeterState:
        """Return the state that goes on from the known total, if the register now counts otherwise than before."""
        if self.ledger.totals(register)[-1].consumption == self.consumption:
            return self
        return replace(self, ledger=Ledger.begin(self.last, self.consumption))

    def amended(self, ledger: Ledger, register: Register) -> MeterState:
        """Return the state after a person changed which readings count; the judge begins anew from the last of them."""
        state = self.with_ledger(ledger, register)
        return replace(state, judge=self.judge.anchored(state.last))

    def with_ledger(self, ledger: Ledger, register: Register) -> MeterState:
        """Return the state that follows from other accepted readings."""
        total = ledger.totals(register)[-1]
        return replace(self, ledger=ledger, last=total.reading, consumption=total.consumption)

    def settled(self) -> MeterState:
        """Return the state after a person said what the reader could not."""
        return replace(self, status=Status.OK if self.status in _SETTLED_BY_A_PERSON else self.status)

    def wrong_since(self, before: MeterState, register: Register, now: datetime) -> datetime | None:
        """Return from when on rows of the statistics are wrong, this state having followed on `before`."""
        return wrong_since(before.ledger.totals(register), self.ledger.totals(register), now)

    def to_repair(self, since: datetime | None) -> MeterState:
        """Return the state with a note of the rows that are wrong since a time, None: no more than before."""
        if since is None:
            return self
        return replace(self, repair_from=since if self.repair_from is None else min(since, self.repair_from))

    def course(self, register: Register) -> Course:
        """Return the consumption at any time of the last days."""
        return Course(totals=self.ledger.totals(register), resolution=register.resolution * register.multiplier)

    def failed(self, status: Status, error: str) -> MeterState:
        """Return the state after an attempt that gave no verdict."""
        return replace(self, status=status, error=error, rule=None)


_SETTLED_BY_A_PERSON = {Status.WAITING, Status.HELD, Status.REJECTED, Status.UNREADABLE}
