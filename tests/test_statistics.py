"""Long-term statistics, as Home Assistant's own recorder compiles them from the readings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids, statistics_during_period
from homeassistant.core import HomeAssistant
import homeassistant.util.dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from .house import START, House

pytestmark = pytest.mark.usefixtures("recorder_mock")

CONSUMPTION = "sensor.water_main_consumption"
FIVE_MINUTES = timedelta(minutes=5)


async def compile_hour(hass: HomeAssistant, start: datetime) -> None:
    """Let the recorder compile an hour in its own steps of five minutes."""
    for step in range(12):
        await async_wait_recording_done(hass)
        do_adhoc_statistics(hass, start=start + step * FIVE_MINUTES)
    await async_wait_recording_done(hass)


async def hourly(hass: HomeAssistant, start: datetime) -> list[dict[str, Any]]:
    rows = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, start, None, {CONSUMPTION}, "hour", None, {"state", "sum", "change"}
    )
    return rows[CONSUMPTION]


async def test_hourly_sums_are_what_the_meter_counted(house: House) -> None:
    await house.set_up("water", pref_disable_polling=True)
    for number, values in enumerate((("530.1000", "530.3000"), ("530.4000", "530.9000"), ("530.9000", "530.9000"))):
        for value in values:
            await house.pass_time(timedelta(minutes=20))
            house.show("water", value)
            await house.read_now()
        await house.pass_time(START + timedelta(hours=number + 1) - dt_util.utcnow())
        await compile_hour(house.hass, START + timedelta(hours=number))

    rows = await hourly(house.hass, START)
    assert [round(row["state"], 4) for row in rows] == [530.3, 530.9, 530.9]
    assert [round(row["sum"], 4) for row in rows] == [0.2292, 0.8292, 0.8292]
    assert house.calls == 6


async def test_only_the_consumption_has_a_sum(house: House) -> None:
    await house.set_up("water")
    await compile_hour(house.hass, START)

    known = await get_instance(house.hass).async_add_executor_job(list_statistic_ids, house.hass)
    summed = {row["statistic_id"]: row["statistics_unit_of_measurement"] for row in known if row["has_sum"]}
    assert summed == {CONSUMPTION: "m³", "sensor.water_main_api_cost": "USD"}


async def test_correction_cancels_itself(house: House) -> None:
    await house.set_up("water", pref_disable_polling=True)
    for value in ("533", "530.5"):
        await house.hass.services.async_call(
            "meter_vision", "set_reading", {"entity_id": CONSUMPTION, "value": value}, blocking=True
        )
    await compile_hour(house.hass, START)

    (row,) = await hourly(house.hass, START)
    assert round(row["sum"], 4) == round(530.5 - 530.0708, 4)
