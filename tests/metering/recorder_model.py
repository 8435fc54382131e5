"""The recorder's arithmetic in a few lines, and a meter whose readings it compiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from custom_components.meter_vision.metering.models import Display, Reading, Register
from custom_components.meter_vision.metering.statistic_rows import (
    HOUR,
    PERIOD,
    Row,
    Rows,
    changes,
    period_of,
    repaired,
    repaired_cost,
)
from custom_components.meter_vision.register_state import RegisterState

START: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
REGISTER: Final = Register(unit="m³", display=Display.DRUMS, whole_digits=5, decimals=3)
RUN_AFTER: Final = timedelta(seconds=10)
"""How long after a period's end the recorder compiles it."""
type Change = Callable[[RegisterState], RegisterState]


@dataclass
class Compiled:
    """One statistic in both tables."""

    short: dict[datetime, Row] = field(default_factory=dict)
    hourly: dict[datetime, Row] = field(default_factory=dict)

    def compile(self, start: datetime, state: Decimal, first: Decimal) -> None:
        """Add the row of a period, and of the hour if the period is its last."""
        last = self.short[max(self.short)] if self.short else Row(start=start, state=first, sum=Decimal(0))
        self.short[start] = Row(start=start, state=state, sum=last.sum + state - last.state)
        if start.minute == 55:
            hour = period_of(start, HOUR)
            assert hour not in self.hourly, "the recorder would drop this period"
            self.hourly[hour] = replace(self.short[start], start=hour)

    def rows(self) -> Rows:
        """Return all rows."""
        return Rows(
            short=tuple(self.short[start] for start in sorted(self.short)),
            hourly=tuple(self.hourly[start] for start in sorted(self.hourly)),
            from_zero=True,
        )


@dataclass
class Home:
    """A meter, its sensor and its cost, and what the recorder makes of them."""

    state: RegisterState = field(
        default_factory=lambda: RegisterState.begin(
            Reading(value=Decimal("530.000"), time=START - timedelta(hours=4)), REGISTER
        )
    )
    now: datetime = START
    price: Decimal = Decimal(0)
    """For one unit; 0: there is no cost."""
    consumption: Compiled = field(default_factory=Compiled)
    cost: Compiled = field(default_factory=Compiled)
    shown: list[tuple[datetime, Decimal, Decimal]] = field(default_factory=list)
    compiled_until: datetime = START

    def __post_init__(self) -> None:
        """Show the first state."""
        self.shown.append((self.now, self.state.consumption, Decimal(0)))

    def pass_time(self, time: timedelta, *, down: bool = False) -> None:
        """Let the recorder compile what is over; `down`: the sensor is not there meanwhile."""
        until = self.now + time
        while (run := self.compiled_until + PERIOD + RUN_AFTER) <= until:
            self.now = run
            end = self.compiled_until + PERIOD
            if not down:
                _, consumption, cost = [shown for shown in self.shown if shown[0] < end][-1]
                self.consumption.compile(end - PERIOD, consumption, self.shown[0][1])
                self.cost.compile(end - PERIOD, cost, self.shown[0][2])
            self.compiled_until = end
            if not self.price or end > self.shown[-1][0]:
                self.repair(self.state)
        self.now = until

    def change(self, change: Change, *, crash: bool = False) -> None:
        """Make a change as the coordinator does: rows first if there is no cost and it is allowed, then the state."""
        state = change(self.state)
        state = state.to_repair(state.wrong_since(self.state, REGISTER, self.now))
        if not self.price:
            self.repair(state, crash=crash)
        self.state = state
        if state.consumption != self.shown[-1][1]:
            used = state.consumption - self.shown[-1][1]
            self.shown.append((self.now, state.consumption, self.shown[-1][2] + used * self.price))

    def repair(self, state: RegisterState, *, crash: bool = False) -> None:
        """Put rows right; `crash`: only the first of two tables, for the process ends there."""
        if state.repair_from is None or self.compiled_until < period_of(self.now) or not self.consumption.short:
            return
        course = state.course(REGISTER)
        before, cost = self.consumption.rows(), self.cost.rows()
        after = repaired(before, course, state.repair_from, self.compiled_until)
        wrong = changes(before, after, course.resolution)
        self._write(self.consumption, wrong, crash=crash)
        if not crash:
            right_cost = repaired_cost(before, after, cost, course)
            self._write(self.cost, changes(cost, right_cost, Decimal("0.000001")))
        if state is self.state and not wrong and self.compiled_until > self.shown[-1][0]:
            self.state = replace(state, repair_from=None)

    @staticmethod
    def _write(statistic: Compiled, rows: Rows, *, crash: bool = False) -> None:
        assert {row.start for row in rows.short} <= statistic.short.keys(), "no short-term row is ever added"
        statistic.short.update({row.start: row for row in rows.short})
        if not crash:
            statistic.hourly.update({row.start: row for row in rows.hourly})
