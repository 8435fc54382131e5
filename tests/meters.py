"""Accounts and meters as the flows store them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentryData
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.const import DOMAIN, SUBENTRY_METER

API_KEY = "sk-ant-api03-made-up-for-tests"

WATER: dict[str, Any] = {
    "unit": "m³",
    "display": "drums and dials",
    "whole_digits": 5,
    "decimals": 0,
    "dials": 4,
    "dial_decimals": 4,
}
ELECTRICITY: dict[str, Any] = {"unit": "kWh", "display": "drums", "whole_digits": 6, "decimals": 1}
GAS: dict[str, Any] = {"unit": "m³", "display": "lcd", "whole_digits": 5, "decimals": 3}


def meter(
    name: str, kind: str, register: dict[str, Any], *, camera: dict[str, Any], initial: str, at: str, **more: Any
) -> ConfigSubentryData:
    """Return a meter's subentry; `initial` is its first reading, taken at ISO time `at`."""
    registers = [{"name": "main", **register, "initial": {"value": initial, "time": at}}]
    data = {"name": name, "kind": kind, "rotation": 0, "crop": None, "camera": camera, "registers": registers, **more}
    return ConfigSubentryData(data=data, subentry_type=SUBENTRY_METER, title=name, unique_id=None)


def account(*meters: ConfigSubentryData, base_url: str, api_key: str = API_KEY, **more: Any) -> MockConfigEntry:
    """Return an account with these meters whose service answers at `base_url`."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Claude",
        data={"api_key": api_key, "base_url": base_url},
        subentries_data=meters,
        **more,
    )


NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody answers."""


def dead_camera() -> dict[str, Any]:
    """Return a camera at which nobody answers."""
    return {"url": f"{NOWHERE}/snapshot.jpg", "auth": "none"}


async def redescribe(hass: HomeAssistant, entry: ConfigEntry, **register: Any) -> None:
    """Describe the only meter's register otherwise, as its dialog does, and wait until it is set up anew."""
    (subentry,) = entry.subentries.values()
    data = deepcopy(dict(subentry.data))
    data["registers"][0] |= register
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    for _ in range(2):
        await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
