"""What the entities of a meter say about themselves."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .meters import ELECTRICITY, GAS, NOWHERE, WATER, account, dead_camera, meter


@pytest.fixture
async def entry(hass: HomeAssistant, socket_enabled: None) -> MockConfigEntry:  # noqa: ARG001  opened before
    """An account with a meter of each kind, and one that counts gas as heat."""
    meters = [
        meter(name, kind, register, camera=dead_camera(), initial=initial, at="2026-11-22T08:00:00+00:00")
        for name, kind, register, initial in (
            ("Water", "water", WATER, "530.0708"),
            ("Power", "electricity", ELECTRICITY, "41873.4"),
            ("Gas", "gas", GAS, "7312.486"),
            ("Heat", "gas", {**GAS, "unit": "kWh"}, "7312.486"),
        )
    ]
    entry = account(*meters, base_url=NOWHERE, pref_disable_polling=True)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    ("name", "device_class", "unit", "places"),
    [("water", "water", "m³", 4), ("power", "energy", "kWh", 1), ("gas", "gas", "m³", 3), ("heat", "energy", "kWh", 3)],
)
async def test_register_sensors(hass: HomeAssistant, name: str, device_class: str, unit: str, places: int) -> None:
    consumption = hass.states.get(f"sensor.{name}_consumption").attributes
    assert (consumption["device_class"], consumption["unit_of_measurement"]) == (device_class, unit)
    assert consumption["state_class"] == "total"
    reading = hass.states.get(f"sensor.{name}_reading").attributes
    assert reading["unit_of_measurement"] == unit
    assert "state_class" not in reading
    assert "device_class" not in reading
    registry = er.async_get(hass)
    for key in ("consumption", "reading"):
        options = registry.async_get(f"sensor.{name}_{key}").options["sensor"]
        assert options["suggested_display_precision"] == places


@pytest.mark.usefixtures("entry")
async def test_every_entity(hass: HomeAssistant) -> None:
    registry = er.async_get(hass)
    entities = [
        entity for entity in registry.entities.values() if entity.entity_id.partition(".")[2].startswith("gas_")
    ]
    described = {
        entity.entity_id: (entity.entity_category, entity.disabled_by, entity.original_device_class)
        for entity in entities
    }
    diagnostic, integration = er.EntityCategory.DIAGNOSTIC, er.RegistryEntryDisabler.INTEGRATION
    assert described == {
        "binary_sensor.gas_problem": (diagnostic, None, "problem"),
        "binary_sensor.gas_unusually_high_use": (None, None, "problem"),
        "button.gas_read_now": (None, None, None),
        "event.gas_events": (None, None, None),
        "image.gas_picture": (None, None, None),
        "sensor.gas_api_cost": (diagnostic, None, "monetary"),
        "sensor.gas_api_cost_this_month": (diagnostic, integration, "monetary"),
        "sensor.gas_confidence": (diagnostic, integration, "enum"),
        "sensor.gas_consumption": (None, None, "gas"),
        "sensor.gas_consumption_this_month": (None, None, "gas"),
        "sensor.gas_flow_rate": (None, None, "volume_flow_rate"),
        "sensor.gas_input_tokens": (diagnostic, integration, None),
        "sensor.gas_last_reading": (None, None, "timestamp"),
        "sensor.gas_output_tokens": (diagnostic, integration, None),
        "sensor.gas_reading": (None, None, None),
        "sensor.gas_status": (None, None, "enum"),
        "sensor.gas_tokens_this_month": (diagnostic, integration, None),
    }


@pytest.mark.usefixtures("entry")
async def test_attributes_are_few_and_small(hass: HomeAssistant) -> None:
    usual = {"device_class", "friendly_name", "options", "state_class", "unit_of_measurement"}
    usual |= {"access_token", "entity_picture"}
    own: dict[str, Any] = {
        state.entity_id: sorted(state.attributes.keys() - usual)
        for state in hass.states.async_all()
        if state.entity_id.partition(".")[2].startswith("gas_") and state.attributes.keys() - usual
    }
    assert own == {
        "event.gas_events": ["event_type", "event_types"],
        "sensor.gas_api_cost": ["calls", "unpriced_calls"],
        "sensor.gas_consumption_this_month": ["since"],
        "sensor.gas_status": ["error", "rule"],
    }


async def test_us_household_sees_its_own_units(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The consumption follows the unit system as every sensor does; what stands on the meter stays as it is."""
    registry = er.async_get(hass)
    registry.async_update_entity_options("sensor.water_consumption", "sensor", {"unit_of_measurement": "gal"})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert round(float(hass.states.get("sensor.water_consumption").state)) == 140030
    assert hass.states.get("sensor.water_reading").state == "530.0708"
