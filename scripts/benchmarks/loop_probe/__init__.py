"""Sits in a Home Assistant that is measured: times its callbacks, its lateness, and gives it dummies to carry."""

import asyncio
from collections.abc import Mapping
import time
from typing import Any, Final

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.helpers.entity_component import DATA_INSTANCES
import voluptuous as vol

from .handles import Handles, percentile

DOMAIN: Final = "loop_probe"
_TICK: Final = 0.01
_SHARES: Final = (50, 99, 99.9)
_MEASURE: Final = vol.Schema({vol.Required("seconds"): vol.Coerce(float)})
_DUMMIES: Final = vol.Schema({vol.Required("count"): int, vol.Required("every"): vol.Coerce(float)})


async def async_setup(hass: HomeAssistant, config: Mapping[str, Any]) -> bool:
    """Offer the two actions."""
    del config

    async def measure(call: ServiceCall) -> dict[str, Any]:
        """Measure for some seconds and return what was seen, times in seconds."""
        with Handles() as handles:
            late = await _lateness(call.data["seconds"])
        ours = handles.ours()
        return {
            "callbacks": len(ours),
            "longest": max(ours, default=0.0),
            "nearly_all": percentile(ours, 99.9) if ours else 0.0,
            "modules": dict(handles.longest_of_ours()),
            "late": {str(share): percentile(late, share) for share in _SHARES},
        }

    async def dummies(call: ServiceCall) -> None:
        """Add sensors that change again and again, one after the other."""
        added = [_Dummy(number) for number in range(call.data["count"])]
        await hass.data[DATA_INSTANCES]["sensor"].async_add_entities(added)
        hass.async_create_background_task(_change(added, call.data["every"]), "change dummies")

    hass.services.async_register(DOMAIN, "measure", measure, _MEASURE, SupportsResponse.ONLY)
    hass.services.async_register(DOMAIN, "dummies", dummies, _DUMMIES)
    return True


class _Dummy(SensorEntity):
    """A sensor that has nothing to do but change."""

    _attr_should_poll = False
    _attr_native_value = 0

    def __init__(self, number: int) -> None:
        """Have a name."""
        self._attr_name = f"Dummy {number}"

    def change(self) -> None:
        """Write another state."""
        self._attr_native_value += 1
        self.async_write_ha_state()


async def _change(dummies: list[_Dummy], every: float) -> None:
    while True:
        for dummy in dummies:
            dummy.change()
            await asyncio.sleep(every / len(dummies))


async def _lateness(seconds: float) -> list[float]:
    """Return by how many seconds a tick every 10 ms came late."""
    late = []
    end = time.perf_counter() + seconds
    while (due := time.perf_counter() + _TICK) < end:
        await asyncio.sleep(_TICK)
        late.append(max(0.0, time.perf_counter() - due))
    return late
