"""Binary sensors of a meter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import MeterCoordinator
from .entity import MeterEntity, RegisterEntity, async_add_for_each_meter
from .happenings import three_figures
from .metering.usage import Usage
from .register_state import Status
from .runtime import MeterVisionConfigEntry

PARALLEL_UPDATES = 0

_NO_PROBLEM: Final = (Status.OK, Status.WAITING)


@dataclass(frozen=True, kw_only=True)
class RegisterBinarySensorDescription(BinarySensorEntityDescription):
    """Something odd about a register's use, and how it is known."""

    value_fn: Callable[[Usage], bool]
    attributes_fn: Callable[[Usage], Mapping[str, Any]]


PROBLEM: Final = BinarySensorEntityDescription(
    key="problem",
    translation_key="problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)


LEAK: Final = RegisterBinarySensorDescription(
    key="leak",
    translation_key="leak",
    device_class=BinarySensorDeviceClass.PROBLEM,
    value_fn=lambda usage: usage.leak is not None,
    attributes_fn=lambda usage: (
        {} if usage.leak is None else {"since": usage.leak.since, "least_flow": three_figures(usage.leak.least)}
    ),
)
HIGH_USAGE: Final = RegisterBinarySensorDescription(
    key="high_usage",
    translation_key="high_usage",
    device_class=BinarySensorDeviceClass.PROBLEM,
    value_fn=lambda usage: usage.spike is not None,
    attributes_fn=lambda usage: (
        {}
        if usage.spike is None
        else {
            "since": usage.spike.start,
            "used": three_figures(usage.spike.used),
            "usual": three_figures(usage.spike.usual),
        }
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  the signature is Home Assistant's
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of every meter."""
    await async_add_for_each_meter(entry, async_add_entities, _binary_sensors)


def _binary_sensors(coordinator: MeterCoordinator) -> list[BinarySensorEntity]:
    found: list[BinarySensorEntity] = [MeterProblem(coordinator, PROBLEM)]
    for name, keeper in coordinator.bookkeeping.of.items():
        found.append(OddUse(coordinator, HIGH_USAGE, name))
        if keeper.rules.leak_after is not None:
            found.append(OddUse(coordinator, LEAK, name))
    return found


class MeterProblem(MeterEntity, BinarySensorEntity):
    """On while the latest attempt to read the meter gave no accepted reading."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether somebody should look at the status."""
        return any(register.status not in _NO_PROBLEM for register in self.coordinator.data.registers.values())


class OddUse(RegisterEntity, BinarySensorEntity):
    """On while something is odd about a register's use."""

    entity_description: RegisterBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return whether somebody should look after it."""
        return self.entity_description.value_fn(self.state_of_register.use.usage)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return since when, and how much."""
        return self.entity_description.attributes_fn(self.state_of_register.use.usage)
