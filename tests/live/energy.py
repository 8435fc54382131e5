"""Puts meters on the Energy dashboard, and asks what Home Assistant thinks of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final

from .client import AnswerError, Client
from .folder import DOMAIN

_TRIES: Final = 100
_PAUSE: Final = 0.2
_NO_PRICE: Final = {"stat_cost": None, "entity_energy_price": None}
_PRICES: Final = {"water": 4.35, "electricity": 0.31, "gas": 1.02}


async def meter_entities(client: Client) -> dict[str, dict[str, str]]:
    """Return the entity ids of every meter, by the meter's name and the entity's key."""
    # In this order: no entity comes before its device.
    entities = await client.call("config/entity_registry/list")
    devices = {device["id"]: device for device in await client.call("config/device_registry/list")}
    found: dict[str, dict[str, str]] = {}
    for entity in entities:
        if entity["platform"] == DOMAIN:
            device = devices[entity["device_id"]]
            key = entity["unique_id"].removeprefix(f"{device['config_subentry_id']}_")
            found.setdefault(device["name"], {})[key] = entity["entity_id"]
    return found


async def entities_of(client: Client, names: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the entity ids of these meters as soon as all of them have theirs."""
    for _ in range(_TRIES):
        found = await meter_entities(client)
        if set(names) <= {name for name, keys in found.items() if "consumption" in keys}:
            return found
        await asyncio.sleep(_PAUSE)
    message = f"no entities of {set(names) - set(found)}"
    raise AnswerError(message)


async def add_to_dashboard(client: Client, kinds: Mapping[str, str]) -> None:
    """Put statistics (statistic id -> kind of meter) on the Energy dashboard, with made-up prices."""
    sources = [_source(statistic, kind) for statistic, kind in kinds.items()]
    await client.call("energy/save_prefs", energy_sources=sources)


def _source(statistic: str, kind: str) -> dict[str, Any]:
    source = {"stat_energy_from": statistic, "number_energy_price": _PRICES[kind], **_NO_PRICE}
    if kind != "electricity":
        return {"type": kind, **source}
    export = {
        "stat_energy_to": None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": None,
    }
    return {"type": "grid", "cost_adjustment_day": 0.0, **source, **export}
