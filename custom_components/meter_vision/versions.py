"""Which version of an account's or a meter's data this is, and what becomes of older and newer ones."""

from __future__ import annotations

from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_FORMAT, DOMAIN, SUBENTRY_METER

VERSION: Final = 1
"""A version that does not know a newer one cannot set the account up."""
MINOR_VERSION: Final = 3
"""1: what 0.1.0 wrote. 2: what came later is there. 3: each meter names its format.

Whatever is missing has a meaning, so that each can be read by all.
"""
METER_FORMAT: Final = 2
"""Of a meter, for Home Assistant gives subentries no version. 1: no format is named. A newer one is left alone."""


@callback
def async_migrate(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Bring an entry of this major version up to date; one of a newer minor version stays as it is."""
    if entry.minor_version >= MINOR_VERSION:
        return
    for meter in entry.get_subentries_of_type(SUBENTRY_METER):
        if CONF_FORMAT not in meter.data:
            hass.config_entries.async_update_subentry(entry, meter, data={**meter.data, CONF_FORMAT: METER_FORMAT})
    hass.config_entries.async_update_entry(entry, minor_version=MINOR_VERSION)


def is_too_new(meter: ConfigSubentry) -> bool:
    """Return whether a newer version has written a meter in a way that this one does not know."""
    found = meter.data.get(CONF_FORMAT, 1)
    return not isinstance(found, int) or found > METER_FORMAT


def told_of_newer(meter: ConfigSubentry) -> dict[str, str]:
    """Return the placeholders of what is said about a meter that is too new."""
    return {"meter": meter.title, "found": str(meter.data[CONF_FORMAT]), "known": str(METER_FORMAT)}


@callback
def async_report_newer_meters(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Say which meters a newer version has written; the others of the account go on."""
    for meter in entry.get_subentries_of_type(SUBENTRY_METER):
        issue_id = f"meter_too_new_{meter.subentry_id}"
        if not is_too_new(meter):
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            config_entry_id=entry.entry_id,
            data={"entry_id": entry.entry_id, "subentry_id": meter.subentry_id},
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key="meter_too_new",
            translation_placeholders=told_of_newer(meter),
        )


@callback
def async_report_newer(hass: HomeAssistant) -> None:
    """Say which accounts a newer version of the integration has written: Home Assistant only refuses them."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.version > VERSION:
            ir.async_create_issue(
                hass,
                DOMAIN,
                _issue_id(entry),
                config_entry_id=entry.entry_id,
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key="entry_too_new",
                translation_placeholders={"account": entry.title, "found": str(entry.version), "known": str(VERSION)},
            )


@callback
def async_withdraw_newer(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw what was said about an account that is gone."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry))


def _issue_id(entry: ConfigEntry) -> str:
    return f"entry_too_new_{entry.entry_id}"
