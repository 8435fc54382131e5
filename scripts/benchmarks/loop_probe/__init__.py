"""Sits in a Home Assistant that is measured: times our callbacks, its lateness, and gives it dummies to carry."""

from array import array
import asyncio
from collections.abc import Mapping
import os
from pathlib import Path
import time
from typing import Any, Final

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Event, HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.helpers.entity_component import DATA_INSTANCES
import voluptuous as vol

from .handles import Handles, percentile
from .runs import Runs

DOMAIN: Final = "loop_probe"
_TICK: Final = 0.01
_SHARES: Final = (50, 99, 99.9)
_MEASURE: Final = vol.Schema({vol.Required("seconds"): vol.Coerce(float)})
_DUMMIES: Final = vol.Schema({vol.Required("count"): int, vol.Required("every"): vol.Coerce(float)})


async def async_setup(hass: HomeAssistant, config: Mapping[str, Any]) -> bool:
    """Offer the actions, and measure the start from here on."""
    del config
    start = _Start(hass)

    async def started(_call: ServiceCall) -> dict[str, Any]:
        """Return what the start has taken, as soon as it is over."""
        return await start.seen

    async def measure(call: ServiceCall) -> dict[str, Any]:
        """Measure for some seconds and return what was seen, times in seconds."""
        processor, wall = time.process_time(), time.perf_counter()
        with Handles() as handles:
            late = await _lateness(call.data["seconds"])
        return {
            **_of_ours(handles),
            "late": {str(share): percentile(late, share) for share in _SHARES},
            "processor": time.process_time() - processor,
            "wall": time.perf_counter() - wall,
            "memory": _memory(),
        }

    async def counted(_call: ServiceCall) -> dict[str, Any]:
        """Return how many entities the meters have, and the calls that they have paid for so far."""
        ours = [state for state in hass.states.async_all() if state.object_id.startswith("meter_")]
        return {"entities": len(ours), "calls": sum(state.attributes.get("calls", 0) for state in ours)}

    async def dummies(call: ServiceCall) -> None:
        """Add sensors that change again and again, one after the other."""
        added = [_Dummy(number) for number in range(call.data["count"])]
        await hass.data[DATA_INSTANCES]["sensor"].async_add_entities(added)
        hass.async_create_background_task(_change(added, call.data["every"]), "change dummies")

    hass.services.async_register(DOMAIN, "started", started, None, SupportsResponse.ONLY)
    hass.services.async_register(DOMAIN, "measure", measure, _MEASURE, SupportsResponse.ONLY)
    hass.services.async_register(DOMAIN, "counted", counted, None, SupportsResponse.ONLY)
    _offer_runs(hass)
    hass.services.async_register(DOMAIN, "dummies", dummies, _DUMMIES)
    return True


def _offer_runs(hass: HomeAssistant) -> None:
    """Offer the actions that time how long our code runs without a break."""
    runs = Runs()

    async def start_runs(_call: ServiceCall) -> None:
        """Begin to time the runs of our code."""
        runs.start()

    async def stop_runs(_call: ServiceCall) -> dict[str, Any]:
        """Time them no more, and return by module how long each took, whole and own, and collections, in seconds."""
        runs.stop()
        return {"modules": {module: list(times) for module, times in runs.times.items()}, "collected": runs.collected}

    hass.services.async_register(DOMAIN, "start_runs", start_runs)
    hass.services.async_register(DOMAIN, "stop_runs", stop_runs, supports_response=SupportsResponse.ONLY)


class _Start:
    """What happens until everything is set up."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to measure."""
        self.seen: asyncio.Future[dict[str, Any]] = hass.loop.create_future()
        """Known when Home Assistant has started."""
        self._loop, self._wall = time.thread_time(), time.perf_counter()
        self._handles = Handles()
        self._handles.__enter__()
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, self._started)

    async def _started(self, _event: Event) -> None:
        self._handles.__exit__(None, None, None)
        taken = {
            **_of_ours(self._handles),
            "loop": time.thread_time() - self._loop,
            "wall": time.perf_counter() - self._wall,
            "memory": _memory(),
        }
        self.seen.set_result(taken)


def _of_ours(handles: Handles) -> dict[str, Any]:
    ours = handles.ours()
    return {
        "callbacks": len(ours),
        "longest": max(ours, default=0.0),
        "nearly_all": percentile(ours, 99.9) if ours else 0.0,
        "in_all": sum(ours),
        "collecting": handles.collecting,
        "modules": dict(handles.longest_of_ours()),
    }


def _memory() -> int:
    """Return how much memory this process has in use, in bytes."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


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


async def _lateness(seconds: float) -> array[float]:
    """Return by how many seconds a tick every 10 ms came late."""
    late = array("d")
    end = time.perf_counter() + seconds
    while (due := time.perf_counter() + _TICK) < end:
        await asyncio.sleep(_TICK)
        late.append(max(0.0, time.perf_counter() - due))
    return late
