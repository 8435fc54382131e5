"""What is known about one meter, and what has happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from .metering.consumption import advance, step
from .metering.judge import Decision
from .metering.memory import JudgeState
from .metering.models import Confidence, Outcome, PreparedPhoto, Reading, Register, Usage, Verdict
from .metering.pricing import cost


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
        return cls(
            unit=register.unit,
            initial=initial,
            last=initial,
            consumption=initial.value * register.multiplier,
            judge=JudgeState().anchored(initial),
        )

    def decided(self, decision: Decision, register: Register) -> MeterState:
        """Return the state after a decision; where accepted readings were wrong, the total falls with them."""
        state = replace(self.published(decision.verdict, register), judge=decision.state)
        if not decision.corrected:
            return state
        moved = step(self.last.value, state.last.value, register) * register.multiplier
        return replace(state, consumption=self.consumption + moved)

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
        if verdict.reading.time < self.last.time:  # a person has set the reading since the picture was taken
            return state
        consumption = advance(self.consumption, self.last, verdict.reading, register)
        return replace(state, last=verdict.reading, consumption=consumption)

    def corrected(self, reading: Reading, register: Register, *, new_meter: bool = False) -> MeterState:
        """Return the state after a person said what stands on the meter.

        The total follows by the difference, down as well as up, so that a value which was too high cancels itself; only
        a new meter, whose figures have nothing to do with the old one's, leaves it where it is.
        """
        difference = Decimal(0) if new_meter else step(self.last.value, reading.value, register) * register.multiplier
        status = Status.OK if self.status in _SETTLED_BY_A_PERSON else self.status
        return replace(
            self,
            last=reading,
            consumption=self.consumption + difference,
            judge=self.judge.anchored(reading),
            status=status,
        )

    def failed(self, status: Status, error: str) -> MeterState:
        """Return the state after an attempt that gave no verdict."""
        return replace(self, status=status, error=error, rule=None)


_SETTLED_BY_A_PERSON = {Status.WAITING, Status.HELD, Status.REJECTED, Status.UNREADABLE}
