"""What Home Assistant's own validation of the Energy dashboard says about the sensors."""

from __future__ import annotations

from typing import Any, Final

from homeassistant.components.energy import async_get_manager
from homeassistant.components.energy.validate import (
    ENERGY_USAGE_UNITS,
    GAS_USAGE_UNITS,
    WATER_USAGE_UNITS,
    async_validate,
)
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import homeassistant.util.dt as dt_util
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.models import MeterKind

from .meters import NOWHERE, account, dead_camera, meter

pytestmark = pytest.mark.usefixtures("recorder_mock", "socket_enabled")

SOURCES: Final[dict[MeterKind, dict[str, Any]]] = {
    MeterKind.ELECTRICITY: {"type": "grid", "stat_energy_to": None, "stat_cost": None, "cost_adjustment_day": 0.0},
    MeterKind.GAS: {"type": "gas"},
    MeterKind.WATER: {"type": "water"},
}
EVERY_UNIT: Final = [(kind, unit) for kind, traits in CATALOGUE.items() for unit in traits.units]
LAYOUT: Final = {"display": "drums", "whole_digits": 5, "decimals": 3}
FIRST: Final = {"initial": "530.071", "at": "2026-11-22T08:00:00+00:00"}


async def set_up_every_unit(hass: HomeAssistant) -> None:
    """Set up a meter of every kind and unit, and let the recorder compile their first statistics."""
    meters = [
        meter(f"{kind} {unit}", kind, {**LAYOUT, "unit": unit}, camera=dead_camera(), **FIRST)
        for kind, unit in EVERY_UNIT
    ]
    entry = account(*meters, base_url=NOWHERE, pref_disable_polling=True)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await async_setup_component(hass, "energy", {})
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    do_adhoc_statistics(hass, start=now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0))
    await async_wait_recording_done(hass)


async def complaints(hass: HomeAssistant, key: str) -> dict[str, set[str]]:
    """Return what is wrong with each meter's sensor on the Energy dashboard, by meter name."""
    registry = er.async_get(hass)
    entities = [entity for entity in registry.entities.values() if entity.translation_key == key]
    assert len(entities) == len(EVERY_UNIT)
    names = [hass.states.get(entity.entity_id).name for entity in entities]
    kinds = [MeterKind(name.partition(" ")[0]) for name in names]
    sources = [
        {**SOURCES[kind], "stat_energy_from": entity.entity_id} for kind, entity in zip(kinds, entities, strict=True)
    ]
    manager = await async_get_manager(hass)
    await manager.async_update({"energy_sources": sources})
    found = (await async_validate(hass)).as_dict()["energy_sources"]
    return {name: {issue["type"] for issue in issues} for name, issues in zip(names, found, strict=True)}


def test_every_unit_of_the_dashboard_is_offered() -> None:
    assert {kind: set(traits.units) for kind, traits in CATALOGUE.items()} == {
        MeterKind.ELECTRICITY: set(ENERGY_USAGE_UNITS[SensorDeviceClass.ENERGY]),
        MeterKind.GAS: {unit for units in GAS_USAGE_UNITS.values() for unit in units},
        MeterKind.WATER: set(WATER_USAGE_UNITS[SensorDeviceClass.WATER]),
    }


@pytest.mark.parametrize("units", [METRIC_SYSTEM, US_CUSTOMARY_SYSTEM], ids=["metric", "us"])
async def test_consumption_is_accepted_in_every_unit(hass: HomeAssistant, units: UnitSystem) -> None:
    hass.config.units = units
    await set_up_every_unit(hass)

    assert {name: found for name, found in (await complaints(hass, "consumption")).items() if found} == {}


async def test_reading_is_refused_in_every_unit(hass: HomeAssistant) -> None:
    await set_up_every_unit(hass)

    expected = {"statistics_not_defined", "entity_unexpected_device_class", "entity_unexpected_state_class"}
    assert [name for name, found in (await complaints(hass, "reading")).items() if not expected <= found] == []
