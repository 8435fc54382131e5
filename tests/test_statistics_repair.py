"""Corrections, gaps and late pictures in the statistics that Home Assistant's own recorder has compiled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from freezegun import freeze_time
from homeassistant.components.energy import async_get_manager
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_conversion import VolumeConverter
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from .house import START, House
from .recorded import MINUTE, WATER, Statistics, begin, consistent

pytestmark = pytest.mark.usefixtures("recorder_mock")

GAS: Final = "sensor.gas_consumption"
COST: Final = "sensor.water_main_consumption_cost"


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile by itself, by its own clock."""
    return True


@pytest.fixture
def recorder_config() -> Iterator[None]:
    """Start the recorder at the time at which the tests begin."""
    with freeze_time(START, tick=True):
        yield


async def test_spike_that_was_accepted_is_repaired_by_itself(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    await statistics.until(91)
    await statistics.look("532.3000")
    assert house.total() == "532.3000"
    await statistics.until(128)
    assert (await statistics.states("5minute"))[90] == 532.3
    gas = await statistics.rows("5minute", GAS), await statistics.rows("hour", GAS)

    # The looks that follow say otherwise, and nobody has to do anything.
    for minutes in (129, 136, 151):
        await statistics.until(minutes)
        await statistics.look("530.4000")
    assert house.total() == "530.4000"
    await statistics.until(182)

    for period in ("5minute", "hour"):
        rows = await statistics.rows(period)
        assert max(row["state"] for row in rows) == 530.4
        consistent(rows)
    kept = await statistics.rows("5minute", GAS), await statistics.rows("hour", GAS)
    assert [rows[: len(before)] for rows, before in zip(kept, gas, strict=True)] == list(gas)
    assert statistics.pending is None


@pytest.mark.parametrize("units", [METRIC_SYSTEM, US_CUSTOMARY_SYSTEM], ids=["metric", "us"])
@pytest.mark.parametrize(
    ("action", "data", "value"),
    [
        ("retract_reading", {}, 530.3),
        ("correct_reading", {"value": "530.35"}, 530.35),
        ("set_reading", {"value": "530.4"}, 530.4),
    ],
)
async def test_spike_leaves_no_trace(
    house: House, units: UnitSystem, action: str, data: dict[str, str], value: float
) -> None:
    house.hass.config.units = units
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    await statistics.until(91)
    await statistics.look("532.3000")
    assert house.total() != house.total("gas")
    await statistics.until(128)
    assert (await statistics.states("5minute"))[90] == 532.3
    assert (await statistics.states("hour"))[60] == 532.3
    gas = await statistics.rows("5minute", GAS), await statistics.rows("hour", GAS)
    unit = get_metadata(house.hass, statistic_ids={WATER})[WATER][1]["unit_of_measurement"]
    assert unit == ("m³" if units is METRIC_SYSTEM else "ft³")

    await statistics.act(action, **data)
    await statistics.until(182)

    states = await statistics.states("5minute")
    if action != "set_reading":  # whose value stood later, and is spread over the time since
        assert {states[minute] for minute in range(90, 125, 5)} == {value}
    assert max(states.values()) == value
    assert (await statistics.states("hour"))[60] <= value
    for period in ("5minute", "hour"):
        consistent(await statistics.rows(period, unit="m³"))
    rows = await statistics.rows("5minute", unit="m³")
    assert rows[0]["sum"] < 0.0005, "what was used before the first period is not the first period's"
    used = round(value - states[0] + rows[0]["sum"], 4)
    assert round(sum(row["change"] for row in await statistics.rows("day", unit="m³")), 4) == used
    assert get_metadata(house.hass, statistic_ids={WATER})[WATER][1]["unit_of_measurement"] == unit
    assert statistics.pending is None
    for before, period in zip(gas, ("5minute", "hour"), strict=True):
        now = await statistics.rows(period, GAS)
        assert now[: len(before)] == before
        assert len(now) > len(before)
    factor = VolumeConverter.convert(1, "m³", unit)
    kept = await statistics.rows("hour", unit=unit)
    assert kept[-1]["state"] == pytest.approx(value * factor, abs=0.001)


async def test_early_picture_belongs_to_its_hour(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    await statistics.until(119.5)
    before = statistics.meter.data.picture
    house.show("water", "530.5000")
    look = house.hass.async_create_task(house.read_now())
    while statistics.meter.data.picture is before:  # noqa: ASYNC110  the very next turn of the loop is wanted
        await asyncio.sleep(0)
    house.clock.move_to(START + 120 * MINUTE + timedelta(seconds=1))  # while the picture is being read
    await look
    await statistics.settle()
    assert float(house.total()) == 530.5
    assert 60 not in await statistics.states("hour"), "the recorder has not been there yet"
    await statistics.until(131)

    assert (await statistics.states("hour"))[60] == 530.5
    assert (await statistics.states("5minute"))[115] == 530.5
    assert statistics.pending is None


async def test_gap_is_spread_over_its_hours(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    await statistics.look("530.3000")
    await statistics.until(60.5 + 240)
    await statistics.look("530.7000")
    hours = await statistics.states("hour")
    assert [round(hours[minute], 2) for minute in (60, 120, 180, 240)] == [530.4, 530.5, 530.6, 530.7], hours
    await statistics.until(366)

    hours = await statistics.states("hour")
    assert [round(hours[minute], 2) for minute in (60, 120, 180, 240, 300)] == [530.4, 530.5, 530.6, 530.7, 530.7]
    for period in ("5minute", "hour"):
        consistent(await statistics.rows(period))
    assert statistics.pending is None


async def test_nothing_is_written_between_a_period_and_its_run(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    await statistics.until(61)
    await statistics.look("531.3000")
    await statistics.until(75)
    house.clock.move_to(START + 75 * MINUTE + timedelta(seconds=2))
    before = await statistics.rows("5minute")
    assert [row["at"] for row in before] == list(range(0, 70, 5))
    assert before[-1]["state"] == 531.3
    await statistics.act("retract_reading")
    assert await statistics.rows("5minute") == before
    assert float(house.total()) == 530.3
    assert house.entry is not None
    kept = dict(house.entry.runtime_data.store.database.states())[statistics.meter.subentry.subentry_id]
    assert kept["registers"]["main"]["repair_from"] is not None, "written at once"

    # A restart finds it again.
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    await statistics.until(91)
    states = await statistics.states("5minute")
    assert {states[minute] for minute in range(60, 90, 5)} == {530.3}
    consistent(await statistics.rows("5minute"))
    assert statistics.pending is None


async def test_sum_goes_on_after_a_run_that_could_not_be_written(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", pref_disable_polling=True)
    await begin(statistics)
    await statistics.until(62)
    assert (await statistics.rows("5minute"))[-1]["sum"] > 0

    refused = {"run": False}

    def execute(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        refused["run"] |= "INTO statistics_runs" in statement

    def commit(_connection: Connection) -> None:
        if refused["run"]:
            raise OperationalError("COMMIT", None, Exception("database or disk is full"))

    engine = get_instance(house.hass).engine
    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "commit", commit)
    await statistics.until(68)
    for name, listener in (("before_cursor_execute", execute), ("commit", commit)):
        event.remove(engine, name, listener)
    assert refused["run"]
    await statistics.look("530.4500")
    await statistics.until(72)
    await statistics.until(128)
    assert 60 not in await statistics.states("5minute"), "nothing was written"

    for period in ("5minute", "hour"):
        rows = await statistics.rows(period)
        assert rows[-1]["sum"] == pytest.approx(rows[0]["sum"] + rows[-1]["state"] - rows[0]["state"])
        consistent(rows)
    assert statistics.pending is None


async def test_cost_follows(house: House) -> None:
    statistics = Statistics(house)
    await _price_water(house)
    await begin(statistics)
    await statistics.until(61)
    await statistics.look("531.3000")
    await statistics.until(128)
    spiked = await statistics.rows("hour", COST)
    assert spiked[-1]["change"] == 4.0
    await statistics.act("correct_reading", value="530.4000", time="2026-11-22T13:30:00+00:00")
    await statistics.until(186)

    await _charged_as_used(statistics)
    assert float(house.state(COST)) == pytest.approx((530.4 - 530.0708) * 4)


@pytest.mark.parametrize("unit", ["L", "gal"])
async def test_another_unit_is_chosen_for_the_sensor(house: House, unit: str) -> None:
    """The recorder keeps its own and the Energy dashboard its price, also where a reading is corrected afterwards."""
    statistics = Statistics(house)
    await _price_water(house)
    await begin(statistics)
    await statistics.until(61)
    er.async_get(house.hass).async_update_entity_options(WATER, "sensor", {"unit_of_measurement": unit})
    await statistics.settle()
    factor = VolumeConverter.convert(1, "m³", unit)
    assert float(house.state(WATER)) == pytest.approx(530.3 * factor, abs=0.001 * factor)
    await statistics.look("531.3000")
    await statistics.until(128)
    await statistics.act("correct_reading", value="530.4000", time="2026-11-22T13:30:00+00:00")
    await statistics.until(186)

    assert get_metadata(house.hass, statistic_ids={WATER})[WATER][1]["unit_of_measurement"] == "m³"
    for period in ("5minute", "hour"):
        rows = await statistics.rows(period, unit="m³")
        assert rows[-1]["state"] == pytest.approx(530.4)
        consistent(rows)
    await _charged_as_used(statistics)
    assert float(house.state(COST)) == pytest.approx((530.4 - 530.0708) * 4)


async def _price_water(house: House) -> None:
    """Put the water meter on the Energy dashboard, at 4 euros for a cubic metre."""
    assert await async_setup_component(house.hass, "energy", {})
    await house.set_up("water", "gas", pref_disable_polling=True)
    manager = await async_get_manager(house.hass)
    price = {"stat_cost": None, "entity_energy_price": None, "number_energy_price": 4.0}
    await manager.async_update({"energy_sources": [{"type": "water", "stat_energy_from": WATER, **price}]})
    await house.settle()


async def _charged_as_used(statistics: Statistics) -> None:
    for period in ("5minute", "hour"):
        cost = {row["at"]: row for row in await statistics.rows(period, COST)}
        used = {row["at"]: row for row in await statistics.rows(period, unit="m³")}
        assert cost.keys() == used.keys()
        changes = [(round(used[at]["change"] * 4, 3), round(cost[at]["change"], 3)) for at in sorted(cost)[1:]]
        assert [right for right, _ in changes] == [charged for _, charged in changes]


async def test_meter_without_rows_has_nothing_to_repair(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await statistics.act("correct_reading", value="529.5")
    await statistics.until(11)

    rows = await statistics.rows("5minute")
    assert [row["state"] for row in rows] == [529.5, 529.5]
    assert rows[-1]["sum"] in (0, round(529.5 - 530.0708, 4))
    assert statistics.pending is None
