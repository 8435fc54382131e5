"""Meter Vision: water, electricity and gas meters read from a camera with Claude."""

from __future__ import annotations

import asyncio
from functools import partial
import logging

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType

from .account import Account
from .backfill import async_follow
from .const import DOMAIN, MODELS_INTERVAL, PLATFORMS, SUBENTRY_METER
from .coordinator import MeterCoordinator
from .energy_dashboard import async_fulfil_wishes
from .export_issues import async_withdraw_export
from .exporter import async_create_exporter
from .identity import async_fix_meter_ids
from .issues import async_withdraw_all
from .journal import async_keep_journal_small
from .journal_picture import JournalPictureView
from .meter_issues import async_follow_meter, async_forget_meters
from .metering.errors import LayoutError
from .page import async_setup_page
from .price_changes import async_follow_calendar
from .reader_service import async_create_service
from .recorder_runs import RecorderRuns
from .runtime import MeterVisionConfigEntry, RuntimeData
from .services import async_setup_services
from .state_store import StateStore
from .store.errors import StoreError, StoreTooNewError
from .versions import async_migrate, async_report_newer, async_report_newer_meters, async_withdraw_newer, is_too_new

_LOGGER = logging.getLogger(__package__)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001  the signature is Home Assistant's
    """Register what exists whether or not an account is set up: actions, pictures, and what the dialogs need."""
    async_setup_services(hass)
    hass.http.register_view(JournalPictureView())
    await async_setup_page(hass)
    async_report_newer(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
    """Bring an account that an older version has written up to date; Home Assistant refuses one of a newer version."""
    async_migrate(hass, entry)


async def async_setup_entry(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
    """Set up an account and its meters from what is stored; network and cameras are asked in the background."""
    service = await async_create_service(hass, entry.data)
    store = await _async_open_store(hass, entry)
    account = Account(hass, entry, service, store)
    async_fix_meter_ids(hass, entry)
    await store.async_know_meters()
    store.exporter = exporter = async_create_exporter(hass, entry, store.database)
    coordinators = await _async_coordinators(hass, entry, account, store)
    for coordinator in coordinators.values():
        await coordinator.async_prepare()
    entry.runtime_data = RuntimeData(account=account, store=store, coordinators=coordinators, exporter=exporter)
    await _async_forward(hass, entry)
    await async_fulfil_wishes(hass, entry)

    entry.async_on_unload(entry.add_update_listener(_async_reload))
    entry.async_create_background_task(hass, account.async_refresh(), f"check key of {entry.title}")
    refreshed = async_track_time_interval(hass, account.async_refresh, MODELS_INTERVAL, cancel_on_shutdown=True)
    entry.async_on_unload(refreshed)
    async_keep_journal_small(hass, entry, store)
    async_forget_meters(hass, entry)
    async_report_newer_meters(hass, entry)
    if exporter is not None:
        entry.async_on_unload(exporter.async_add_listener(partial(async_follow, hass, entry, exporter)))
        exporter.async_start()
    for coordinator in coordinators.values():
        await asyncio.sleep(0)
        coordinator.async_start()
        async_follow_meter(hass, entry, coordinator)
        async_follow_calendar(hass, entry, coordinator)
    RecorderRuns(hass, entry).async_start()


async def async_unload_entry(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
    """Unload an account; what its meters showed is written down already."""
    await hass.config_entries.async_unload_platforms_or_raise(entry, PLATFORMS)
    if entry.runtime_data.exporter is not None:
        await entry.runtime_data.exporter.async_stop()
    await entry.runtime_data.store.async_close()


async def async_remove_entry(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
    """Delete what was kept about the account's meters."""
    async_withdraw_all(hass, entry)
    async_withdraw_export(hass, entry)
    async_withdraw_newer(hass, entry)
    await StateStore.async_remove(hass, entry)


async def _async_open_store(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> StateStore:
    try:
        return await StateStore.async_open(hass, entry)
    except StoreTooNewError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key=err.translation_key, translation_placeholders=err.placeholders
        ) from err
    except StoreError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key=err.translation_key, translation_placeholders=err.placeholders
        ) from err


async def _async_forward(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
    """Add the entities, one platform after the other; between two of them Home Assistant does other things."""
    for platform in PLATFORMS:
        await asyncio.sleep(0)
        await hass.config_entries.async_forward_entry_setups(entry, (platform,))


async def _async_coordinators(
    hass: HomeAssistant, entry: MeterVisionConfigEntry, account: Account, store: StateStore
) -> dict[str, MeterCoordinator]:
    """Return a coordinator for each meter by subentry id; a broken description costs only its own meter.

    Between two of hundreds Home Assistant does other things.
    """
    coordinators = {}
    for subentry in entry.get_subentries_of_type(SUBENTRY_METER):
        await asyncio.sleep(0)
        if is_too_new(subentry):
            continue
        try:
            coordinators[subentry.subentry_id] = MeterCoordinator(hass, entry, subentry, account, store)
        except (LayoutError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as err:
            _LOGGER.error("Meter %s cannot be set up, reconfigure it: %r", subentry.title, err)  # noqa: TRY400
    return coordinators


async def _async_reload(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
    """Set the account up anew after any change to it or its meters."""
    hass.config_entries.async_schedule_reload(entry.entry_id)
