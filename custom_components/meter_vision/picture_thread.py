"""The one thread in which all that is done with pictures is done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
import os
import sys
from threading import get_native_id
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN

_NICENESS: Final = 10
"""Whoever waits for a core goes first: the event loop has to be on time, a picture does not."""


class PictureThread:
    """Does one thing after the other, until the account is unloaded or Home Assistant stops.

    The system keeps for each thread the tens of megabytes that a picture once took in it, also after the thread has
    ended, and Home Assistant has dozens of threads.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare; the thread begins with the first picture."""
        self._loop = hass.loop
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=DOMAIN, initializer=_stand_back)
        entry.async_on_unload(self._stop)
        entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, self._stop))

    async def async_run[T](self, work: Callable[..., T], *args: object) -> T:
        """Return what blocking work returns, when its turn comes."""
        return await self._loop.run_in_executor(self._executor, work, *args)

    @callback
    def _stop(self, _event: Event | None = None) -> None:
        self._executor.shutdown(wait=False)


def _stand_back() -> None:
    """Let all other threads go first, where the system tells threads apart and allows it."""
    if sys.platform == "linux":
        thread = get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))
