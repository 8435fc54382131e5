"""Sensors of a meter and of its registers: one row of a table each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_point_in_utc_time
import homeassistant.util.dt as dt_util

from .account_sensor import EXPORT, SPENDING, export_sensors, spending_sensors
from .coordinator import MeterCoordinator
from .entity import MeterEntity, RegisterEntity, async_add_for_each_meter
from .meter_state import MeterState
from .metering.models import Confidence, MeterKind, Register
from .metering.rate import rate_unit
from .metering.use import Bookkeeper, Use
from .register_state import RegisterState, Status
from .runtime import MeterVisionConfigEntry

PARALLEL_UPDATES = 0

type State = str | Decimal | int | datetime | None

_RATE_PLACES: Final = 4
_ENERGY_UNITS: Final = frozenset(UnitOfEnergy)
_VOLUME_CLASSES: Final = {MeterKind.WATER: SensorDeviceClass.WATER, MeterKind.GAS: SensorDeviceClass.GAS}


def _currency(register: Register) -> str:
    return "" if register.tariff is None else register.tariff.currency


def _device_class(kind: MeterKind, register: Register) -> SensorDeviceClass:
    by_energy = kind is MeterKind.ELECTRICITY or register.consumption_unit in _ENERGY_UNITS
    return SensorDeviceClass.ENERGY if by_energy else _VOLUME_CLASSES[kind]


def _nothing(_state: object) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class MeterSensorDescription(SensorEntityDescription):
    """A sensor, and how its state comes from the meter's."""

    value_fn: Callable[[MeterState], State]
    attributes_fn: Callable[[MeterState], Mapping[str, Any]] = _nothing


@dataclass(frozen=True, kw_only=True)
class UseSensorDescription(SensorEntityDescription):
    """A sensor, and how its state comes from what is known about a register's use."""

    unit_fn: Callable[[Register], str]
    value_fn: Callable[[Bookkeeper, Use, datetime], State]
    attributes_fn: Callable[[Use], Mapping[str, Any]] = _nothing


@dataclass(frozen=True, kw_only=True)
class RegisterSensorDescription(SensorEntityDescription):
    """A sensor, and how its state comes from a register's."""

    value_fn: Callable[[RegisterState], State]
    attributes_fn: Callable[[RegisterState], Mapping[str, Any]] = _nothing


def _tokens(key: str, value_fn: Callable[[MeterState], State]) -> MeterSensorDescription:
    return MeterSensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement="tokens",
        value_fn=value_fn,
    )


METER: Final = (
    _tokens("input_tokens", lambda state: state.spending.input_tokens),
    _tokens("output_tokens", lambda state: state.spending.output_tokens),
    MeterSensorDescription(
        key="month_tokens",
        translation_key="month_tokens",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement="tokens",
        value_fn=lambda state: state.spending.month_tokens,
    ),
    MeterSensorDescription(
        key="api_cost_month",
        translation_key="api_cost_month",
        device_class=SensorDeviceClass.MONETARY,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement="USD",
        suggested_display_precision=4,
        value_fn=lambda state: state.spending.month_cost,
    ),
    MeterSensorDescription(
        key="api_cost",
        translation_key="api_cost",
        device_class=SensorDeviceClass.MONETARY,
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement="USD",
        suggested_display_precision=4,
        value_fn=lambda state: state.spending.known_cost,
        attributes_fn=lambda state: {"calls": state.spending.calls, "unpriced_calls": state.spending.unpriced_calls},
    ),
)

USE: Final = (
    UseSensorDescription(
        key="cost",
        translation_key="cost",
        device_class=SensorDeviceClass.MONETARY,
        # Goes down when a reading was too high, and by what is fed in.
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        unit_fn=_currency,
        value_fn=lambda _, use, __: None if use.last is None else use.last.cost,
        attributes_fn=lambda use: {"since": use.charged_since},
    ),
    UseSensorDescription(
        key="price",
        translation_key="price",
        suggested_display_precision=4,
        unit_fn=lambda register: f"{_currency(register)}/{register.consumption_unit}",
        value_fn=lambda keeper, use, now: keeper.price(use, now),
    ),
    # The next ones begin anew each month and have no state class: the cost's own statistics tell what a month has cost.
    UseSensorDescription(
        key="month_cost",
        translation_key="month_cost",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        unit_fn=_currency,
        value_fn=lambda keeper, use, now: keeper.month_cost(use, now),
        attributes_fn=lambda use: {"since": use.charged_since},
    ),
    UseSensorDescription(
        key="month_forecast",
        translation_key="month_forecast",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        unit_fn=_currency,
        value_fn=lambda _, use, __: None if use.forecast is None else use.forecast.cost,
        attributes_fn=lambda use: {} if use.forecast is None else {"days": use.forecast.days},
    ),
)


def use_descriptions(kind: MeterKind, register: Register) -> tuple[UseSensorDescription, ...]:
    """Return the rows of what a register is used for: its rate always, money where there is a tariff."""
    shown = rate_unit(register)
    power = shown.unit == UnitOfPower.WATT
    return (
        UseSensorDescription(
            key="power" if power else "flow_rate",
            translation_key="power" if power else "flow_rate",
            device_class=SensorDeviceClass.POWER if power else SensorDeviceClass.VOLUME_FLOW_RATE,
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=0 if power else 3,
            unit_fn=lambda _: shown.unit,
            value_fn=lambda _, use, __: None if use.rate is None else round(use.rate * shown.factor, _RATE_PLACES),
        ),
        UseSensorDescription(
            key="month_consumption",
            translation_key="month_consumption",
            device_class=_device_class(kind, register),
            suggested_display_precision=max(0, -register.consumption_resolution.adjusted()),
            unit_fn=lambda register: register.consumption_unit,
            value_fn=lambda keeper, use, now: keeper.month_used(use, now),
            attributes_fn=lambda use: {"since": use.charged_since},
        ),
        *(USE if register.tariff is not None else ()),
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
    return (
        RegisterSensorDescription(
            key="consumption",
            translation_key="consumption",
            device_class=_device_class(kind, register),
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
    _unsubscribe: CALLBACK_TYPE | None = None

    def __init__(self, coordinator: MeterCoordinator, description: UseSensorDescription, register: Register) -> None:
        """Hang the sensor on its register."""
        super().__init__(coordinator, description, register.name)
        self._attr_native_unit_of_measurement = description.unit_fn(register)
        self._keeper = coordinator.bookkeeping.of[register.name]

    @override
    async def async_added_to_hass(self) -> None:
        """Show the next price and the next month when they begin."""
        await super().async_added_to_hass()
        self._wait_for_change()
        self.async_on_remove(self._stop_waiting)

    @callback
    def _wait_for_change(self) -> None:
        change = self._keeper.calendar.next_change(dt_util.utcnow())
        self._unsubscribe = async_track_point_in_utc_time(self.hass, self._changed, change)

    @callback
    def _changed(self, _now: datetime) -> None:
        self._wait_for_change()
        self.async_write_ha_state()

    @callback
    def _stop_waiting(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

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
