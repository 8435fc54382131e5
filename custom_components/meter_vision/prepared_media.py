"""Pictures on their way to an AI Task entity: to be had from our media source for as long as the question lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import secrets
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

PREPARED: Final = "prepared"
"""First part of the identifiers of these pictures."""
_OFFERED: Final[HassKey[dict[str, bytes]]] = HassKey(f"{DOMAIN}_prepared_pictures")


@contextmanager
def async_offer(hass: HomeAssistant, picture: bytes) -> Iterator[str]:
    """Offer a JPEG under an address that nobody can guess, until the block ends."""
    offered = hass.data.setdefault(_OFFERED, {})
    key = secrets.token_urlsafe(16)
    offered[key] = picture
    try:
        yield f"media-source://{DOMAIN}/{PREPARED}/{key}"
    finally:
        del offered[key]


def offered_picture(hass: HomeAssistant, identifier: str) -> bytes | None:
    """Return the JPEG that an identifier of our media source stands for, None if it is none of these."""
    first, _, key = identifier.partition("/")
    return hass.data.get(_OFFERED, {}).get(key) if first == PREPARED else None
