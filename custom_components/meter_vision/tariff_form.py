"""The form for what a register's use costs: two numbers for most people, everything else in a section of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    DateSelector,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TimeSelector,
)
import voluptuous as vol

from .flow_fields import TEXT, decimal_text, number, section_of
from .metering.description import MAX_LEAK_HOURS
from .metering.tariff import Tariff
from .metering.tariff_description import DAYS, describe_tariff, parse_tariff

PRICE: Final = "price"
STANDING: Final = ("standing_charge_per_day", "standing_charge_per_month")
SINCE: Final = "from"
MORE: Final = "more"
CURRENCY: Final = "currency"
BILLING_DAY: Final = "billing_day"
BANDS: Final = "bands"
TIERS: Final = "tiers"
LEAK_HOURS: Final = "leak_hours"
_LAST_BILLING_DAY: Final = 28


def _objects(key: str, label: str, describe: str, fields: dict[str, ObjectSelectorField]) -> ObjectSelector:
    """Return a list of objects; their fields have texts of the selector `key`."""
    return ObjectSelector(
        ObjectSelectorConfig(
            fields=fields, multiple=True, label_field=label, description_field=describe, translation_key=key
        )
    )


def _bands(weekdays: Mapping[str, str]) -> ObjectSelector:
    """Return the list of bands; the frontend translates no options inside of it, so they come with their texts."""
    days = [SelectOptionDict(value=day, label=weekdays.get(day, day)) for day in DAYS]
    list_of_days = SelectSelector(SelectSelectorConfig(options=days, multiple=True, mode=SelectSelectorMode.LIST))
    return _objects(
        "band",
        PRICE,
        "from",
        {
            "price": {"selector": TEXT, "required": True},
            "from": {"selector": TimeSelector()},
            "to": {"selector": TimeSelector()},
            "days": {"selector": list_of_days},
            "season_from": {"selector": TEXT},
            "season_to": {"selector": TEXT},
        },
    )


_TIERS: Final = _objects(
    "tier",
    "above",
    PRICE,
    {"above": {"selector": TEXT, "required": True}, "price": {"selector": TEXT}, "surcharge": {"selector": TEXT}},
)
ALARMS_SCHEMA: Final = vol.Schema({vol.Optional(LEAK_HOURS): number(0, MAX_LEAK_HOURS, unit="h")})


def tariff_schema(weekdays: Mapping[str, str]) -> vol.Schema:
    """Return the form, given the texts of the days of the week."""
    more = {
        vol.Required(CURRENCY): TEXT,
        vol.Optional(BANDS): _bands(weekdays),
        vol.Optional(TIERS): _TIERS,
        vol.Required(BILLING_DAY, default=1): number(1, _LAST_BILLING_DAY),
    }
    return vol.Schema(
        {
            vol.Optional(PRICE): TEXT,
            **{vol.Optional(standing): TEXT for standing in STANDING},
            vol.Optional(SINCE): DateSelector(),
            vol.Required(MORE): section(vol.Schema(more), {"collapsed": True}),
        }
    )


def latest(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the prices that were entered last, nothing without a tariff."""
    if stored is None:
        return {}
    versions = stored.get("versions")
    return dict(versions[-1] if versions else stored)


def tariff_form(stored: Mapping[str, Any] | None, currency: str, today: date) -> dict[str, Any]:
    """Return the form filled in with the latest prices; new ones hold from today on."""
    known = latest(stored)
    form = {
        PRICE: known.get(PRICE),
        **{standing: known.get(standing) for standing in STANDING},
        SINCE: today.isoformat() if known else None,
    }
    more = {
        CURRENCY: (stored or {}).get(CURRENCY, currency),
        BANDS: known.get(BANDS),
        TIERS: known.get(TIERS),
        BILLING_DAY: (stored or {}).get(BILLING_DAY, 1),
    }
    filled = {key: value for key, value in form.items() if value is not None}
    return {**filled, MORE: {key: value for key, value in more.items() if value is not None}}


def tariff_data(form: Mapping[str, Any], stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the tariff as it is stored, None for an empty form; raise TariffError."""
    more = section_of(form, MORE)
    prices = _prices(form, more)
    if not prices:
        return None
    since = form.get(SINCE)
    known = _rates(stored) if stored else []
    if known and prices == {key: value for key, value in known[-1].items() if key != SINCE}:
        since = known[-1].get(SINCE)
    rates = [*(rates for rates in known if rates.get(SINCE) != since), {**({SINCE: since} if since else {}), **prices}]
    tariff = {CURRENCY: more[CURRENCY], BILLING_DAY: int(more.get(BILLING_DAY, 1)), "versions": rates}
    return describe_tariff(parse_tariff(tariff))


def _prices(form: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is charged, as it is stored, without when."""
    prices = {
        PRICE: decimal_text(form.get(PRICE) or ""),
        **{standing: decimal_text(form.get(standing) or "") for standing in STANDING},
        BANDS: more.get(BANDS),
        TIERS: more.get(TIERS),
    }
    given = {key: value for key, value in prices.items() if value}
    if not given:
        return {}
    if PRICE not in given and BANDS not in given:
        given[PRICE] = "0"
    return _rates({CURRENCY: more[CURRENCY], **given})[0]


def _rates(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all versions in the one form in which they can be compared."""
    plain = describe_tariff(parse_tariff(stored))
    outside = (CURRENCY, BILLING_DAY)
    return plain.get("versions") or [{key: value for key, value in plain.items() if key not in outside}]


def in_force(tariff: Tariff) -> str | None:
    """Return since when the latest prices hold, None for ever."""
    since = tariff.rates[-1].since
    return None if since is None else since.isoformat()
