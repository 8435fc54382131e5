"""A meter is put on the Energy dashboard when a person wants it: nothing else changes, and nothing is there twice."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from homeassistant.components.energy import async_get_manager
from homeassistant.components.energy.data import ENERGY_SOURCE_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.meter_vision.energy_dashboard import async_add, async_fulfil_wishes, async_wish
from custom_components.meter_vision.metering.description import parse_meter

from .meters import ELECTRICITY, GAS, NOWHERE, WATER, account, dead_camera, meter

pytestmark = pytest.mark.usefixtures("recorder_mock", "socket_enabled")

FIRST: dict[str, Any] = {"initial": "530.071", "at": "2026-11-22T08:00:00+00:00", "camera": dead_camera()}
OTHERS: list[dict[str, Any]] = [
    {"type": "solar", "stat_energy_from": "sensor.roof", "config_entry_solar_forecast": None},
    {
        "type": "water",
        "stat_energy_from": "sensor.garden",
        "stat_cost": None,
        "entity_energy_price": None,
        "number_energy_price": 4.2,
    },
]


async def set_up(hass: HomeAssistant, *meters: Any) -> Any:
    """Set an account with meters up, the Energy dashboard having other sources already."""
    entry = account(*meters, base_url=NOWHERE, pref_disable_polling=True)
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "energy", {})
    manager = await async_get_manager(hass)
    others: Any = {"energy_sources": deepcopy(OTHERS)}
    await manager.async_update(others)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def sources(hass: HomeAssistant) -> list[Any]:
    data = (await async_get_manager(hass)).data
    assert data is not None
    found = list(data["energy_sources"])
    ENERGY_SOURCE_SCHEMA(deepcopy(found))
    return found


async def add_all(hass: HomeAssistant, entry: Any) -> None:
    for subentry in entry.subentries.values():
        await async_add(hass, subentry.subentry_id, parse_meter(subentry.data))


async def test_every_kind_is_appended_once(hass: HomeAssistant) -> None:
    kinds = (("water", WATER), ("electricity", ELECTRICITY), ("gas", GAS))
    entry = await set_up(hass, *(meter(kind.title(), kind, register, **FIRST) for kind, register in kinds))
    for _ in range(2):
        await add_all(hass, entry)
        before, new = (await sources(hass))[:2], (await sources(hass))[2:]
        assert before == OTHERS
        assert [(source["type"], source["stat_energy_from"]) for source in new] == [
            ("water", "sensor.water_consumption"),
            ("grid", "sensor.electricity_consumption"),
            ("gas", "sensor.gas_consumption"),
        ]


async def test_rates_are_named_where_there_are_any(hass: HomeAssistant) -> None:
    entry = await set_up(
        hass, meter("Water", "water", WATER, **FIRST), meter("Power", "electricity", ELECTRICITY, **FIRST)
    )
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id.endswith(("_flow_rate", "_power")):
            registry.async_update_entity(entity.entity_id, disabled_by=None)
    await add_all(hass, entry)
    rates = [source.get("stat_rate") for source in (await sources(hass))[2:]]
    assert rates == ["sensor.water_flow_rate", "sensor.power_power"]


async def test_export_belongs_to_import(hass: HomeAssistant) -> None:
    described = meter("Grid", "electricity", ELECTRICITY, **FIRST)
    data = dict(described["data"])
    (first,) = data["registers"]
    names = ("import", "export", "night")
    data["registers"] = [{**first, "name": name} for name in names]
    entry = await set_up(hass, {**described, "data": data})
    await add_all(hass, entry)
    used, night = (await sources(hass))[2:]
    assert "import" in used["stat_energy_from"]
    assert "export" in used["stat_energy_to"]
    assert ("night" in night["stat_energy_from"], night["stat_energy_to"]) == (True, None)


async def test_wishes_are_fulfilled_when_the_entities_are_there(hass: HomeAssistant) -> None:
    entry = await set_up(hass, meter("Water", "water", WATER, **FIRST))
    async_wish(hass, entry, "Water")
    async_wish(hass, entry, "Gas")
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert [source["stat_energy_from"] for source in await sources(hass)] == [
        "sensor.roof", "sensor.garden", "sensor.water_consumption",
    ]  # fmt: skip
    # What a person takes off stays off.
    manager = await async_get_manager(hass)
    others: Any = {"energy_sources": deepcopy(OTHERS)}
    await manager.async_update(others)
    await async_fulfil_wishes(hass, entry)
    assert await sources(hass) == OTHERS


async def test_what_is_not_valid_is_not_written(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    entry = await set_up(hass, meter("Water", "water", WATER, **FIRST))
    manager = await async_get_manager(hass)
    broken: Any = [{"type": "steam"}]
    assert manager.data is not None
    manager.data["energy_sources"] = broken
    await add_all(hass, entry)
    assert manager.data["energy_sources"] == [{"type": "steam"}]
    assert "cannot be put on the Energy dashboard" in caplog.text


async def test_disabled_sensor_is_not_added(hass: HomeAssistant) -> None:
    entry = await set_up(hass, meter("Water", "water", WATER, **FIRST))
    er.async_get(hass).async_update_entity("sensor.water_consumption", disabled_by=er.RegistryEntryDisabler.USER)
    await add_all(hass, entry)
    assert await sources(hass) == OTHERS
