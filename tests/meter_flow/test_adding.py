"""A meter is added, from its camera to the reading that a person confirms."""

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
    VALUE,
    WATER_PICTURE,
    WATER_REGISTER,
    MeterDialog,
    to_picture,
    to_reading,
    to_register,
)

STORED_REGISTER: dict[str, Any] = {
    "name": "main",
    "unit": "m³",
    "display": "drums and dials",
    "whole_digits": 5,
    "decimals": 0,
    "dials": 4,
    "dial_decimals": 4,
    "dial_directions": "",
    "roll": "late",
    "multiplier": "1",
    "runs_backwards": False,
    "hard_ceiling": None,
    "label": "",
    "gas": None,
}


async def test_meter_is_added(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    assert (dialog.step, dialog.errors, dialog.shown) == (
        "user", [], {"address": {"auth": "none", "verify_ssl": True}},
    )  # fmt: skip
    taken_at = dt_util.utcnow()
    freezer.move_to(taken_at)
    await to_register(dialog, simulator)
    assert dialog.shown["unit"] == "m³"
    assert (dialog.shown["display"], dialog.shown["whole_digits"], dialog.shown["dials"]) == ("drums_and_dials", 5, 4)
    freezer.tick(timedelta(minutes=3))
    await dialog.submit(WATER_REGISTER)
    assert dialog.shown == {"rotation": 0, "left": 0, "top": 0, "width": 100, "height": 100, "right": False}
    await dialog.submit({**WATER_PICTURE, "right": True})

    assert (dialog.step, dialog.errors, dialog.shown) == ("confirm", [], {"value": VALUE, "interval": 15})
    assert dialog.flow["description_placeholders"].items() >= {"found": VALUE, "unit": "m³"}.items()
    assert simulator.paid_calls == 1
    await dialog.submit({"value": VALUE, "interval": 20})

    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = dialog.entry.subentries.values()
    assert (subentry.title, subentry.subentry_type) == ("Water main", "meter")
    assert dict(subentry.data) == {
        "name": "Water main",
        "kind": "water",
        "rotation": 90,
        "crop": [0.21, 0.388, 0.627, 0.223],
        "camera": {"url": f"{simulator.camera_url}/water/snapshot.jpg", "auth": "none", "verify_ssl": True},
        "interval": {"normal": 1200},
        "registers": [
            # The value belongs to the moment of the picture, not to that of the confirmation.
            {**STORED_REGISTER, "initial": {"value": VALUE, "time": taken_at.isoformat()}}
        ],
    }
    assert hass.states.get("sensor.water_main_consumption").state == VALUE
    # One in the dialog, and the meter's own first one.
    assert simulator.paid_calls == 2


async def picture(hass_client: ClientSessionGenerator, dialog: MeterDialog) -> bytes:
    """Load the picture that the form shows as a browser would."""
    response = await (await hass_client()).get(dialog.flow["description_placeholders"]["picture"])
    assert (response.status, response.content_type) == (200, "image/jpeg")
    return await response.read()


async def test_picture_is_drawn_again_until_it_is_right(
    dialog: MeterDialog, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    await to_register(dialog, simulator)
    lying = await picture(hass_client, dialog)
    await dialog.submit(WATER_REGISTER)
    assert await picture(hass_client, dialog) == lying
    await dialog.submit({**WATER_PICTURE, "right": False})
    assert (dialog.step, dialog.shown) == ("picture", {**WATER_PICTURE, "right": False})
    boxed = await picture(hass_client, dialog)
    assert boxed != lying
    # The meter lies on its side: upright the picture is high, and the fields must be in sight.
    with Image.open(BytesIO(boxed)) as upright:
        assert upright.width < upright.height <= 420
    await dialog.submit({**WATER_PICTURE, "left": 90, "right": True})
    assert (dialog.step, dialog.errors, dialog.shown["left"]) == ("picture", ["layout_crop"], 90)
    await dialog.submit({**WATER_PICTURE, "right": True})
    assert dialog.step == "confirm"
    assert await picture(hass_client, dialog) not in (lying, boxed)
    assert simulator.paid_calls == 1


async def test_pictures_belong_to_the_dialog(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:  # fmt: skip
    await to_register(dialog, simulator)
    signed = dialog.flow["description_placeholders"]["picture"]
    stranger = await hass_client_no_auth()
    assert (await stranger.get(signed.partition("?")[0])).status == 401
    assert (await stranger.get(signed)).status == 200
    for path in ("nobody/1.jpg", f"{dialog.flow['flow_id']}/99.jpg", f"{dialog.flow['flow_id']}/x.jpg"):
        assert (await (await hass_client()).get(f"/api/{DOMAIN}/flow/{path}")).status == 404
    for _ in range(4):
        await dialog.submit(WATER_REGISTER | {"dials": 0})
    assert (await stranger.get(signed)).status == 404
    last = dialog.flow["description_placeholders"]["picture"]
    dialog.close()
    await hass.async_block_till_done()
    assert (await stranger.get(last)).status == 404
    await dialog.add()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("530,0712", "530.0712"), ("00530.07", "530.0700"), (" 99 999.9999 ", "99999.9999"), ("0", "0.0000")],
)
async def test_value_is_corrected(dialog: MeterDialog, simulator: Simulator, typed: str, stored: str) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit({"value": typed, "interval": 15})
    (subentry,) = dialog.entry.subentries.values()
    assert subentry.data["registers"][0]["initial"]["value"] == stored


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "value_not_a_number"),
        ("five", "value_not_a_number"),
        ("-1", "value_not_a_number"),
        ("1.234,5", "value_not_a_number"),
        ("530.07081", "value_too_many_decimals"),
        ("100000", "value_too_many_digits"),
    ],
)
async def test_value_that_the_register_cannot_show(
    dialog: MeterDialog, simulator: Simulator, typed: str, error: str
) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit({"value": typed, "interval": 30})
    assert (dialog.step, dialog.errors) == ("confirm", [error])
    assert dialog.shown == {"value": typed, "interval": 30}
    assert simulator.paid_calls == 1
    await dialog.submit({"value": VALUE, "interval": 30})
    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY


async def test_account_that_is_not_ready(hass: HomeAssistant, entry: ConfigEntry) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    dialog = MeterDialog(hass, entry)
    await dialog.add()
    assert (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "entry_not_loaded")


async def test_account_that_goes_away(hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator) -> None:
    await to_picture(dialog, simulator)
    assert await hass.config_entries.async_unload(dialog.entry.entry_id)
    assert dialog.entry.state is ConfigEntryState.NOT_LOADED
    await dialog.submit({**WATER_PICTURE, "right": True})
    assert dialog.flow["reason"] == "entry_not_loaded"
    assert simulator.paid_calls == 0
