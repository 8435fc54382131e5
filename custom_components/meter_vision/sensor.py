"""Sensors of a meter and of its registers: one row of a table each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import MeterCoordinator
from .entity import MeterEntity, RegisterEntity, add_for_each_meter
from .meter_state import MeterState
from .metering.models import Confidence, MeterKind, Register
from .register_state import RegisterState, Status
from .runtime import MeterVisionConfigEntry

PARALLEL_UPDATES = 0

type State = str | Decimal | int | datetime | None

_ENERGY_UNITS: Final = frozenset(UnitOfEnergy)
_VOLUME_CLASSES: Final = {MeterKind.WATER: SensorDeviceClass.WATER, MeterKind.GAS: SensorDeviceClass.GAS}


def _nothing(_state: object) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class MeterSensorDescription(SensorEntityDescription):
    """A sensor, and how its state comes from the meter's."""

    value_fn: Callable[[MeterState], State]
    attributes_fn: Callable[[MeterState], Mapping[str, Any]] = _nothing


@dataclass(frozen=True, kw_only=True)
class RegisterSensorDescription(SensorEntityDescription):
    """A sensor, and how its state comes from a register's."""

    value_fn: Callable[[RegisterState], State]
    attributes_fn: Callable[[RegisterState], Mapping[str, Any]] = _nothing


METER: Final = (
    MeterSensorDescription(
        key="input_tokens",
        translation_key="input_tokens",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement="tokens",
        value_fn=lambda state: state.spending.input_tokens,
    ),
    MeterSensorDescription(
        key="output_tokens",
        translation_key="output_tokens",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement="tokens",
        value_fn=lambda state: state.spending.output_tokens,
    ),
    MeterSensorDescription(
        key="month_tokens",
        translation_key="month_tokens",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement="tokens",
        value_fn=lambda state: state.spending.month_tokens,
    ),
    MeterSensorDescription(
        key="api_cost",
        translation_key="api_cost",
        device_class=SensorDeviceClass.MONETARY,
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement="USD",
        suggested_display_precision=4,
        value_fn=lambda state: state.spending.cost,
        attributes_fn=lambda state: {"calls": state.spending.calls, "unpriced_calls": state.spending.unpriced_calls},
    ),
)

REGISTER: Final = (
    RegisterSensorDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=list(Status),
        value_fn=lambda state: state.status,
        attributes_fn=lambda state: {"rule": state.rule, "error": state.error},
    ),
    RegisterSensorDescription(
        key="last_reading",
        translation_key="last_reading",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda state: state.last.time,
    ),
    RegisterSensorDescription(
        key="confidence",
        translation_key="confidence",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=list(Confidence),
        value_fn=lambda state: state.confidence,
    ),
)


def register_descriptions(kind: MeterKind, register: Register) -> tuple[RegisterSensorDescription, ...]:
    """Return the rows of a register; the first depend on what it counts and how finely."""
    unit = register.consumption_unit
    by_energy = kind is MeterKind.ELECTRICITY or unit in _ENERGY_UNITS
    return (
        RegisterSensorDescription(
            key="consumption",
            translation_key="consumption",
            device_class=SensorDeviceClass.ENERGY if by_energy else _VOLUME_CLASSES[kind],
            # Not total_increasing: there a value that was too high counts twice when the true one returns.
            state_class=SensorStateClass.TOTAL,
            native_unit_of_measurement=unit,
            suggested_display_precision=max(0, -register.consumption_resolution.adjusted()),
            value_fn=lambda state: state.consumption,
        ),
        # Neither state class nor device class: it jumps at a rollover and with a new meter, so no dashboard may sum it.
        RegisterSensorDescription(
            key="reading",
            translation_key="reading",
            native_unit_of_measurement=register.unit,
            suggested_display_precision=register.places,
            value_fn=lambda state: state.last.value,
        ),
        *REGISTER,
    )


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  the signature is Home Assistant's
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every meter."""
    add_for_each_meter(entry, async_add_entities, _sensors)


def _sensors(coordinator: MeterCoordinator) -> list[SensorEntity]:
    meter = coordinator.meter
    return [
        *(
            RegisterSensor(coordinator, description, register.name)
            for register in meter.registers
            for description in register_descriptions(meter.kind, register)
        ),
        *(MeterSensor(coordinator, description) for description in METER),
    ]


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
