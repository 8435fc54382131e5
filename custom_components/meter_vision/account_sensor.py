"""Sensors of an account: what it spends, and how its export stands; one row of a table each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.event import async_track_time_change
import homeassistant.util.dt as dt_util

from .account import Account
from .const import DOMAIN
from .export.drainer import Status
from .exporter import Exporter
from .runtime import MeterVisionConfigEntry


def _age(status: Status) -> float:
    """Return for how many seconds the first point has been waiting."""
    oldest = status.outbox.oldest
    return 0.0 if oldest is None else round(max((dt_util.utcnow() - oldest).total_seconds(), 0.0))


@dataclass(frozen=True, kw_only=True)
class ExportSensorDescription(SensorEntityDescription):
    """A sensor, and how its state comes from the export's."""

    value_fn: Callable[[Status], str | float | datetime | None]


@dataclass(frozen=True, kw_only=True)
class SpendingSensorDescription(SensorEntityDescription):
    """A sensor, and how its state comes from the account's."""

    value_fn: Callable[[Account], Decimal | int]
    attributes_fn: Callable[[Account], dict[str, float | None]] = lambda _: {}


SPENDING: Final = (
    SpendingSensorDescription(
        key="account_cost_month",
        translation_key="account_cost_month",
        device_class=SensorDeviceClass.MONETARY,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement="USD",
        suggested_display_precision=4,
        value_fn=lambda account: account.spent,
        attributes_fn=lambda account: {"limit": None if account.limit is None else float(account.limit)},
    ),
    SpendingSensorDescription(
        key="account_tokens_month",
        translation_key="month_tokens",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement="tokens",
        value_fn=lambda account: account.tokens,
    ),
)

EXPORT: Final = (
    ExportSensorDescription(
        key="export_backlog",
        translation_key="export_backlog",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement="points",
        value_fn=lambda status: status.outbox.waiting,
    ),
    ExportSensorDescription(
        key="export_oldest_age",
        translation_key="export_oldest_age",
        entity_category=EntityCategory.DIAGNOSTIC,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value_fn=_age,
    ),
    ExportSensorDescription(
        key="export_last_success",
        translation_key="export_last_success",
        entity_category=EntityCategory.DIAGNOSTIC,
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda status: status.last_success,
    ),
)


def spending_sensors(
    entry: MeterVisionConfigEntry, descriptions: tuple[SpendingSensorDescription, ...]
) -> list[SpendingSensor]:
    """Return the sensors of what an account spends."""
    return [SpendingSensor(entry, description) for description in descriptions]


def export_sensors(
    entry: MeterVisionConfigEntry, descriptions: tuple[ExportSensorDescription, ...]
) -> list[ExportSensor]:
    """Return the sensors of an account's export, none where there is no export."""
    exporter = entry.runtime_data.exporter
    return [] if exporter is None else [ExportSensor(entry, exporter, description) for description in descriptions]


class AccountSensor(SensorEntity):
    """A sensor of an account."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: MeterVisionConfigEntry, description: SensorEntityDescription) -> None:
        """Hang the sensor on the account."""
        self.entity_description = description
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)}, name=entry.title, entry_type=DeviceEntryType.SERVICE
        )


class SpendingSensor(AccountSensor):
    """A sensor of what an account spends in a month."""

    entity_description: SpendingSensorDescription

    def __init__(self, entry: MeterVisionConfigEntry, description: SpendingSensorDescription) -> None:
        """Hang the sensor on the account."""
        super().__init__(entry, description)
        self._account = entry.runtime_data.account

    @override
    async def async_added_to_hass(self) -> None:
        """Follow every call, and begin anew with each month."""
        self.async_on_remove(self._account.async_add_listener(self.async_write_ha_state))
        self.async_on_remove(async_track_time_change(self.hass, self._day_begins, hour=0, minute=0, second=0))

    @callback
    def _day_begins(self, _now: datetime) -> None:
        self.async_write_ha_state()

    @property
    @override
    def native_value(self) -> Decimal | int:
        """Return the state."""
        return self.entity_description.value_fn(self._account)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, float | None]:
        """Return what explains the state."""
        return self.entity_description.attributes_fn(self._account)


class ExportSensor(AccountSensor):
    """A sensor of an account's export."""

    entity_description: ExportSensorDescription

    def __init__(self, entry: MeterVisionConfigEntry, exporter: Exporter, description: ExportSensorDescription) -> None:
        """Hang the sensor on the account."""
        super().__init__(entry, description)
        self._exporter = exporter

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the export."""
        self.async_on_remove(self._exporter.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> str | float | datetime | None:
        """Return the state."""
        return self.entity_description.value_fn(self._exporter.status)
