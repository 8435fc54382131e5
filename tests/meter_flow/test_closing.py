"""A dialog that is closed at any of its steps, or whose page is gone, leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import homeassistant.util.dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.metering.claude import ClaudeReader
from tests.simulator.fixtures import Simulator

from .dialog import WATER_LOOK, MeterDialog, camera_form, to_look, to_reading, to_register
from .left import left, settled

FLOWS = "/api/config/config_entries/subentries/flow"
ABANDONED = timedelta(hours=2)
type Walk = Callable[[MeterDialog, Simulator], Awaitable[None]]


async def to_camera(dialog: MeterDialog, simulator: Simulator) -> None:
    del simulator
    assert dialog.step == "user"


async def to_dead_camera(dialog: MeterDialog, simulator: Simulator) -> None:
    await dialog.submit(camera_form(simulator, "nobody.jpg"))
    assert dialog.errors


async def to_failed_proposal(dialog: MeterDialog, simulator: Simulator) -> None:
    simulator.api_fault("refusal")
    await dialog.submit(camera_form(simulator))
    assert dialog.step == "proposal_failed"


async def to_numbers(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    await dialog.submit(WATER_LOOK | {"view": {**WATER_LOOK["view"], "ui": False}})
    assert dialog.step == "picture"


async def to_failed_reading(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    simulator.api_fault("refusal")
    await dialog.submit(WATER_LOOK)
    assert dialog.step == "reading_failed"


async def to_wrong_value(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit_shown(value="no number")
    assert dialog.errors


STEPS: list[Walk] = [
    *(to_camera, to_dead_camera, to_failed_proposal, to_look, to_numbers),
    *(to_register, to_failed_reading, to_reading, to_wrong_value),
]


def addresses(dialog: MeterDialog) -> list[str]:
    """Return under which addresses a form's pictures can be loaded."""
    shown = (dialog.flow.get("description_placeholders") or {}).get("picture")
    prepared = f"/api/{DOMAIN}/flow/{dialog.flow['flow_id']}/prepared?rotation=0&x=0&y=0&width=1&height=1"
    return [*([shown] if shown else []), prepared]


@dataclass(frozen=True, slots=True)
class Closing:
    """Home Assistant before a dialog is opened, and who closes it."""

    hass: HomeAssistant
    client: TestClient[Any, Any]
    before: dict[str, Any]

    async def close(self, dialog: MeterDialog) -> None:
        """Press the cross of the dialog, as the page does it."""
        assert (await self.client.delete(f"{FLOWS}/{dialog.flow['flow_id']}")).status == 200

    async def check(self, dialog: MeterDialog) -> None:
        """Make sure that nothing is left of the dialog, and that its pictures cannot be loaded."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        assert await left(self.hass) == self.before
        assert {(await self.client.get(path)).status for path in addresses(dialog)} <= {401, 404}
        assert (await self.client.get(f"{FLOWS}/{dialog.flow['flow_id']}")).status == 404


@pytest.fixture
async def closing(hass: HomeAssistant, entry: ConfigEntry, hass_client: ClientSessionGenerator) -> Closing:
    """Look at everything while the account has no dialog."""
    assert entry.state is ConfigEntryState.LOADED
    assert await async_setup_component(hass, "config", {})
    await settled(hass)
    return Closing(hass, await hass_client(), await left(hass))


@pytest.mark.parametrize("walk", STEPS)
async def test_nothing_is_left(closing: Closing, dialog: MeterDialog, simulator: Simulator, walk: Walk) -> None:
    await walk(dialog, simulator)
    paid = simulator.paid_calls
    await closing.close(dialog)
    await closing.check(dialog)
    assert simulator.paid_calls == paid
    await dialog.add()


@pytest.mark.parametrize("walk", STEPS)
async def test_a_page_that_is_gone_closes_its_dialog_in_the_end(
    closing: Closing, dialog: MeterDialog, simulator: Simulator, walk: Walk
) -> None:
    await walk(dialog, simulator)
    async_fire_time_changed(closing.hass, dt_util.utcnow() + ABANDONED - timedelta(minutes=1))
    await closing.hass.async_block_till_done()
    assert len(closing.hass.config_entries.subentries.async_progress()) == 1
    async_fire_time_changed(closing.hass, dt_util.utcnow() + ABANDONED)
    await closing.check(dialog)
    await dialog.add()


@pytest.mark.parametrize("change", ["user", "look", "register", "reading", "settings", "tariff", "alarms", "proposal"])
async def test_nothing_is_left_of_a_change(
    closing: Closing, dialog: MeterDialog, simulator: Simulator, change: str
) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit_shown()
    closing = replace(closing, before=await left(closing.hass))
    await dialog.reconfigure(change)
    await closing.close(dialog)
    await closing.check(dialog)
    await dialog.add()


async def test_closed_while_the_camera_is_asked(closing: Closing, dialog: MeterDialog, simulator: Simulator) -> None:
    on = asyncio.Event()
    switched: list[str] = []

    async def switch(call: ServiceCall) -> None:
        switched.append(call.service)
        on.set()

    closing.hass.states.async_set("switch.lamp", "off")
    for service in ("turn_on", "turn_off"):
        closing.hass.services.async_register("switch", service, switch)
    simulator.camera_fault("water", "slow", seconds=1)
    form = camera_form(simulator) | {"lamp": {"light": "switch.lamp", "warm_up": 0}}
    submitted = asyncio.create_task(closing.client.post(f"{FLOWS}/{dialog.flow['flow_id']}", json=form))
    await on.wait()
    await closing.close(dialog)
    assert (await submitted).status == 404
    closing.hass.states.async_remove("switch.lamp")
    await closing.check(dialog)
    assert (switched, simulator.paid_calls) == (["turn_on", "turn_off"], 0)
    await dialog.add()


@pytest.mark.parametrize("step", ["proposal", "reading"])
async def test_closed_while_claude_is_asked(
    closing: Closing, dialog: MeterDialog, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    asked = asyncio.Event()
    create = ClaudeReader._create

    async def noting(reader: ClaudeReader, *of: Any) -> Any:
        asked.set()
        return await create(reader, *of)

    if step == "reading":
        await to_look(dialog, simulator)
    monkeypatch.setattr(ClaudeReader, "_create", noting)
    simulator.api_fault("timeout", seconds=30)
    form = WATER_LOOK if step == "reading" else camera_form(simulator)
    flow_id = dialog.flow["flow_id"]
    dialog.flow = await closing.hass.config_entries.subentries.async_configure(flow_id, form)
    assert (dialog.flow["type"], dialog.flow["progress_action"]) == (FlowResultType.SHOW_PROGRESS, step)
    await asked.wait()
    await closing.close(dialog)
    await closing.check(dialog)
    assert simulator.paid_calls == (step == "reading")
    await dialog.add()
