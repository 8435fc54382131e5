"""What the cost's sensors show, on days of other lengths, at the ends of months and when prices change."""

from __future__ import annotations

from collections.abc import Iterator
import threading
from typing import Any, Final

from freezegun import freeze_time
from homeassistant.components.energy import async_get_manager
from homeassistant.components.energy.validate import async_validate
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from .meters import redescribe
from .typed import TypedMeter, local

TWO: Final = {
    "currency": "EUR",
    "bands": [{"price": "2", "from": "22:00", "to": "06:00"}, {"price": "3", "from": "06:00", "to": "22:00"}],
}

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def typed(hass: HomeAssistant) -> Iterator[TypedMeter]:
    """A meter that is not set up yet, at noon of the day before summer time ends."""
    with freeze_time(local("2026-10-24T12:00"), tick=True) as clock:
        yield TypedMeter(hass, clock)


async def test_a_night_of_25_hours(typed: TypedMeter) -> None:
    await typed.set_up("100", "2026-10-24T12:00", tariff=TWO)
    await typed.until("2026-10-25T12:00")
    await typed.say("125")
    assert typed.number("sensor.cost") == 16 * 3 + 9 * 2
    cost = typed.state("sensor.cost").attributes
    assert (cost["device_class"], cost["state_class"], cost["unit_of_measurement"]) == ("monetary", "total", "EUR")
    assert cost["since"] == local("2026-10-24T12:00")


async def test_the_event_loop_goes_first_while_a_forecast_is_worked_out(
    typed: TypedMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    rested: list[threading.Thread] = []
    monkeypatch.setattr(
        "custom_components.meter_vision.coordinator.rest", lambda: rested.append(threading.current_thread())
    )
    await typed.set_up("100", "2026-10-24T12:00", tariff=TWO)
    assert not rested  # a start keeps nobody waiting
    await typed.until("2026-10-27T12:00")
    await typed.say("125")
    assert len(rested) == 2 + 2  # after costs and usage, and after each of two whole days
    assert threading.main_thread() not in rested


async def test_the_price_follows_the_clock(typed: TypedMeter) -> None:
    await typed.set_up("100", "2026-10-24T12:00", tariff=TWO)
    prices = []
    for time in ("10-24T21:59", "10-24T22:00", "10-25T05:59", "10-25T06:00"):
        await typed.until(f"2026-{time}:01")
        prices.append(typed.number("sensor.price"))
    assert prices == [3, 2, 2, 3]
    assert typed.state("sensor.price").attributes["unit_of_measurement"] == "EUR/m³"


async def test_a_month_ends_without_a_reading(typed: TypedMeter) -> None:
    tariff = {"currency": "EUR", "price": "2", "standing_charge_per_month": "31", "tiers": [{"above": 10, "price": 3}]}
    await typed.set_up("100", "2026-10-24T12:00", tariff=tariff)
    await typed.until("2026-10-26T12:00")
    await typed.say("114")
    standing = 2 + 1 / 24  # two days, the second of them has 25 hours
    assert typed.number("sensor.cost") == typed.number("sensor.cost_this_month")
    assert abs(typed.number("sensor.cost") - (10 * 2 + 4 * 3 + 2)) < 0.03, standing
    assert typed.number("sensor.consumption_this_month") == 14
    assert typed.number("sensor.price") == 3
    await typed.until("2026-11-01T00:00:01")
    assert typed.number("sensor.cost_this_month") == 0
    assert typed.number("sensor.consumption_this_month") == 0
    assert typed.number("sensor.price") == 2
    assert typed.number("sensor.cost") > 32
    await typed.until("2026-11-02T00:00")
    await typed.say("115")
    assert 1 < typed.number("sensor.cost_this_month") < 2 + 31 / 30


async def test_a_charge_for_each_day_and_one_for_each_month(typed: TypedMeter) -> None:
    """The day of 25 hours costs as much as any other; October has 31 days."""
    both = {"standing_charge_per_day": "0.5", "standing_charge_per_month": "31"}
    await typed.set_up("100", "2026-10-24T12:00", tariff={"currency": "EUR", "price": "2", **both})
    await typed.until("2026-10-27T00:00:01")
    await typed.say("101", "2026-10-27T00:00")
    assert typed.number("sensor.cost") == 2 + 2.5 * (0.5 + 1)


async def test_a_month_is_forecast_after_a_whole_day(typed: TypedMeter) -> None:
    await typed.set_up("100", "2026-10-24T12:00", tariff={"currency": "EUR", "price": "2"})
    assert typed.state("sensor.expected_cost_of_the_month").state == "unknown"
    await typed.until("2026-10-27T00:00:30")
    await typed.say("161", "2026-10-27T00:00")
    forecast = typed.state("sensor.expected_cost_of_the_month")
    # 61 hours, then five days of as much as the 49 hours of Sunday and Monday.
    assert abs(float(forecast.state) - 2 * (61 + 5 * 24.5)) < 0.01
    assert forecast.attributes["days"] == 2


async def reconfigured(typed: TypedMeter, tariff: dict[str, Any] | None) -> None:
    """Give the meter another tariff, as its dialog does."""
    await redescribe(typed.hass, typed.entry, tariff=tariff)


async def test_a_change_in_mid_month_applies_from_its_day(typed: TypedMeter) -> None:
    await typed.set_up("100", "2026-10-24T12:00", tariff={"currency": "EUR", "price": "2"})
    await typed.until("2026-10-27T12:00:30")
    await typed.say("173", "2026-10-27T12:00")
    assert typed.number("sensor.cost") == 146
    dearer = {"currency": "EUR", "versions": [{"price": "2"}, {"from": "2026-10-27", "price": "5"}]}
    await reconfigured(typed, dearer)
    assert typed.number("sensor.cost") == 61 * 2 + 12 * 5
    assert typed.number("sensor.price") == 5


async def test_a_tariff_comes_and_goes(typed: TypedMeter) -> None:
    await typed.set_up("100", "2026-10-24T12:00")
    await typed.until("2026-10-25T12:00")
    await typed.say("110")
    assert typed.hass.states.get("sensor.water_cost") is None
    assert typed.number("sensor.consumption_this_month") == 10
    await reconfigured(typed, {"currency": "EUR", "price": "2"})
    assert typed.number("sensor.cost") == 20
    await reconfigured(typed, {"currency": "CHF", "price": "3"})
    assert typed.number("sensor.cost") == 30
    await reconfigured(typed, None)
    assert typed.hass.states.get("sensor.water_cost").state == "unavailable"


async def test_another_multiplier_leaves_what_was_charged(typed: TypedMeter) -> None:
    """All ten were used at night, though spread over all hours they would have cost more."""
    await typed.set_up("100", "2026-10-24T12:00", tariff=TWO)
    for time, value in (("2026-10-24T22:00", "100"), ("2026-10-25T05:00", "110")):
        await typed.until(time)
        await typed.say(value)
    assert typed.number("sensor.cost") == 20
    await redescribe(typed.hass, typed.entry, multiplier="2")
    assert (typed.number("sensor.cost"), typed.number("sensor.consumption")) == (20, 110)
    await typed.until("2026-10-25T05:30")
    await typed.say("111")
    assert (typed.number("sensor.cost"), typed.number("sensor.consumption")) == (24, 112)


async def test_costs_go_on_after_a_restart(typed: TypedMeter) -> None:
    entry = await typed.set_up("100", "2026-10-24T12:00", tariff=TWO)
    await typed.until("2026-10-25T12:00")
    await typed.say("125")
    shown = {key: typed.number(f"sensor.{key}") for key in ("cost", "cost_this_month", "consumption_this_month")}
    await typed.hass.config_entries.async_reload(entry.entry_id)
    await typed.hass.async_block_till_done()
    assert {key: typed.number(f"sensor.{key}") for key in shown} == shown
    await typed.say("126")
    assert shown["cost"] + 2 < typed.number("sensor.cost") <= shown["cost"] + 3


@pytest.mark.parametrize(("action", "cost"), [("correct_reading", 30.0), ("retract_reading", 0.0)])
async def test_a_correction_changes_the_cost(typed: TypedMeter, action: str, cost: float) -> None:
    await typed.set_up("100", "2026-10-24T12:00", tariff=TWO)
    await typed.until("2026-10-24T13:00")
    await typed.say("900")
    await typed.act(action, **({"value": "110"} if action == "correct_reading" else {}))
    assert typed.number("sensor.cost") == cost


@pytest.mark.usefixtures("recorder_mock")
async def test_the_energy_dashboard_takes_cost_and_price(typed: TypedMeter) -> None:
    assert await async_setup_component(typed.hass, "energy", {})
    await typed.set_up("100", "2026-10-24T12:00", tariff=TWO)
    manager = await async_get_manager(typed.hass)
    found = []
    for cost in ({"stat_cost": "sensor.water_cost"}, {"entity_energy_price": "sensor.water_price"}):
        source = {"type": "water", "stat_energy_from": "sensor.water_consumption", **cost}
        await manager.async_update({"energy_sources": [source]})
        (issues,) = (await async_validate(typed.hass)).as_dict()["energy_sources"]
        found.append({issue["type"] for issue in issues})
    assert found == [{"statistics_not_defined"}, {"statistics_not_defined"}]
