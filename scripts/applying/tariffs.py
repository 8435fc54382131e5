"""What a tariff answers to the dialog, which takes one set of prices at a time, each from its date on."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from custom_components.meter_vision.metering.models import Register
from custom_components.meter_vision.metering.tariff_description import describe_tariff, parse_tariff

_OUTSIDE: Final = ("currency", "billing_day")
_STANDING: Final = ("standing_charge_per_day", "standing_charge_per_month")
_EMPTY: Final[Mapping[str, Any]] = dict.fromkeys(("price", *_STANDING, "from", "bands", "tiers"))
_ENDS: Final = {"from": "00:00", "to": "24:00"}
"""Of a band that goes on to the end of the day; the dialog leaves them empty."""


def tariff_answers(register: Register, stored: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Yield the answers of one pass through the dialog after the other, until it knows what the file says."""
    known = [] if stored is None else _versions(describe_tariff(parse_tariff(stored)))
    wanted = {} if register.tariff is None else describe_tariff(register.tariff)
    versions = _versions(wanted) if wanted else []
    dates = {version.get("from") for version in versions}
    if any(version.get("from") not in dates for version in known):
        # Prices of a date that the file does not name go only with the whole tariff.
        yield {"register": register.name, **_EMPTY}
        known = []
    for version in versions:
        if version not in known:
            outside = {key: wanted[key] for key in _OUTSIDE if key in wanted}
            yield {"register": register.name, "billing_day": 1, **outside, **_prices(version)}


def _versions(tariff: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "versions" in tariff:
        return list(tariff["versions"])
    return [{key: value for key, value in tariff.items() if key not in _OUTSIDE}]


def _prices(version: Mapping[str, Any]) -> dict[str, Any]:
    """Return one set of prices as the form has it."""
    return {
        "price": version.get("price"),
        **{standing: version.get(standing) for standing in _STANDING},
        "from": version.get("from"),
        "bands": [_band(band) for band in version["bands"]] if version.get("bands") else None,
        "tiers": version.get("tiers"),
    }


def _band(band: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in band.items() if _ENDS.get(key) != value}
    return {key: f"{value}:00" if key in _ENDS else value for key, value in told.items()}
