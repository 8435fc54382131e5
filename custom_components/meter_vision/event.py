"""Events of a meter's registers, for automations."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import MeterCoordinator
from .entity import RegisterEntity, async_add_for_each_meter
from .happenings import Event, Happening, event_signal
from .runtime import MeterVisionConfigEntry

PARALLEL_UPDATES = 0

EVENTS: Final = EventEntityDescription(key="events", translation_key="events", event_types=list(Happening))


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  the signature is Home Assistant's
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of every register."""
    await async_add_for_each_meter(entry, async_add_entities, _events)


def _events(coordinator: MeterCoordinator) -> list[RegisterEvents]:
    return [RegisterEvents(coordinator, EVENTS, name) for name in coordinator.registers]


class RegisterEvents(RegisterEntity, EventEntity):
    """What has happened to a register."""

    @override
    async def async_added_to_hass(self) -> None:
        """Be told of what happens."""
        await super().async_added_to_hass()
        signal = event_signal(self.coordinator.subentry.subentry_id, self._register)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._happened))

    @callback
    def _happened(self, event: Event) -> None:
        self._trigger_event(event.kind, event.facts)
        self.async_write_ha_state()
