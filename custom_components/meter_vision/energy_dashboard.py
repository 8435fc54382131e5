"""Puts a meter on the Energy dashboard when a person has asked for it: appended, validated, never twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
import logging
from typing import Any, Final

from homeassistant.components.energy import DOMAIN as ENERGY, async_get_manager
from homeassistant.components.energy.data import ENERGY_SOURCE_SCHEMA
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util.hass_dict import HassKey
import voluptuous as vol

from .const import DOMAIN
from .identity import unique_id
from .metering.description import parse_meter
from .metering.models import Meter, MeterKind, Register

_LOGGER = logging.getLogger(__package__)
_WISHES: Final[HassKey[set[tuple[str, str]]]] = HassKey(f"{DOMAIN}_energy_wishes")
"""Accounts and names of meters that are to be added once they have entities."""
_EXPORT: Final = "export"
_RATE_KEYS: Final = {MeterKind.WATER: "flow_rate", MeterKind.GAS: "flow_rate", MeterKind.ELECTRICITY: "power"}


@callback
def async_wish(hass: HomeAssistant, entry: ConfigEntry, name: str) -> None:
    """Remember that the meter of this name, which is about to be set up, is to be added."""
    hass.data.setdefault(_WISHES, set()).add((entry.entry_id, name))


async def async_fulfil_wishes(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Add the meters of an account that are wished for, now that their entities exist."""
    wishes = hass.data.setdefault(_WISHES, set())
    for subentry in list(entry.subentries.values()):
        if (wish := (entry.entry_id, subentry.title)) in wishes:
            wishes.discard(wish)
            await async_add(hass, subentry.subentry_id, parse_meter(subentry.data))


async def async_add(hass: HomeAssistant, subentry_id: str, meter: Meter) -> None:
    """Append a meter's registers to the sources of the Energy dashboard, those apart that it has already."""
    if ENERGY not in hass.config.components:
        return
    manager = await async_get_manager(hass)
    existing: list[Any] = [] if manager.data is None else list(manager.data["energy_sources"])
    known = {text for source in existing for text in source.values() if isinstance(text, str)}
    new = [source for source in _sources(hass, subentry_id, meter) if known.isdisjoint(_statistics(source))]
    try:
        ENERGY_SOURCE_SCHEMA(deepcopy([*existing, *new]))
    except vol.Invalid as err:
        _LOGGER.error("%s cannot be put on the Energy dashboard: %s", meter.name, err)  # noqa: TRY400
        return
    if new:
        update: Any = {"energy_sources": [*existing, *new]}
        await manager.async_update(update)


def _statistics(source: Mapping[str, Any]) -> set[str]:
    return {source[key] for key in ("stat_energy_from", "stat_energy_to") if source.get(key)}


def _sources(hass: HomeAssistant, subentry_id: str, meter: Meter) -> Iterator[dict[str, Any]]:
    """Yield a source for each register; what an electricity meter exports belongs to what it imports."""
    exported = None
    if meter.kind is MeterKind.ELECTRICITY:
        exports = [register for register in meter.registers if register.name == _EXPORT]
        exported = next((_entity(hass, subentry_id, register, "consumption") for register in exports), None)
    for register in meter.registers:
        if meter.kind is MeterKind.ELECTRICITY and register.name == _EXPORT:
            continue
        if (used := _entity(hass, subentry_id, register, "consumption")) is None:
            continue
        rate = _entity(hass, subentry_id, register, _RATE_KEYS[meter.kind])
        if meter.kind is MeterKind.ELECTRICITY:
            yield _grid(used, exported, rate)
            exported = None
        else:
            yield _piped(meter.kind, used, rate)


def _piped(kind: MeterKind, used: str, rate: str | None) -> dict[str, Any]:
    source: dict[str, Any] = {"type": kind.value, "stat_energy_from": used, "stat_cost": None}
    source |= {"entity_energy_price": None, "number_energy_price": None}
    return source | ({"stat_rate": rate} if rate else {})


def _grid(used: str, exported: str | None, rate: str | None) -> dict[str, Any]:
    source: dict[str, Any] = {"type": "grid", "stat_energy_from": used, "stat_energy_to": exported}
    prices = ("stat_cost", "entity_energy_price", "number_energy_price")
    exports = ("stat_compensation", "entity_energy_price_export", "number_energy_price_export")
    source |= dict.fromkeys((*prices, *exports)) | {"cost_adjustment_day": 0}
    return source | ({"stat_rate": rate} if rate else {})


def _entity(hass: HomeAssistant, subentry_id: str, register: Register, key: str) -> str | None:
    """Return a register's sensor, None if there is none, or if nobody records it."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(SENSOR, DOMAIN, unique_id(subentry_id, key, register.name))
    entry = None if entity_id is None else registry.async_get(entity_id)
    return None if entry is None or entry.disabled else entity_id
