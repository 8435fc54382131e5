"""Models come and go: what the free list says of those in use, and what a person can do about it."""

from __future__ import annotations

from datetime import timedelta

from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.meter_vision.const import DOMAIN

from .house import House
from .test_repairs import Dialog, dialog, issues

__all__ = ["dialog"]

pytestmark = pytest.mark.usefixtures("socket_enabled")

OLD = "claude-sonnet-4-5-20250929"
RETIRED = "claude-sonnet-4-20250514"


def lists(house: House) -> int:
    """How often the models were listed."""
    return sum(call["endpoint"] == "models" for call in house.simulator.calls()["log"])


@pytest.mark.parametrize("name", [OLD, "claude-sonnet-4-5"])
async def test_a_model_that_will_be_gone_is_told_with_its_date_and_can_be_changed(
    house: House, dialog: Dialog, name: str
) -> None:
    entry = await house.set_up()
    assert issues(house) == []
    await house.add(house.meter("water", reader={"model": name}))
    assert house.status() == ("ok", None), "it still answers"
    assert issues(house) == ["model_deprecated"]
    (issue,) = (issue for issue in ir.async_get(house.hass).issues.values() if issue.domain == DOMAIN)
    assert issue.translation_placeholders == {"account": "Claude", "model": name, "date": "2026-11-30"}

    form = await dialog.open(house)
    (field,) = form["data_schema"]
    offered = [option["value"] for option in field["selector"]["select"]["options"]]
    assert OLD not in offered
    assert (await dialog.submit(model="claude-opus-5-5"))["type"] == "create_entry"
    await house.settle()
    assert [meter.data["reader"]["model"] for meter in entry.subentries.values()] == ["claude-opus-5-5"]
    assert issues(house) == []


async def test_the_list_is_asked_for_again_every_twelve_hours(house: House) -> None:
    house.break_reader("server_error")
    await house.set_up()
    await house.add(house.meter("water", reader={"model": OLD}))
    assert issues(house) == []
    house.break_reader(None)
    asked = lists(house)
    await house.pass_time(timedelta(hours=12, seconds=5))
    assert lists(house) == asked + 1
    assert issues(house) == ["model_deprecated"]
    offered = await house.entry.runtime_data.account.async_models()
    assert lists(house) == asked + 1, "the list is kept"
    assert OLD not in {model.id for model in offered}


async def test_a_list_that_fails_leaves_what_was_known(house: House) -> None:
    await house.set_up()
    await house.add(house.meter("water", reader={"model": OLD}))
    house.break_reader("server_error")
    await house.pass_time(timedelta(hours=12, seconds=5))
    assert issues(house) == ["model_deprecated"]
    assert await house.entry.runtime_data.account.async_models()


async def test_a_model_that_is_gone_is_told_before_it_is_missed(house: House) -> None:
    await house.set_up()
    house.break_camera("water", "status_500")
    await house.add(house.meter("water", reader={"model": RETIRED}))
    assert house.status() == ("camera_error", "camera_status")
    assert issues(house) == ["model"]


async def test_what_was_said_of_a_model_goes_with_its_meter_and_account(house: House) -> None:
    entry = await house.set_up()
    await house.add(house.meter("water", reader={"model": OLD}))
    await house.add(house.meter("gas"))
    assert issues(house) == ["model_deprecated"]
    house.hass.config_entries.async_remove_subentry(entry, next(iter(entry.subentries)))
    await house.settle()
    assert issues(house) == []
    await house.add(house.meter("electricity", reader={"model": OLD}))
    assert issues(house) == ["model_deprecated"]
    await house.hass.config_entries.async_remove(entry.entry_id)
    assert issues(house) == []
