"""Which version of an account's data this is, what becomes of an older one, and what is said about a newer one."""

from __future__ import annotations

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

VERSION: Final = 1
"""A version that does not know a newer one cannot set the account up; its meters, the subentries, count with it."""
MINOR_VERSION: Final = 2
"""1: what 0.1.0 wrote. 2: what came later is there. Whatever is missing has a meaning, so both can be read by both."""


@callback
def async_migrate(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Bring an entry of this major version up to date; one of a newer minor version stays as it is."""
    if entry.minor_version < MINOR_VERSION:
        hass.config_entries.async_update_entry(entry, minor_version=MINOR_VERSION)


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
