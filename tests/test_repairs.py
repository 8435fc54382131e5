"""Questions to a person: asked and withdrawn by what the meter shows, answered in the dialogs of Repairs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
import re
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.store.models import Kind

from .cameras import add_camera
from .house import House
from .test_journal import pictures, rows

pytestmark = pytest.mark.usefixtures("socket_enabled")

LONG = timedelta(hours=25)
FIX = "/api/repairs/issues/fix"


def issues(house: House) -> list[str]:
    """Return which questions are being asked."""
    return sorted(issue.translation_key for issue in ir.async_get(house.hass).issues.values() if issue.domain == DOMAIN)


class Dialog:
    """The dialog behind the only question, as the frontend drives it."""

    def __init__(self, client: Callable[[], Awaitable[TestClient[Any, Any]]]) -> None:
        """Keep how to log in."""
        self._client = client
        self.step: dict[str, Any] = {}

    async def open(self, house: House) -> dict[str, Any]:
        """Open it and return its form."""
        (issue_id,) = (key for domain, key in ir.async_get(house.hass).issues if domain == DOMAIN)
        answer = await (await self._client()).post(FIX, json={"handler": DOMAIN, "issue_id": issue_id})
        assert answer.status == HTTPStatus.OK
        self.step = await answer.json()
        return self.step

    async def submit(self, **fields: Any) -> dict[str, Any]:
        """Submit the form and return what comes next."""
        answer = await (await self._client()).post(f"{FIX}/{self.step['flow_id']}", json=fields)
        assert answer.status == HTTPStatus.OK, await answer.text()
        self.step = await answer.json()
        return self.step

    @property
    def filled_in(self) -> dict[str, Any]:
        """What the fields begin with."""
        return {field["name"]: field["description"]["suggested_value"] for field in self.step["data_schema"]}


@pytest.fixture
async def dialog(hass: HomeAssistant, hass_client: ClientSessionGenerator, hass_admin_user: MockUser) -> Dialog:
    """Repairs, for an administrator, who logs in again whenever a day has passed."""
    for component in ("repairs", DOMAIN):
        assert await async_setup_component(hass, component, {})

    async def logged_in() -> TestClient[Any, Any]:
        token = next(iter(hass_admin_user.refresh_tokens.values()))
        return await hass_client(hass.auth.async_create_access_token(token))

    return Dialog(logged_in)


async def hold_for_long(house: House, value: str = "900.0000") -> None:
    """Let a meter show what it cannot have counted, for more than a day."""
    await house.set_up("water")
    house.show("water", value)
    await house.pass_time()
    assert issues(house) == []
    await house.pass_time(LONG)
    assert house.rule() == "needs_a_person"


async def test_a_value_held_for_long_is_shown_with_its_picture_and_accepted(
    house: House, dialog: Dialog, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await hold_for_long(house)
    assert issues(house) == ["held_for_long"]

    form = await dialog.open(house)
    assert (form["type"], form["step_id"]) == ("form", "confirm")
    assert dialog.filled_in == {"value": "900.0000", "new_meter": False}
    told = form["description_placeholders"]
    assert (told["meter"], told["seen"], told["last"]) == ("Water main", "900.0000 m³", "530.0708 m³")
    assert "more than this meter can have counted" in told["why"]
    address = re.fullmatch(r"!\[900\.0000\]\((.+)\)", told["picture"])[1]
    stranger = await hass_client_no_auth()
    shown = await stranger.get(address)
    with Image.open(BytesIO(await shown.read())) as image:
        assert image.format == "JPEG"
        assert image.height <= 260
    assert (await stranger.get(address.partition("?")[0])).status == HTTPStatus.UNAUTHORIZED

    taken_at = rows(house)[-1].entry.time
    done = await dialog.submit(**dialog.filled_in)
    assert done["type"] == "create_entry"
    assert (await stranger.get(address)).status == HTTPStatus.NOT_FOUND
    assert house.total() == "900.0000"
    assert house.status() == ("ok", None)
    assert issues(house) == []
    said = rows(house)[-1].entry
    assert (said.kind, str(said.value), said.time) == (Kind.SET, "900.0000", taken_at)


async def test_another_value_can_be_typed_and_mistakes_are_said(house: House, dialog: Dialog) -> None:
    await hold_for_long(house)
    await dialog.open(house)
    form = await dialog.submit(value="530,12 m", new_meter=False)
    assert form["errors"] == {"value": "value_not_a_number"}
    assert dialog.filled_in == {"value": "530,12 m", "new_meter": False}
    assert form["description_placeholders"]["seen"] == "900.0000 m³"
    assert issues(house) == ["held_for_long"]

    assert (await dialog.submit(value="531.1", new_meter=False))["type"] == "create_entry"
    assert house.total() == "531.1000"
    assert issues(house) == []


async def test_a_new_meter_leaves_the_total_where_it_is(house: House, dialog: Dialog) -> None:
    await house.set_up("water")
    house.show("water", "3.1500")
    await house.pass_time()
    assert house.rule() == "possible_new_meter"
    assert issues(house) == ["possible_new_meter"]

    form = await dialog.open(house)
    assert form["description_placeholders"]["seen"] == "3.1500 m³"
    assert dialog.filled_in == {"value": "3.1500", "new_meter": True}
    await dialog.submit(**dialog.filled_in)
    assert (house.total(), house.state("sensor.water_main_reading")) == ("530.0708", "3.1500")
    assert rows(house)[-1].entry.kind is Kind.NEW_METER
    house.show("water", "3.2000")
    await house.pass_time()
    assert house.total() == "530.1208"
    assert issues(house) == []


async def test_a_question_goes_away_when_the_meter_answers_it(house: House) -> None:
    await hold_for_long(house)
    house.show("water", "530.1500")
    await house.pass_time()
    assert house.status() == ("ok", None)
    assert issues(house) == []


async def test_a_question_survives_failures_and_restarts(house: House, dialog: Dialog) -> None:
    await hold_for_long(house)
    house.break_camera("water", "status_500")
    await house.pass_time()
    assert house.status() == ("camera_error", "camera_status")
    assert issues(house) == ["held_for_long"]
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    assert issues(house) == ["held_for_long"]
    assert (await dialog.open(house))["description_placeholders"]["seen"] == "900.0000 m³"


async def test_a_question_is_asked_again_from_what_is_kept(house: House) -> None:
    await hold_for_long(house)
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    ir.async_delete_issue(house.hass, DOMAIN, next(key for domain, key in ir.async_get(house.hass).issues))
    house.break_camera("water", "status_500")
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    assert issues(house) == ["held_for_long"]


async def test_a_question_goes_with_its_meter(house: House) -> None:
    await hold_for_long(house)
    house.hass.config_entries.async_remove_subentry(house.entry, next(iter(house.entry.subentries)))
    await house.settle()
    assert issues(house) == []


async def test_a_question_goes_with_its_account(house: House) -> None:
    await hold_for_long(house)
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    assert issues(house) == []


async def test_a_picture_that_is_gone_leaves_the_question(house: House, dialog: Dialog) -> None:
    await hold_for_long(house)
    house.entry.runtime_data.store.database.prune_journal(before=rows(house)[-1].entry.time + LONG, most_bytes=10**9)
    form = await dialog.open(house)
    assert dialog.filled_in == {"value": "", "new_meter": False}
    assert form["description_placeholders"]["picture"] == ""
    await dialog.submit(value="900", new_meter=False)
    assert house.total() == "900.0000"


async def test_an_account_that_is_not_set_up_cannot_be_told(house: House, dialog: Dialog) -> None:
    await hold_for_long(house)
    await dialog.open(house)
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert (await dialog.submit(value="900", new_meter=False))["reason"] == "not_loaded"
    assert (await dialog.open(house))["reason"] == "not_loaded"
    assert issues(house) == ["held_for_long"]


async def test_a_camera_that_is_gone_leads_to_the_settings_of_the_meter(house: House, dialog: Dialog) -> None:
    entry = await house.set_up()
    await house.add(house.meter("water", camera={"entity_id": "camera.gone"}))
    assert issues(house) == ["camera_gone"]

    form = await dialog.open(house)
    assert form["description_placeholders"] == {"meter": "Water main"}
    done = await dialog.submit()
    kind, flow_id = done["next_flow"]
    assert kind == "config_subentries_flow"
    settings = house.hass.config_entries.subentries.async_get(flow_id)
    assert settings["handler"] == (entry.entry_id, "meter")
    assert settings["step_id"] == "reconfigure"

    # Nothing was changed, so it is asked again.
    await house.pass_time()
    assert issues(house) == ["camera_gone"]


async def test_a_camera_that_comes_back_is_no_question(house: House) -> None:
    await house.set_up()
    await house.add(house.meter("water", camera={"entity_id": "camera.cellar"}))
    assert issues(house) == ["camera_gone"]
    await add_camera(house.hass, house.simulator.snapshot_url("water"))
    await house.pass_time()
    assert issues(house) == []


async def test_unloading_leaves_no_task_and_removing_no_file(house: House) -> None:
    await hold_for_long(house)
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.settle()
    assert issues(house) == pictures(house) == []
    assert [task for task in house.entry._background_tasks if not task.done()] == []


async def test_another_model_takes_the_place_of_one_that_is_gone(house: House, dialog: Dialog) -> None:
    entry = await house.set_up()
    await house.add(house.meter("water", reader={"model": "claude-haiku-5-5"}))
    await house.add(house.meter("gas", reader={"model": "claude-sonnet-5-5", "escalate_to": "claude-haiku-5-5"}))
    house.break_reader("model")
    with pytest.raises(HomeAssistantError):
        await house.read_now()
    assert issues(house) == ["model"]

    form = await dialog.open(house)
    assert form["description_placeholders"] == {"account": "Claude", "model": "claude-haiku-5-5"}
    (field,) = form["data_schema"]
    offered = [option["value"] for option in field["selector"]["select"]["options"]]
    assert "claude-haiku-5-5" not in offered
    house.break_reader(None)
    assert (await dialog.submit(model="claude-opus-5-5"))["type"] == "create_entry"
    await house.settle()
    assert entry.data["model"] == "claude-opus-5-5"
    assert [meter.data["reader"].get("escalate_to") for meter in entry.subentries.values()] == [
        None,
        "claude-opus-5-5",
    ]
    assert [meter.data["reader"]["model"] for meter in entry.subentries.values()] == [
        "claude-opus-5-5",
        "claude-sonnet-5-5",
    ]
    assert issues(house) == []


async def test_a_model_that_no_setting_names_cannot_be_changed(house: House, dialog: Dialog) -> None:
    await house.set_up()
    await house.add(house.meter("water", reader={"model": "claude-opus-5-5"}))
    house.break_reader("model")
    with pytest.raises(HomeAssistantError):
        await house.read_now()
    # Nothing that can be changed here uses it any more, and nobody has answered since.
    house.break_reader("server_error")
    meter = next(iter(house.entry.subentries.values()))
    house.hass.config_entries.async_update_subentry(house.entry, meter, data={**meter.data, "reader": {}})
    await house.settle()
    assert (await dialog.open(house))["reason"] == "built_in"
    assert issues(house) == ["model"]

    house.break_reader(None)
    await house.pass_time()
    assert issues(house) == []
