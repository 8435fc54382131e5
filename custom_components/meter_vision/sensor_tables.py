"""The tables of a meter's sensors: what each shows, and how that comes from what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower

from .meter_state import MeterState
from .metering.models import Confidence, MeterKind, Register
from .metering.rate import rate_unit
from .metering.use import Bookkeeper, Use
from .register_state import RegisterState, Status

type State = str | Decimal | int | datetime | None

_RATE_PLACES: Final = 4
_ENERGY_UNITS: Final = frozenset(UnitOfEnergy)
_VOLUME_CLASSES: Final = {MeterKind.WATER: SensorDeviceClass.WATER, MeterKind.GAS: SensorDeviceClass.GAS}


def _currency(register: Register) -> str:
    return "" if register.tariff is None else register.tariff.currency


def _device_class(kind: MeterKind, register: Register) -> SensorDeviceClass:
    by_energy = kind is MeterKind.ELECTRICITY or register.consumption_unit in _ENERGY_UNITS
    return SensorDeviceClass.ENERGY if by_energy else _VOLUME_CLASSES[kind]


def _places(register: Register) -> int:
    """Return the decimal places of the consumption."""
    return max(0, -register.consumption_resolution.adjusted())


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


def _tokens(
    key: str, value_fn: Callable[[MeterState], State], state_class: SensorStateClass | None = SensorStateClass.TOTAL
) -> MeterSensorDescription:
    return MeterSensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=state_class,
        native_unit_of_measurement="tokens",
        value_fn=value_fn,
    )


METER: Final = (
    _tokens("input_tokens", lambda state: state.spending.input_tokens),
    _tokens("output_tokens", lambda state: state.spending.output_tokens),
    _tokens("month_tokens", lambda state: state.spending.month_tokens, state_class=None),
    MeterSensorDescription(
        key="api_cost_month",
        translation_key="api_cost_month",
        device_class=SensorDeviceClass.MONETARY,
        entity_category=EntityCategory.DIAGNOSTIC,
        # That of the account is what counts against a limit, and the statistics of the next tell each month's.
        entity_registry_enabled_default=False,
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
    shown, places = rate_unit(register), _places(register)
    rows = (_rate(shown.unit, shown.factor), _month_consumption(_device_class(kind, register), places))
    return rows + USE if register.tariff is not None else rows


@cache
def _rate(unit: str, factor: Decimal) -> UseSensorDescription:
    power = unit == UnitOfPower.WATT
    return UseSensorDescription(
        key="power" if power else "flow_rate",
        translation_key="power" if power else "flow_rate",
        device_class=SensorDeviceClass.POWER if power else SensorDeviceClass.VOLUME_FLOW_RATE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0 if power else 3,
        unit_fn=lambda _: unit,
        value_fn=lambda _, use, __: None if use.rate is None else round(use.rate * factor, _RATE_PLACES),
    )


@cache
def _month_consumption(device_class: SensorDeviceClass, places: int) -> UseSensorDescription:
    return UseSensorDescription(
        key="month_consumption",
        translation_key="month_consumption",
        device_class=device_class,
        suggested_display_precision=places,
        unit_fn=lambda register: register.consumption_unit,
        value_fn=lambda keeper, use, now: keeper.month_used(use, now),
        attributes_fn=lambda use: {"since": use.charged_since},
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
        entity_registry_enabled_default=False,
        options=list(Confidence),
        value_fn=lambda state: state.confidence,
    ),
)


def register_descriptions(kind: MeterKind, register: Register) -> tuple[RegisterSensorDescription, ...]:
    """Return the rows of a register; the first depend on what it counts and how finely."""
    consumption = _consumption(_device_class(kind, register), register.consumption_unit, _places(register))
    return (consumption, _reading(register.unit, register.places), *REGISTER)


@cache
def _consumption(device_class: SensorDeviceClass, unit: str, places: int) -> RegisterSensorDescription:
    return RegisterSensorDescription(
        key="consumption",
        translation_key="consumption",
        device_class=device_class,
        # Not total_increasing: there a value that was too high counts twice when the true one returns.
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=unit,
        suggested_display_precision=places,
        value_fn=lambda state: state.consumption,
    )


@cache
def _reading(unit: str, places: int) -> RegisterSensorDescription:
    # Neither state class nor device class: it jumps at a rollover and with a new meter, so no dashboard may sum it.
    return RegisterSensorDescription(
        key="reading",
        translation_key="reading",
        native_unit_of_measurement=unit,
        suggested_display_precision=places,
        value_fn=lambda state: state.last.value,
    )
