"""The account's flow: a key that is checked at no cost, and every way in which that fails and is put right."""

from __future__ import annotations

import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, FlowType
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.client import DEFAULT_BASE_URL, async_create_client
from custom_components.meter_vision.const import DOMAIN

from .camera_server import Camera
from .meter_flow.dialog import messages
from .meters import API_KEY, NOWHERE, account
from .simulator.fixtures import Simulator

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})


async def submit(
    hass: HomeAssistant, flow: ConfigFlowResult, key: str | None = API_KEY, address: str | None = None
) -> ConfigFlowResult:
    form: dict[str, Any] = {"advanced": {} if address is None else {"base_url": address}}
    form |= {} if key is None else {"api_key": key}
    return await hass.config_entries.flow.async_configure(flow["flow_id"], form)


def suggested(flow: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    schema = flow["data_schema"]
    assert schema is not None
    return {str(key): (key.description or {}).get("suggested_value") for key in schema.schema}


async def test_account_leads_to_the_first_meter(hass: HomeAssistant, simulator: Simulator) -> None:
    flow = await start(hass)
    assert (flow["type"], flow["step_id"], flow["errors"]) == (FlowResultType.FORM, "user", {})

    done = await submit(hass, flow, f" {API_KEY}\n", f"{simulator.api_url}/ ")
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"] == {"api_key": API_KEY, "base_url": simulator.api_url}
    assert done["result"].state is ConfigEntryState.LOADED

    kind, flow_id = done["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    meter = hass.config_entries.subentries.async_get(flow_id)
    assert (meter["step_id"], meter["handler"]) == ("user", (done["result"].entry_id, "meter"))
    assert simulator.paid_calls == 0


async def test_no_first_meter_where_the_account_cannot_be_set_up(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_args: Any) -> bool:
        return False

    flow = await start(hass)
    monkeypatch.setattr("custom_components.meter_vision.async_setup_entry", refuse)
    done = await submit(hass, flow, address=simulator.api_url)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in done


@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        ("authentication", {"api_key": "reader_auth"}),
        ("billing", {"base": "reader_billing"}),
        ("permission", {"base": "reader_permission"}),
        ("rate_limit", {"base": "reader_busy"}),
        ("server_error", {"base": "reader_busy"}),
        ("overloaded", {"base": "reader_busy"}),
    ],
)
async def test_refusal_and_recovery(
    hass: HomeAssistant, simulator: Simulator, fault: str, errors: dict[str, str]
) -> None:
    simulator.api_fault(fault, endpoint="models")
    flow = await submit(hass, await start(hass), address=simulator.api_url)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, errors)
    assert messages("config", flow) == list(errors.values())
    assert suggested(flow)["api_key"] == API_KEY

    simulator.clear_api_faults()
    done = await submit(hass, flow, address=simulator.api_url)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert simulator.paid_calls == 0


@pytest.mark.parametrize(
    ("key", "address", "errors"),
    [
        ("  ", "{api}", {"api_key": "reader_auth"}),
        ("sk-ant-ключ", "{api}", {"api_key": "reader_auth"}),
        ("sk-ant\x00", "{api}", {"api_key": "reader_auth"}),
        (API_KEY, "ftp://127.0.0.1", {"base": "base_url_invalid"}),
        (API_KEY, "api.anthropic.com", {"base": "base_url_invalid"}),
        (API_KEY, "http://[", {"base": "base_url_invalid"}),
        (API_KEY, "http://user:pass@127.0.0.1", {"base": "base_url_invalid"}),
        (API_KEY, "http://:pass@127.0.0.1", {"base": "base_url_invalid"}),
        (API_KEY, "{api}?key=x", {"base": "base_url_invalid"}),
        (API_KEY, NOWHERE, {"base": "reader_connection"}),
        (API_KEY, "{api}/elsewhere", {"base": "reader_model"}),
    ],
)
async def test_bad_input_and_recovery(
    hass: HomeAssistant, simulator: Simulator, key: str, address: str, errors: dict[str, str]
) -> None:
    flow = await submit(hass, await start(hass), key, address.format(api=simulator.api_url))
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, errors)
    assert messages("config", flow)
    done = await submit(hass, flow, address=simulator.api_url)
    assert done["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"text": "<!DOCTYPE html>", "content_type": "text/html"}, "reader_failed"),
        ({"status": 418, "text": "a teapot"}, "reader_request"),
        ({"body": b" " * 5_000_000, "content_type": "application/json"}, "reader_too_large"),
    ],
)
async def test_address_of_something_else(
    hass: HomeAssistant, simulator: Simulator, answer: dict[str, Any], error: str
) -> None:
    router = Camera()
    router.always(**answer)
    await router.server.start_server()
    flow = await submit(hass, await start(hass), address=router.url(""))
    await router.server.close()
    assert messages("config", flow) == [error]
    assert (await submit(hass, flow, address=simulator.api_url))["type"] is FlowResultType.CREATE_ENTRY


async def test_key_without_a_model_that_can_see(hass: HomeAssistant, simulator: Simulator) -> None:
    gateway = Camera()
    models = {"data": [], "has_more": False, "first_id": None, "last_id": None}
    gateway.always(text=json.dumps(models), content_type="application/json")
    await gateway.server.start_server()
    flow = await submit(hass, await start(hass), address=gateway.url(""))
    await gateway.server.close()
    assert flow["errors"] == {"base": "no_models"}
    assert (await submit(hass, flow, address=simulator.api_url))["type"] is FlowResultType.CREATE_ENTRY


async def test_one_account_for_each_key(hass: HomeAssistant, simulator: Simulator) -> None:
    account(base_url=simulator.api_url).add_to_hass(hass)
    flow = await submit(hass, await start(hass), address=simulator.api_url)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")
    other = await submit(hass, await start(hass), "sk-ant-other", simulator.api_url)
    assert other["type"] is FlowResultType.CREATE_ENTRY


async def test_without_an_address_pictures_go_to_anthropic_whatever_the_environment_says(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", NOWHERE)
    client = await async_create_client(hass, API_KEY)
    assert str(client.base_url).rstrip("/") == DEFAULT_BASE_URL


@pytest.mark.parametrize("loaded", [True, False])
async def test_reauthentication(hass: HomeAssistant, simulator: Simulator, *, loaded: bool) -> None:
    entry = account(base_url=simulator.api_url, api_key="sk-ant-withdrawn")
    entry.add_to_hass(hass)
    if loaded:
        assert await hass.config_entries.async_setup(entry.entry_id)
    flow = await entry.start_reauth_flow(hass)
    assert (flow["step_id"], suggested(flow)) == ("reauth_confirm", {"api_key": None})

    simulator.api_fault("authentication")
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": "sk-ant-wrong"})
    assert flow["errors"] == {"api_key": "reader_auth"}
    simulator.clear_api_faults()
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": API_KEY})
    await hass.async_block_till_done()

    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert dict(entry.data) == {"api_key": API_KEY, "base_url": simulator.api_url}
    assert entry.state is ConfigEntryState.LOADED


async def test_reauthentication_with_the_same_key_sets_up_anew(hass: HomeAssistant, simulator: Simulator) -> None:
    entry = account(base_url=simulator.api_url)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    before = entry.runtime_data
    flow = await entry.start_reauth_flow(hass)
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": API_KEY})
    await hass.async_block_till_done()
    assert done["reason"] == "reauth_successful"
    assert entry.runtime_data is not before


async def test_key_of_another_account_is_refused(hass: HomeAssistant, simulator: Simulator) -> None:
    account(base_url=simulator.api_url).add_to_hass(hass)
    entry = account(base_url=simulator.api_url, api_key="sk-ant-second")
    entry.add_to_hass(hass)
    flow = await entry.start_reauth_flow(hass)
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": API_KEY})
    assert (done["reason"], entry.data["api_key"]) == ("already_configured", "sk-ant-second")


async def change(hass: HomeAssistant, entry: MockConfigEntry, part: str) -> Any:
    """Choose what to reconfigure."""
    flow = await entry.start_reconfigure_flow(hass)
    return await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": part})


async def test_reconfiguration(hass: HomeAssistant, simulator: Simulator) -> None:
    entry = account(base_url=NOWHERE)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    flow = await change(hass, entry, "account")
    assert suggested(flow)["api_key"] is None
    address = flow["data_schema"].schema["advanced"]
    assert not address.options["collapsed"]
    assert [key.description for key in address.schema.schema] == [{"suggested_value": NOWHERE}]

    flow = await submit(hass, flow, None, NOWHERE)
    assert flow["errors"] == {"base": "reader_connection"}
    done = await submit(hass, flow, "", simulator.api_url)
    await hass.async_block_till_done()
    assert done["reason"] == "reconfigure_successful"
    assert dict(entry.data) == {"api_key": API_KEY, "base_url": simulator.api_url}
    assert entry.state is ConfigEntryState.LOADED


async def test_model_of_an_account(hass: HomeAssistant, simulator: Simulator) -> None:
    entry = account(base_url=simulator.api_url)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    flow = await change(hass, entry, "account")
    schema = flow["data_schema"].schema
    offered = [option["value"] for option in schema["model"].config["options"]]
    assert "claude-sonnet-5-5" in offered
    assert "claude-sonnet-4-20250514" not in offered
    assert suggested(flow)["model"] == "claude-haiku-5-5"
    advanced = {"advanced": {"base_url": simulator.api_url}}
    configure = hass.config_entries.flow.async_configure
    done = await configure(flow["flow_id"], {"model": "claude-opus-5", **advanced})
    await hass.async_block_till_done()
    assert done["reason"] == "reconfigure_successful"
    assert entry.data["model"] == entry.runtime_data.account.model == "claude-opus-5"

    # One that is on offer no longer can be kept, and is so where the list does not come.
    hass.config_entries.async_update_entry(entry, data={**entry.data, "model": "claude-gone"})
    await hass.async_block_till_done()
    flow = await change(hass, entry, "account")
    assert flow["data_schema"].schema["model"].config["options"][-1]["value"] == "claude-gone"
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await change(hass, entry, "account")
    assert "model" not in flow["data_schema"].schema
    await configure(flow["flow_id"], advanced)
    await hass.async_block_till_done()
    assert entry.data["model"] == "claude-gone"


async def test_reconfiguration_back_to_anthropic(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, simulator: Simulator
) -> None:
    """An emptied address is forgotten."""
    monkeypatch.setattr("custom_components.meter_vision.client.DEFAULT_BASE_URL", simulator.api_url)
    entry = account(base_url=NOWHERE)
    entry.add_to_hass(hass)
    done = await submit(hass, await change(hass, entry, "account"), "sk-ant-new")
    await hass.async_block_till_done()
    assert done["reason"] == "reconfigure_successful"
    assert dict(entry.data) == {"api_key": "sk-ant-new"}


async def test_keys_stay_out_of_the_log(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    simulator.api_fault("authentication")
    flow = await submit(hass, await start(hass), address=simulator.api_url)
    simulator.clear_api_faults()
    await submit(hass, flow, address=simulator.api_url)
    await hass.async_block_till_done()
    assert "127.0.0.1" in caplog.text
    assert API_KEY not in caplog.text
