"""What the entities of all platforms share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import batched
from typing import override

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import AT_ONCE, DOMAIN
from .coordinator import MeterCoordinator
from .identity import unique_id
from .metering.models import Display, Register
from .register_state import RegisterState
from .runtime import MeterVisionConfigEntry


async def async_add_for_each_meter(
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    build: Callable[[MeterCoordinator], Iterable[Entity]],
) -> None:
    """Add each meter's entities under its own subentry, a few at a time; Home Assistant breathes in between."""
    for subentry_id, coordinator in entry.runtime_data.coordinators.items():
        for few in batched(build(coordinator), AT_ONCE, strict=False):
            async_add_entities(few, config_subentry_id=subentry_id)
            await asyncio.sleep(0)


class MeterEntity(CoordinatorEntity[MeterCoordinator]):
    """An entity of one meter's device."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: MeterCoordinator, description: EntityDescription) -> None:
        """Hang the entity on its meter."""
        super().__init__(coordinator)
        self.entity_description = description
        subentry = coordinator.subentry
        self._attr_unique_id = unique_id(subentry.subentry_id, description.key)
        self.device_entry = _async_device(coordinator)

    @property
    @override
    def available(self) -> bool:
        """A failed read makes nothing known unknown: the last accepted values stand, and status and problem tell."""
        return True

    @override
    async def async_update(self) -> None:
        """Read the meter when somebody asks for an update; all entities of a meter share one read."""
        with suppress(HomeAssistantError):  # logged and shown by the status
            await self.coordinator.async_read_now()


class RegisterEntity(MeterEntity):
    """An entity of one register; where a meter has several, its name begins with the register's."""

    def __init__(self, coordinator: MeterCoordinator, description: EntityDescription, register: str) -> None:
        """Hang the entity on its register."""
        super().__init__(coordinator, description)
        self._register = register
        self._attr_unique_id = unique_id(coordinator.subentry.subentry_id, description.key, register)
        if len(coordinator.registers) > 1:
            self._attr_translation_key = f"register_{description.translation_key}"
            self._attr_translation_placeholders = {"register": register[:1].upper() + register[1:]}

    @property
    def state_of_register(self) -> RegisterState:
        """What is known about the register."""
        return self.coordinator.data.registers[self._register]


@callback
def _async_device(coordinator: MeterCoordinator) -> dr.AnyDeviceEntry:
    """Return a meter's device. It is described once, for to compare that again for each entity takes its time."""
    registry = dr.async_get(coordinator.hass)
    known = None if coordinator.device_id is None else registry.async_get(coordinator.device_id)
    if known is not None:
        return known
    subentry = coordinator.subentry
    device = registry.async_get_or_create(
        config_entry_id=coordinator.config_entry.entry_id,
        config_subentry_id=subentry.subentry_id,
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        model=f"{coordinator.meter.kind.capitalize()} meter ({_display(coordinator.meter.register)})",
    )
    coordinator.device_id = device.id
    return device


def _display(register: Register) -> str:
    return "LCD" if register.display is Display.LCD else register.display.value
