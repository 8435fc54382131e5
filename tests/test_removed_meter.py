"""A meter that is removed, perhaps by mistake, and added again."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
import json
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant.components.energy import async_get_manager
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.store.models import JournalEntry, Kind

from .house import House
from .recorded import WATER, Statistics, begin, consistent
from .test_init import FAR_OFF, LONG_AGO
from .test_statistics_repair import enable_statistics, recorder_config  # noqa: F401  fixtures

TARIFF: dict[str, Any] = {"currency": "EUR", "price": "2"}


async def remove(house: House) -> str:
    """Delete the water meter, as its menu does; return its id."""
    assert house.entry is not None
    meter = next(each for each in house.entry.subentries.values() if each.title.casefold() == "water main")
    house.hass.config_entries.async_remove_subentry(house.entry, meter.subentry_id)
    await house.settle()
    return meter.subentry_id


def entities(house: House) -> dict[str, str]:
    """Return the entity ids of the account's meters by their unique ids."""
    assert house.entry is not None
    found = er.async_entries_for_config_entry(er.async_get(house.hass), house.entry.entry_id)
    return {entity.unique_id: entity.entity_id for entity in found if entity.config_subentry_id}


async def add_again(house: House, value: str, **more: Any) -> None:
    """Add the water meter as its dialog does, with a first reading of now."""
    described = house.meter("water")
    data = json.loads(json.dumps(dict(described["data"]))) | more
    data["registers"][0]["initial"] = {"value": value, "time": house.clock().replace(microsecond=0).isoformat() + "Z"}
    title = str(data["name"])
    house.show("water", value)
    await house.add({**described, "data": data, "title": title})


async def begin_with_another_total(statistics: Statistics) -> None:
    """Read the meter, of which total and reading differ: without what is kept, the total would fall by 530 m³."""
    await statistics.house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    await statistics.act("set_reading", value="2.0000", new_meter=True)
    await statistics.until(62)
    await statistics.look("2.1000")
    assert statistics.house.total() == "530.4000"


@pytest.mark.usefixtures("recorder_mock")
async def test_added_again_it_goes_on_with_its_statistics(house: House) -> None:
    statistics = Statistics(house)
    await begin_with_another_total(statistics)
    await statistics.until(122)
    kept = await statistics.rows("hour")

    await remove(house)
    await statistics.until(302)
    await add_again(house, "2.4000")
    await statistics.until(366)

    assert house.total() == "530.7000"
    hours = await statistics.rows("hour")
    assert hours[0] == kept[0]
    consistent(hours)
    assert [row["at"] for row in hours] == [60 * number for number in range(len(hours))], "the gap is filled"
    assert all(0 <= row["change"] < 0.2 for row in hours[1:])
    assert hours[-1]["state"] == 530.7
    assert statistics.pending is None


@pytest.mark.usefixtures("recorder_mock")
async def test_added_again_it_has_its_entities_and_its_places(house: House) -> None:
    """What a person has set up for it is there again: entity ids, area, Energy dashboard, series in InfluxDB."""
    assert await async_setup_component(house.hass, "energy", {})
    await house.set_up("water", "gas", pref_disable_polling=True)
    manager = await async_get_manager(house.hass)
    sources: list[Any] = [{"type": "water", "stat_energy_from": WATER, "stat_cost": None}]
    await manager.async_update({"energy_sources": sources})
    registry, devices = er.async_get(house.hass), dr.async_get(house.hass)
    registry.async_update_entity("sensor.water_main_reading", new_entity_id="sensor.on_the_drums")
    cellar = ar.async_get(house.hass).async_get_or_create("Cellar").id
    devices.async_update_device(registry.async_get(WATER).device_id, area_id=cellar)
    before = entities(house)

    gone = await remove(house)
    assert house.hass.states.get(WATER) is None
    await add_again(house, "530.4000")

    assert entities(house) == before
    assert house.state("sensor.on_the_drums") == "530.4000"
    assert devices.async_get(registry.async_get(WATER).device_id).area_id == cellar
    assert manager.data["energy_sources"][0]["stat_energy_from"] == WATER
    assert house.entry.subentries[gone].data["meter_id"] == "water_main"


@pytest.fixture
async def removed(house: House, socket_enabled: None) -> str:  # noqa: ARG001  reaches the simulator
    """A house whose water meter stood at 3.1, with a total of 530.1708, and is removed; its id."""
    house.registers["water"] = {"tariff": TARIFF}
    await house.set_up("water", "gas")
    action = {"entity_id": WATER, "value": "3", "new_meter": True}
    await house.hass.services.async_call(DOMAIN, "set_reading", action, blocking=True)
    house.show("water", "3.1000")
    await house.pass_time()
    assert (house.total(), house.state("sensor.water_main_cost")) == ("530.1708", "0.200000")
    return await remove(house)


async def test_removal_leaves_name_reading_and_total(house: House, removed: str) -> None:
    database = house.entry.runtime_data.store.database
    assert database.journal(removed, LONG_AGO, FAR_OFF) == ()
    assert removed not in dict(database.states())
    assert database.readings(removed) == {}
    (stays,) = database.of_account("removed").values()
    assert stays["identity"] == {"name": "Water main", "kind": "water", "registers": ["main"], "meter_id": "water_main"}
    assert stays["state"]["registers"]["main"]["last"]["value"] == "3.1000"
    assert stays["state"]["registers"]["main"]["judge"]["spans"][0][0] == "3.1000"


@pytest.mark.parametrize(
    ("value", "more", "shown"),
    [
        ("3.4000", {"name": "WATER main"}, ("530.4708", "0.800000")),
        ("0.5000", {}, ("530.1708", "0.200000")),
        ("3.4000", {"name": "Kitchen"}, ("3.4000", "0.000000")),
        ("3.4000", {"kind": "gas"}, ("3.4000", "0.000000")),
    ],
    ids=["the same", "another device in its place", "another name", "another kind"],
)
async def test_what_is_taken_for_the_same_meter(
    house: House, removed: str, value: str, more: dict[str, Any], shown: tuple[str, str]
) -> None:
    await house.pass_time(timedelta(hours=3))
    await add_again(house, value, **more)

    name = more.get("name", "Water main").lower().replace(" ", "_")
    assert (house.total(name), house.state(f"sensor.{name}_cost")) == shown
    goes_on = shown[0].startswith("530")
    assert (removed in house.entry.subentries) == goes_on
    assert house.status(name) == ("ok", None)
    for _ in range(2):  # what stayed of it is of no more use once it has rows of its own
        await house.hass.config_entries.async_reload(house.entry.entry_id)
        await house.settle()
        assert house.total(name) == shown[0]
    assert (removed in house.entry.runtime_data.store.database.of_account("removed")) != goes_on


async def test_removed_again_before_it_was_read_it_still_goes_on(house: House, removed: str) -> None:
    house.break_camera("water", "status_500")
    await add_again(house, "3.4000")
    assert await remove(house) == removed
    house.break_camera("water", None)
    await add_again(house, "3.5000")
    assert house.total() == "530.5708"


async def test_removed_while_the_account_is_off(house: House) -> None:
    await house.set_up("water", "gas")
    house.show("water", "530.3000")
    await house.pass_time()
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    gone = await remove(house)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    await add_again(house, "530.4000")
    assert gone in house.entry.subentries
    assert house.total() == "530.4000"


@pytest.mark.parametrize("damage", ["[]", '{"a": {}}', '{"a": {"identity": {}, "state": 5}}', "{"])
async def test_what_stayed_and_is_damaged_is_no_reason_to_fail(house: House, removed: str, damage: str) -> None:
    path = Path(house.hass.config.path(".storage", f"{DOMAIN}.{house.entry.entry_id}.db"))
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        connection.execute("UPDATE account SET data = ? WHERE name IN ('removed', 'meters')", (damage,))
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    await add_again(house, "3.4000")
    assert house.total() == "3.4000"
    assert removed not in house.entry.subentries


async def test_removed_while_its_last_look_is_written(house: House) -> None:
    entry = await house.set_up("water", pref_disable_polling=True)
    (coordinator,) = entry.runtime_data.coordinators.values()
    meter, now = coordinator.subentry.subentry_id, dt_util.utcnow()
    look = JournalEntry(register="main", time=now, recorded_at=now, kind=Kind.LOOK)
    written = house.hass.async_create_task(entry.runtime_data.store.async_commit(meter, coordinator.data, (look,)))
    await remove(house)
    await written
    assert house.hass.states.get("sensor.water_main_reading") is None
