"""Setting the export up, changing and ending it, and giving it another token."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
import socket
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.export.check import check

from .export.authority import authority
from .export.sink import READ_TOKEN, WRITE_TOKEN, Sink, serving
from .export.test_check import web
from .meter_flow.dialog import messages
from .meters import account
from .simulator.fixtures import Simulator

FORM = {
    "kind": "influxdb_2",
    "org": "home",
    "token": WRITE_TOKEN,
    "bucket_mode": "separate",
    "site": "home",
    "tls": {"verify": True},
}


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Return an account that is set up and exports nothing."""
    entry = account(base_url=simulator.api_url)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def choose(hass: HomeAssistant, entry: MockConfigEntry, part: str) -> Any:
    """Choose what to reconfigure."""
    flow = await entry.start_reconfigure_flow(hass)
    assert flow["type"] is FlowResultType.MENU
    return await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": part})


async def submit(hass: HomeAssistant, flow: Any, sink: Sink, **changes: Any) -> Any:
    """Fill the form in."""
    form = {**FORM, "url": sink.url, **changes}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], form)
    await hass.async_block_till_done()
    return result


def suggested(flow: Any) -> dict[str, Any]:
    """Return what a form is filled in with."""
    return {str(key): (key.description or {}).get("suggested_value") for key in flow["data_schema"].schema}


async def test_it_is_checked_stored_and_begun_without_writing(
    hass: HomeAssistant, entry: MockConfigEntry, sink: Sink
) -> None:
    flow = await choose(hass, entry, "export")
    done = await submit(hass, flow, sink, url=f" {sink.url}/ ")

    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data["export"] == {
        **{key: value for key, value in FORM.items() if key != "tls"},
        "url": sink.url,
        "verify": True,
        "ca_file": None,
    }
    assert (entry.state, entry.runtime_data.exporter is not None) == (ConfigEntryState.LOADED, True)
    assert sink.accepted == 0


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"url": "influx:8086"}, {"url": "export_address"}),
        ({"url": "http://127.0.0.1:9"}, {"base": "export_unreachable"}),
        ({"token": "wrong"}, {"token": "export_token"}),
        ({"token": ""}, {"token": "export_token"}),
        ({"token": READ_TOKEN}, {"token": "export_read_only"}),
        ({"kind": "influxdb_1"}, {"kind": "export_kind"}),
        ({"url": "https://127.0.0.1:9", "tls": {"verify": True, "ca_file": "missing"}}, {"base": "export_ca_file"}),
    ],
)
async def test_what_is_wrong_is_said_and_can_be_put_right(
    hass: HomeAssistant, entry: MockConfigEntry, sink: Sink, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    flow = await submit(hass, await choose(hass, entry, "export"), sink, **changes)
    assert flow["errors"] == errors
    assert suggested(flow)["url"] == changes.get("url", sink.url)
    assert flow["data_schema"].schema["tls"].options["collapsed"] is ("tls" not in changes)

    assert (await submit(hass, flow, sink))["reason"] == "reconfigure_successful"


@pytest.mark.parametrize(
    ("status", "text", "headers", "error"),
    [
        (200, "<html>Welcome to the printer", {}, "export_not_influx"),
        (302, "", {"Location": "https://login.example/"}, "export_redirect"),
        (502, "Bad Gateway", {}, "export_server"),
        (400, "Client sent an HTTP request to an HTTPS server.", {}, "export_tls"),
    ],
)
async def test_what_other_servers_answer_is_said(
    *,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sink: Sink,
    status: int,
    text: str,
    headers: dict[str, str],
    error: str,
) -> None:
    with web(status, text, headers) as url:
        flow = await submit(hass, await choose(hass, entry, "export"), sink, url=url)
    assert flow["errors"] == {"base": error}
    assert messages("config", flow) == [error]
    assert (await submit(hass, flow, sink))["reason"] == "reconfigure_successful"


async def test_names_versions_and_servers_that_keep_silent(
    hass: HomeAssistant, entry: MockConfigEntry, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def errors(**changes: Any) -> list[str]:
        flow = await submit(hass, await choose(hass, entry, "export"), sink, **changes)
        hass.config_entries.flow.async_abort(flow["flow_id"])
        return messages("config", flow)

    sink.version = "v1.6.7"
    assert await errors(kind="influxdb_1") == ["export_version"]
    sink.version = "v2.7.12"
    assert await errors(url=sink.url.replace("http", "https")) == ["export_plain"]
    sink.slow = 1.5
    with monkeypatch.context() as impatient:
        hurried = partial(check, timeout=timedelta(seconds=0.5))
        impatient.setattr("custom_components.meter_vision.export_flow.check", hurried)
        assert await errors() == ["export_timeout"]
    sink.slow = 0.0
    lookup = socket.getaddrinfo

    def unknown(host: Any, *more: Any, **named: Any) -> Any:
        if host == "influx.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return lookup(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert await errors(url="http://influx.invalid:8086") == ["export_host"]


async def test_certificates_that_do_not_fit(
    hass: HomeAssistant, entry: MockConfigEntry, sink: Sink, tmp_path: Path
) -> None:
    own, tls = authority(tmp_path, "own", "influx.example")
    with serving(Sink(), tls=tls) as server:
        flow = await submit(hass, await choose(hass, entry, "export"), server)
        assert messages("config", flow) == ["export_certificate"]
        flow = await submit(hass, flow, server, tls={"verify": True, "ca_file": str(own)})
        assert messages("config", flow) == ["export_certificate_name"]
        flow = await submit(hass, flow, server, url=server.url.replace("https", "http"))
        assert messages("config", flow) == ["export_hung_up"]
    assert (await submit(hass, flow, sink))["reason"] == "reconfigure_successful"


async def test_missing_buckets_are_named(hass: HomeAssistant, entry: MockConfigEntry, sink: Sink) -> None:
    sink.buckets.remove("gas_meter")
    flow = await submit(hass, await choose(hass, entry, "export"), sink)
    assert flow["errors"] == {"base": "export_bucket"}
    assert flow["description_placeholders"]["buckets"] == "gas_meter"


async def test_changing_it_shows_everything_but_the_token_which_stays(
    hass: HomeAssistant, entry: MockConfigEntry, sink: Sink
) -> None:
    await submit(hass, await choose(hass, entry, "export"), sink)
    flow = await choose(hass, entry, "export")
    assert suggested(flow) == {
        "kind": "influxdb_2",
        "url": sink.url,
        "org": "home",
        "token": None,
        "bucket_mode": "separate",
        "site": "home",
        "tls": None,
    }

    await submit(hass, flow, sink, token="", bucket_mode="shared")

    assert (entry.data["export"]["token"], entry.data["export"]["bucket_mode"]) == (WRITE_TOKEN, "shared")


async def test_a_token_goes_to_no_other_server(hass: HomeAssistant, entry: MockConfigEntry, sink: Sink) -> None:
    await submit(hass, await choose(hass, entry, "export"), sink)
    with serving(Sink()) as other:
        flow = await submit(hass, await choose(hass, entry, "export"), other, token="")
        assert flow["errors"] == {"token": "export_token"}
        assert not [seen for seen in other.seen if WRITE_TOKEN in seen.get("authorization", "")]


async def test_it_can_be_ended_and_the_key_changed_without_ending_it(
    hass: HomeAssistant, entry: MockConfigEntry, sink: Sink, simulator: Simulator
) -> None:
    flow = await entry.start_reconfigure_flow(hass)
    assert flow["menu_options"] == ["account", "export"]
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await submit(hass, await choose(hass, entry, "export"), sink)
    flow = await choose(hass, entry, "account")
    form = {"api_key": "sk-ant-other", "model": "claude-haiku-5-5", "advanced": {"base_url": simulator.api_url}}
    await hass.config_entries.flow.async_configure(flow["flow_id"], form)
    await hass.async_block_till_done()
    assert (entry.data["api_key"], entry.data["export"]["url"]) == ("sk-ant-other", sink.url)

    done = await choose(hass, entry, "no_export")
    await hass.async_block_till_done()

    assert done["reason"] == "reconfigure_successful"
    assert "export" not in entry.data
    assert entry.runtime_data.exporter is None


async def test_a_new_token(hass: HomeAssistant, entry: MockConfigEntry, sink: Sink) -> None:
    await submit(hass, await choose(hass, entry, "export"), sink)
    flow = await entry.start_reauth_flow(hass, data={"refused": "export"})
    assert (flow["step_id"], flow["description_placeholders"]["server"]) == ("reauth_export", "127.0.0.1")

    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": "wrong"})
    assert flow["errors"] == {"token": "export_token"}
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": WRITE_TOKEN})
    await hass.async_block_till_done()

    assert done["reason"] == "reauth_successful"
    assert entry.data["export"]["token"] == WRITE_TOKEN


async def test_a_new_token_for_an_export_that_was_ended(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    done = await entry.start_reauth_flow(hass, data={"refused": "export"})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "no_export")


async def test_an_export_that_cannot_be_used_costs_nothing_else(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    entry = account(base_url=simulator.api_url)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "export": {"kind": "abacus", "token": "secret"}})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert (entry.state, entry.runtime_data.exporter) == (ConfigEntryState.LOADED, None)
    assert "set it up anew" in caplog.text
    assert "secret" not in caplog.text
