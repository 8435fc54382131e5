"""A meter whose readings a person types, at whatever time they were taken; nothing is photographed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, State
import homeassistant.util.dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.meter_vision.const import DOMAIN

from .meters import NOWHERE, WATER, account, dead_camera, meter

BERLIN: Final = ZoneInfo("Europe/Berlin")


def local(text: str) -> datetime:
    """Return an instant from local time."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@dataclass(slots=True)
class TypedMeter:
    """A water meter in Berlin."""

    hass: HomeAssistant
    clock: Any
    entry: MockConfigEntry | None = None

    async def set_up(self, initial: str, at: str, **register: Any) -> MockConfigEntry:
        """Set the meter up with a first reading at a local time."""
        await self.hass.config.async_set_time_zone("Europe/Berlin")
        first = {"initial": initial, "at": local(at).isoformat()}
        described = meter("Water", "water", {**WATER, **register}, camera=dead_camera(), **first)
        self.entry = account(described, base_url=NOWHERE, pref_disable_polling=True)
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        return self.entry

    async def until(self, time: str) -> None:
        """Let it become a local time."""
        self.clock.move_to(local(time))
        async_fire_time_changed(self.hass, dt_util.utcnow())
        await self.hass.async_block_till_done()

    async def act(self, action: str, **data: Any) -> None:
        """Call an action for the meter."""
        await self.hass.services.async_call(
            DOMAIN, action, {"entity_id": "sensor.water_consumption", **data}, blocking=True
        )
        await self.hass.async_block_till_done()

    async def say(self, value: str, at: str | None = None, **more: Any) -> None:
        """Type what stands on the meter, or stood on it at a local time."""
        await self.act("set_reading", value=value, **({} if at is None else {"time": local(at).isoformat()}), **more)

    async def run(self, start: str, litres: list[float], value: float, *, minutes: int = 15) -> float:
        """Type a reading every so many minutes from a local time on, as time goes by; return the last value."""
        time = local(start)
        for used in litres:
            time += timedelta(minutes=minutes)
            value = round(value + used / 1000, 4)
            self.clock.move_to(time)
            await self.say(f"{value:.4f}")
        return value

    def state(self, entity: str) -> State:
        """Return the state of an entity of the meter, such as `sensor.cost`."""
        platform, _, key = entity.partition(".")
        state = self.hass.states.get(f"{platform}.water_{key}")
        assert state is not None, entity
        return state

    def number(self, entity: str) -> float:
        """Return a sensor's state."""
        return round(float(self.state(entity).state), 4)
