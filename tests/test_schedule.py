"""When meters are read: the interval, reloads, simultaneous wishes, and reads that end otherwise than planned."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import homeassistant.util.dt as dt_util
import pytest

from custom_components.meter_vision.const import READ_TIMEOUT

from .house import INTERVAL, SHOWN, House

WATER = SHOWN["water"]


async def test_simultaneous_reads_are_paid_once(house: House) -> None:
    await house.set_up("water", pref_disable_polling=True)
    assert house.calls == 0

    await asyncio.gather(*(house.read_now() for _ in range(4)))
    assert house.calls == 1
    await house.read_now()
    assert house.calls == 2


async def test_update_of_many_entities_is_paid_once(house: House) -> None:
    assert await async_setup_component(house.hass, "homeassistant", {})
    await house.set_up("water", pref_disable_polling=True)
    house.show("water", "530.1234")
    entities = ["sensor.water_main_consumption", "sensor.water_main_reading", "binary_sensor.water_main_problem"]
    update = ("homeassistant", "update_entity", {"entity_id": entities})

    await house.hass.services.async_call(*update, blocking=True)
    assert house.calls == 1
    assert house.total() == "530.1234"
    house.break_camera("water", "html")
    await house.hass.services.async_call(*update, blocking=True)
    assert house.status() == ("camera_error", "camera_page")


async def test_reading_goes_on_with_all_entities_disabled(house: House) -> None:
    entry = await house.set_up("water")
    registry = er.async_get(house.hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()
    assert house.hass.states.async_entity_ids("sensor") == []
    calls = house.calls

    for _ in range(3):
        await house.pass_time()
    assert house.calls == calls + 3


async def test_polling_can_be_switched_off(house: House) -> None:
    await house.set_up("water", pref_disable_polling=True)
    house.show("water", "530.1234")
    for _ in range(3):
        await house.pass_time()
    assert house.calls == 0
    assert house.status() == ("waiting", None)

    await house.read_now()
    assert house.total() == "530.1234"
    for _ in range(3):
        await house.pass_time()
    assert house.calls == 1


async def test_reload_pays_for_nothing_that_is_known(house: House) -> None:
    entry = await house.set_up("water")
    await house.pass_time(INTERVAL / 3)
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()
    assert house.calls == 1
    assert house.total() == WATER

    house.show("water", "530.1234")
    await house.pass_time(INTERVAL / 3)
    assert house.calls == 1
    await house.pass_time(INTERVAL / 3)
    assert house.calls == 2
    assert house.total() == "530.1234"
    await house.pass_time()
    assert house.calls == 3


async def test_reload_tries_again_what_went_wrong(house: House) -> None:
    house.break_camera("water", "html")
    entry = await house.set_up("water")
    house.break_camera("water", None)
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()

    assert house.status() == ("ok", None)


async def test_interval_of_the_meter_is_kept(house: House) -> None:
    entry = await house.set_up()
    hourly = house.meter("water", interval={"normal": 3600})
    assert entry.entry_id
    await house.add(hourly)
    assert house.calls == 1
    await house.pass_time(timedelta(minutes=59))
    assert house.calls == 1
    await house.pass_time(timedelta(minutes=1))
    assert house.calls == 2


# What should not happen


async def test_silent_service_is_not_waited_for(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await house.set_up("water", pref_disable_polling=True)
    house.break_reader("timeout")
    press = house.hass.async_create_task(house.read_now(), eager_start=True)
    while "Sending HTTP Request: POST" not in caplog.text:  # noqa: ASYNC110  another process has no event here
        await asyncio.sleep(0.1)
    house.clock.move_to(dt_util.utcnow() + READ_TIMEOUT)

    with pytest.raises(HomeAssistantError) as caught:
        await press
    assert caught.value.translation_key == "reader_connection"
    assert house.status() == ("reader_error", "reader_connection")


async def test_unloading_ends_a_read(house: House) -> None:
    entry = await house.set_up("water", pref_disable_polling=True)
    house.break_camera("water", "slow")
    press = house.hass.async_create_task(house.read_now(), eager_start=True)
    await asyncio.sleep(0.1)
    assert await house.hass.config_entries.async_unload(entry.entry_id)

    with pytest.raises(HomeAssistantError) as caught:
        await press
    assert caught.value.translation_key == "account_not_loaded"
    assert house.calls == 0


async def test_unexpected_error_keeps_what_is_known(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await house.set_up()
    await house.add(house.meter("water", camera={}))

    assert house.status() == ("internal_error", "internal_error")
    assert house.total() == WATER
    with pytest.raises(HomeAssistantError) as caught:
        await house.read_now()
    assert caught.value.translation_key == "internal_error"
    assert "Unexpected error fetching Water main data" in caplog.text


async def test_quiet_hours(house: House) -> None:
    await house.hass.config.async_set_time_zone("UTC")
    await house.set_up()
    await house.add(house.meter("water", quiet_hours=["12:10:00", "14:00:00"]))
    assert house.calls == 1
    for _ in range(4):
        await house.pass_time()
    assert house.calls == 1
    # A person may ask at any time, and a restart changes nothing.
    await house.read_now()
    assert house.calls == 2
    assert house.entry is not None
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.pass_time()
    assert house.calls == 2
    await house.pass_time(timedelta(minutes=50))
    assert house.calls == 3
    await house.pass_time()
    assert house.calls == 4
