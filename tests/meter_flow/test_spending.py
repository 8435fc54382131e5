"""What the dialog's own calls cost counts, and what it says a month costs follows a person's prices."""

from __future__ import annotations

from decimal import Decimal

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.meter_vision.metering.claude import DEFAULT_MODEL
from custom_components.meter_vision.store.models import OF_ACCOUNT, JournalEntry, Kind
from tests.simulator.fixtures import Simulator
from tests.test_init import FAR_OFF, LONG_AGO

from .dialog import MeterDialog, camera_form, to_look, to_reading

MONTH = "sensor.claude_api_cost_this_month"
READINGS = 2920
"""In a month, at a quarter of an hour."""


def spent(hass: HomeAssistant) -> Decimal:
    state = hass.states.get(MONTH)
    assert state is not None
    return Decimal(state.state)


def dialog_calls(entry: ConfigEntry) -> list[JournalEntry]:
    """Return what the journal says of the calls of dialogs."""
    rows = entry.runtime_data.store.database.journal(OF_ACCOUNT, LONG_AGO, FAR_OFF)
    assert {row.entry.kind for row in rows} <= {Kind.DIALOG}
    return [row.entry for row in rows]


def label(schema: vol.Schema) -> str:
    """Return how the model of the account is offered."""
    reader = next(value for key, value in schema.schema.items() if key == "reader")
    (selector,) = reader.schema.schema.values()
    return str(selector.config["options"][0]["label"])


async def test_proposal_and_test_reading_count_and_outlive_a_restart(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, entry: ConfigEntry
) -> None:
    assert spent(hass) == 0
    await to_look(dialog, simulator)
    proposed = spent(hass)
    assert proposed > 0
    dialog.close()
    await dialog.add()
    await to_reading(dialog, simulator)
    assert spent(hass) > 2 * proposed
    total = spent(hass)
    dialog.close()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert spent(hass) == total
    told = dialog_calls(entry)
    assert [(row.outcome, dict(row.detail)) for row in told] == [
        ("proposal", {}), ("proposal", {}), ("test_reading", {}),
    ]  # fmt: skip
    assert sum(row.cost for row in told) == total
    assert all(row.input_tokens > 500 and row.output_tokens > 0 and row.model == DEFAULT_MODEL for row in told)
    await dialog.add()


async def test_a_proposal_that_cannot_be_used_was_paid_for_all_the_same(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, entry: ConfigEntry
) -> None:
    simulator.api_fault("schema")
    await dialog.submit(camera_form(simulator))
    assert dialog.errors == ["answer_invalid"]
    assert spent(hass) > 0
    (told,) = dialog_calls(entry)
    assert (told.outcome, told.detail["error"], told.cost) == ("proposal", "answer_invalid", spent(hass))


async def test_the_limit_holds_for_dialogs_too(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, entry: MockConfigEntry
) -> None:
    dialog.close()
    hass.config_entries.async_update_entry(entry, options={"monthly_limit": 0.0001})
    await hass.async_block_till_done(wait_background_tasks=True)
    await dialog.add()
    await to_look(dialog, simulator)
    dialog.close()
    await dialog.add()
    await dialog.submit(camera_form(simulator))
    assert (dialog.step, dialog.errors) == ("proposal_failed", ["reader_budget"])


async def test_the_month_is_reckoned_with_a_persons_prices(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, entry: MockConfigEntry
) -> None:
    await to_reading(dialog, simulator)
    usual = label(dialog.flow["data_schema"])
    dialog.close()
    own = {DEFAULT_MODEL: {"input": "0", "output": "0", "since": "2026-11-22"}}
    hass.config_entries.async_update_entry(entry, options={"prices": own})
    await hass.async_block_till_done(wait_background_tasks=True)
    await dialog.add()
    await to_reading(dialog, simulator)
    told = label(dialog.flow["data_schema"])
    assert "$0.00" in told
    assert "$0.00" not in usual


async def test_the_month_of_a_known_meter_is_reckoned_with_its_own_calls(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, entry: ConfigEntry
) -> None:
    dialog.close()
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    await dialog.add()
    await to_reading(dialog, simulator)
    await dialog.submit_shown()
    await hass.async_block_till_done(wait_background_tasks=True)
    await dialog.reconfigure("settings")
    assert label(dialog.flow["data_schema"]).endswith(", about $0.79 a month")  # as the README says
    dialog.close()
    await hass.services.async_call("button", "press", {"entity_id": "button.water_main_read_now"}, blocking=True)
    (coordinator,) = entry.runtime_data.coordinators.values()
    spending = coordinator.data.spending
    assert spending.calls > 0
    await dialog.reconfigure("settings")
    told = label(dialog.flow["data_schema"])
    assert told.endswith(f", about ${spending.cost / spending.calls * READINGS:.2f} a month")
    assert "$0.79" not in told
