"""Finds the picture of a camera of which only host and login are known, by trying the usual places side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from yarl import URL

from .camera_presets import Place
from .capture import (
    CameraCertificateError,
    CameraConnectionError,
    CameraElsewhereError,
    CameraLoginError,
    CameraRedirectError,
    CameraStatusError,
    CameraTimeoutError,
    CaptureError,
    PictureEmptyError,
    PictureIsPageError,
    capture,
)
from .const import DOMAIN
from .metering.models import Photo

_PATIENCE: Final = timedelta(seconds=8)
"""For one place: a camera at hand answers much sooner, and several dozen places may be dumb."""
_AT_ONCE: Final = 6
"""Requests under way: small cameras serve few."""
_WORDS: Final = {
    CameraCertificateError: "certificate",
    CameraConnectionError: "no_answer",
    CameraElsewhereError: "redirect",
    CameraLoginError: "login",
    CameraRedirectError: "redirect",
    CameraTimeoutError: "too_slow",
    PictureEmptyError: "empty",
    PictureIsPageError: "page",
}
"""What came back, as options of the selector `probe`; an HTTP status speaks for itself."""


class NoPictureFoundError(CaptureError):
    """None of several places has a picture; placeholder `tried`: each place and what came back, without secrets."""

    key = "camera_nothing_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How to come in, if a login is needed at all."""

    username: str = ""
    password: str = ""
    verify_ssl: bool = True

    def cameras(self, address: URL) -> list[dict[str, Any]]:
        """Return the cameras to try at an address: Digest first, which gives no password away to a wrong server."""
        common = {"url": str(address.with_user(None)), "verify_ssl": self.verify_ssl}
        if not self.username:
            return [{**common, "auth": "none"}]
        known = {"username": self.username, "password": self.password}
        return [{**common, "auth": auth, **known} for auth in ("digest", "basic")]


async def async_probe(
    hass: HomeAssistant, places: tuple[Place, ...], login: Login, at: datetime
) -> tuple[dict[str, Any], Photo]:
    """Return the first camera that gives a picture, and that picture; raise CaptureError.

    A single place raises what is wrong with it; several raise NoPictureFoundError.
    """
    if len(places) == 1:
        return await _try(hass, places[0], login, at)
    few = asyncio.Semaphore(_AT_ONCE)
    tasks = [asyncio.ensure_future(_try_in_turn(hass, place, login, at, few)) for place in places]
    failures: list[CaptureError] = []
    try:
        for finished in asyncio.as_completed(tasks):
            try:
                return await finished
            except CaptureError as err:
                failures.append(err)
        if all(isinstance(failure, CameraConnectionError) for failure in failures):
            raise failures[0]
        raise await _told(hass, {place: task.exception() for place, task in zip(places, tasks, strict=True)})
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _try_in_turn(
    hass: HomeAssistant, place: Place, login: Login, at: datetime, few: asyncio.Semaphore
) -> tuple[dict[str, Any], Photo]:
    """Try one of several places when it is its turn, and for a short time only."""
    async with few:
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                return await _try(hass, place, login, at)
        except TimeoutError:
            raise CameraTimeoutError(place.address.host or "-") from None


async def _try(hass: HomeAssistant, place: Place, login: Login, at: datetime) -> tuple[dict[str, Any], Photo]:
    """Return a camera at a place by the first kind of login that opens it, or raise CaptureError."""
    *first, last = login.cameras(place.address)
    for camera in first:
        try:
            return camera, await capture(hass, camera, at)
        except CameraLoginError:
            continue
    return last, await capture(hass, last, at)


async def _told(hass: HomeAssistant, failures: Mapping[Place, BaseException | None]) -> NoPictureFoundError:
    """Return the error that lists what was tried, in the words of the house's language."""
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    lines: dict[str, list[str]] = {}
    for place, failure in failures.items():
        address = place.address
        shown = (
            f"{address.scheme}://{address.host}{f':{port}' if (port := address.explicit_port) else ''}{address.path}"
        )
        lines.setdefault(_result(failure, texts), []).append(f"{place.preset} {shown}".strip())
    told = "; ".join(f"{result}: {', '.join(shown)}" for result, shown in lines.items())
    return NoPictureFoundError(next(iter(failures)).address.host or "-", tried=told)


def _result(failure: BaseException | None, texts: Mapping[str, str]) -> str:
    """Return in a word or two what came back."""
    if isinstance(failure, CameraStatusError):
        return failure.placeholders["status"]
    word = next((word for kind, word in _WORDS.items() if isinstance(failure, kind)), "no_picture")
    return texts.get(f"component.{DOMAIN}.selector.probe.options.{word}", word)
