"""Where the pictures come from: entities and addresses, logins, and what goes wrong; what a meter is called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
import pytest

from custom_components.meter_vision import capture as capture_module
from tests.cameras import add_camera, add_image
from tests.meters import NOWHERE
from tests.simulator.camera.login import PASSWORD, USER
from tests.simulator.fixtures import Simulator

from .dialog import (
    WATER_LOOK,
    MeterDialog,
    address,
    camera_form,
    to_reading,
)


def with_entity(entity_id: str) -> dict[str, Any]:
    return {"name": "Water", "camera": entity_id, "address": address(), "lamp": {"warm_up": 3}, "page": True}


@pytest.mark.parametrize("add", [add_camera, add_image])
async def test_entity_as_camera(hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, add: Any) -> None:
    entity_id = await add(hass, f"{simulator.camera_url}/water/snapshot.jpg")
    await dialog.submit(with_entity(entity_id))
    assert dialog.step == "look"
    simulator.camera_fault("water", "status_500")
    dialog.close()
    await dialog.add()
    await dialog.submit(with_entity(entity_id))
    assert (dialog.step, dialog.errors, dialog.shown["camera"]) == ("user", ["camera_unavailable"], entity_id)


@pytest.mark.parametrize("path", ["water/stream.mjpeg", "water/basic/snapshot.jpg", "water/digest/stream.mjpeg"])
async def test_streams_and_logins(dialog: MeterDialog, simulator: Simulator, path: str) -> None:
    login = {"username": USER, "password": PASSWORD} if path.count("/") > 1 else {}
    await dialog.submit(camera_form(simulator, path, **login))
    assert dialog.step == "look", dialog.flow


async def test_password_is_kept_and_never_shown(dialog: MeterDialog, simulator: Simulator) -> None:
    form = camera_form(simulator, "water/digest/snapshot.jpg", username="wrong", password=PASSWORD)
    await dialog.submit(form)
    assert dialog.errors == ["camera_login"]
    assert "password" not in dialog.shown["address"]
    assert PASSWORD not in repr(dialog.flow)
    await dialog.submit(dialog.shown | {"address": dialog.shown["address"] | {"username": USER}})
    assert dialog.step == "look"


async def test_login_typed_into_the_address_is_taken_out_of_it(dialog: MeterDialog, simulator: Simulator) -> None:
    url = f"{simulator.camera_url}/water/basic/snapshot.jpg".replace("://", f"://{USER}:{PASSWORD}@")
    simulator.camera_fault("water", "status_404")
    await dialog.submit(camera_form(simulator) | {"address": address(url=url)})
    assert dialog.errors == ["camera_status"]
    simulator.camera_fault("water", None)
    await dialog.submit(camera_form(simulator) | {"address": address(url=url)})
    await dialog.submit(WATER_LOOK)
    await dialog.submit_shown()
    (subentry,) = dialog.entry.subentries.values()
    assert subentry.data["camera"] == {
        "url": f"{simulator.camera_url}/water/basic/snapshot.jpg",
        "auth": "basic",
        "username": USER,
        "password": PASSWORD,
        "verify_ssl": True,
    }


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status_500", "camera_status"),
        ("status_404", "camera_status"),
        ("truncated", "photo_damaged"),
        ("html", "camera_page"),
        ("huge", "camera_too_large"),
        ("redirect_loop", "camera_redirect"),
        ("slow", "camera_timeout"),
    ],
)
async def test_camera_faults(
    dialog: MeterDialog, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, fault: str, error: str
) -> None:
    monkeypatch.setattr(capture_module, "TIMEOUT", timedelta(seconds=3))
    simulator.camera_fault("water", fault)
    form = camera_form(simulator)
    await dialog.submit(form)
    assert (dialog.step, dialog.errors) == ("user", [error])
    assert dialog.shown | {"page": True} == form
    simulator.camera_fault("water", None)
    assert simulator.paid_calls == 0
    await dialog.submit(dialog.shown)
    assert dialog.step == "look"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"name": "  "}, "name_empty"),
        ({"address": address()}, "camera_or_address"),
        ({"camera": "camera.cellar"}, "camera_or_address"),
        ({"address": address(), "camera": "camera.gone"}, "camera_missing"),
        ({"lamp": {"light": "light.gone", "warm_up": 0}}, "light_failed"),
        ({"address": address(url="rtsp://192.0.2.7/live")}, "camera_address_invalid"),
        ({"address": address(url="http://[")}, "camera_address_invalid"),
        ({"address": address(url="in the cellar")}, "camera_address_invalid"),
        ({"address": address(url=NOWHERE)}, "camera_connection"),
        ({"address": address(url=NOWHERE, password="x")}, "camera_username"),
        ({"address": address(url=NOWHERE, username="a:b", password="x")}, "camera_username"),
    ],
)
async def test_camera_forms_that_are_wrong(
    dialog: MeterDialog, simulator: Simulator, form: dict[str, Any], error: str
) -> None:
    await dialog.submit(camera_form(simulator) | form)
    assert (dialog.step, dialog.errors) == ("user", [error])
    await dialog.submit(camera_form(simulator))
    assert dialog.step == "look"


async def test_second_meter(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit_shown()
    await dialog.add()
    await dialog.submit(camera_form(simulator) | {"name": "water MAIN"})
    assert (dialog.step, dialog.flow["errors"], dialog.errors) == ("user", {"name": "name_taken"}, ["name_taken"])
    # Two meters may well share a camera.
    await dialog.submit(camera_form(simulator) | {"name": "Second"})
    assert dialog.step == "look"


async def test_host_name_is_enough(dialog: MeterDialog, simulator: Simulator) -> None:
    await dialog.submit(camera_form(simulator) | {"address": address(url=simulator.camera_url.removeprefix("http://"))})
    assert (dialog.step, dialog.errors) == ("user", ["camera_nothing_found"])
    assert "404: Thingino" in dialog.flow["description_placeholders"]["tried"]


async def test_lamp_is_stored_and_shown(hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator) -> None:
    switched: list[str] = []

    async def switch(call: ServiceCall) -> None:
        switched.append(call.service)

    hass.states.async_set("switch.lamp", "off")
    for service in ("turn_on", "turn_off"):
        hass.services.async_register("switch", service, switch)
    await dialog.submit(camera_form(simulator) | {"lamp": {"light": "switch.lamp", "warm_up": 0}})
    assert (dialog.step, switched) == ("look", ["turn_on", "turn_off"])
    await dialog.submit(WATER_LOOK)
    await dialog.submit_shown()
    (subentry,) = dialog.entry.subentries.values()
    assert subentry.data["light"] == {"entity": "switch.lamp", "warm_up": 0}
    # The meter's own first reading has light, too.
    assert switched == ["turn_on", "turn_off"] * 2
    await dialog.reconfigure("user")
    assert dialog.shown["lamp"] == {"light": "switch.lamp", "warm_up": 0}


async def test_a_name_given_in_the_menu_stays(hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit_shown()
    (meter,) = dialog.entry.subentries.values()
    hass.config_entries.async_update_subentry(dialog.entry, meter, title="Cellar")
    await hass.async_block_till_done(wait_background_tasks=True)
    await dialog.reconfigure("user")
    assert dialog.shown["name"] == "Cellar"
    dialog.close()
    await dialog.reconfigure("alarms")
    await dialog.submit({"leak_hours": 5})
    (meter,) = dialog.entry.subentries.values()
    assert (meter.title, meter.data["name"], meter.data["registers"][0]["leak_hours"]) == ("Cellar", "Cellar", 5)
