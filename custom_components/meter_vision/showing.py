"""Lets whoever shows a meter follow what is known, a few at a time."""

from __future__ import annotations

import asyncio
from itertools import batched
from typing import override

from homeassistant.core import HassJobType, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util.logging import catch_log_exception

from .const import AT_ONCE


class ShowingCoordinator[T](DataUpdateCoordinator[T]):
    """Updates its listeners while a refresh goes on, and not again at its end for what they show already."""

    _shown: T | None = None

    async def async_show(self) -> None:
        """Update all listeners; between a few of them Home Assistant does other things."""
        self._shown = self.data
        for few in batched(tuple(self._listeners.items()), AT_ONCE, strict=False):
            for number, (update, _context) in few:
                if number in self._listeners:
                    catch_log_exception(update, self._failed, HassJobType.Callback)()
            await asyncio.sleep(0)

    def _failed(self) -> str:
        return f"A listener of {self.name} failed"

    @callback
    def _change_unseen(self, data: T) -> None:
        """Take other data that looks the same, and keep nothing of what was known before."""
        self._shown = data if self._shown is self.data else None
        self.data = data

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update all listeners at once, unless they show the data already."""
        if self.data is not self._shown:
            self._shown = self.data
            super().async_update_listeners()
