"""Setting an account up, unloading, restarting and removing it, through Home Assistant."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.register_state import Status

from .meters import NOWHERE, WATER, account, dead_camera, meter

pytestmark = pytest.mark.usefixtures("socket_enabled")

LONG_AGO, FAR_OFF = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
FIRST = {"initial": "530.0708", "at": "2026-11-22T08:00:00+00:00"}


def quiet_account(*names: str, **more: Any) -> MockConfigEntry:
    """Return an account with water meters that are read only when somebody asks."""
    meters = [meter(name, "water", WATER, camera=dead_camera(), **FIRST) for name in names]
    return account(*meters, base_url=NOWHERE, pref_disable_polling=True, **more)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def set_reading(hass: HomeAssistant, entity_id: str, value: str) -> None:
    await hass.services.async_call(DOMAIN, "set_reading", {"entity_id": entity_id, "value": value}, blocking=True)


def files_of(hass: HomeAssistant, entry: MockConfigEntry) -> list[Path]:
    return [path for path in Path(hass.config.config_dir).rglob("*") if entry.entry_id in path.name]


async def test_setup_needs_neither_network_nor_camera(hass: HomeAssistant) -> None:
    await set_up(hass, entry := quiet_account("Cellar"))

    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.cellar_consumption").state == "530.0708"
    assert hass.states.get("sensor.cellar_reading").state == "530.0708"
    assert hass.states.get("sensor.cellar_last_reading").state == "2026-11-22T08:00:00+00:00"
    assert hass.states.get("sensor.cellar_status").state == Status.WAITING
    assert hass.states.get("binary_sensor.cellar_problem").state == "off"


async def test_every_entity_belongs_to_its_meter(hass: HomeAssistant) -> None:
    await set_up(hass, entry := quiet_account("Cellar", "Garden"))

    devices = {device.config_subentry_id: device for device in dr.async_get(hass).devices}
    assert devices.keys() == {*entry.subentries, None}, "the account's own device has what all spend"
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {entity.config_subentry_id for entity in entities} == devices.keys()
    assert all(entity.device_id == devices[entity.config_subentry_id].id for entity in entities)
    assert all(entity.has_entity_name and entity.translation_key for entity in entities)


async def test_restart_goes_on_where_it_was(hass: HomeAssistant) -> None:
    await set_up(hass, entry := quiet_account("Cellar"))
    await set_reading(hass, "sensor.cellar_reading", "531.2")
    runtime = entry.runtime_data

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert hass.states.get("sensor.cellar_consumption").state == STATE_UNAVAILABLE
    await set_up(hass, entry)

    assert entry.runtime_data is not runtime
    assert hass.states.get("sensor.cellar_consumption").state == "531.2000"


async def test_removed_meter_leaves_nothing(hass: HomeAssistant) -> None:
    await set_up(hass, entry := quiet_account("Cellar", "Garden"))
    await set_reading(hass, "sensor.cellar_reading", "531.2")
    await set_reading(hass, "sensor.garden_reading", "540")
    cellar = next(id_ for id_, subentry in entry.subentries.items() if subentry.title == "Cellar")

    hass.config_entries.async_remove_subentry(entry, cellar)
    await hass.async_block_till_done()

    assert hass.states.get("sensor.cellar_reading") is None
    database = entry.runtime_data.store.database
    assert dict(database.states()).keys() == entry.subentries.keys()
    assert database.readings(cellar) == {}
    assert database.journal(cellar, LONG_AGO, FAR_OFF) == ()


async def test_added_meter_appears(hass: HomeAssistant) -> None:
    await set_up(hass, entry := quiet_account("Cellar"))

    data = meter("Garden", "water", WATER, camera=dead_camera(), **FIRST)
    hass.config_entries.async_add_subentry(entry, ConfigSubentry(**data))
    await hass.async_block_till_done()

    assert hass.states.get("sensor.garden_consumption").state == "530.0708"


async def test_removed_account_leaves_nothing(hass: HomeAssistant) -> None:
    await set_up(hass, entry := quiet_account("Cellar"))
    await set_reading(hass, "sensor.cellar_reading", "531.2")

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert files_of(hass, entry) == []
    assert not list(dr.async_get(hass).devices)


async def test_broken_description_costs_its_own_meter_only(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    broken = meter("Cellar", "water", {**WATER, "dials": 3}, camera=dead_camera(), **FIRST)
    sound = meter("Garden", "water", WATER, camera=dead_camera(), **FIRST)
    await set_up(hass, entry := account(broken, sound, base_url=NOWHERE, pref_disable_polling=True))

    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.cellar_reading") is None
    assert hass.states.get("sensor.garden_reading").state == "530.0708"
    assert "Meter Cellar cannot be set up" in caplog.text


@pytest.mark.parametrize(
    ("initial", "register", "consumption"),
    [
        pytest.param({"value": "532"}, {}, "532", id="higher: by the difference"),
        pytest.param({"value": "530.9"}, {}, "530.9", id="a little lower: what was too high is put right"),
        # Less than half is more likely another meter.
        pytest.param({"value": "0.5"}, {}, "531.2000", id="much lower: goes on"),
        # Home Assistant goes on showing the unit that the entity began with.
        pytest.param({"value": "531250"}, {"unit": "L"}, "531.25", id="other unit: begins there"),
    ],
)
async def test_reading_confirmed_anew_becomes_the_reference(
    hass: HomeAssistant, initial: dict[str, str], register: dict[str, Any], consumption: str
) -> None:
    await set_up(hass, entry := quiet_account("Cellar"))
    await set_reading(hass, "sensor.cellar_reading", "531.2")
    (subentry,) = entry.subentries.values()
    data = deepcopy(dict(subentry.data))
    data["registers"][0] |= {**register, "whole_digits": 8, "initial": {**initial, "time": "2026-11-22T09:00:00+00:00"}}

    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await hass.async_block_till_done()

    assert float(hass.states.get("sensor.cellar_reading").state) == float(initial["value"])
    assert float(hass.states.get("sensor.cellar_consumption").state) == float(consumption)
    # A later restart does not apply it a second time.
    await hass.config_entries.async_reload(entry.entry_id)
    assert float(hass.states.get("sensor.cellar_consumption").state) == float(consumption)


async def test_reads_wait_for_home_assistant_to_have_started(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    hass.set_state(CoreState.starting)
    entry = account(meter("Cellar", "water", WATER, camera=dead_camera(), **FIRST), base_url=NOWHERE)
    await set_up(hass, entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("sensor.cellar_status").state == Status.WAITING

    freezer.tick(timedelta(minutes=1))
    await hass.async_start()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("sensor.cellar_status").state == Status.CAMERA_ERROR
