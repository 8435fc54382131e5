"""Shows a meter's next price and its next month when they begin, for they need no reading."""

from __future__ import annotations

from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
import homeassistant.util.dt as dt_util

from .coordinator import MeterCoordinator
from .runtime import MeterVisionConfigEntry


@callback
def async_follow_calendar(hass: HomeAssistant, entry: MeterVisionConfigEntry, coordinator: MeterCoordinator) -> None:
    """Update a meter's entities at every change in the calendars of its registers, with one timer for all of them."""
    calendars = [keeper.calendar for keeper in coordinator.bookkeeping.of.values()]
    stop_waiting: CALLBACK_TYPE

    @callback
    def wait() -> None:
        nonlocal stop_waiting
        change = min(calendar.next_change(dt_util.utcnow()) for calendar in calendars)
        stop_waiting = async_track_point_in_utc_time(hass, changed, change)

    @callback
    def changed(_now: datetime) -> None:
        wait()
        entry.async_create_task(hass, coordinator.async_show(), f"show prices of {coordinator.name}")

    @callback
    def stop() -> None:
        stop_waiting()

    wait()
    entry.async_on_unload(stop)
