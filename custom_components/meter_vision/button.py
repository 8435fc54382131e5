"""Buttons of a meter."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import MeterEntity, async_add_for_each_meter
from .runtime import MeterVisionConfigEntry

# Not 1: a second press would wait for the first and then pay again, instead of sharing its read.
PARALLEL_UPDATES = 0

READ_NOW: Final = ButtonEntityDescription(key="read_now", translation_key="read_now")


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  the signature is Home Assistant's
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of every meter."""
    await async_add_for_each_meter(entry, async_add_entities, lambda coordinator: [MeterReadNow(coordinator, READ_NOW)])


class MeterReadNow(MeterEntity, ButtonEntity):
    """Takes a picture and reads it at once."""

    @override
    async def async_press(self) -> None:
        """Read the meter, or fail with what went wrong."""
        await self.coordinator.async_read_now()
