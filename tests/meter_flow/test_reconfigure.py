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

from .dialog import (
    SETTINGS,
    VALUE,
    WATER_LOOK,
    WATER_REGISTER,
    WATER_VIEW,
    MeterDialog,
    address,
    hold,
    to_reading,
)


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
    assert " ".join(dialog.flow["menu_options"]) == "user look register reading settings tariff alarms proposal"


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


async def test_settings(dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]) -> None:
    before, paid = meter(), simulator.paid_calls
    await dialog.reconfigure("settings")
    assert (dialog.step, dialog.shown) == ("settings", SETTINGS)
    options = {option["value"]: option["label"] for option in model_options(dialog)}
    assert options["account"].startswith("As the account: Claude Haiku 5.5, about $")
    assert options["claude-sonnet-5-5"].startswith("Claude Sonnet 5.5, about $")
    assert "claude-sonnet-4-20250514" not in options
    wanted = {
        "schedule": {"interval": 60, "quiet_from": "23:00:00", "quiet_until": "05:00:00"},
        "reader": {"model": "claude-sonnet-5-5"},
        "limits": {"hard_ceiling": "2,5"},
        "advanced": {"shortest": 15, "longest": 120, "escalate_to": "claude-opus-5-5", "pay_for_unchanged": True},
    }
    await dialog.submit(wanted)
    assert finished(dialog)
    after = meter()
    assert after["registers"][0].pop("hard_ceiling") == "2.5"
    assert before["registers"][0].pop("hard_ceiling") is None
    assert after == before | {
        "interval": {"shortest": 900, "normal": 3600, "longest": 7200},
        "quiet_hours": ["23:00:00", "05:00:00"],
        "reader": {"model": "claude-sonnet-5-5", "escalate_to": "claude-opus-5-5"},
        "pay_for_unchanged": True,
    }
    assert simulator.paid_calls == paid
    await dialog.reconfigure("settings")
    assert dialog.shown == wanted | {"limits": {"hard_ceiling": "2.5"}}
    await dialog.submit(SETTINGS | {"limits": {}})
    assert (meter()["quiet_hours"], meter()["reader"], meter()["registers"][0]["hard_ceiling"]) == (None, {}, None)
    assert (meter()["interval"], meter()["pay_for_unchanged"]) == ({"normal": 900}, False)


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"schedule": {"interval": 60, "quiet_from": "23:00:00"}}, "quiet_hours_incomplete"),
        ({"schedule": {"interval": 60, "quiet_from": "01:00:00", "quiet_until": "01:00:00"}}, "quiet_hours_incomplete"),
        ({"limits": {"hard_ceiling": "-1"}}, "layout_hard_ceiling"),
        ({"limits": {"hard_ceiling": "x"}}, "layout_hard_ceiling"),
        ({"advanced": {"shortest": 16}}, "interval_order"),
        ({"advanced": {"longest": 14}}, "interval_order"),
    ],
)
async def test_settings_that_are_wrong(dialog: MeterDialog, wrong: dict[str, Any], error: str) -> None:
    await dialog.reconfigure("settings")
    await dialog.submit(SETTINGS | wrong)
    assert (dialog.step, dialog.errors) == ("settings", [error])
    await dialog.submit(SETTINGS)
    assert finished(dialog)


def model_options(dialog: MeterDialog, section: str = "reader", field: str = "model") -> list[dict[str, str]]:
    schema = dialog.flow["data_schema"].schema[section].schema.schema
    options: list[dict[str, str]] = schema[field].config["options"]
    return options


async def test_chosen_model_is_asked(
    dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]
) -> None:
    await dialog.reconfigure("settings")
    await dialog.submit(SETTINGS | {"reader": {"model": "claude-opus-5-5"}})
    assert meter()["reader"] == {"model": "claude-opus-5-5"}
    await dialog.reconfigure("reading")
    asked = [call["model"] for call in simulator.calls()["log"] if call["endpoint"] == "messages"]
    assert asked[-1] == "claude-opus-5-5"
    dialog.close()
    await dialog.reconfigure("settings")
    assert model_options(dialog)[0]["value"] == "account"


@pytest.mark.usefixtures("meter")
async def test_models_that_cannot_be_listed(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, entry: ConfigEntry
) -> None:
    await dialog.reconfigure("settings")
    chosen = {"reader": {"model": "claude-opus-5-5"}, "advanced": {"escalate_to": "claude-sonnet-5-5"}}
    await dialog.submit(SETTINGS | chosen)
    simulator.api_fault("overloaded", endpoint="models")
    await hass.config_entries.async_reload(entry.entry_id)
    await dialog.reconfigure("settings")
    offered = [*model_options(dialog), *model_options(dialog, "advanced", "escalate_to")]
    models = ["account", "claude-opus-5-5", "stronger", "claude-sonnet-5-5"]
    assert [option["value"] for option in offered] == models
    assert dialog.shown["reader"] == {"model": "claude-opus-5-5"}


async def test_camera(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]
) -> None:
    before, paid = meter(), simulator.paid_calls
    entity_id = await add_camera(hass, f"{simulator.camera_url}/water/snapshot.jpg")
    await dialog.reconfigure("user")
    await dialog.submit(
        {"name": "Water main", "camera": entity_id, "address": address(), "lamp": {"warm_up": 3}, "page": True}
    )
    # Another camera may see the meter otherwise; if it does not, no reading is needed.
    assert (dialog.step, dialog.shown["view"]) == ("look", WATER_VIEW)
    await dialog.submit(WATER_LOOK)
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
    login = address(url=url, username=USER)
    await dialog.reconfigure("user")
    await dialog.submit_shown(address=login | {"password": PASSWORD}, page=True)
    await dialog.submit({**WATER_LOOK})
    stored = meter()
    assert stored["camera"]["password"] == PASSWORD

    await dialog.reconfigure("user")
    assert dialog.shown["address"] == login
    assert PASSWORD not in repr(dialog.flow)
    await dialog.submit_shown(address=login | {"url": url.replace("snapshot.jpg", "stream.mjpeg")}, page=True)
    assert dialog.step == "look"
    dialog.close()

    await dialog.reconfigure("user")
    stranger = Camera()
    await stranger.server.start_server()
    guard(stranger, "basic")
    await dialog.submit_shown(address=login | {"url": stranger.url("snapshot.jpg")})
    await stranger.server.close()
    assert dialog.errors == ["camera_login"]
    *_, request = stranger.requests
    assert request.headers["Authorization"] == encode_basic_auth(USER, "")
    dialog.close()

    await dialog.reconfigure("user")
    await dialog.submit_shown(address=address(url=url.replace("/digest", "")), page=True)
    await dialog.submit(WATER_LOOK)
    assert finished(dialog)
    assert set(meter()["camera"]) == {"url", "auth", "verify_ssl"}


async def test_register(dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]) -> None:
    before, paid = meter(), simulator.paid_calls
    await dialog.reconfigure("register")
    assert dialog.shown.items() >= {"display": "drums_and_dials", "whole_digits": 5, "dials": 4}.items()
    unchanged = WATER_REGISTER | {"rare": {"name": "main", "roll": "unknown", "multiplier": "1"}}
    await dialog.submit(unchanged)
    assert finished(dialog)
    assert (meter(), simulator.paid_calls) == (before, paid)

    hold(simulator, "530.5000")
    await dialog.reconfigure("register")
    await dialog.submit(WATER_REGISTER | {"rare": {"name": "main", "roll": "late", "multiplier": "1"}})
    assert (dialog.step, dialog.shown) == ("confirm", {"value": "530.5000"})
    await dialog.submit_shown()
    assert finished(dialog)
    (register,) = meter()["registers"]
    assert (register["roll"], register["initial"]["value"]) == ("late", "530.5000")


async def test_what_other_parts_keep_in_a_register_survives(
    hass: HomeAssistant, dialog: MeterDialog, meter: Callable[[], dict[str, Any]]
) -> None:
    data = meter()
    data["registers"][0] |= {"hard_ceiling": "3", "of_another_part": 1}
    data["registers"].append(data["registers"][0] | {"name": "night"})
    (subentry,) = dialog.entry.subentries.values()
    hass.config_entries.async_update_subentry(dialog.entry, subentry, data=data)
    await hass.async_block_till_done()
    await dialog.reconfigure("register")
    await dialog.submit_shown(rare={"name": "main", "roll": "late", "multiplier": "1"})
    await dialog.submit_shown()
    if dialog.step == "reading_failed":
        await dialog.submit({"next": "confirm"})
    await dialog.submit_shown(value=VALUE, value_2=VALUE)
    main, night = meter()["registers"]
    kept = {"hard_ceiling": "3", "of_another_part": 1}
    assert main.items() >= (kept | {"roll": "late"}).items()
    assert night.items() >= (kept | {"roll": "unknown"}).items()


async def test_picture(dialog: MeterDialog, simulator: Simulator, meter: Callable[[], dict[str, Any]]) -> None:
    before, paid = meter(), simulator.paid_calls
    await dialog.reconfigure("look")
    await dialog.submit(WATER_LOOK)
    assert finished(dialog)
    assert (meter(), simulator.paid_calls) == (before, paid)

    await dialog.reconfigure("look")
    crop = [0.205, *before["crop"][1:]]
    await dialog.submit(WATER_LOOK | {"view": {"rotation": 90, "crop": crop, "ui": True}})
    assert (dialog.step, dialog.shown) == ("confirm", {"value": VALUE})
    await dialog.submit_shown()
    assert finished(dialog)
    assert meter()["crop"] == crop
    assert simulator.paid_calls > paid

    # The whole picture is a box like any other.
    await dialog.reconfigure("look")
    await dialog.submit(WATER_LOOK | {"view": {"rotation": 90, "crop": [0, 0, 1, 1], "ui": True}})
    await dialog.submit_shown()
    assert meter()["crop"] is None


async def test_meter_is_described_anew(dialog: MeterDialog, meter: Callable[[], dict[str, Any]]) -> None:
    before = meter()
    await dialog.reconfigure("proposal")
    assert (dialog.step, dialog.errors) == ("look", [])
    await dialog.submit_shown(view=dialog.shown["view"] | {"ui": True})
    assert (dialog.step, dialog.shown) == ("confirm", {"value": VALUE})
    await dialog.submit_shown()
    assert finished(dialog)
    changed = ("rotation", "crop", "registers")
    after = meter()
    assert {key: after[key] for key in after if key not in changed} == {
        key: before[key] for key in before if key not in changed
    }
    assert after["registers"][0]["initial"]["value"] == VALUE


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
@pytest.mark.parametrize("choice", ["register", "look", "reading"])
async def test_dead_camera_is_put_right_on_the_way(dialog: MeterDialog, simulator: Simulator, choice: str) -> None:
    simulator.camera_fault("water", "status_500")
    await dialog.reconfigure(choice)
    assert (dialog.step, dialog.errors) == ("user", ["camera_status"])
    simulator.camera_fault("water", None)
    await dialog.submit_shown(page=True)
    assert dialog.step == {"reading": "confirm"}.get(choice, choice)


async def test_kind(dialog: MeterDialog, meter: Callable[[], dict[str, Any]]) -> None:
    await dialog.reconfigure("register")
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
