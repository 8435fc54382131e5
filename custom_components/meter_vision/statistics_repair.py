"""Lets the statistics of a meter's registers follow what is known, at once and after each of the recorder's runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
import logging
from typing import Final

from homeassistant.components.recorder import DOMAIN as RECORDER_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import homeassistant.util.dt as dt_util

from .bookkeeping import Bookkeeping
from .identity import unique_id
from .long_term_statistics import LongTermStatistics
from .metering.models import Register
from .metering.resting import rest
from .metering.statistic_rows import AnyCourse
from .register_state import RegisterState

_LOGGER: Final = logging.getLogger(__package__)


class StatisticsRepair:
    """The statistics of all registers of a meter."""

    def __init__(
        self,
        hass: HomeAssistant,
        meter: str,
        registers: Mapping[str, Register],
        bookkeeping: Bookkeeping,
    ) -> None:
        """Prepare for the meter with this subentry id."""
        self._hass = hass
        self._registers = registers
        self._statistics = {
            name: LongTermStatistics(hass, unique_id(meter, "consumption", name), register.consumption_unit)
            for name, register in registers.items()
        }
        self._bookkeepers = bookkeeping.of
        self._costs = {
            name: LongTermStatistics(hass, unique_id(meter, "cost", name), register.tariff.currency)
            for name, register in registers.items()
            if register.tariff is not None
        }

    def _each(self, name: str, state: RegisterState) -> Iterator[tuple[LongTermStatistics, Callable[[], AnyCourse]]]:
        """Yield the statistics of a register, each with what works out what its rows ought to follow."""
        register, keeper = self._registers[name], self._bookkeepers[name]
        yield self._statistics[name], partial(state.course, register)
        if name in self._costs:
            yield self._costs[name], lambda: keeper.course(state.use, state.ledger.totals(register), rest)

    @property
    def _kept(self) -> bool:
        """Whether there is a recorder that keeps statistics."""
        return RECORDER_DOMAIN in self._hass.config.components

    def wrong_since(
        self, before: Mapping[str, RegisterState], after: Mapping[str, RegisterState], now: datetime
    ) -> dict[str, datetime]:
        """Return from when on a change makes rows wrong, for each register where it does."""
        if not self._kept:
            return {}
        since = {}
        for name, state in after.items():
            if state.ledger is before[name].ledger:
                continue
            times = (
                state.wrong_since(before[name], self._registers[name], now),
                self._bookkeepers[name].wrong_since(before[name].use, state.use, now),
            )
            if known := [time for time in times if time is not None]:
                since[name] = min(known)
        return since

    def doubted(self, states: Mapping[str, RegisterState], since: datetime | None) -> dict[str, RegisterState]:
        """Return the registers with a note to look at the rows since a time, None: all that their readings tell about.

        After a crash, with an older copy of either database, or after the recorder has lost a day, they may not agree.
        """
        if not self._kept:
            return dict(states)
        return {name: state.to_repair(since or state.ledger.entries[0].reading.time) for name, state in states.items()}

    async def async_repair_ahead(self, states: Mapping[str, RegisterState], wrong: Mapping[str, datetime]) -> None:
        """Put the rows right that a change makes wrong, before it is shown, if that can be done at once."""
        for name, since in wrong.items():
            try:
                for statistics, course in self._each(name, states[name]):
                    await statistics.async_repair(course, since, dt_util.utcnow())
            except HomeAssistantError, RuntimeError, ValueError:
                # The reading counts all the same; what is wrong stays noted for after the recorder's next run.
                _LOGGER.exception("The statistics of register %s could not be put right", name)

    async def async_verified(self, states: Mapping[str, RegisterState], shown_at: datetime) -> list[str]:
        """Look at the noted rows; return the names of the registers of which all are right by now.

        Right is what the recorder has compiled up to and with what is shown, and since when.
        """
        right = []
        for name, state in states.items():
            if state.repair_from is None:
                continue
            found = [
                await statistics.async_repair(course, state.repair_from, shown_at)
                for statistics, course in self._each(name, state)
            ]
            if all(found):
                right.append(name)
        return right
