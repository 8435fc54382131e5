"""Takes over what version 0.1 kept, one JSON file for each account and one register for each meter."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .meter_state import MeterState
from .metering.models import MAIN
from .metering.packed import to_number
from .state_data import UNUSABLE, parse_reading, parse_state
from .store.models import KeptReading

_LOGGER: Final = logging.getLogger(__package__)
_VERSION: Final = 1


def json_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the file of an account."""
    return Store(hass, _VERSION, f"{DOMAIN}.{entry.entry_id}", private=True, atomic_writes=True)


async def async_states_of_json(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, MeterState]:
    """Return the states that the file holds, none where it is gone because they have been taken over."""
    kept: Mapping[str, Mapping[str, Any]] = await json_store(hass, entry).async_load() or {}
    states = {}
    for meter, data in kept.items():
        try:
            states[meter] = _state(data)
        except UNUSABLE:
            _LOGGER.warning("What version 0.1 kept of meter %s cannot be used", meter)
    return states


def _state(data: Mapping[str, Any]) -> MeterState:
    ledger = data.get("ledger") or {"start": data["consumption"], "entries": [{**data["last"], "trusted": True}]}
    register = {**data, "multiplier": "1", "start": ledger["start"], "repair_from": data.get("repair_from")}
    return parse_state({**data, "registers": {MAIN: register}}, {MAIN: [_kept(entry) for entry in ledger["entries"]]})


def _kept(entry: Mapping[str, Any]) -> KeptReading:
    reading = parse_reading(entry)
    marks = (bool(entry.get(mark)) for mark in ("trusted", "new_meter"))
    return KeptReading(to_number(reading.time), str(reading.value), *marks)
