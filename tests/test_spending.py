"""What an account spends in a month, and what happens at its limit; cameras that several meters share."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
import gc

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import homeassistant.util.dt as dt_util
import pytest

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.metering.models import Photo

from .house import INTERVAL, START, House

LITTLE = {"monthly_limit": 0.0004}
"""US dollars: enough for one or two reads."""


def is_reported(hass: HomeAssistant, house: House) -> bool:
    assert house.entry is not None
    return ir.async_get(hass).async_get_issue(DOMAIN, f"budget_{house.entry.entry_id}") is not None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_reading_pauses_at_the_limit_and_goes_on_next_month(hass: HomeAssistant, house: House) -> None:
    await house.set_up("water", options=LITTLE)
    assert Decimal(house.state("sensor.water_main_api_cost_this_month")) > Decimal("0.0001")
    for _ in range(12):
        await house.pass_time()
    calls = house.calls
    assert 1 < calls < 4
    assert house.status() == ("reader_error", "reader_budget")
    assert is_reported(hass, house)
    served = len(house.simulator.served("water"))
    await house.pass_time(timedelta(hours=2))
    assert house.calls == calls
    assert len(house.simulator.served("water")) == served, "the camera is left alone as well"

    await house.pass_time(timedelta(days=10))
    assert dt_util.now().month != START.month
    assert house.status() == ("ok", None)
    assert house.calls == calls + 1
    assert not is_reported(hass, house)
    assert Decimal(house.state("sensor.water_main_api_cost_this_month")) < Decimal("0.0004")
    assert Decimal(house.state("sensor.water_main_api_cost")) > Decimal("0.0004")


async def test_what_was_spent_this_month_outlives_a_restart(hass: HomeAssistant, house: House) -> None:
    entry = await house.set_up("water", options={"monthly_limit": 0.0001})
    assert house.calls == 1
    await hass.config_entries.async_reload(entry.entry_id)
    await house.pass_time()
    assert house.calls == 1
    assert house.status() == ("reader_error", "reader_budget")


async def test_all_meters_of_an_account_spend_together(house: House) -> None:
    await house.set_up("water", "gas", options={"monthly_limit": 0.0003})
    await house.pass_time(INTERVAL * 5)
    assert house.calls == 2
    assert {house.status(name) for name in ("water_main", "gas")} == {("reader_error", "reader_budget")}


async def test_reads_are_rarer_before_the_limit(house: House) -> None:
    await house.set_up("water", options={"monthly_limit": 0.00026})
    await house.pass_time()
    assert house.calls == 1, "three quarters are spent, so the next read comes after twice or four times the interval"
    await house.pass_time(INTERVAL * 4)
    assert house.calls == 2


async def test_nothing_is_read_in_quiet_hours(house: House) -> None:
    await house.set_up()
    await house.add(house.meter("water", quiet_hours=["13:00", "18:00"]))
    zone = dt_util.get_default_time_zone()
    begun = dt_util.utcnow().astimezone(zone)
    reads = []
    served = len(house.simulator.served("water"))
    for _ in range(48):
        await house.pass_time(timedelta(minutes=15, seconds=5))
        before, served = served, len(house.simulator.served("water"))
        if served > before:
            reads.append(dt_util.utcnow().astimezone(zone))
    assert reads
    assert begun.date() <= reads[-1].date()
    assert not [at for at in reads if 13 <= at.hour < 18 and (at.hour, at.minute) > (13, 0)]


async def test_a_shared_camera_is_asked_once(house: House) -> None:
    await house.set_up()
    for name in ("One", "Two"):
        await house.add({**house.meter("water"), "title": name, "unique_id": name})
    before = len(house.simulator.served("water"))
    await house.pass_time()
    assert len(house.simulator.served("water")) == before + 1
    assert house.calls == 4
    assert {house.status(name) for name in ("one", "two")} == {("ok", None)}


def kept_photos() -> int:
    gc.collect()
    return sum(isinstance(one, Photo) for one in gc.get_objects())


async def test_pictures_are_let_go_when_they_serve_nobody_any_more(house: House) -> None:
    before = kept_photos()
    await house.set_up()
    for key in ("water", "gas"):
        for name in ("One", "Two"):
            await house.add({**house.meter(key), "title": f"{key} {name}", "unique_id": f"{key} {name}"})
    await house.pass_time()
    assert kept_photos() == before + 2, "another meter may want them"
    await house.pass_time(timedelta(seconds=11))
    await house.hass.services.async_call("button", "press", {"entity_id": "button.gas_one_read_now"}, blocking=True)
    assert kept_photos() == before + 1


async def test_the_picture_of_a_camera_with_one_meter_is_let_go_at_once(house: House) -> None:
    before = kept_photos()
    await house.set_up("water", "electricity", "gas")
    assert house.calls == 3
    assert kept_photos() == before


async def test_the_limit_is_an_option(hass: HomeAssistant, house: House) -> None:
    entry = await house.set_up("water", options={**LITTLE, "journal_days": 7})
    options = hass.config_entries.options
    menu = await options.async_init(entry.entry_id)
    form = await options.async_configure(menu["flow_id"], {"next_step_id": "spending"})
    assert form["data_schema"].schema.keys() == {"monthly_limit", "cost_budget"}
    await options.async_configure(form["flow_id"], {"monthly_limit": 0})
    await house.settle()
    assert dict(entry.options) == {"monthly_limit": 0, "cost_budget": 0, "journal_days": 7}
    for _ in range(3):
        await house.pass_time()
    assert house.status() == ("ok", None), "zero is no limit"
