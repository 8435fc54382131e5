"""The account's way to InfluxDB: makes the points of its meters, and lets one task send them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import partial
import logging
import random
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_ENTITY_ID, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_time_interval
import homeassistant.util.dt as dt_util
from yarl import URL

from .const import (
    CONF_CAMERA,
    CONF_COST_BUDGET,
    CONF_EXPORT,
    CONF_METER_ID,
    CONF_MONTHLY_LIMIT,
    CONF_REFUSED,
    DOMAIN,
    SUBENTRY_METER,
)
from .export.account_points import Money, status_point
from .export.answers import Problem
from .export.changes import Additions, Change, Known, RegisterExport
from .export.delivery import Delivery
from .export.drainer import Drainer, Status
from .export.errors import ExportAddressError
from .export.meter_points import MeterPoints
from .export.points import Series
from .export.schema import ACCOUNT
from .export.server import LateServer
from .export.settings import ExportSettings
from .export_issues import async_follow_export, async_withdraw_export
from .metering.budget import USUAL_LIMIT, money_of
from .metering.description import parse_meter
from .metering.ledger_columns import Total
from .store.account_store import AccountStore
from .store.errors import StoreError
from .store.models import Commit, JournalEntry

_LOGGER: Final = logging.getLogger(__package__)
_STATUS_INTERVAL: Final = timedelta(minutes=15)
_REFUSED: Final = {Problem.TOKEN, Problem.READ_ONLY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a meter's registers since a time."""

    registers: Mapping[str, Change]
    hours: Mapping[str, Sequence[Total]]
    """What the statistics know of the time before the ledgers."""
    since: datetime
    now: datetime


class Exporter:
    """Everything an account does for its export; there is none where nobody has asked for it."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, database: AccountStore, settings: ExportSettings
    ) -> None:
        """Prepare; nothing is imported or sent yet."""
        self.settings = settings
        self.making_up = False
        """Whether points that found the outbox full are being made again."""
        self._hass = hass
        self._entry = entry
        self._database = database
        self._listeners: list[Callable[[], None]] = []
        self._server = LateServer(settings)
        self._delivery = Delivery(database, self._server, _any_part_of)
        self._drainer = Drainer(
            delivery=self._delivery,
            outbox_state=database.outbox_state,
            executor=hass.async_add_executor_job,
            now=dt_util.utcnow,
            on_change=self._changed,
        )
        self._task: asyncio.Task[None] | None = None
        zone = dt_util.get_default_time_zone()
        self.meters = dict(_meters(entry, settings, zone))

    @property
    def status(self) -> Status:
        """How the export stands."""
        return self._drainer.status

    @callback
    def async_start(self) -> None:
        """Begin to send."""
        self._task = self._entry.async_create_background_task(
            self._hass, self._drainer.run(), f"export points of {self._entry.title}"
        )
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._async_tell_status, _STATUS_INTERVAL, cancel_on_shutdown=True)
        )

    async def _async_tell_status(self, now: datetime) -> None:
        """Send how the account stands."""
        try:
            await self._hass.async_add_executor_job(
                self._queue_status, dt_util.as_utc(now), self._entry.runtime_data.account.spent
            )
        except StoreError as err:
            _LOGGER.warning("How the export of %s stands could not be written: %s", self._entry.title, err)
        else:
            self.wake()

    def _queue_status(self, now: datetime, spent: Decimal) -> None:
        if self._database.is_outbox_full():
            return  # what stood then is of no use later, and no journal tells it
        outbox = self._database.outbox_state()
        options = self._entry.options
        money = Money(
            api_cost=spent,
            api_budget=money_of(options.get(CONF_MONTHLY_LIMIT, USUAL_LIMIT)),
            cost_budget=money_of(options.get(CONF_COST_BUDGET)),
        )
        points = status_point(outbox, money, self.settings.site, self.settings.bucket_mode, now)
        self._database.commit(Commit(meter=ACCOUNT, recorded_at=now, points=points))

    async def async_stop(self) -> None:
        """Let the request that is under way end, and send no other."""
        self._delivery.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._hass.async_add_executor_job(self._server.close)

    @callback
    def wake(self) -> None:
        """Say that there are new points."""
        self._drainer.wake()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Tell somebody about every change of the status; return what ends that."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    def additions(self, meter: str, changes: Mapping[str, Change], journal: Sequence[JournalEntry]) -> Additions:
        """Return what goes to InfluxDB with a commit; blocks, so it belongs into an executor."""
        return together(
            [
                register.of_change(changes[name], journal, self.known(meter, name))
                for name, register in self.meters.get(meter, {}).items()
                if name in changes
            ]
        )

    def past(self, meter: str, past: Past) -> Additions:
        """Return everything that is known of a meter's past; blocks, so it belongs into an executor."""
        looks = [row.entry for row in self._database.journal(meter, past.since, past.now)]
        made = []
        for name, register in self.meters.get(meter, {}).items():
            hours = past.hours[name]
            made += [
                register.of_hours(hours, past.now),
                register.of_looks(looks),
                register.of_all(past.registers[name], past.since, self.known(meter, name), hours),
            ]
        return together(made)

    def known(self, meter: str, register: str) -> Known:
        """Return what the account's file remembers of a register."""
        return Known(
            reading_times=partial(self._database.reading_times, meter, register),
            days=partial(self._database.days, meter, register),
        )

    @callback
    def _changed(self, status: Status) -> None:
        async_follow_export(self._hass, self._entry, status, self.settings)
        if status.problem in _REFUSED:
            self._entry.async_start_reauth(self._hass, data={CONF_REFUSED: CONF_EXPORT})
        for listener in list(self._listeners):
            listener()


@callback
def async_create_exporter(hass: HomeAssistant, entry: ConfigEntry, database: AccountStore) -> Exporter | None:
    """Return what exports an account, None where nobody has asked for it; then nothing of an earlier one remains."""
    if (data := entry.data.get(CONF_EXPORT)) is None:
        async_withdraw_export(hass, entry)
        _forget_entities(hass, entry)
        return None
    try:
        return Exporter(hass, entry, database, ExportSettings.from_data(data))
    except (ExportAddressError, KeyError, TypeError, ValueError) as err:
        _LOGGER.error("The export of %s cannot be used, set it up anew: %r", entry.title, err)  # noqa: TRY400
        return None


@callback
def _forget_entities(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the entities of an export that has been ended, and their device if it has no others."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    device = devices.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    if device is None:
        return
    for entity in er.async_entries_for_device(entities, device.id, include_disabled_entities=True):
        if entity.unique_id.startswith(f"{entry.entry_id}_export_"):
            entities.async_remove(entity.entity_id)
    if not er.async_entries_for_device(entities, device.id, include_disabled_entities=True):
        devices.async_remove_device(device.id)


def together(made: Sequence[Additions]) -> Additions:
    """Return several additions as one."""
    return Additions(
        points=tuple(point for one in made for point in one.points), days=tuple(day for one in made for day in one.days)
    )


def _meters(entry: ConfigEntry, settings: ExportSettings, zone: tzinfo) -> list[tuple[str, dict[str, RegisterExport]]]:
    """Return what makes the points of each register, by meter and name; a broken description costs only its meter."""
    found = []
    for subentry in entry.get_subentries_of_type(SUBENTRY_METER):
        with contextlib.suppress(ArithmeticError, LookupError, TypeError, ValueError):
            found.append((subentry.subentry_id, _registers(subentry, settings, zone)))
    return found


def _registers(subentry: ConfigSubentry, settings: ExportSettings, zone: tzinfo) -> dict[str, RegisterExport]:
    meter = parse_meter(subentry.data, zone)
    registers = {}
    for register in meter.registers:
        series = Series(
            kind=meter.kind,
            meter_id=subentry.data[CONF_METER_ID],
            register=register.name,
            site=settings.site,
            unit=register.consumption_unit,
        )
        points = MeterPoints(series=series, mode=settings.bucket_mode, camera=_camera(subentry))
        registers[register.name] = RegisterExport(register=register, points=points, zone=zone)
    return registers


def _camera(subentry: ConfigSubentry) -> str | None:
    """Return a name for where the pictures come from; of an address only the host, for the rest may be secret."""
    camera = subentry.data[CONF_CAMERA]
    return camera.get(CONF_ENTITY_ID) or URL(camera.get(CONF_URL, "")).host


def _any_part_of(longest: timedelta) -> timedelta:
    return longest * random.random()  # noqa: S311  a pause, not a secret
