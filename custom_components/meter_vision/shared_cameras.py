"""The cameras of an account: few at a time, and one that several meters share is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
from typing import Any, Final

from homeassistant.core import HomeAssistant
import homeassistant.util.dt as dt_util

from .capture import capture
from .lighting import lit
from .metering.models import Photo

_MOST_AT_ONCE: Final = 4
_FRESH: Final = timedelta(seconds=10)
"""For how long a picture serves the other meters of its camera."""


@dataclass(slots=True)
class _Shared:
    """One camera: its lock, and its latest picture with the meters that have had it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    photo: Photo | None = None
    served: set[str] = field(default_factory=set)

    def of_use(self, meter: str, now: datetime) -> Photo | None:
        """Return the latest picture if it is fresh and new to a meter."""
        if self.photo is None or meter in self.served or now - self.photo.captured_at > _FRESH:
            return None
        return self.photo


class SharedCameras:
    """Takes the pictures of all meters."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without pictures."""
        self._hass = hass
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._cameras: dict[str, _Shared] = {}

    async def photo(
        self, meter: str, camera: Mapping[str, Any], light: Mapping[str, Any] | None, *, anew: bool = False
    ) -> Photo:
        """Return a picture that this meter has not had; anew: one that was asked for now. Raise CaptureError."""
        shared = self._cameras.setdefault(camera_key(camera), _Shared())
        async with shared.lock:
            photo = None if anew else shared.of_use(meter, dt_util.utcnow())
            if photo is None:
                async with self._room, lit(self._hass, light):
                    photo = await capture(self._hass, camera, dt_util.utcnow())
                shared.photo, shared.served = photo, set()
            shared.served.add(meter)
            return photo


def camera_key(camera: Mapping[str, Any]) -> str:
    """Return what is equal for meters that look through the same camera in the same way."""
    return json.dumps(dict(camera), sort_keys=True, default=str)
