"""Keeps what follows from a meter's readings in step with them: costs, rates, leaks and unusual use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from .meter_state import MeterState
from .metering.models import Meter
from .metering.resting import Rest, go_on
from .metering.terms import Terms
from .metering.usage import UsageEvent
from .metering.use import Bookkeeper
from .register_state import RegisterState


class Bookkeeping:
    """The bookkeepers of a meter's registers."""

    def __init__(self, meter: Meter, interval: timedelta, zone: tzinfo) -> None:
        """Prepare for a meter that is read at an interval."""
        self._meter = meter
        self.of = {register.name: Bookkeeper(meter.kind, register, interval, zone) for register in meter.registers}
        """By the registers' names."""
        self.terms = {each.name: Terms(kind=meter.kind, register=each, zone=zone) for each in meter.registers}
        """What all this is worked out from, by the registers' names."""

    def stands(self, state: MeterState) -> bool:
        """Return whether what is kept is what follows from the readings and the meter's description."""
        return all(self.of[name].stands(register.use, register.last) for name, register in state.registers.items())

    def opened(self, state: MeterState) -> MeterState:
        """Return the state with the costs at each reading, which are not worked out at a start; takes a while."""
        registers = dict(state.registers)
        for register in self._meter.registers:
            known = registers[register.name]
            use = self.of[register.name].opened(known.use, known.ledger.totals(register))
            registers[register.name] = replace(known, use=use)
        return replace(state, registers=registers)

    def followed(
        self, before: Mapping[str, RegisterState], state: MeterState, now: datetime, rest: Rest = go_on
    ) -> tuple[MeterState, dict[str, tuple[UsageEvent, ...]]]:
        """Return the state with what follows from changed readings, and what is worth to be told of each register.

        May take a while where much has changed, so it belongs into an executor.
        """
        registers, told = dict(state.registers), {}
        for register in self._meter.registers:
            known = registers[register.name]
            earlier = before.get(register.name)
            keeper = self.of[register.name]
            same = earlier is None or earlier.ledger is known.ledger
            if same and keeper.stands(known.use, known.last):
                continue
            use, events = keeper.follow(known.use, known.ledger.totals(register), now, rest)
            registers[register.name] = replace(known, use=use)
            told[register.name] = events
        return replace(state, registers=registers), told
