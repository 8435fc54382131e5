"""The actions, called as automations call them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import homeassistant.util.dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.const import DOMAIN

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


@pytest.mark.parametrize(("action", "data"), [("read_now", {}), ("set_reading", {"value": "531"})])
async def test_account_that_is_not_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    device = device_of(hass, "Cellar")
    assert await hass.config_entries.async_unload(entry.entry_id)

    with pytest.raises(ServiceValidationError) as caught:
        await hass.services.async_call(DOMAIN, action, {"device_id": device, **data}, blocking=True)
    assert caught.value.translation_key == "account_not_loaded"
