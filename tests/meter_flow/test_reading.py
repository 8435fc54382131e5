"""The first reading: what goes wrong with it, and how a person goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import homeassistant.util.dt as dt_util
import pytest

from custom_components.meter_vision import flow_reading
from tests.simulator.fixtures import Simulator

from .dialog import SETTINGS, VALUE, WATER_LOOK, WATER_REGISTER, MeterDialog, camera_form, hold, to_look, to_reading

GLARE_ON_THE_LAST_DIAL = {"glare": 1.0, "glare_at": (0.7, 0.55)}


async def test_closing_the_dialog_stops_the_reading(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    prepare = flow_reading.async_prepare

    async def noting(*args: Any) -> Any:
        started.append(args)
        return await prepare(*args)

    monkeypatch.setattr(flow_reading, "async_prepare", noting)
    await to_look(dialog, simulator)
    manager = hass.config_entries.subentries
    dialog.flow = await manager.async_configure(dialog.flow["flow_id"], WATER_LOOK)
    assert dialog.flow["type"] is FlowResultType.SHOW_PROGRESS
    dialog.close()
    await hass.async_block_till_done()
    assert started
    assert simulator.paid_calls == 1
    assert not dialog.entry.subentries
    await dialog.add()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("authentication", "reader_auth"),
        ("billing", "reader_billing"),
        ("permission", "reader_permission"),
        ("model", "reader_model"),
        ("rate_limit", "reader_busy"),
        ("refusal", "reader_refused"),
        ("max_tokens", "reader_cut_off"),
        ("malformed", "answer_invalid"),
    ],
)
async def test_reader_faults(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, fault: str, error: str
) -> None:
    await to_look(dialog, simulator)
    simulator.api_fault(fault)
    await dialog.submit(WATER_LOOK)
    assert (dialog.step, dialog.errors) == ("reading_failed", [error])
    assert dialog.flow["description_placeholders"]["picture"]
    asked = simulator.paid_calls
    assert len(list(dialog.entry.async_get_active_flows(hass, {"reauth"}))) == (error == "reader_auth")

    # A person who knows what stands on the meter needs no reader.
    simulator.clear_api_faults()
    await dialog.submit({"next": "confirm"})
    assert (dialog.step, dialog.errors, dialog.shown) == ("confirm", [], {"value": "", **SETTINGS})
    assert simulator.paid_calls == asked
    await dialog.submit_shown(value=VALUE)
    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY


async def test_trying_again_takes_a_new_picture(
    freezer: FrozenDateTimeFactory, dialog: MeterDialog, simulator: Simulator
) -> None:
    await to_look(dialog, simulator)
    simulator.api_fault("refusal")
    await dialog.submit(WATER_LOOK)
    simulator.clear_api_faults()
    hold(simulator, "530.1234")
    freezer.tick(timedelta(minutes=2))
    again_at = dt_util.utcnow()
    await dialog.submit({"next": "reading"})
    assert (dialog.step, dialog.shown["value"]) == ("confirm", "530.1234")
    assert simulator.paid_calls == 3
    await dialog.submit_shown()
    (subentry,) = dialog.entry.subentries.values()
    assert subentry.data["registers"][0]["initial"] == {"value": "530.1234", "time": again_at.isoformat()}


async def test_camera_that_fails_at_the_second_attempt(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    simulator.api_fault("refusal")
    await dialog.submit(WATER_LOOK)
    simulator.clear_api_faults()
    simulator.camera_fault("water", "html")
    await dialog.submit({"next": "reading"})
    assert (dialog.step, dialog.errors) == ("user", ["camera_page"])
    assert dialog.shown | {"page": True} == camera_form(simulator)
    simulator.camera_fault("water", None)
    # What was said about register and picture holds.
    await dialog.submit(dialog.shown)
    assert (dialog.step, dialog.shown["value"]) == ("confirm", VALUE)


@pytest.mark.parametrize(("choice", "form"), [("look", WATER_LOOK), ("register", WATER_REGISTER)])
async def test_going_back_after_a_failure(
    dialog: MeterDialog, simulator: Simulator, choice: str, form: dict[str, Any]
) -> None:
    await to_look(dialog, simulator)
    simulator.api_fault("malformed")
    await dialog.submit(WATER_LOOK)
    simulator.clear_api_faults()
    await dialog.submit({"next": choice})
    assert dialog.step == choice
    await dialog.submit(form)
    assert (dialog.step, dialog.shown["value"]) == ("confirm", VALUE)
    assert simulator.paid_calls == 3


async def test_layout_with_a_position_too_many(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    simulator.api_fault("count")
    await dialog.submit(WATER_LOOK)
    assert (dialog.step, dialog.errors) == ("reading_failed", ["answer_position_count"])
    assert dialog.flow["description_placeholders"].items() >= {"expected": "5"}.items()


async def test_uncertain_positions_are_shown_and_not_suggested(dialog: MeterDialog, simulator: Simulator) -> None:
    simulator.conditions("water", **GLARE_ON_THE_LAST_DIAL)
    await to_reading(dialog, simulator)
    assert (dialog.step, dialog.errors, dialog.shown["value"]) == ("confirm", ["reading_unsure"], "00530.070?")
    told = {"shown": "00530.070?", "problems": "glare", "found": "00530.070**?** m³"}
    assert dialog.flow["description_placeholders"].items() >= told.items()
    await dialog.submit_shown(value=VALUE)
    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY


async def test_unreadable_picture(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    simulator.camera_fault("water", "black")
    # The picture is taken anew after a change of the camera; here it is the one that is read that is black.
    dialog.close()
    await dialog.add()
    await dialog.submit(camera_form(simulator))
    assert (dialog.step, dialog.errors) == ("proposal_failed", ["no_meter_found"])
    await dialog.submit({"next": "register"})
    await dialog.submit(WATER_REGISTER)
    await dialog.submit(WATER_LOOK)
    assert (dialog.step, dialog.errors, dialog.shown["value"]) == ("confirm", ["reading_unreadable"], "")
    assert "problems" in dialog.flow["description_placeholders"]
    await dialog.submit_shown(value="x")
    assert dialog.errors == ["value_not_a_number"]
    assert simulator.paid_calls == 3
    await dialog.submit_shown(value=VALUE)
    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY
