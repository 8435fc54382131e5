"""Grafana's names for units. A series says its unit in brackets, and an override gives it to the numbers."""

import re
from typing import Any, Final

VOLUMES: Final = {
    "m³": "m3",
    "L": "litre",
    "gal": "gallons",
    "ft³": "suffix:ft³",
    "CCF": "suffix:CCF",
    "MCF": "suffix:MCF",
}
ENERGIES: Final = {
    "kWh": "kwatth",
    "Wh": "watth",
    "MWh": "mwatth",
    "GJ": "suffix:GJ",
    "MJ": "suffix:MJ",
    "thm": "suffix:thm",
}
CURRENCIES: Final = {
    code: f"suffix:{code}"
    for code in (
        "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON",
        "CAD", "AUD", "NZD", "JPY", "INR", "ZAR", "BRL", "MXN", "TRY",
    )
}  # fmt: skip


def _per_hour(amounts: dict[str, str]) -> dict[str, str]:
    return {unit: f"suffix:{unit}/h" for unit in amounts}


MIXED: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "water": ("m3", VOLUMES),
    "electricity": ("kwatth", ENERGIES),
    "gas": ("m3", VOLUMES | ENERGIES),
    "water rate": ("suffix:m³/h", _per_hour(VOLUMES)),
    "electricity rate": ("suffix:kWh/h", _per_hour(ENERGIES)),
    "gas rate": ("suffix:m³/h", _per_hour(VOLUMES | ENERGIES)),
    "money": ("none", CURRENCIES),
}
"""What a panel may say instead of one of Grafana's units: the usual unit, and those that series may have."""


def default_unit(unit: str) -> str:
    """Return Grafana's unit for a panel."""
    return MIXED[unit][0] if unit in MIXED else unit


def overrides(unit: str) -> list[dict[str, Any]]:
    """Return the overrides that give every series of a panel the unit it counts in."""
    default, known = MIXED.get(unit, (unit, {}))
    return [
        {
            "matcher": {"id": "byRegexp", "options": rf"/\({re.escape(name)}\)/"},
            "properties": [{"id": "unit", "value": value}],
        }
        for name, value in known.items()
        if value != default
    ]
