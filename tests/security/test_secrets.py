"""Keys, passwords and tokens stay where they were entered, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
import json
import logging
from typing import Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from ..export.sink import WRITE_TOKEN, Fault, Sink, serving
from ..house import House
from ..meters import API_KEY, account
from ..simulator.camera.login import PASSWORD, USER
from ..test_export import EXPORT, settle
from ..test_journal import file_of, rows

URL_TOKEN = "token-in-the-address"
SECRETS = (API_KEY, PASSWORD, WRITE_TOKEN, URL_TOKEN)


@pytest.fixture
def sink(socket_enabled: None) -> Iterator[Sink]:
    """Return a server that fails at first."""
    del socket_enabled
    with serving(Sink()) as running:
        running.faults.append(Fault(500, "busy"))
        yield running


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("fault", [None, "authentication", "overloaded", "malformed"])
async def test_secrets_are_nowhere_else(
    house: House,
    sink: Sink,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    fault: str | None,
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    camera = {"url": f"{house.simulator.snapshot_url('water', 'basic')}?token={URL_TOKEN}", "auth": "basic"}
    login = {"username": USER, "password": PASSWORD}
    if fault is not None:
        house.break_reader(fault)
    assert await async_setup_component(house.hass, "diagnostics", {})
    entry = account(house.meter("water", camera={**camera, **login}), base_url=house.simulator.api_url)
    house.entry = entry
    entry.add_to_hass(house.hass)
    export = {**EXPORT, "url": sink.url}
    house.hass.config_entries.async_update_entry(entry, data={**entry.data, "export": export})
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await settle(house)
    house.break_camera("water", "redirect_loop")
    with pytest.raises(HomeAssistantError) as caught:
        await house.read_now()
    await settle(house)

    diagnostics = await get_diagnostics_for_config_entry(house.hass, hass_client, entry)
    told: dict[str, Any] = {
        "log": caplog.text,
        "exception": f"{caught.value!r} {caught.value} {caught.value.__cause__!r}",
        "diagnostics": json.dumps(diagnostics),
        "states": str([state.as_dict() for state in house.hass.states.async_all()]),
        "issues": str(list(ir.async_get(house.hass).issues.values())),
        "journal": str(rows(house)),
        "file": file_of(house).decode(errors="replace"),
        "objects": repr((entry.runtime_data, list(entry.runtime_data.coordinators.values()))),
    }
    assert rows(house)
    assert {place: found for place, text in told.items() if (found := found_in(text))} == {}
