"""What the dialogs of Repairs refuse: answers that cannot be, and accounts that are not there to take them."""

from __future__ import annotations

from homeassistant.exceptions import HomeAssistantError
import pytest

from .house import House
from .test_full_disk import fill
from .test_repairs import LONG, Dialog, dialog as dialog_of_repairs, issues

pytestmark = pytest.mark.usefixtures("socket_enabled")
dialog = dialog_of_repairs


async def hold_until_asked(house: House, value: str) -> None:
    """Let a meter show what only a person can settle."""
    await house.set_up("water")
    house.show("water", value)
    await house.pass_time()
    if not issues(house):
        await house.pass_time(LONG)
    assert len(issues(house)) == 1


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("12 or so", "value_not_a_number"),
        ("900.00001", "value_too_many_decimals"),
        ("123456.0", "value_too_many_digits"),
    ],
)
@pytest.mark.parametrize("shown", ["900.0000", "2.0000"], ids=["held_for_long", "possible_new_meter"])
async def test_what_cannot_stand_on_the_meter_is_said(
    house: House, dialog: Dialog, shown: str, typed: str, error: str
) -> None:
    await hold_until_asked(house, shown)
    await dialog.open(house)
    again = await dialog.submit(value=typed, new_meter=False)
    assert (again["step_id"], again["errors"]) == ("confirm", {"value": error})
    assert dialog.filled_in == {"value": typed, "new_meter": False}
    assert house.total() == "530.0708"
    assert (await dialog.submit(value="530.0708", new_meter=False))["type"] == "create_entry"
    assert issues(house) == []


@pytest.mark.parametrize("shown", ["900.0000", "2.0000"], ids=["held_for_long", "possible_new_meter"])
async def test_what_cannot_be_written_can_be_said_again(house: House, dialog: Dialog, shown: str) -> None:
    await hold_until_asked(house, shown)
    await dialog.open(house)
    fill(house, full=True)
    again = await dialog.submit(value="530.0708", new_meter=False)
    assert (again["step_id"], again["errors"]) == ("confirm", {"value": "store_failed"})
    assert again["description_placeholders"]["reason"]
    fill(house, full=False)
    assert (await dialog.submit(value="530.0708", new_meter=False))["type"] == "create_entry"


async def test_a_camera_of_an_account_that_is_not_set_up(house: House, dialog: Dialog) -> None:
    await house.set_up()
    await house.add(house.meter("water", camera={"entity_id": "camera.gone"}))
    await dialog.open(house)
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert (await dialog.submit())["reason"] == "not_loaded"
    assert (await dialog.open(house))["reason"] == "not_loaded"


async def test_a_model_cannot_be_chosen_while_none_can_be_listed(house: House, dialog: Dialog) -> None:
    house.break_reader("permission", endpoint="models")
    await house.set_up("water")
    house.break_reader("model")
    with pytest.raises(HomeAssistantError):
        await house.read_now()
    assert issues(house) == ["model"]
    house.break_reader("permission", endpoint="models")
    assert (await dialog.open(house))["reason"] == "no_choice"
    house.break_reader(None)
    assert (await dialog.open(house))["step_id"] == "confirm"
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert (await dialog.submit(model="claude-opus-5-5"))["reason"] == "not_loaded"
