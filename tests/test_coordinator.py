"""Reading meters through the real camera server and the real SDK; every paid call is counted."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.meter_vision.const import DOMAIN

from .house import INTERVAL, SHOWN, House

WATER = SHOWN["water"]


def issues(hass: HomeAssistant) -> set[str | None]:
    return {issue.translation_key for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN}


# Reading


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_every_meter_is_read(house: House, hass_client: ClientSessionGenerator) -> None:
    house.show("water", "530.1234")
    house.show("electricity", "41875.2")
    house.show("gas", "7312.651")
    await house.set_up("water", "electricity", "gas")

    assert house.total("water_main") == "530.1234"
    assert house.total("electricity") == "41875.2"
    assert house.total("gas") == "7312.651"
    for name in ("water_main", "electricity", "gas"):
        assert house.status(name) == ("ok", None)
        assert house.state(f"binary_sensor.{name}_problem") == "off"
        assert house.state(f"sensor.{name}_reading") == house.total(name)
        assert house.state(f"sensor.{name}_confidence") in ("high", "medium")
        assert house.state(f"sensor.{name}_last_reading").startswith("2026-11-22T12:00:")
        assert 0 < float(house.state(f"sensor.{name}_api_cost")) < 0.001
        client = await hass_client()
        answer = await client.get(f"/api/image_proxy/image.{name}_picture")
        assert answer.status == HTTPStatus.OK
        assert (await answer.read()).startswith(b"\xff\xd8\xff")
    assert 3000 < int(house.state("sensor.claude_tokens_this_month")) < 7500
    assert house.calls == 3


async def test_total_follows_and_never_falls(house: House) -> None:
    await house.set_up("water")
    for value, total in (("530.2000", "530.2000"), ("530.1999", "530.2000"), ("530.3001", "530.3001")):
        house.show("water", value)
        await house.pass_time()
        assert house.total() == total
        assert house.status() == ("ok", None)
    assert house.calls == 4


async def test_a_meters_own_model_takes_its_further_looks(house: House) -> None:
    await house.set_up()
    await house.add(house.meter("water", reader={"escalate_to": "claude-opus-5-5"}))
    house.show("water", "630.0708")
    await house.pass_time()
    assert house.models == ["haiku", "haiku", "haiku", "opus"]


@pytest.mark.parametrize(
    ("value", "rule"),
    [pytest.param("630.0708", "rate_too_high", id="above"), pytest.param("529.0708", "possible_new_meter", id="below")],
)
async def test_surprise_is_looked_at_again_and_held(house: House, value: str, rule: str) -> None:
    await house.set_up("water")
    house.show("water", value)
    await house.pass_time()

    assert house.status() == ("held", None)
    assert house.rule() == rule
    assert house.state("binary_sensor.water_main_problem") == "on"
    assert house.total() == WATER
    assert house.models == ["haiku", "haiku", "haiku", "sonnet"]
    await house.pass_time()
    assert house.calls == 5, "the further looks have agreed, others would tell nothing new"
    assert house.hass.states.get("sensor.water_main_api_cost").attributes["calls"] == 5
    assert house.total() == WATER


async def test_misread_figure_is_found_by_a_second_look(house: House) -> None:
    await house.set_up("water")
    house.show("water", "530.2000")
    house.break_reader("misread", confusion="0/8", count=1)
    await house.pass_time()

    assert (house.status(), house.rule()) == (("ok", None), "in_window")
    assert house.total() == "530.2000"
    assert house.models == ["haiku"] * 3


async def test_false_high_is_taken_back(house: House) -> None:
    await house.set_up("water")
    house.break_reader("misread", confusion="neighbour", count=1)
    await house.pass_time()
    assert house.rule() == "in_window"
    assert house.total().startswith("530.17")

    house.show("water", "530.0800")
    await house.pass_time()
    assert (house.status(), house.rule()) == (("ok", None), "false_high_corrected")
    assert house.total() == house.state("sensor.water_main_reading") == "530.0800"
    house.show("water", "530.0900")
    await house.pass_time()
    assert (house.total(), house.rule()) == ("530.0900", "in_window")
    assert house.calls == 5


async def test_glare_that_repeats_its_mistake_publishes_nothing(house: House) -> None:
    await house.set_up("water")
    house.show("water", "531.0000")
    await house.pass_time()
    house.break_reader("misread", confusion="1/7")
    for _ in range(8):
        await house.pass_time()
    assert (house.status(), house.rule()) == (("held", None), "rate_too_high")
    assert house.total() == "531.0000"
    assert house.calls == 2 + 3 + 7

    house.break_reader(None)
    house.show("water", "531.2000")
    await house.pass_time()
    assert (house.status(), house.total()) == (("ok", None), "531.2000")


async def test_what_the_judge_knows_outlives_a_restart(house: House) -> None:
    entry = await house.set_up("water")
    house.break_reader("misread", confusion="neighbour", count=1)
    await house.pass_time()
    house.show("water", "530.0800")
    house.break_reader("misread", confusion="0/8", count=2)
    await house.pass_time()
    assert house.rule() == "below_last"
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()
    assert (house.total(), house.rule()) == ("530.0800", "false_high_corrected")
    assert house.calls == 1 + 1 + 3 + 1


async def test_frozen_camera_confirms_nothing(house: House) -> None:
    await house.set_up("water")
    taken_at = house.state("sensor.water_main_last_reading")
    house.break_camera("water", "frozen")
    await house.pass_time()

    assert (house.status(), house.rule()) == (("ok", None), "same_picture")
    assert house.state("sensor.water_main_last_reading") == taken_at


# What cameras do


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status_500", "camera_status"),
        ("status_404", "camera_status"),
        ("html", "camera_page"),
        ("truncated", "photo_damaged"),
        ("huge", "camera_too_large"),
        ("redirect_loop", "camera_redirect"),
    ],
)
async def test_dead_camera_costs_nothing_and_leaves_the_others(house: House, fault: str, error: str) -> None:
    house.break_camera("water", fault)
    house.show("gas", "7312.651")
    entry = await house.set_up("water", "gas")

    assert entry.state is ConfigEntryState.LOADED
    assert house.status("water_main") == ("camera_error", error)
    assert house.state("binary_sensor.water_main_problem") == "on"
    assert house.total("water_main") == WATER
    assert house.total("gas") == "7312.651"
    assert house.calls == 1


async def test_failure_and_recovery_are_logged_once(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await house.set_up("water")
    house.break_camera("water", "html")
    for _ in range(3):
        await house.pass_time()
    house.break_camera("water", "status_500")
    await house.pass_time()
    assert house.status() == ("camera_error", "camera_status")
    house.break_camera("water", None)
    house.show("water", "530.1234")
    for _ in range(2):
        await house.pass_time()

    ours = [record for record in caplog.records if record.name == "custom_components.meter_vision"]
    assert [record.levelname for record in ours] == ["ERROR", "INFO"]
    assert "sent a web page instead of a picture" in ours[0].getMessage()
    assert "recovered" in ours[1].getMessage()
    assert house.status() == ("ok", None)
    assert house.total() == "530.1234"


# What the service does


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("refusal", "reader_refused"),
        ("max_tokens", "reader_cut_off"),
        ("malformed", "answer_invalid"),
        ("schema", "answer_invalid"),
        ("count", "answer_position_count"),
        ("server_error", "reader_busy"),
        ("overloaded", "reader_busy"),
    ],
)
async def test_answer_that_cannot_be_used(house: House, fault: str, error: str) -> None:
    await house.set_up("water")
    house.show("water", "530.1234")
    house.break_reader(fault)
    await house.pass_time()

    assert house.status() == ("reader_error", error)
    assert house.total() == WATER
    house.break_reader(None)
    await house.pass_time()
    assert house.status() == ("ok", None)
    assert house.total() == "530.1234"


@pytest.mark.parametrize("fault", ["refusal", "max_tokens", "malformed", "schema", "count"])
async def test_answer_that_cannot_be_used_is_paid_and_counted(house: House, fault: str) -> None:
    await house.set_up("water")
    before = int(house.state("sensor.claude_tokens_this_month"))
    house.break_reader(fault)
    await house.pass_time()

    assert int(house.state("sensor.claude_tokens_this_month")) > before + 1000
    assert house.hass.states.get("sensor.water_main_api_cost").attributes["calls"] == 2
    assert house.calls == 2


async def test_refused_key_stops_paying_and_asks_for_a_new_one(house: House) -> None:
    entry = await house.set_up("water", "gas")
    house.break_reader("authentication")
    await house.pass_time()
    calls = house.calls

    (flow,) = house.hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    assert house.status("water_main") == house.status("gas") == ("reader_error", "reader_auth")
    for _ in range(3):
        await house.pass_time()
    with pytest.raises(HomeAssistantError):
        await house.read_now()
    assert house.calls == calls
    assert calls <= 4, "each meter asked once at most"
    assert entry.state is ConfigEntryState.LOADED
    assert house.total("water_main") == WATER

    house.break_reader(None)
    house.show("water", "530.1234")
    await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": "sk-ant-api03-another"})
    await house.settle()
    assert house.total("water_main") == "530.1234"
    assert house.hass.config_entries.flow.async_progress() == []


async def test_key_refused_at_start(house: House) -> None:
    house.break_reader("authentication")
    entry = await house.set_up("water")

    assert entry.state is ConfigEntryState.LOADED
    (flow,) = house.hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    assert house.total() == WATER


async def test_wait_the_service_asks_for_is_kept(house: House) -> None:
    await house.set_up("water", "gas")
    house.break_reader("rate_limit", retry_after=7200)
    await house.pass_time()
    calls = house.calls
    assert house.status("water_main") == house.status("gas") == ("reader_error", "reader_busy")
    house.break_reader(None)

    await house.pass_time(timedelta(hours=1, minutes=59))
    with pytest.raises(HomeAssistantError):
        await house.read_now()
    assert house.calls == calls
    await house.pass_time(timedelta(minutes=2))
    assert house.calls == calls + 2
    assert house.status("water_main") == house.status("gas") == ("ok", None)


@pytest.mark.parametrize(
    ("fault", "issue"),
    [("billing", "billing"), ("permission", "permission"), ("model", "model")],
)
async def test_issue_is_raised_and_withdrawn(house: House, fault: str, issue: str) -> None:
    await house.set_up("water")
    house.break_reader(fault)
    await house.pass_time()
    assert issues(house.hass) == {issue}
    assert house.status() == ("reader_error", f"reader_{issue}")
    calls = house.calls

    await house.pass_time(INTERVAL - timedelta(seconds=5))
    assert house.calls == calls, "not before the next scheduled reading"
    house.break_reader("server_error")
    await house.pass_time()
    assert issues(house.hass) == {issue}, "a server error disproves nothing"
    house.break_reader(None)
    await house.pass_time()
    assert issues(house.hass) == set()


async def test_one_issue_replaces_another(house: House) -> None:
    entry = await house.set_up("water")
    for fault in ("billing", "model"):
        house.break_reader(fault)
        await house.pass_time()
    assert issues(house.hass) == {"model"}

    await house.hass.config_entries.async_remove(entry.entry_id)
    await house.settle()
    assert issues(house.hass) == set()
