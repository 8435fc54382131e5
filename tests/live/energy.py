"""Puts meters on the Energy dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .client import Client

_NO_PRICE: Final = {"stat_cost": None, "entity_energy_price": None}
_PRICES: Final = {"water": 4.35, "electricity": 0.31, "gas": 1.02}


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
