"""The actions, called as automations call them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import homeassistant.util.dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.const import DOMAIN

from .house import House
from .meters import NOWHERE, WATER, account, dead_camera, meter

FIRST = {"initial": "530.0708", "at": "2026-11-22T08:00:00+00:00"}


@pytest.fixture
async def entry(hass: HomeAssistant, socket_enabled: None) -> MockConfigEntry:  # noqa: ARG001  opened before
    """An account with two meters that nothing reads by itself."""
    meters = [meter(name, "water", WATER, camera=dead_camera(), **FIRST) for name in ("Cellar", "Garden")]
    entry = account(*meters, base_url=NOWHERE, pref_disable_polling=True)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def device_of(hass: HomeAssistant, name: str) -> str:
    return next(device.id for device in dr.async_get(hass).devices if device.name == name)


async def set_reading(hass: HomeAssistant, **data: Any) -> None:
    await hass.services.async_call(DOMAIN, "set_reading", data, blocking=True)


def shown(hass: HomeAssistant, meter_name: str = "cellar") -> tuple[str, str, str]:
    keys = ("reading", "consumption", "status")
    reading, consumption, status = (hass.states.get(f"sensor.{meter_name}_{key}").state for key in keys)
    return reading, consumption, status


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    ("value", "more", "expected"),
    [
        ("531.2", {}, ("531.2000", "531.2000", "ok")),
        ("531,2", {}, ("531.2000", "531.2000", "ok")),
        (531.2, {}, ("531.2000", "531.2000", "ok")),
        ("530", {}, ("530.0000", "530.0000", "ok")),
        ("0.5", {"new_meter": True}, ("0.5000", "530.0708", "ok")),
    ],
)
async def test_set_reading(
    hass: HomeAssistant, value: object, more: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    await set_reading(hass, device_id=device_of(hass, "Cellar"), value=value, **more)

    assert shown(hass) == expected
    assert shown(hass, "garden") == ("530.0708", "530.0708", "waiting")


@pytest.mark.usefixtures("entry")
async def test_set_reading_at_a_time(hass: HomeAssistant) -> None:
    await set_reading(hass, entity_id="sensor.cellar_reading", value="531", time="2026-11-22 09:00:00+01:00")

    assert hass.states.get("sensor.cellar_last_reading").state == "2026-11-22T08:00:00+00:00"


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"value": "abc"}, "value_not_a_number"),
        ({"value": "-3"}, "value_not_a_number"),
        ({"value": "100000"}, "value_too_many_digits"),
        ({"value": "1.23456"}, "value_too_many_decimals"),
        ({"value": "531", "time": (dt_util.utcnow() + timedelta(hours=1)).isoformat()}, "time_in_future"),
        ({"value": "531", "entity_id": ["sensor.cellar_reading", "sensor.garden_reading"]}, "one_meter_only"),
        ({"value": "531", "register": "night"}, "one_register_only"),
        ({"value": "531", "entity_id": "sensor.elsewhere"}, "meter_not_found"),
    ],
)
async def test_set_reading_refuses_what_cannot_be(hass: HomeAssistant, data: dict[str, Any], key: str) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await set_reading(hass, **{"entity_id": "sensor.cellar_reading", **data})

    assert caught.value.translation_key == key
    assert "{" not in str(caught.value)
    assert str(caught.value) != key
    assert shown(hass) == ("530.0708", "530.0708", "waiting")


async def test_device_of_somebody_else(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(config_entry_id=other.entry_id, identifiers={("other", "x")})

    for device_id in (device.id, "no such device"):
        with pytest.raises(ServiceValidationError) as caught:
            await set_reading(hass, device_id=device_id, value="531")
        assert caught.value.translation_key == "meter_not_found"
    # Together with one of ours, it is passed over.
    await set_reading(hass, device_id=[device.id, device_of(hass, "Cellar")], value="531")
    assert shown(hass) == ("531.0000", "531.0000", "ok")
    assert entry.domain == DOMAIN


async def correct(hass: HomeAssistant, action: str, **data: Any) -> None:
    await hass.services.async_call(DOMAIN, action, {"entity_id": "sensor.cellar_reading", **data}, blocking=True)


@pytest.fixture
async def spiked(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """The cellar's meter with a reading that is too high between two right ones."""
    for hour, value in (("09", "530.5"), ("10", "599"), ("11", "531.5")):
        await set_reading(hass, entity_id="sensor.cellar_reading", value=value, time=f"2026-11-22 {hour}:00:00+00:00")
    assert shown(hass) == ("531.5000", "531.5000", "ok")
    return entry


@pytest.mark.usefixtures("spiked")
@pytest.mark.parametrize(
    ("action", "data", "expected"),
    [
        ("correct_reading", {"value": "532"}, "532.0000"),
        # The one at 9 o'clock stood then, for the one at 10 does not count.
        ("correct_reading", {"value": "530.9", "time": "2026-11-22 10:30:00+00:00"}, "531.5000"),
        ("correct_reading", {"value": "530.7", "time": "2026-11-22 09:30:00+00:00"}, "531.5000"),
        ("retract_reading", {}, "599.0000"),
        ("retract_reading", {"time": "2026-11-22 09:30:00+00:00"}, "531.5000"),
    ],
)
async def test_past_readings_can_be_corrected(
    hass: HomeAssistant, action: str, data: dict[str, str], expected: str
) -> None:
    await correct(hass, action, **data)

    assert shown(hass)[:2] == (expected, expected)
    assert shown(hass, "garden") == ("530.0708", "530.0708", "waiting")


async def test_corrections_survive_a_restart(hass: HomeAssistant, spiked: MockConfigEntry) -> None:
    await correct(hass, "correct_reading", value="531.7")
    assert await hass.config_entries.async_unload(spiked.entry_id)
    assert await hass.config_entries.async_setup(spiked.entry_id)
    await hass.async_block_till_done()
    assert shown(hass) == ("531.7000", "531.7000", "ok")

    await correct(hass, "retract_reading")
    assert shown(hass)[0] == "599.0000"
    await correct(hass, "retract_reading")
    assert shown(hass)[0] == "530.5000"


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("correct_reading", {"value": "abc"}, "value_not_a_number"),
        ("correct_reading", {"value": "1", "time": "2026-11-22 07:00:00+00:00"}, "reading_not_kept"),
        ("correct_reading", {"value": "1", "time": "2999-01-01 00:00:00+00:00"}, "time_in_future"),
        ("retract_reading", {}, "only_reading"),
        ("retract_reading", {"time": "2026-11-22 07:00:00+00:00"}, "reading_not_kept"),
        ("retract_reading", {"entity_id": ["sensor.cellar_reading", "sensor.garden_reading"]}, "one_meter_only"),
    ],
)
async def test_correction_refuses_what_cannot_be(
    hass: HomeAssistant, action: str, data: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await correct(hass, action, **data)

    assert caught.value.translation_key == key
    assert "{" not in str(caught.value)
    assert shown(hass) == ("530.0708", "530.0708", "waiting")


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("read_now", {}),
        ("set_reading", {"value": "531"}),
        ("correct_reading", {"value": "531"}),
        ("retract_reading", {}),
    ],
)
async def test_account_that_is_not_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    device = device_of(hass, "Cellar")
    assert await hass.config_entries.async_unload(entry.entry_id)

    with pytest.raises(ServiceValidationError) as caught:
        await hass.services.async_call(DOMAIN, action, {"device_id": device, **data}, blocking=True)
    assert caught.value.translation_key == "account_not_loaded"


async def test_read_now_tells_what_it_found(house: House) -> None:
    await house.set_up("water", "gas", pref_disable_polling=True)
    house.show("water", "530.1234")
    devices = {name: device_of(house.hass, name) for name in ("Water main", "Gas")}

    answer = await house.hass.services.async_call(
        DOMAIN, "read_now", {"device_id": list(devices.values())}, blocking=True, return_response=True
    )

    assert answer["meters"].keys() == set(devices.values())
    water = answer["meters"][devices["Water main"]]
    assert water.pop("time").startswith("2026-11-22T12:00:0")
    assert water.pop("confidence") in ("high", "medium")
    assert water == {
        "name": "Water main",
        "status": "ok",
        "rule": "in_window",
        "reading": "530.1234",
        "unit": "m³",
        "consumption": "530.1234",
        "consumption_unit": "m³",
    }
    assert house.calls == 2


async def test_read_now_without_answer(house: House) -> None:
    await house.set_up("water", pref_disable_polling=True)

    await house.hass.services.async_call(
        DOMAIN, "read_now", {"entity_id": "sensor.water_main_consumption"}, blocking=True
    )
    assert house.status() == ("ok", None)


async def test_read_now_fails_with_what_went_wrong(house: House) -> None:
    await house.set_up("water", "gas", pref_disable_polling=True)
    house.break_camera("water", "html")
    devices = [device_of(house.hass, name) for name in ("Water main", "Gas")]

    with pytest.raises(HomeAssistantError) as caught:
        await house.hass.services.async_call(DOMAIN, "read_now", {"device_id": devices}, blocking=True)
    assert caught.value.translation_key == "camera_page"
    assert "web page" in str(caught.value)
    assert house.status("gas") == ("ok", None), "the other meter is read all the same"
