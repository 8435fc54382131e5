"""Sends what is known of a meter's past: from the recorder's hours, the kept readings and the journal."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Final

from homeassistant.components.recorder import DOMAIN as RECORDER_DOMAIN, get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
import homeassistant.util.dt as dt_util

from .const import DOMAIN
from .coordinator import MeterCoordinator
from .export.changes import Change
from .exporter import Exporter, Past
from .identity import unique_id
from .metering.ledger_columns import Total
from .metering.models import MeterKind, Reading
from .store.account_store import AccountStore
from .store.models import Commit

if TYPE_CHECKING:
    from .runtime import MeterVisionConfigEntry

_HOUR: Final = timedelta(hours=1)
_AT_ONCE: Final = 5000
"""Points in one transaction."""


async def async_export_past(coordinator: MeterCoordinator, exporter: Exporter, since: datetime) -> int:
    """Queue everything that is known of a meter since a time and return how many points that are."""
    hass, database = coordinator.hass, coordinator.config_entry.runtime_data.store.database
    hours = {name: await _async_hours(hass, coordinator, name, since) for name in coordinator.registers}
    known = await hass.async_add_executor_job(coordinator.bookkeeping.opened, coordinator.data)
    registers = {
        name: Change(before=None, after=state.ledger, costs=state.use.costs, forecast=state.use.forecast)
        for name, state in known.registers.items()
    }
    past = Past(registers=registers, hours=hours, since=since, now=dt_util.utcnow())
    count = await hass.async_add_executor_job(_queue, database, exporter, coordinator.subentry.subentry_id, past)
    exporter.wake()
    return count


@callback
def async_follow(hass: HomeAssistant, entry: MeterVisionConfigEntry, exporter: Exporter) -> None:
    """Make the points again that found the outbox full, as soon as it is empty; once at a time."""
    outbox = exporter.status.outbox
    if outbox.missed is not None and not outbox.waiting and not exporter.making_up:
        exporter.making_up = True
        entry.async_create_background_task(hass, _async_make_up(hass, entry, exporter), "make up for missed points")


async def _async_make_up(hass: HomeAssistant, entry: MeterVisionConfigEntry, exporter: Exporter) -> None:
    database = entry.runtime_data.store.database
    try:
        for meter, since in (await hass.async_add_executor_job(database.missed)).items():
            if (coordinator := entry.runtime_data.coordinators.get(meter)) is not None:
                await async_export_past(coordinator, exporter, since)
            await hass.async_add_executor_job(database.clear_missed, meter)
    finally:
        exporter.making_up = False
    exporter.wake()


async def _async_hours(hass: HomeAssistant, coordinator: MeterCoordinator, name: str, since: datetime) -> list[Total]:
    """Return what the recorder knows of a register's hours before its kept readings; none where it keeps nothing."""
    sensor = unique_id(coordinator.subentry.subentry_id, "consumption", name)
    statistic = er.async_get(hass).async_get_entity_id(Platform.SENSOR, DOMAIN, sensor)
    if statistic is None or RECORDER_DOMAIN not in hass.config.components:
        return []
    unit = coordinator.registers[name].consumption_unit
    unit_class = "energy" if _is_energy(coordinator.meter.kind, unit) else "volume"
    first = coordinator.data.registers[name].ledger.entries[0].reading.time
    rows = await get_instance(hass).async_add_executor_job(
        lambda: statistics_during_period(hass, since, first, {statistic}, "hour", {unit_class: unit}, {"state"})
    )
    found = []
    for row in rows.get(statistic, ()):
        end = dt_util.utc_from_timestamp(row["start"]) + _HOUR
        if (state := row.get("state")) is not None and end < first:
            value = Decimal(str(state))
            found.append(Total(reading=Reading(value=value, time=end), consumption=value))
    return found


def _is_energy(kind: MeterKind, unit: str) -> bool:
    return kind is MeterKind.ELECTRICITY or unit.endswith("Wh")


def _queue(database: AccountStore, exporter: Exporter, meter: str, past: Past) -> int:
    added, now = exporter.past(meter, past), dt_util.utcnow()
    days = added.days
    for points in batched(added.points, _AT_ONCE, strict=False):
        database.commit(Commit(meter=meter, recorded_at=now, points=points, days=days))
        days = ()
    return len(added.points)
