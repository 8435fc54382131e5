"""Binary sensors of a meter."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import MeterEntity, add_for_each_meter
from .register_state import Status
from .runtime import MeterVisionConfigEntry

PARALLEL_UPDATES = 0

_NO_PROBLEM: Final = (Status.OK, Status.WAITING)
PROBLEM: Final = BinarySensorEntityDescription(
    key="problem",
    translation_key="problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  the signature is Home Assistant's
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of every meter."""
    add_for_each_meter(entry, async_add_entities, lambda coordinator: [MeterProblem(coordinator, PROBLEM)])


class MeterProblem(MeterEntity, BinarySensorEntity):
    """On while the latest attempt to read the meter gave no accepted reading."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether somebody should look at the status."""
        return any(register.status not in _NO_PROBLEM for register in self.coordinator.data.registers.values())
