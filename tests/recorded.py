"""A house whose meters' statistics Home Assistant's own recorder compiles, and what its rows say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
import homeassistant.util.dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.coordinator import MeterCoordinator
from custom_components.meter_vision.register_state import RegisterState

from .house import START, House

WATER: Final = "sensor.water_main_consumption"
MINUTE: Final = timedelta(minutes=1)
RUN: Final = timedelta(seconds=10)
"""How long after a period's end the recorder compiles it."""


@dataclass(slots=True)
class Statistics:
    """A house, its clock in the recorder's steps, and its rows."""

    house: House

    async def until(self, minutes: float) -> None:
        """Let time pass until so long value the start, with every run of the recorder on the way."""
        end = START + minutes * MINUTE
        now = dt_util.utcnow() - RUN
        boundary = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
        while (boundary := boundary + 5 * MINUTE) + RUN < end:
            await self._move(boundary + RUN)
        await self._move(end)

    async def _move(self, time: datetime) -> None:
        if time > dt_util.utcnow():
            self.house.clock.move_to(time)
        async_fire_time_changed(self.house.hass)
        await self.settle()

    async def settle(self) -> None:
        """Wait for the recorder and for what follows its runs."""
        for _ in range(2):
            await async_wait_recording_done(self.house.hass)
            await self.house.settle()

    async def act(self, action: str, **data: Any) -> None:
        """Call an action for the water meter."""
        await self.house.hass.services.async_call(DOMAIN, action, {"entity_id": WATER, **data}, blocking=True)
        await self.settle()

    async def look(self, value: str) -> None:
        """Let the water meter show a value and read it."""
        self.house.show("water", value)
        await self.house.read_now()
        await self.settle()

    async def rows(
        self, period: Literal["5minute", "hour", "day"], statistic: str = WATER, unit: str | None = None
    ) -> list[dict[str, Any]]:
        """Return a statistic's rows with `state`, `sum` and `change`, rounded."""
        found = await get_instance(self.house.hass).async_add_executor_job(
            statistics_during_period,
            self.house.hass,
            START - timedelta(days=1),
            None,
            {statistic},
            period,
            {"volume": unit} if unit else None,
            {"state", "sum", "change"},
        )
        keys = ("state", "sum", "change")
        return [
            {"at": round((row["start"] - START.timestamp()) / 60)} | {key: round(row[key], 4) for key in keys}
            for row in found.get(statistic, [])
        ]

    async def states(self, period: Literal["5minute", "hour"], statistic: str = WATER) -> dict[int, float]:
        """Return states by minutes from the start on, m³."""
        return {row["at"]: row["state"] for row in await self.rows(period, statistic, unit="m³")}

    @property
    def meter(self) -> MeterCoordinator:
        """The water meter."""
        assert self.house.entry is not None
        coordinators = self.house.entry.runtime_data.coordinators.values()
        (meter,) = (coordinator for coordinator in coordinators if coordinator.name == "Water main")
        return meter

    @property
    def state(self) -> RegisterState:
        """What is known about the water meter's register."""
        return self.meter.data.registers["main"]

    @property
    def pending(self) -> datetime | None:
        """From when on rows may be wrong, as it is kept."""
        return self.state.repair_from


async def begin(statistics: Statistics) -> None:
    """Read the meter a few times, so that all is in order."""
    for minutes, value in ((1, "530.1000"), (16, "530.2000"), (46, "530.3000")):
        await statistics.until(minutes)
        await statistics.look(value)
    await statistics.until(60.5)
    assert statistics.pending is None


def consistent(rows: list[dict[str, Any]]) -> None:
    """Assert that sums follow states from zero on."""
    zero = rows[0]["state"] - rows[0]["sum"]
    assert [round(row["state"] - row["sum"] - zero, 3) for row in rows] == [0] * len(rows)
