"""Where the pictures come from: entities and addresses, logins, and what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.meter_vision import capture as capture_module
from tests.cameras import add_camera, add_image
from tests.meters import NOWHERE
from tests.simulator.camera.login import PASSWORD, USER
from tests.simulator.fixtures import Simulator

from .dialog import (
    WATER_PICTURE,
    WATER_REGISTER,
    MeterDialog,
    address,
    camera_form,
    to_reading,
)


@pytest.mark.parametrize("add", [add_camera, add_image])
async def test_entity_as_camera(hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, add: Any) -> None:
    entity_id = await add(hass, f"{simulator.camera_url}/water/snapshot.jpg")
    await dialog.submit({"name": "Water", "kind": "water", "camera": entity_id, "address": address()})
    assert dialog.step == "register"
    simulator.camera_fault("water", "status_500")
    dialog.close()
    await dialog.add()
    await dialog.submit({"name": "Water", "kind": "water", "camera": entity_id, "address": address()})
    assert (dialog.step, dialog.errors, dialog.shown["camera"]) == ("user", ["camera_unavailable"], entity_id)


@pytest.mark.parametrize("path", ["water/stream.mjpeg", "water/basic/snapshot.jpg", "water/digest/stream.mjpeg"])
async def test_streams_and_logins(dialog: MeterDialog, simulator: Simulator, path: str) -> None:
    auth = {"basic": "basic", "digest": "digest"}.get(path.split("/")[1], "none")
    login = {} if auth == "none" else {"username": USER, "password": PASSWORD}
    await dialog.submit(camera_form(simulator, path, auth=auth, **login))
    assert dialog.step == "register", dialog.flow


async def test_password_is_kept_and_never_shown(dialog: MeterDialog, simulator: Simulator) -> None:
    form = camera_form(simulator, "water/digest/snapshot.jpg", auth="digest", username="wrong", password=PASSWORD)
    await dialog.submit(form)
    assert dialog.errors == ["camera_login"]
    assert "password" not in dialog.shown["address"]
    assert PASSWORD not in repr(dialog.flow)
    await dialog.submit(dialog.shown | {"address": dialog.shown["address"] | {"username": USER}})
    assert dialog.step == "register"


async def test_login_typed_into_the_address_is_taken_out_of_it(dialog: MeterDialog, simulator: Simulator) -> None:
    url = f"{simulator.camera_url}/water/basic/snapshot.jpg".replace("://", f"://{USER}:{PASSWORD}@")
    simulator.camera_fault("water", "status_404")
    await dialog.submit({"name": "Water", "kind": "water", "address": address(url=url)})
    assert dialog.errors == ["camera_status"]
    simulator.camera_fault("water", None)
    await dialog.submit({"name": "Water", "kind": "water", "address": address(url=url)})
    await dialog.submit(WATER_REGISTER)
    await dialog.submit({**WATER_PICTURE, "right": True})
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
    assert dialog.shown == form
    simulator.camera_fault("water", None)
    await dialog.submit(dialog.shown)
    assert dialog.step == "register"
    assert simulator.paid_calls == 0


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"name": "  "}, "name_empty"),
        ({"address": address()}, "camera_or_address"),
        ({"camera": "camera.cellar"}, "camera_or_address"),
        ({"address": address(), "camera": "camera.gone"}, "camera_missing"),
        ({"address": address(url="rtsp://192.0.2.7/live")}, "camera_address_invalid"),
        ({"address": address(url="http://[")}, "camera_address_invalid"),
        ({"address": address(url="cellar.jpg")}, "camera_address_invalid"),
        ({"address": address(url=NOWHERE)}, "camera_connection"),
        ({"address": address(url=NOWHERE, auth="basic")}, "camera_username"),
        ({"address": address(url=NOWHERE, auth="digest", username="a:b")}, "camera_username"),
    ],
)
async def test_camera_forms_that_are_wrong(
    dialog: MeterDialog, simulator: Simulator, form: dict[str, Any], error: str
) -> None:
    await dialog.submit(camera_form(simulator) | form)
    assert (dialog.step, dialog.errors) == ("user", [error])
    await dialog.submit(camera_form(simulator))
    assert dialog.step == "register"


async def test_second_meter(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_reading(dialog, simulator)
    await dialog.submit_shown()
    await dialog.add()
    await dialog.submit(camera_form(simulator) | {"name": "water MAIN"})
    assert (dialog.step, dialog.flow["errors"], dialog.errors) == ("user", {"name": "name_taken"}, ["name_taken"])
    # Two meters may well share a camera.
    await dialog.submit(camera_form(simulator) | {"name": "Second"})
    assert dialog.step == "register"
