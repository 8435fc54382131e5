"""Sensors of a meter and of its registers: one row of a table each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
import homeassistant.util.dt as dt_util

from .account_sensor import EXPORT, SPENDING, export_sensors, spending_sensors
from .coordinator import MeterCoordinator
from .entity import MeterEntity, RegisterEntity, async_add_for_each_meter
from .metering.models import Register
from .runtime import MeterVisionConfigEntry
from .sensor_tables import (
    METER,
    MeterSensorDescription,
    RegisterSensorDescription,
    State,
    UseSensorDescription,
    register_descriptions,
    use_descriptions,
)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  the signature is Home Assistant's
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every meter."""
    await async_add_for_each_meter(entry, async_add_entities, _sensors)
    async_add_entities([*spending_sensors(entry, SPENDING), *export_sensors(entry, EXPORT)])


def _sensors(coordinator: MeterCoordinator) -> Iterator[SensorEntity]:
    meter = coordinator.meter
    for register in meter.registers:
        for description in register_descriptions(meter.kind, register):
            yield RegisterSensor(coordinator, description, register.name)
    for register in meter.registers:
        for of_use in use_descriptions(meter.kind, register):
            yield UseSensor(coordinator, of_use, register)
    for of_meter in METER:
        yield MeterSensor(coordinator, of_meter)


class MeterSensor(MeterEntity, SensorEntity):
    """A sensor of one meter."""

    entity_description: MeterSensorDescription

    @property
    @override
    def native_value(self) -> State:
        """Return the state."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what explains the state."""
        return self.entity_description.attributes_fn(self.coordinator.data)


class RegisterSensor(RegisterEntity, SensorEntity):
    """A sensor of one register."""

    entity_description: RegisterSensorDescription

    @property
    @override
    def native_value(self) -> State:
        """Return the state."""
        return self.entity_description.value_fn(self.state_of_register)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what explains the state."""
        return self.entity_description.attributes_fn(self.state_of_register)


class UseSensor(RegisterEntity, SensorEntity):
    """A sensor of what a register is used for; prices and months change without a reading, too."""

    entity_description: UseSensorDescription

    def __init__(self, coordinator: MeterCoordinator, description: UseSensorDescription, register: Register) -> None:
        """Hang the sensor on its register."""
        super().__init__(coordinator, description, register.name)
        self._attr_native_unit_of_measurement = description.unit_fn(register)
        self._keeper = coordinator.bookkeeping.of[register.name]

    @property
    @override
    def native_value(self) -> State:
        """Return the state."""
        return self.entity_description.value_fn(self._keeper, self.state_of_register.use, dt_util.utcnow())

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what explains the state."""
        return self.entity_description.attributes_fn(self.state_of_register.use)
