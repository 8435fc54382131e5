"""Claude describes a meter, or says why it cannot, and a person goes on either way."""

from __future__ import annotations

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.meter_vision.flow_base import MeterFlowBase
from tests.simulator.fixtures import Simulator

from .dialog import VALUE, WATER_LOOK, WATER_REGISTER, MeterDialog, camera_form, to_look


@pytest.mark.parametrize(
    ("fault", "error"),
    [("authentication", "reader_auth"), ("billing", "reader_billing"), ("schema", "answer_invalid")],
)
async def test_proposal_that_fails(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, fault: str, error: str
) -> None:
    simulator.api_fault(fault)
    await dialog.submit(camera_form(simulator))
    assert (dialog.step, dialog.errors) == ("proposal_failed", [error])
    assert dialog.flow["description_placeholders"]["picture"]
    assert len(list(dialog.entry.async_get_active_flows(hass, {"reauth"}))) == (error == "reader_auth")
    simulator.clear_api_faults()
    # Whoever knows the meter can describe it.
    await dialog.submit({"next": "register"})
    assert (dialog.step, dialog.errors, dialog.shown["kind"]) == ("register", [], "water")
    await dialog.submit(WATER_REGISTER)
    assert (dialog.step, dialog.errors) == ("look", [])
    assert dialog.shown["view"] == {"rotation": 0, "crop": None}
    await dialog.submit(WATER_LOOK)
    if error == "reader_auth":
        # A refused key stays refused until there is a new one.
        assert (dialog.step, dialog.errors) == ("reading_failed", ["reader_auth"])
        return
    assert (dialog.step, dialog.shown["value"]) == ("confirm", VALUE)


async def test_looking_again_takes_a_new_picture(dialog: MeterDialog, simulator: Simulator) -> None:
    simulator.camera_fault("water", "black")
    await dialog.submit(camera_form(simulator))
    assert (dialog.step, dialog.errors) == ("proposal_failed", ["no_meter_found"])
    told = dialog.flow["description_placeholders"]
    assert (told["problems"], told["advice"]) == ("too dark", "Give it more light.")
    simulator.camera_fault("water", "html")
    await dialog.submit({"next": "proposal"})
    assert (dialog.step, dialog.errors) == ("user", ["camera_page"])
    simulator.camera_fault("water", None)
    await dialog.submit_shown(page=True)
    assert (dialog.step, dialog.errors) == ("look", [])


async def test_poor_picture_comes_with_advice(dialog: MeterDialog, simulator: Simulator) -> None:
    simulator.conditions("water", glare=1.0, glare_at=(0.7, 0.55))
    await dialog.submit(camera_form(simulator))
    assert (dialog.step, dialog.errors) == ("look", ["picture_poor"])
    assert dialog.flow["description_placeholders"]["problems"] == "glare"


@pytest.mark.parametrize(
    ("key", "night", "errors"),
    [("electricity", True, ["picture_grey"]), ("electricity", False, []), ("water", True, []), ("gas", True, [])],
)
@pytest.mark.parametrize("page", [True, False], ids=["drawn", "in numbers"])
async def test_without_colours_red_drums_are_asked_about(
    *, dialog: MeterDialog, simulator: Simulator, key: str, night: bool, errors: list[str], page: bool
) -> None:
    simulator.conditions(key, night=night)
    await dialog.submit(camera_form(simulator, f"{key}/snapshot.jpg") | {"page": page})
    assert (dialog.step, dialog.errors) == ("look" if page else "picture", errors)


async def test_camera_lost_before_the_numbers_are_asked_for(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator
) -> None:
    await to_look(dialog, simulator)
    await dialog.submit(WATER_LOOK)
    await dialog.submit_shown()
    simulator.camera_fault("water", "html")
    await dialog.reconfigure("look")
    assert (dialog.step, dialog.errors) == ("user", ["camera_page"])
    simulator.camera_fault("water", None)
    # This page does not say that it has our script.
    await dialog.submit_shown()
    assert dialog.step == "picture"
    await dialog.submit_shown()
    assert (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert hass.states.get("sensor.water_main_consumption").state == VALUE


async def test_account_lost_before_the_proposal(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_photo = MeterFlowBase._use_photo

    async def losing(self: MeterFlowBase, *args: Any) -> None:
        await use_photo(self, *args)
        await hass.config_entries.async_unload(dialog.entry.entry_id)

    monkeypatch.setattr(MeterFlowBase, "_use_photo", losing)
    await dialog.submit(camera_form(simulator))
    assert (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "entry_not_loaded")


async def test_wish_for_the_energy_dashboard(hass: HomeAssistant, entry: ConfigEntry, simulator: Simulator) -> None:
    wishes: dict[str, Any] = hass.data
    # As far as the dialog is concerned, the Energy dashboard is there.
    hass.config.components.add("energy")
    dialog = MeterDialog(hass, entry)
    await dialog.add()
    await to_look(dialog, simulator)
    await dialog.submit(WATER_LOOK)
    assert dialog.shown["energy"] is False
    hass.config.components.remove("energy")
    await dialog.submit_shown(energy=True)
    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY
    # Without the Energy dashboard there is nothing to add to, and the wish is not kept for another day.
    assert wishes["meter_vision_energy_wishes"] == set()
