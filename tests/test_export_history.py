"""Sending what the recorder knows of the time before there was an export."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.meter_vision.const import DOMAIN

from .export.sink import Sink
from .house import House
from .test_export import lines, set_up, until

pytestmark = pytest.mark.usefixtures("recorder_mock")

HOURS = 48
FIRST = datetime(2026, 11, 20, 6, tzinfo=UTC)
"""Before the reading that was confirmed on the 22nd at 8."""


async def test_hours_of_the_statistics_become_points_and_days(house: House, sink: Sink) -> None:
    """The recorder keeps litres, the meter counts cubic metres."""
    entry = await set_up(house, sink, "water")
    await until(lambda: lines(sink, "water_meter"))
    sensor = er.async_get(house.hass).async_get("sensor.water_main_consumption")
    assert sensor is not None
    meta = StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=None,
        source="recorder",
        statistic_id=sensor.entity_id,
        unit_class="volume",
        unit_of_measurement="L",
    )
    rows: list[Any] = [
        StatisticData(start=FIRST + timedelta(hours=hour), state=520_000 + hour * 100, sum=hour * 100)
        for hour in range(HOURS)
    ]
    async_import_statistics(house.hass, meta, rows)
    await async_wait_recording_done(house.hass)

    answer = await house.hass.services.async_call(
        DOMAIN, "export_history", {"entity_id": sensor.entity_id}, blocking=True, return_response=True
    )
    assert min(answer["points"].values()) >= HOURS
    await until(lambda: not entry.runtime_data.store.database.outbox_state().waiting)

    hours = [line for line in lines(sink, "water_meter") if line.fields.get("source") == "history"]
    assert len(hours) == HOURS
    assert hours[0].milliseconds == (FIRST + timedelta(hours=1)).timestamp() * 1000
    assert [hours[place].fields["consumption"] for place in (0, -1)] == pytest.approx([520, 524.7])
    assert {round(float(hour.fields["delta"]), 6) for hour in hours[1:]} == {0.1}
    assert not any("reading" in hour.fields for hour in hours)
    days = lines(sink, "water_daily")
    assert sum(float(day.fields["consumption"]) for day in days) == pytest.approx(float(house.total()) - 520, abs=0.001)
