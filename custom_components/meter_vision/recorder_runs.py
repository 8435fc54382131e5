"""Follows the recorder's runs: noted rows are verified after each, and all later rows after one that is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
import logging
from typing import Final

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import StatisticsRuns
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import EVENT_RECORDER_5MIN_STATISTICS_GENERATED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.recorder import session_scope
import homeassistant.util.dt as dt_util
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from .metering.statistic_rows import PERIOD
from .runtime import MeterVisionConfigEntry

_LOGGER: Final = logging.getLogger(__package__)
_LOOKED_BACK: Final = 3 * PERIOD
"""A run that is seen may still not get written."""


class RecorderRuns:
    """The runs that the recorder has made, as far as they are known."""

    def __init__(self, hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
        """Prepare for an account and its meters."""
        self._hass = hass
        self._entry = entry
        self._latest: datetime | None = None
        """Beginning of the latest period of which is known that it was compiled."""
        self._under_way = self._again = False

    @callback
    def async_start(self) -> None:
        """Follow from now on, as long as the account is loaded."""
        compiled = self._hass.bus.async_listen(EVENT_RECORDER_5MIN_STATISTICS_GENERATED, self._compiled)
        self._entry.async_on_unload(compiled)

    @callback
    def _compiled(self, _event: Event) -> None:
        self._again = True
        if not self._under_way:
            self._entry.async_create_background_task(self._hass, self._async_follow(), "follow the recorder's runs")

    async def _async_follow(self) -> None:
        """Have all that is noted verified, one meter after the other, until there was no further run meanwhile."""
        self._under_way = True
        try:
            while self._again:
                self._again = False
                await self._async_wait_for_recorder()
                missing = await self._async_missing()
                for coordinator in self._entry.runtime_data.coordinators.values():
                    if missing is not None:
                        coordinator.async_doubt_statistics(missing)
                    await coordinator.async_verify_statistics()
        finally:
            self._under_way = False

    async def _async_wait_for_recorder(self) -> None:
        """Wait until the recorder has finished what it is doing; it tells of a run before that can be read."""
        future: asyncio.Future[None] = self._hass.loop.create_future()
        get_instance(self._hass).queue_task(SynchronizeTask(future))
        await future

    async def _async_missing(self) -> datetime | None:
        """Return when a period began that was not compiled: the recorder tells of a run also if it cannot write it."""
        now = dt_util.utcnow()
        since = min(self._latest or now, now) - _LOOKED_BACK
        try:
            runs = await get_instance(self._hass).async_add_executor_job(_runs, self._hass, since, now)
        except SQLAlchemyError:
            _LOGGER.warning("The recorder's database cannot be read, trying again after its next run", exc_info=True)
            return None
        self._latest = runs[-1] if runs else self._latest
        return first_missing(runs)


def first_missing(runs: Iterable[datetime]) -> datetime | None:
    """Return the beginning of the first period that was not compiled, given those that were, in order."""
    return next((one + PERIOD for one, other in pairwise(runs) if other - one > PERIOD), None)


def _runs(hass: HomeAssistant, since: datetime, until: datetime) -> list[datetime]:
    """Return when the periods began that were compiled, from one time until another; in the recorder's executor."""
    statement = (
        select(StatisticsRuns.start)
        .where(StatisticsRuns.start >= since, StatisticsRuns.start <= until)
        .order_by(StatisticsRuns.start)
    )
    with session_scope(hass=hass, read_only=True) as session:
        return [start.replace(tzinfo=dt_util.UTC) for start in session.execute(statement).scalars()]
