"""What all meters of an account share: the reader, and whether it may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
import logging

import anthropic
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import homeassistant.util.dt as dt_util

from .const import LONGEST_WAIT, READ_TIMEOUT, SHORTEST_WAIT
from .issues import async_follow_call
from .metering.claude import STRONGER_MODEL, ClaudeReader, list_models
from .metering.errors import (
    MeteringError,
    ReaderAuthError,
    ReaderBusyError,
    ReaderConnectionError,
    ReaderError,
)
from .metering.models import Look, PreparedPhoto, Register

_LOGGER = logging.getLogger(__package__)
_TIMER_SLACK = timedelta(seconds=1)
"""The coordinator's timer works in whole seconds and may end early; asking before time would be in vain again."""


class Account:
    """The paid service behind one key; a MeterReader that knows when not to ask."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, client: anthropic.AsyncAnthropic) -> None:
        """Keep the client; nothing is called yet."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._reader = ClaudeReader(client)
        self._stronger_reader = ClaudeReader(client, STRONGER_MODEL)
        self._key_refused = False
        self._busy_until: datetime | None = None

    async def async_check_key(self) -> None:
        """Ask for the free model list, and for a new key if this one is refused."""
        try:
            await list_models(self._client)
        except ReaderAuthError:
            self._key_refused = True
            self._entry.async_start_reauth(self._hass)
        except ReaderError as err:
            _LOGGER.debug("The key of %s could not be checked: %s", self._entry.title, err)

    def check(self) -> None:
        """Raise ReaderAuthError or ReaderBusyError if asking now would be in vain."""
        if self._key_refused:
            raise ReaderAuthError
        if self._busy_until is not None and (left := self._busy_until - dt_util.utcnow()) > timedelta():
            raise ReaderBusyError(retry_after=left + _TIMER_SLACK, status="429")

    async def read(self, photo: PreparedPhoto, registers: Sequence[Register], *, stronger: bool = False) -> Look:
        """Make one paid call to the usual or the stronger model, or raise ReaderError or AnswerError."""
        self.check()
        try:
            look = await self._read_in_time(self._stronger_reader if stronger else self._reader, photo, registers)
        except MeteringError as err:
            self._learn(err)
            async_follow_call(self._hass, self._entry, err)
            raise
        async_follow_call(self._hass, self._entry, None)
        return look

    async def _read_in_time(self, reader: ClaudeReader, photo: PreparedPhoto, registers: Sequence[Register]) -> Look:
        try:
            async with asyncio.timeout(READ_TIMEOUT.total_seconds()):
                return await reader.read(photo, registers)
        except TimeoutError as err:
            raise ReaderConnectionError from err

    def _learn(self, err: MeteringError) -> None:
        """Remember what an error says about the next calls of every meter."""
        if isinstance(err, ReaderAuthError):
            self._key_refused = True
        if isinstance(err, ReaderBusyError) and err.retry_after is not None:
            err.retry_after = min(max(err.retry_after, SHORTEST_WAIT), LONGEST_WAIT)
            self._busy_until = dt_util.utcnow() + err.retry_after
