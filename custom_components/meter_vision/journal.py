"""Keeps an account's journal within its age and its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
import homeassistant.util.dt as dt_util

from .const import CONF_JOURNAL_DAYS, CONF_JOURNAL_MEGABYTES
from .state_store import StateStore
from .store.errors import StoreError

_LOGGER: Final = logging.getLogger(__package__)
_EVERY: Final = timedelta(days=1)
_USUAL_DAYS: Final = 90
_USUAL_MEGABYTES: Final = 500
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLimits:
    """How much of the journal an account keeps."""

    age: timedelta
    megabytes: int
    """For rows and pictures together."""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return the limits that an account's options set."""
        return cls(
            age=timedelta(days=options.get(CONF_JOURNAL_DAYS, _USUAL_DAYS)),
            megabytes=options.get(CONF_JOURNAL_MEGABYTES, _USUAL_MEGABYTES),
        )


@callback
def async_keep_journal_small(hass: HomeAssistant, entry: ConfigEntry, store: StateStore) -> None:
    """Prune the journal now and once a day, as long as the account is set up."""
    limits = JournalLimits.of(entry.options)

    async def prune(now: datetime) -> None:
        try:
            await store.async_prune(before=now - limits.age, most_bytes=limits.megabytes * _MEGABYTE)
        except StoreError as err:
            _LOGGER.warning("The journal of %s could not be pruned: %s", entry.title, err)

    entry.async_create_background_task(hass, prune(dt_util.utcnow()), f"prune journal of {entry.title}")
    entry.async_on_unload(async_track_time_interval(hass, prune, _EVERY, name=f"prune journal of {entry.title}"))
