"""What diagnostics tell, and what they must not."""

from __future__ import annotations

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .house import House
from .meters import API_KEY, WATER, account, meter

pytestmark = pytest.mark.usefixtures("socket_enabled")

CAMERA = {
    "url": "http://127.0.0.1:9/kamera.jpg?token=abc123",
    "auth": "basic",
    "username": "peter",
    "password": "hunter2",
}
BASE_URL = "http://127.0.0.1:9/tenant42"
SECRETS = (API_KEY, "peter", "hunter2")
PRIVATE = (*SECRETS, "abc123", "tenant42", "kamera.jpg")


async def set_up(hass: HomeAssistant) -> Any:
    water = meter("Cellar", "water", WATER, camera=CAMERA, initial="530.0708", at="2026-11-22T08:00:00+00:00")
    entry = account(water, base_url=BASE_URL)
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "diagnostics", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def test_account(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await set_up(hass)

    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    text = json.dumps(found)
    assert [private for private in PRIVATE if private in text] == []
    assert [secret for secret in SECRETS if secret in caplog.text] == []
    assert found["data"]["base_url"] == "http://127.0.0.1:9"
    (cellar,) = found["meters"].values()
    assert cellar["settings"]["registers"][0]["whole_digits"] == 5
    register = cellar["state"]["registers"]["main"]
    assert (register["status"], register["consumption"]) == ("camera_error", "530.0708")
    assert cellar["readings"]["main"]["count"] == 1


async def test_meter(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    entry = await set_up(hass)
    (device,) = (device for device in dr.async_get(hass).devices if device.config_subentry_id)

    found = await get_diagnostics_for_device(hass, hass_client, entry, device)

    assert [private for private in PRIVATE if private in json.dumps(found)] == []
    assert found["settings"]["name"] == "Cellar"
    assert found["picture"] is None


async def test_account_from_its_own_device(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    entry = await set_up(hass)
    (device,) = (device for device in dr.async_get(hass).devices if not device.config_subentry_id)

    found = await get_diagnostics_for_device(hass, hass_client, entry, device)

    assert [private for private in PRIVATE if private in json.dumps(found)] == []
    assert [meter["settings"]["name"] for meter in found["meters"].values()] == ["Cellar"]


async def test_picture_and_prompt_stay_here(house: House, hass_client: ClientSessionGenerator) -> None:
    assert await async_setup_component(house.hass, "diagnostics", {})
    entry = await house.set_up("water")

    found = await get_diagnostics_for_config_entry(house.hass, hass_client, entry)

    (water,) = found["meters"].values()
    assert water["picture"].keys() == {"width", "height", "tokens", "bytes"}
    assert water["state"]["spending"]["calls"] == 1
    assert len(json.dumps(found)) < 3300
    assert "ranscribe" not in json.dumps(found)
