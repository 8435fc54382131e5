"""Switches a lamp on for a picture, and back to what it was afterwards, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
import logging
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from .capture import CaptureError
from .const import DOMAIN

CONF_LIGHT: Final = "light"
CONF_WARM_UP: Final = "warm_up"
WARM_UP: Final = timedelta(seconds=3)
"""Usual time until lamp and the camera's exposure have settled."""
_LOCKS: Final[HassKey[dict[str, asyncio.Lock]]] = HassKey(f"{DOMAIN}_lights")
_PATIENCE: Final = timedelta(seconds=15)
"""For the lamp's own integration to switch it."""
_LOGGER = logging.getLogger(__package__)


class LightError(CaptureError):
    """The lamp cannot be switched; placeholder `camera` is its entity."""

    key = "light_failed"


@asynccontextmanager
async def lit(hass: HomeAssistant, light: Mapping[str, Any] | None) -> AsyncIterator[None]:
    """Keep the lamp of a meter on while a picture is taken; raise LightError if it cannot be switched on.

    Meters that share a lamp wait for each other: it must not go out while another picture is taken, and what it was
    before must be known.
    """
    if light is None:
        yield
        return
    entity_id: str = light["entity"]
    lock = hass.data.setdefault(_LOCKS, {}).setdefault(entity_id, asyncio.Lock())
    async with lock:
        before = hass.states.get(entity_id)
        if before is not None and before.state == STATE_ON:
            yield
            return
        try:
            await _switch_on(hass, entity_id)
            await asyncio.sleep(float(light[CONF_WARM_UP]))
            yield
        finally:
            await _switch_off(hass, entity_id)


async def _switch_on(hass: HomeAssistant, entity_id: str) -> None:
    if hass.states.get(entity_id) is None:
        raise LightError(entity_id)
    try:
        await _call(hass, entity_id, SERVICE_TURN_ON)
    except (HomeAssistantError, TimeoutError, ValueError) as err:
        raise LightError(entity_id) from err


async def _switch_off(hass: HomeAssistant, entity_id: str) -> None:
    """Switch off what this picture has switched on; a picture that was taken is not lost if that fails."""
    try:
        await _call(hass, entity_id, SERVICE_TURN_OFF)
    except (HomeAssistantError, TimeoutError, ValueError) as err:
        _LOGGER.warning("%s could not be switched off again: %r", entity_id, err)


async def _call(hass: HomeAssistant, entity_id: str, service: str) -> None:
    domain = entity_id.partition(".")[0]
    async with asyncio.timeout(_PATIENCE.total_seconds()):
        await hass.services.async_call(domain, service, {ATTR_ENTITY_ID: entity_id}, blocking=True)
