"""What is known about one meter: its registers, the latest attempt to read it, and what reading it has cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from .metering.models import PreparedPhoto, Usage
from .register_state import RegisterState, Status

MONTH: Final = "%Y-%m"
type Change = Callable[[RegisterState], RegisterState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What calls have cost so far, of a meter or of an account's dialogs; money in US dollars."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced_calls: int = 0
    """Calls to a model without a known price, missing from the cost."""
    month: str = ""
    """Local year and month that the next figure belongs to."""
    month_tokens: int = 0
    month_cost: Decimal = Decimal(0)

    @property
    def known_cost(self) -> Decimal | None:
        """US dollars, None where no call had a known price."""
        return None if self.calls and self.calls == self.unpriced_calls else self.cost

    @property
    def average(self) -> Usage | None:
        """Tokens of the average call, None before the first."""
        if not self.calls:
            return None
        return Usage(
            model="", input_tokens=self.input_tokens // self.calls, output_tokens=self.output_tokens // self.calls
        )

    def add(self, usage: Usage, local_time: datetime) -> Spending:
        """Return the spending after one more paid call."""
        price = usage.cost
        month = local_time.strftime(MONTH)
        tokens = usage.input_tokens + usage.output_tokens
        return Spending(
            calls=self.calls + 1,
            input_tokens=self.input_tokens + usage.input_tokens,
            output_tokens=self.output_tokens + usage.output_tokens,
            cost=self.cost + (price or 0),
            unpriced_calls=self.unpriced_calls + (price is None),
            month=month,
            month_tokens=tokens + (self.month_tokens if month == self.month else 0),
            month_cost=(price or 0) + (self.month_cost if month == self.month else Decimal(0)),
        )

    def joined(self, other: Spending) -> Spending:
        """Return the sum of two; of two months it is the later one that goes on."""
        month = max(self.month, other.month)
        current = [each for each in (self, other) if each.month == month]
        return Spending(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost=self.cost + other.cost,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
            month=month,
            month_tokens=sum(each.month_tokens for each in current),
            month_cost=sum((each.month_cost for each in current), Decimal(0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """The published state of one meter."""

    registers: Mapping[str, RegisterState]
    """By the registers' names, in their order."""
    attempted_at: datetime | None = None
    """When the latest attempt began, aware UTC."""
    spending: Spending = Spending()
    picture: PreparedPhoto | None = field(default=None, repr=False)
    picture_taken_at: datetime | None = None

    @property
    def error(self) -> str | None:
        """Translation key of what went wrong in the latest attempt."""
        return next((register.error for register in self.registers.values() if register.error), None)

    @property
    def settled(self) -> bool:
        """Whether the latest attempt gave an accepted reading of every register."""
        return all(register.status is Status.OK for register in self.registers.values())

    def changed(self, changes: Mapping[str, Change]) -> MeterState:
        """Return the state with changes made to some registers, by name."""
        registers = {name: changes.get(name, _as_it_is)(register) for name, register in self.registers.items()}
        return replace(self, registers=registers)

    def failed(self, status: Status, error: str) -> MeterState:
        """Return the state after an attempt that gave no verdict."""
        registers = {name: register.failed(status, error) for name, register in self.registers.items()}
        return replace(self, registers=registers)


def _as_it_is(register: RegisterState) -> RegisterState:
    return register
