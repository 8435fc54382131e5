"""Puts meters on the Energy dashboard, and asks what Home Assistant thinks of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .client import Client
from .folder import DOMAIN

_NO_PRICE = {"stat_cost": None, "entity_energy_price": None}
_PRICES = {"water": 4.35, "electricity": 0.31, "gas": 1.02}


async def meter_entities(client: Client) -> dict[str, dict[str, str]]:
    """Return the entity ids of every meter, by the meter's name and the entity's key."""
    devices = {device["id"]: device for device in await client.call("config/device_registry/list")}
    found: dict[str, dict[str, str]] = {}
    for entity in await client.call("config/entity_registry/list"):
        if entity["platform"] == DOMAIN:
            device = devices[entity["device_id"]]
            subentry_id = device["config_subentry_id"]
            key = entity["unique_id"].removeprefix(f"{subentry_id}_")
            found.setdefault(device["name"], {})[key] = entity["entity_id"]
    return found


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
