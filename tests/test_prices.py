"""What a person says that models cost, and what an account spends: meters, dialogs, and meters that are gone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.metering.claude import DEFAULT_MODEL
from tests.simulator.fixtures import Simulator

from .house import House
from .meters import account
from .test_journal import rows

OWN = {DEFAULT_MODEL: {"input": "100", "output": "0", "since": "2026-11-01"}}
MONTH = "sensor.claude_api_cost_this_month"


async def test_an_own_price_counts_in_sensors_journal_and_limit(house: House) -> None:
    await house.set_up("water", options={"monthly_limit": 0.3, "prices": OWN})
    tokens = Decimal(house.state("sensor.claude_tokens_this_month"))
    spent = Decimal(house.state(MONTH))
    assert Decimal("0.1") < spent < tokens / 10_000
    assert [row.entry.cost for row in rows(house)] == [spent]
    assert Decimal(house.state("sensor.water_main_api_cost")) == spent
    assert house.hass.states.get(MONTH).attributes["limit"] == 0.3
    for _ in range(12):
        await house.pass_time()
    assert house.status() == ("reader_error", "reader_budget")
    assert house.calls == 2


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_a_removed_meter_has_spent_stays_with_the_account(hass: HomeAssistant, house: House) -> None:
    entry = await house.set_up("water", "gas")
    spent = Decimal(house.state(MONTH))
    water = next(meter.subentry_id for meter in entry.subentries.values() if meter.title == "Water main")
    assert 0 < Decimal(house.state("sensor.gas_api_cost_this_month")) < spent
    hass.config_entries.async_remove_subentry(entry, water)
    await house.settle()
    assert Decimal(house.state(MONTH)) == spent
    await hass.config_entries.async_reload(entry.entry_id)
    await house.settle()
    assert Decimal(house.state(MONTH)) == spent


async def form(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the form for prices."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["menu_options"] == ["spending", "prices", "journal"]
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": "prices"})


async def test_prices_are_entered_shown_and_given_up(hass: HomeAssistant, house: House) -> None:
    entry = await house.set_up("water", options={"journal_days": 7})
    options = hass.config_entries.options
    flow = await form(hass, entry)
    assert "`claude-haiku-5-5`: $0.1 / $0.5 (2026-10-24)" in flow["description_placeholders"]["prices"]
    for wrong, error in (({"input": 1}, "price_incomplete"), ({"model": " ", "input": 1, "output": 2}, "price_model")):
        flow = await options.async_configure(flow["flow_id"], {"model": DEFAULT_MODEL, **wrong})
        assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"base": error})
    await options.async_configure(flow["flow_id"], {"model": DEFAULT_MODEL, "input": 0.25, "output": 3})
    await house.settle()
    assert entry.options == {
        "journal_days": 7,
        "prices": {DEFAULT_MODEL: {"input": "0.25", "output": "3.0", "since": "2026-11-22"}},
    }
    flow = await form(hass, entry)
    await options.async_configure(flow["flow_id"], {"model": "of-a-gateway", "input": 1, "output": 2})
    await house.settle()
    flow = await form(hass, entry)
    told = flow["description_placeholders"]["prices"]
    assert "`claude-haiku-5-5`: $0.25 / $3 (2026-11-22)" in told
    assert "`of-a-gateway`: $1 / $2 (2026-11-22)" in told
    await options.async_configure(flow["flow_id"], {"model": DEFAULT_MODEL})
    await house.settle()
    assert entry.options["prices"].keys() == {"of-a-gateway"}


async def test_the_list_is_shown_where_the_models_cannot_be_asked_for(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = account(base_url=simulator.api_url)
    entry.add_to_hass(hass)
    flow = await form(hass, entry)
    assert "`claude-opus-5-5`: $4 / $20" in flow["description_placeholders"]["prices"]
