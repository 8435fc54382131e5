"""Accounts and meters that another version of the integration has written."""

from __future__ import annotations

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision import versions
from custom_components.meter_vision.const import DOMAIN, SUBENTRY_METER
from custom_components.meter_vision.versions import METER_FORMAT, MINOR_VERSION, VERSION

from .meters import NOWHERE, account, dead_camera
from .test_init import set_reading

pytestmark = pytest.mark.usefixtures("socket_enabled")

METER_OF_0_1_0: dict[str, Any] = {
    "name": "Cellar",
    "kind": "water",
    "camera": dead_camera(),
    "registers": [
        {
            "name": "main",
            "unit": "m³",
            "display": "drums and dials",
            "whole_digits": 5,
            "decimals": 0,
            "dials": 4,
            "dial_decimals": 4,
            "dial_directions": "",
            "roll": "unknown",
            "multiplier": "1",
            "initial": {"value": "530.0708", "time": "2026-11-22T08:00:00+00:00"},
        }
    ],
    "rotation": 0.0,
    "crop": [0.2, 0.3, 0.4, 0.2],
    "interval": {"normal": 900},
}
"""As version 0.1.0 stored a meter: without what came later."""


def entry_of(version: int, minor_version: int, *more: ConfigSubentryData) -> MockConfigEntry:
    meter = ConfigSubentryData(data=METER_OF_0_1_0, subentry_type=SUBENTRY_METER, title="Cellar", unique_id=None)
    return account(
        meter, *more, base_url=NOWHERE, pref_disable_polling=True, version=version, minor_version=minor_version
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    entry.add_to_hass(hass)
    done = await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return done


@pytest.mark.parametrize("minor_version", range(1, MINOR_VERSION))
async def test_older_entries(hass: HomeAssistant, minor_version: int) -> None:
    entry = entry_of(1, minor_version)
    before = dict(entry.data)

    assert await set_up(hass, entry)

    assert (entry.version, entry.minor_version) == (VERSION, MINOR_VERSION)
    assert dict(entry.data) == before
    (meter,) = entry.subentries.values()
    assert {key: meter.data[key] for key in METER_OF_0_1_0} == METER_OF_0_1_0
    assert meter.data["format"] == METER_FORMAT
    assert hass.states.get("sensor.cellar_consumption").state == "530.0708"
    assert hass.states.get("sensor.cellar_reading").attributes["unit_of_measurement"] == "m³"


async def test_newer_minor_version_works_and_is_kept(hass: HomeAssistant) -> None:
    entry = entry_of(VERSION, MINOR_VERSION + 5)

    assert await set_up(hass, entry)

    assert entry.minor_version == MINOR_VERSION + 5
    assert hass.states.get("sensor.cellar_consumption").state == "530.0708"


async def test_newer_version_is_refused_and_told(hass: HomeAssistant) -> None:
    entry = entry_of(VERSION + 1, 1)

    assert not await set_up(hass, entry)

    assert entry.state is ConfigEntryState.MIGRATION_ERROR
    assert (entry.version, entry.minor_version) == (VERSION + 1, 1)
    (meter,) = entry.subentries.values()
    assert dict(meter.data) == METER_OF_0_1_0
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"entry_too_new_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders == {
        "account": "Claude",
        "found": str(VERSION + 1),
        "known": str(VERSION),
    }

    await hass.config_entries.async_remove(entry.entry_id)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue.issue_id) is None


def newer_meter(number: object) -> ConfigSubentryData:
    """Return a meter as a version to come might store it, with nothing in it that this one understands."""
    data = {"name": "Attic", "format": number, "registers": {"by": "name"}, "camera": ["a", "b"]}
    return ConfigSubentryData(data=data, subentry_type=SUBENTRY_METER, title="Attic", unique_id=None)


@pytest.mark.parametrize("number", [METER_FORMAT + 1, "2027.1"])
async def test_newer_meter_is_refused_and_told_and_the_others_go_on(hass: HomeAssistant, number: object) -> None:
    entry = entry_of(VERSION, MINOR_VERSION + 1, newer_meter(number))

    assert await set_up(hass, entry)

    assert hass.states.get("sensor.cellar_consumption").state == "530.0708"
    _, meter = entry.subentries.values()
    assert meter.data == newer_meter(number)["data"]
    assert not [entity for entity in hass.states.async_entity_ids() if "attic" in entity]
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"meter_too_new_{meter.subentry_id}")
    assert issue is not None
    told = {"meter": "Attic", "found": str(number), "known": str(METER_FORMAT)}
    assert issue.translation_placeholders == told

    dialog = await entry.start_subentry_reconfigure_flow(hass, meter.subentry_id)
    assert (dialog["type"], dialog["reason"]) == (FlowResultType.ABORT, "meter_too_new")
    assert dialog["description_placeholders"] == told

    hass.config_entries.async_remove_subentry(entry, meter.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue.issue_id) is None


async def test_meter_is_taken_up_again_by_the_version_that_knows_it(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of it is kept meanwhile."""
    entry = entry_of(VERSION, MINOR_VERSION)
    assert await set_up(hass, entry)
    await set_reading(hass, "sensor.cellar_reading", "531.2")
    (meter,) = entry.subentries.values()
    data = {**meter.data, "format": METER_FORMAT + 1}
    hass.config_entries.async_update_subentry(entry, meter, data=data)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("sensor.cellar_consumption").state == "unavailable"

    monkeypatch.setattr(versions, "METER_FORMAT", METER_FORMAT + 1)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("sensor.cellar_consumption").state == "531.2000"
    assert not ir.async_get(hass).issues


async def test_new_accounts_have_the_current_version(hass: HomeAssistant) -> None:
    entry = entry_of(VERSION, MINOR_VERSION)
    assert await set_up(hass, entry)
    assert not ir.async_get(hass).issues
