"""The cost sensor's statistics follow corrections and gaps as the consumption's do."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from freezegun import freeze_time
import pytest

from .house import START, House
from .recorded import Statistics, begin, consistent

pytestmark = pytest.mark.usefixtures("recorder_mock")

COST: Final = "sensor.water_main_cost"
TARIFF: Final = {
    "currency": "EUR",
    "bands": [{"price": "4", "from": "00:00", "to": "15:00"}, {"price": "8", "from": "15:00", "to": "24:00"}],
}
"""In Berlin the clock shows 13:00 when the tests begin."""


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile by itself, by its own clock."""
    return True


@pytest.fixture
def recorder_config() -> Iterator[None]:
    """Start the recorder at the time at which the tests begin."""
    with freeze_time(START, tick=True):
        yield


@pytest.fixture
async def statistics(house: House) -> Statistics:
    """A house in Berlin with a water meter and a tariff, read a few times within an hour."""
    await house.hass.config.async_set_time_zone("Europe/Berlin")
    house.registers["water"] = {"tariff": TARIFF}
    statistics = Statistics(house)
    await house.set_up("water", pref_disable_polling=True)
    await begin(statistics)
    return statistics


def cost(statistics: Statistics) -> float:
    return round(float(statistics.house.state(COST)), 4)


async def test_a_correction_leaves_no_trace(statistics: Statistics) -> None:
    assert cost(statistics) == round((530.3 - 530.0708) * 4, 4)
    await statistics.until(91)
    await statistics.look("532.3000")
    await statistics.until(128)
    assert round((await statistics.rows("5minute", COST))[-1]["state"], 4) == round((532.3 - 530.0708) * 4, 4)

    await statistics.act("correct_reading", value="530.4000")
    assert cost(statistics) == round((530.4 - 530.0708) * 4, 4)
    await statistics.until(131)
    await statistics.until(182)
    for period in ("5minute", "hour"):
        rows = await statistics.rows(period, COST)
        assert max(row["state"] for row in rows) == round((530.4 - 530.0708) * 4, 4)
        consistent(rows)
    assert statistics.pending is None


async def test_a_gap_is_charged_by_its_bands(statistics: Statistics) -> None:
    """From 46 to 196 minutes after the start 1.5 m³ are used; the price doubles at 120."""
    await statistics.until(196)
    await statistics.look("531.8000")
    known = round((530.3 - 530.0708) * 4, 4)
    assert cost(statistics) == round(known + 0.74 * 4 + 0.76 * 8, 4)
    await statistics.until(242)
    rows = {row["at"]: row["state"] for row in await statistics.rows("5minute", COST)}
    assert rows[95] == round(known + 0.54 * 4, 4)
    assert rows[115] == round(known + 0.74 * 4, 4)
    assert rows[175] == round(known + 0.74 * 4 + 0.6 * 8, 4)
    hours = {row["at"]: row["change"] for row in await statistics.rows("hour", COST)}
    assert hours[60] == round(0.6 * 4, 4)
    assert hours[120] == round(0.6 * 8, 4)
    assert statistics.pending is None


async def test_prices_that_were_wrong_are_put_right_in_all_rows_of_the_kept_days(statistics: Statistics) -> None:
    entry = statistics.house.entry
    assert entry is not None
    (meter,) = entry.subentries.values()
    data = deepcopy(dict(meter.data))
    data["registers"][0]["tariff"] = {"currency": "EUR", "price": "6"}
    await statistics.until(63)
    statistics.house.hass.config_entries.async_update_subentry(entry, meter, data=data)
    await statistics.settle()
    right = {minute: round((value - 530.0708) * 6, 4) for minute, value in ((0, 530.1), (15, 530.2), (45, 530.3))}
    assert cost(statistics) == right[45]

    await statistics.until(76)
    rows = await statistics.rows("5minute", COST)
    states = {row["at"]: row["state"] for row in rows}
    assert {minute: states[minute] for minute in right} == right
    consistent(rows)
    assert [row["state"] for row in await statistics.rows("hour", COST)] == [right[45]]
    assert statistics.pending is None


async def test_what_gas_is_worth_changes_all_rows_since_its_day(house: House) -> None:
    """The factor of a day becomes known later; consumption and cost follow together."""
    factor = {"from": "2026-11-22", "calorific_value": "10", "volume_correction": "1"}
    house.registers["gas"] = {"gas": [factor], "tariff": {"currency": "EUR", "price": "0.1"}}
    statistics = Statistics(house)
    entry = await house.set_up("gas", pref_disable_polling=True)
    for minutes, value in ((1, "7312.986"), (16, "7313.486"), (46, "7314.486")):
        await statistics.until(minutes)
        house.show("gas", value)
        await house.hass.services.async_call("button", "press", {"entity_id": "button.gas_read_now"}, blocking=True)
        await statistics.settle()
    await statistics.until(63)
    entities = ("sensor.gas_consumption", "sensor.gas_cost")
    before = {entity: await statistics.rows("5minute", entity) for entity in entities}

    (meter,) = entry.subentries.values()
    data = deepcopy(dict(meter.data))
    data["registers"][0]["gas"] = [{**factor, "calorific_value": "11"}]
    house.hass.config_entries.async_update_subentry(entry, meter, data=data)
    await statistics.settle()
    await statistics.until(76)

    start = 7312.486 * 10  # what stood on the meter before the first reading that is kept stays as it was counted
    for entity, zero in zip(entities, (start, 0), strict=True):
        rows = await statistics.rows("5minute", entity)
        assert [row["state"] for row in rows[: len(before[entity])]] == [
            pytest.approx(zero + (row["state"] - zero) * 1.1, abs=0.01) for row in before[entity]
        ]
        consistent(rows)
        assert [row["state"] for row in await statistics.rows("hour", entity)] == [rows[11]["state"]]
