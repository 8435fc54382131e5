"""Everything about a meter can be changed, its history stays, and only a changed layout needs a reading."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from typing import Any

from aiohttp import encode_basic_auth
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.camera_server import Camera, guard
from tests.cameras import add_camera
from tests.meters import NOWHERE
from tests.simulator.camera.login import PASSWORD, USER
from tests.simulator.fixtures import Simulator

from .dialog import VALUE, WATER_PICTURE, WATER_REGISTER, MeterDialog, address, hold, to_reading


@pytest.fixture
async def meter(dialog: MeterDialog, simulator: Simulator) -> AsyncIterator[Callable[[], dict[str, Any]]]:
    """Add a meter; yield a function that returns its data; at the end it must be the same meter."""
    await to_reading(dialog, simulator)
    await dialog.submit_shown()
    (before,) = dialog.entry.subentries
    yield lambda: deepcopy(dict(dialog.entry.subentries[before].data))
    assert list(dialog.entry.subentries) == [before]


def finished(dialog: MeterDialog) -> bool:
    return (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")


@pytest.mark.usefixtures("meter")
async def test_menu(dialog: MeterDialog) -> None:
    await dialog.reconfigure()
    assert dialog.flow["type"] is FlowResultType.MENU
    assert dialog.flow["menu_options"] == ["user", "register", "picture", "reading", "interval"]


async def test_name(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]
) -> None:
    before, paid = meter(), simulator.paid_calls
    simulator.camera_fault("water", "html")
    await dialog.reconfigure("user")
    # A new name needs no picture, and the camera may be dead.
    await dialog.submit_shown(name="Cellar")
    assert finished(dialog)
    assert meter() == before | {"name": "Cellar"}
    assert [subentry.title for subentry in dialog.entry.subentries.values()] == ["Cellar"]
    assert hass.states.get("sensor.water_main_consumption").state == VALUE
    assert simulator.paid_calls == paid


async def test_interval(dialog: MeterDialog, meter: Callable[[], dict[str, Any]]) -> None:
    before = meter()
    await dialog.reconfigure("interval")
    assert (dialog.step, dialog.shown) == ("interval", {"interval": 15})
    await dialog.submit({"interval": 60})
    assert finished(dialog)
    assert meter() == before | {"interval": {"normal": 3600}}


async def test_camera(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]
) -> None:
    before, paid = meter(), simulator.paid_calls
    entity_id = await add_camera(hass, f"{simulator.camera_url}/water/snapshot.jpg")
    await dialog.reconfigure("user")
    await dialog.submit({"name": "Water main", "kind": "water", "camera": entity_id, "address": address()})
    # Another camera may see the meter otherwise; if it does not, no reading is needed.
    assert (dialog.step, dialog.shown) == ("picture", {**WATER_PICTURE, "right": False})
    await dialog.submit_shown(right=True)
    assert finished(dialog)
    assert meter() == before | {"camera": {"entity_id": entity_id}}
    assert simulator.paid_calls == paid


async def test_camera_that_fails_changes_nothing(dialog: MeterDialog, meter: Callable[[], dict[str, Any]]) -> None:
    before = meter()
    await dialog.reconfigure("user")
    await dialog.submit_shown(address=address(url=NOWHERE))
    assert (dialog.step, dialog.errors) == ("user", ["camera_connection"])
    dialog.close()
    assert meter() == before
    await dialog.reconfigure()


async def test_password_is_kept_for_its_host_only(
    dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]
) -> None:
    url = f"{simulator.camera_url}/water/digest/snapshot.jpg"
    login = address(url=url, auth="digest", username=USER)
    await dialog.reconfigure("user")
    await dialog.submit_shown(address=login | {"password": PASSWORD})
    await dialog.submit_shown(right=True)
    stored = meter()
    assert stored["camera"]["password"] == PASSWORD

    await dialog.reconfigure("user")
    assert dialog.shown["address"] == login
    assert PASSWORD not in repr(dialog.flow)
    await dialog.submit_shown(address=login | {"url": url.replace("snapshot.jpg", "stream.mjpeg")})
    assert dialog.step == "picture"
    dialog.close()

    await dialog.reconfigure("user")
    stranger = Camera()
    await stranger.server.start_server()
    guard(stranger, "basic")
    await dialog.submit_shown(address=login | {"url": stranger.url("snapshot.jpg"), "auth": "basic"})
    await stranger.server.close()
    assert dialog.errors == ["camera_login"]
    (request,) = stranger.requests
    assert request.headers["Authorization"] == encode_basic_auth(USER, "")
    dialog.close()

    await dialog.reconfigure("user")
    await dialog.submit_shown(address=address(url=url.replace("/digest", "")))
    await dialog.submit_shown(right=True)
    assert finished(dialog)
    assert set(meter()["camera"]) == {"url", "auth", "verify_ssl"}


async def test_register(dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]) -> None:
    before, paid = meter(), simulator.paid_calls
    await dialog.reconfigure("register")
    assert dialog.shown.items() >= {"display": "drums_and_dials", "whole_digits": 5, "dials": 4}.items()
    await dialog.submit(WATER_REGISTER)
    assert finished(dialog)
    assert (meter(), simulator.paid_calls) == (before, paid)

    hold(simulator, "530.5000")
    await dialog.reconfigure("register")
    await dialog.submit(WATER_REGISTER | {"rare": {"roll": "unknown", "multiplier": "1", "hard_ceiling": "3"}})
    assert (dialog.step, dialog.shown) == ("confirm", {"value": "530.5000"})
    await dialog.submit_shown()
    assert finished(dialog)
    (register,) = meter()["registers"]
    assert (register["roll"], register["hard_ceiling"], register["initial"]["value"]) == ("unknown", "3", "530.5000")

    # What is emptied is forgotten.
    await dialog.reconfigure("register")
    assert dialog.shown["rare"]["hard_ceiling"] == "3"
    await dialog.submit(WATER_REGISTER)
    await dialog.submit_shown()
    assert meter()["registers"][0]["hard_ceiling"] is None


async def test_what_other_parts_keep_in_a_register_survives(
    hass: HomeAssistant, dialog: MeterDialog, meter: Callable[[], dict[str, Any]]
) -> None:
    data = meter()
    data["registers"][0]["tariff"] = {"price": 4.35}
    data["registers"].append(data["registers"][0] | {"name": "night"})
    (subentry,) = dialog.entry.subentries.values()
    hass.config_entries.async_update_subentry(dialog.entry, subentry, data=data)
    await hass.async_block_till_done()
    await dialog.reconfigure("register")
    await dialog.submit(WATER_REGISTER | {"rare": {"roll": "unknown", "multiplier": "1"}})
    await dialog.submit_shown()
    main, night = meter()["registers"]
    assert (main["tariff"], main["roll"]) == ({"price": 4.35}, "unknown")
    assert night == data["registers"][1]


async def test_picture(dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]) -> None:
    before, paid = meter(), simulator.paid_calls
    await dialog.reconfigure("picture")
    await dialog.submit_shown(right=True)
    assert finished(dialog)
    assert (meter(), simulator.paid_calls) == (before, paid)

    await dialog.reconfigure("picture")
    await dialog.submit_shown(left=20.5, right=False)
    await dialog.submit_shown(right=True)
    assert (dialog.step, dialog.shown) == ("confirm", {"value": VALUE})
    await dialog.submit_shown()
    assert finished(dialog)
    assert meter()["crop"] == [0.205, *before["crop"][1:]]
    assert simulator.paid_calls > paid


async def test_reading_is_confirmed_anew(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]
) -> None:
    before = meter()
    hold(simulator, "531.2500")
    await dialog.reconfigure("reading")
    assert (dialog.step, dialog.shown) == ("confirm", {"value": "531.2500"})
    await dialog.submit_shown()
    assert finished(dialog)
    initial = meter()["registers"][0].pop("initial")
    assert initial["value"] == "531.2500"
    assert initial["time"] > before["registers"][0]["initial"]["time"]
    assert hass.states.get("sensor.water_main_consumption").state == "531.2500"


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize("choice", ["register", "picture", "reading"])
async def test_dead_camera_is_put_right_on_the_way(dialog: MeterDialog, simulator: Simulator, choice: str) -> None:
    simulator.camera_fault("water", "status_500")
    await dialog.reconfigure(choice)
    assert (dialog.step, dialog.errors) == ("user", ["camera_status"])
    simulator.camera_fault("water", None)
    await dialog.submit(dialog.shown)
    assert dialog.step == {"reading": "confirm"}.get(choice, choice)


async def test_kind(dialog: MeterDialog, meter: Callable[[], dict[str, Any]]) -> None:
    await dialog.reconfigure("user")
    await dialog.submit_shown(kind="electricity")
    # Cubic metres are nothing that electricity is counted in.
    assert (dialog.step, dialog.shown["unit"], dialog.shown["dials"]) == ("register", "kWh", 4)
    await dialog.submit_shown()
    assert (dialog.step, dialog.shown) == ("confirm", {"value": VALUE})
    await dialog.submit_shown()
    assert finished(dialog)
    assert (meter()["kind"], meter()["registers"][0]["unit"]) == ("electricity", "kWh")


async def test_name_of_another_meter(dialog: MeterDialog, meter: Callable[[], dict[str, Any]]) -> None:
    await dialog.reconfigure("user")
    await dialog.submit_shown(name="WATER main")
    assert finished(dialog)
    assert meter()["name"] == "WATER main"


@pytest.mark.usefixtures("meter")
async def test_account_that_is_not_ready(hass: HomeAssistant, entry: ConfigEntry, dialog: MeterDialog) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    await dialog.reconfigure()
    assert dialog.flow["reason"] == "entry_not_loaded"
