"""Keeps the accounts' files in a state that can be copied while Home Assistant makes a backup."""

from __future__ import annotations

from functools import partial
import logging
from typing import Final

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .runtime import MeterVisionConfigEntry
from .state_store import IN_BACKUP
from .store.errors import StoreError

_LOGGER: Final = logging.getLogger(__package__)


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Bring everything into the files, and let them only grow until the backup is made; reads go on."""
    hass.data[IN_BACKUP] = True
    for entry in _loaded(hass):
        hold = partial(entry.runtime_data.store.database.hold, with_checkpoint=True)
        try:
            await hass.async_add_executor_job(hold)
        except StoreError as err:  # no reason to leave the house without a backup
            _LOGGER.warning("The file of %s may not be whole in this backup: %s", entry.title, err)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Go on as usual, whatever has become of the backup."""
    hass.data[IN_BACKUP] = False
    for entry in _loaded(hass):
        try:
            await hass.async_add_executor_job(entry.runtime_data.store.database.release)
        except StoreError as err:
            _LOGGER.warning("The file of %s goes on growing until the account is reloaded: %s", entry.title, err)


def _loaded(hass: HomeAssistant) -> list[MeterVisionConfigEntry]:
    return hass.config_entries.async_loaded_entries(DOMAIN)
