"""Meters with several registers in one picture, and gas that is counted as heat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.meter_vision.const import DOMAIN

from .camera_server import Camera
from .house import CONFIRMED_AT, House
from .meters import account, meter
from .two_registers import DAY, LAYOUT, NIGHT, TwoRegisters

DAY_VALUE, NIGHT_VALUE = "41873.4", "1208.7"


def first(value: str) -> dict[str, Any]:
    return {"initial": {"value": value, "time": CONFIRMED_AT}}


@pytest.fixture
async def two(house: House) -> AsyncIterator[TwoRegisters]:
    """A day and a night register in one picture, set up and read."""
    camera = Camera()
    two = TwoRegisters(camera, DAY_VALUE, NIGHT_VALUE)
    await camera.server.start_server()
    described = meter(
        "Heating",
        "electricity",
        LAYOUT,
        initial=DAY_VALUE,
        at=CONFIRMED_AT,
        camera={"url": str(camera.server.make_url("/snapshot.jpg")), "auth": "none"},
        rotation=7,
    )
    registers = [{**LAYOUT, **DAY, **first(DAY_VALUE)}, {**LAYOUT, **NIGHT, **first(NIGHT_VALUE)}]
    described["data"] = {**described["data"], "registers": registers}
    house.entry = account(described, base_url=house.simulator.api_url)
    house.entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    yield two
    await camera.server.close()


def totals(house: House) -> tuple[str, str]:
    return house.total("heating_day"), house.total("heating_night")


def rules(house: House) -> tuple[str | None, str | None]:
    return house.rule("heating_day"), house.rule("heating_night")


async def test_each_register_has_its_sensors_and_both_cost_one_call(house: House, two: TwoRegisters) -> None:
    assert totals(house) == (DAY_VALUE, NIGHT_VALUE)
    assert house.calls == 1
    two.night += 2
    await house.pass_time()
    assert totals(house) == (DAY_VALUE, "1210.7")
    assert rules(house) == ("confirmed", "in_window")
    assert house.calls == 2
    entities = er.async_entries_for_config_entry(er.async_get(house.hass), house.entry.entry_id)  # type: ignore[union-attr]
    keys = [entity.unique_id.partition("_")[2] for entity in entities]
    assert len(set(keys)) == len(keys)
    assert {"day_consumption", "night_consumption", "api_cost", "problem"} <= set(keys)
    assert house.hass.states.get("sensor.heating_day_consumption").attributes["friendly_name"] == (
        "Heating Day consumption"
    )


async def test_each_register_has_its_own_judge(house: House, two: TwoRegisters) -> None:
    """Only the register that surprises is held, and looking again does not count for the other."""
    two.day += 1
    two.night += 5000
    await house.pass_time()
    assert totals(house) == ("41874.4", NIGHT_VALUE)
    assert rules(house) == ("in_window", "rate_too_high")
    assert house.models == ["haiku", "haiku", "haiku", "sonnet"]
    assert house.state("binary_sensor.heating_problem") == "on"
    database = house.entry.runtime_data.store.database  # type: ignore[union-attr]
    (number,) = house.entry.subentries  # type: ignore[union-attr]
    states = dict(database.states())[number]["registers"]
    assert states["night"]["judge"]["sightings"]
    assert states["day"]["judge"]["sightings"] == []

    two.night -= 5000
    await house.pass_time()
    assert rules(house) == ("confirmed", "confirmed")
    assert house.state("binary_sensor.heating_problem") == "off"


async def test_what_cannot_be_told_apart_is_not_read(house: House, two: TwoRegisters) -> None:
    """A picture of one register alone could show either."""
    two.day += 1
    two.night_hidden = True
    await house.pass_time()
    assert totals(house) == (DAY_VALUE, NIGHT_VALUE)
    assert rules(house) == ("unreadable", "unreadable")
    two.night_hidden = False
    await house.pass_time()
    assert totals(house) == ("41874.4", NIGHT_VALUE)


async def test_actions_name_the_register(house: House, two: TwoRegisters) -> None:
    target = {"entity_id": "sensor.heating_day_reading"}
    with pytest.raises(ServiceValidationError, match="day, night"):
        await house.hass.services.async_call(DOMAIN, "set_reading", {**target, "value": "1300"}, blocking=True)
    data = {**target, "value": "1300", "register": "Night"}
    await house.hass.services.async_call(DOMAIN, "set_reading", data, blocking=True)
    assert totals(house) == (DAY_VALUE, "1300.0")
    two.night = Decimal(1300)
    answer = await house.hass.services.async_call(DOMAIN, "read_now", target, blocking=True, return_response=True)
    (heating,) = answer["meters"].values()
    assert heating["registers"]["night"]["consumption"] == "1300.0"
    assert heating["registers"]["day"]["reading"] == DAY_VALUE


async def test_registers_go_on_after_a_restart(house: House, two: TwoRegisters) -> None:
    two.day += 1
    two.night += 2
    await house.pass_time()
    await house.hass.config_entries.async_reload(house.entry.entry_id)  # type: ignore[union-attr]
    await house.settle()
    assert totals(house) == ("41874.4", "1210.7")


# Gas counted as heat

FACTORS = [{"from": "2026-01-01", "calorific_value": "11.2", "volume_correction": "0.95"}]


async def set_up_gas(house: House, gas: list[dict[str, str]]) -> None:
    described = house.meter("gas")
    described["data"]["registers"][0]["gas"] = gas
    house.entry = account(described, base_url=house.simulator.api_url)
    house.entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()


async def test_gas_is_converted(house: House, hass: HomeAssistant) -> None:
    await set_up_gas(house, FACTORS)
    consumption = hass.states.get("sensor.gas_consumption")
    assert (consumption.attributes["unit_of_measurement"], consumption.attributes["device_class"]) == ("kWh", "energy")
    before = float(consumption.state)
    assert before == pytest.approx(7312.486 * 11.2 * 0.95)
    house.show("gas", "7313.486")
    await house.pass_time()
    assert float(house.total("gas")) - before == pytest.approx(11.2 * 0.95)
    assert house.state("sensor.gas_reading") == "7313.486"
    assert hass.states.get("sensor.gas_reading").attributes["unit_of_measurement"] == "m³"


async def test_factors_that_become_known_later_change_what_was_counted_since(house: House) -> None:
    await set_up_gas(house, FACTORS)
    before = float(house.total("gas"))
    house.show("gas", "7313.486")
    await house.pass_time()
    assert float(house.total("gas")) - before == pytest.approx(11.2 * 0.95)

    (subentry,) = house.entry.subentries.values()  # type: ignore[union-attr]
    registers = [dict(subentry.data["registers"][0])]
    # Half of the time between the readings counts with the new factor.
    registers[0]["gas"] = [*FACTORS, {"from": "2026-11-22T12:07:40+00:00", "calorific_value": "10"}]
    house.hass.config_entries.async_update_subentry(
        house.entry, subentry, data={**subentry.data, "registers": registers}
    )
    await house.settle()
    assert float(house.total("gas")) - before == pytest.approx((11.2 * 0.95 + 10) / 2, abs=0.02)
