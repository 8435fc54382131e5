"""A meter is added: a name, a camera, one look and one confirmation."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import homeassistant.util.dt as dt_util
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.meter_vision.const import DOMAIN
from tests.simulator.fixtures import Simulator

from .dialog import (
    SETTINGS,
    VALUE,
    WATER_LOOK,
    WATER_NUMBERS,
    MeterDialog,
    camera_form,
    to_look,
    to_reading,
)

STORED_REGISTER: dict[str, Any] = {
    "name": "main",
    "unit": "m³",
    "display": "drums and dials",
    "whole_digits": 5,
    "decimals": 0,
    "dials": 4,
    "dial_decimals": 4,
    "roll": "unknown",
    "multiplier": "1",
    "hard_ceiling": None,
}
STORED: dict[str, Any] = {
    "name": "Water main",
    "kind": "water",
    "light": None,
    "interval": {"normal": 900},
    "quiet_hours": None,
    "reader": {},
    "pay_for_unchanged": False,
}


async def test_meter_is_added(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, dialog: MeterDialog, simulator: Simulator
) -> None:
    assert (dialog.step, dialog.errors, dialog.shown) == (
        "user", [], {"address": {"preset": "search", "verify_ssl": True}, "lamp": {"warm_up": 3}},
    )  # fmt: skip
    taken_at = dt_util.utcnow()
    freezer.move_to(taken_at)
    await dialog.submit(camera_form(simulator))
    assert (dialog.step, dialog.errors) == ("look", [])
    assert dialog.flow["description_placeholders"]["found"] == "**Water** · **Drums and dials** 00000◔◔◔◔ **m³**"
    assert abs(dialog.shown["view"]["rotation"] - 90) <= 2
    freezer.tick(timedelta(minutes=3))
    await dialog.submit_shown(view=dialog.shown["view"] | {"ui": True})

    assert (dialog.step, dialog.errors, dialog.shown) == ("confirm", [], {"value": VALUE, **SETTINGS})
    assert dialog.flow["description_placeholders"].items() >= {"found": f"**{VALUE}** m³", "unit": "m³"}.items()
    assert simulator.paid_calls == 2
    await dialog.submit_shown()

    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = dialog.entry.subentries.values()
    assert (subentry.title, subentry.subentry_type) == ("Water main", "meter")
    data = dict(subentry.data)
    assert len(data.pop("crop")) == 4
    assert abs(data.pop("rotation") - 90) <= 2
    # The value belongs to the moment of the picture, not to that of the confirmation.
    initial = {"value": VALUE, "time": taken_at.isoformat()}
    (register,) = data.pop("registers")
    assert register.items() >= {**STORED_REGISTER, "initial": initial}.items()
    assert data == {
        **STORED,
        "meter_id": "water_main",
        "format": 2,
        "camera": {"url": f"{simulator.camera_url}/water/snapshot.jpg", "auth": "none", "verify_ssl": True},
    }
    assert hass.states.get("sensor.water_main_consumption").state == VALUE
    # Two in the dialog, and the meter's own first one.
    assert simulator.paid_calls == 3


async def picture(hass_client: ClientSessionGenerator, dialog: MeterDialog) -> bytes:
    """Load the picture that the form shows as a browser would."""
    response = await (await hass_client()).get(dialog.flow["description_placeholders"]["picture"])
    assert (response.status, response.content_type) == (200, "image/jpeg")
    return await response.read()


async def test_page_without_our_script_gets_numbers(
    dialog: MeterDialog, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    await dialog.submit({key: value for key, value in camera_form(simulator).items() if key != "page"})
    assert (dialog.step, dialog.errors) == ("picture", [])
    proposed = await picture(hass_client, dialog)
    # The meter lies on its side: upright the picture is high, and the fields must be in sight.
    with Image.open(BytesIO(proposed)) as upright:
        assert upright.width < upright.height <= 420
    await dialog.submit({"move": WATER_NUMBERS, "otherwise": False})
    assert (dialog.step, dialog.shown["move"]) == ("picture", WATER_NUMBERS)
    assert await picture(hass_client, dialog) != proposed
    await dialog.submit({"move": WATER_NUMBERS | {"left": 90}, "otherwise": False})
    assert (dialog.step, dialog.errors, dialog.shown["move"]["left"]) == ("picture", ["layout_crop"], 90)
    await dialog.submit({"move": WATER_NUMBERS, "otherwise": False})
    assert dialog.step == "confirm"
    assert await picture(hass_client, dialog) != proposed
    assert simulator.paid_calls == 2


async def test_page_whose_script_has_not_drawn_the_selector(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    await dialog.submit({"view": {"rotation": 12, "crop": None}, "otherwise": False})
    assert dialog.step == "picture"
    assert abs(dialog.shown["move"]["rotation"] - 90) <= 2


async def test_pictures_belong_to_the_dialog(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:  # fmt: skip
    await to_look(dialog, simulator)
    signed = dialog.flow["description_placeholders"]["picture"]
    stranger, owner = await hass_client_no_auth(), await hass_client()
    assert (await stranger.get(signed.partition("?")[0])).status == 401
    assert (await stranger.get(signed)).status == 200
    for path in ("nobody/1.jpg", f"{dialog.flow['flow_id']}/99.jpg", f"{dialog.flow['flow_id']}/x.jpg"):
        assert (await owner.get(f"/api/{DOMAIN}/flow/{path}")).status == 404
    for _ in range(4):
        await dialog.submit(WATER_LOOK | {"view": {"rotation": 0, "crop": [0.9, 0, 0.9, 0.1], "ui": True}})
        assert dialog.errors == ["layout_crop"]
    assert (await stranger.get(signed)).status == 404
    last = dialog.flow["description_placeholders"]["picture"]
    dialog.close()
    await hass.async_block_till_done()
    assert (await stranger.get(last)).status == 404
    await dialog.add()


async def test_selector_shows_what_would_be_sent(
    dialog: MeterDialog, simulator: Simulator, hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:  # fmt: skip
    await to_look(dialog, simulator)
    (selector,) = (value for key, value in dialog.flow["data_schema"].schema.items() if key == "view")
    path, owner = selector.config["prepared"], await hass_client()
    box = {"rotation": "90", "x": "0.21", "y": "0.39", "width": "0.62", "height": "0.22"}
    assert (await (await hass_client_no_auth()).get(path, params=box)).status == 401
    answer = await owner.get(path, params=box)
    assert (answer.status, answer.content_type) == (200, "image/jpeg")
    shown = await answer.read()
    await dialog.submit({"view": {"rotation": 90, "crop": [0.21, 0.39, 0.62, 0.22], "ui": True}, "otherwise": False})
    assert await picture(hass_client, dialog) == shown
    for wrong in ({"x": "nan"}, {"width": "0"}, {"y": "0.9"}, {"rotation": "x"}):
        assert (await owner.get(path, params=box | wrong)).status == 400
    assert (await owner.get(path)).status == 400
    dialog.close()
    assert (await owner.get(path, params=box)).status == 404
    await dialog.add()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("530,0712", "530.0712"), ("00530.07", "530.0700"), (" 99 999.9999 ", "99999.9999"), ("0", "0.0000")],
)
async def test_value_is_corrected(dialog: MeterDialog, simulator: Simulator, typed: str, stored: str) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit_shown(value=typed)
    (subentry,) = dialog.entry.subentries.values()
    assert subentry.data["registers"][0]["initial"]["value"] == stored


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "value_not_a_number"),
        ("five", "value_not_a_number"),
        ("-1", "value_not_a_number"),
        ("00530.070?", "value_not_a_number"),
        ("1.234,5", "value_not_a_number"),
        ("530.07081", "value_too_many_decimals"),
        ("100000", "value_too_many_digits"),
    ],
)
async def test_value_that_the_register_cannot_show(
    dialog: MeterDialog, simulator: Simulator, typed: str, error: str
) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit_shown(value=typed)
    assert (dialog.step, dialog.flow["errors"], dialog.errors) == ("confirm", {"value": error}, [error])
    assert dialog.shown["value"] == typed
    await dialog.submit_shown(value=VALUE)
    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY
    assert simulator.paid_calls == 3


async def test_account_that_is_not_ready(hass: HomeAssistant, entry: ConfigEntry, simulator: Simulator) -> None:
    dialog = MeterDialog(hass, entry)
    await dialog.add()
    await dialog.submit(camera_form(simulator))
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    await dialog.submit(WATER_LOOK)
    assert (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "entry_not_loaded")
    for begin in (dialog.add, dialog.add):
        await begin()
        assert (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "entry_not_loaded")


async def test_account_lost_while_the_camera_is_asked(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator
) -> None:
    await hass.config_entries.async_unload(dialog.entry.entry_id)
    await dialog.submit(camera_form(simulator))
    assert (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "entry_not_loaded")


async def test_page_without_our_script_and_a_camera_that_dies(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator
) -> None:
    await dialog.submit({key: value for key, value in camera_form(simulator).items() if key != "page"})
    assert dialog.step == "picture"
    flow = hass.config_entries.subentries._progress[dialog.flow["flow_id"]]
    flow._photo = None  # type: ignore[attr-defined]
    simulator.camera_fault("water", "status_500")
    await dialog.submit({"move": WATER_NUMBERS, "otherwise": False})
    assert (dialog.step, bool(dialog.errors)) == ("user", True)
