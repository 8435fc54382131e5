"""The cameras of an account: few at a time, one that several meters share is asked once, and one that fails rests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
from typing import Any, Final

from homeassistant.core import HomeAssistant
import homeassistant.util.dt as dt_util

from .capture import CameraMissingError, CaptureError, capture
from .lighting import lit
from .metering.backoff import Backoff
from .metering.models import Photo

_MOST_AT_ONCE: Final = 4
_FRESH: Final = timedelta(seconds=10)
"""For how long a picture serves the other meters of its camera."""
_FIRST_REST: Final = timedelta(minutes=1)
_LONGEST_REST: Final = timedelta(hours=1)
"""Of a camera that fails, whatever the intervals of its meters are."""


@dataclass(slots=True)
class _Shared:
    """One camera: its lock, and its latest picture with the meters that have had it."""

    meters: int = 0
    """How many look through it."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    photo: Photo | None = None
    served: set[str] = field(default_factory=set)
    rest: Backoff = field(default_factory=lambda: Backoff(_FIRST_REST, _LONGEST_REST))
    error: CaptureError | None = None
    """What the latest picture failed with."""

    def of_use(self, meter: str, now: datetime) -> Photo | None:
        """Return the latest picture if it is fresh and new to a meter."""
        self.let_go(now)
        return None if meter in self.served else self.photo

    def let_go(self, now: datetime) -> None:
        """Forget a picture that is too old to serve another meter."""
        if self.photo is not None and abs(now - self.photo.captured_at) > _FRESH:
            self.photo = None


class SharedCameras:
    """Takes the pictures of all meters."""

    def __init__(self, hass: HomeAssistant, of_meters: Iterable[Mapping[str, Any]]) -> None:
        """Begin without pictures. `of_meters`: the camera of each meter; only one of several keeps its pictures."""
        self._hass = hass
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._cameras: dict[str, _Shared] = {}
        for camera in of_meters:
            self._shared(camera).meters += 1

    async def photo(
        self, meter: str, camera: Mapping[str, Any], light: Mapping[str, Any] | None, *, anew: bool = False
    ) -> Photo:
        """Return a picture that this meter has not had; anew: one that was asked for now. Raise CaptureError.

        A camera that has failed is not asked while it rests: what it failed with holds for all of its meters.
        """
        shared = self._shared(camera)
        async with shared.lock:
            photo = None if anew else shared.of_use(meter, dt_util.utcnow())
            if photo is None:
                if shared.error is not None and shared.rest.left(dt_util.utcnow()):
                    raise shared.error.with_traceback(None)
                photo = await self._taken(shared, camera, light)
            shared.served.add(meter)
            return photo

    def rest(self, camera: Mapping[str, Any]) -> timedelta:
        """Return for how long a camera is not going to be asked."""
        return self._shared(camera).rest.left(dt_util.utcnow())

    def wake(self, camera: Mapping[str, Any]) -> None:
        """Let a camera be asked at once, because a person wants that."""
        self._shared(camera).rest.reset()

    def _shared(self, camera: Mapping[str, Any]) -> _Shared:
        return self._cameras.setdefault(camera_key(camera), _Shared())

    async def _taken(self, shared: _Shared, camera: Mapping[str, Any], light: Mapping[str, Any] | None) -> Photo:
        """Take a picture, and remember whether the camera was able to."""
        async with self._room, lit(self._hass, light):
            try:
                photo = await capture(self._hass, camera, dt_util.utcnow())
            except CameraMissingError:
                raise  # nobody was asked
            except CaptureError as err:
                shared.error = err
                shared.rest.failed(dt_util.utcnow())
                raise
        shared.rest.reset()
        for each in self._cameras.values():
            each.let_go(photo.captured_at)
        shared.photo, shared.served = photo if shared.meters > 1 else None, set()
        return photo


def camera_key(camera: Mapping[str, Any]) -> str:
    """Return what is equal for meters that look through the same camera in the same way."""
    return json.dumps(dict(camera), sort_keys=True, default=str)
