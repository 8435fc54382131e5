"""What a person has to put right about the export: raised and withdrawn from every change of its status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
import homeassistant.util.dt as dt_util

from .const import DOMAIN
from .export.answers import Problem
from .export.drainer import Status
from .export.settings import ExportSettings

_OLD: Final = timedelta(hours=24)
"""A server may be away for a night; after a day somebody should know."""
CONF_ACCOUNT: Final = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issue:
    """One kind of issue and when it is there."""

    key: str
    condition: Callable[[Status], bool]
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    fixable: bool = False


def _is_old(status: Status) -> bool:
    oldest = status.outbox.oldest
    return oldest is not None and dt_util.utcnow() - oldest > _OLD


_ISSUES: Final = (
    _Issue(
        key="export_bucket_missing",
        condition=lambda status: status.problem is Problem.BUCKET_MISSING,
        severity=ir.IssueSeverity.ERROR,
    ),
    _Issue(key="export_outbox_old", condition=_is_old),
    _Issue(key="export_dead_letters", condition=lambda status: status.outbox.dead > 0, fixable=True),
    _Issue(
        key="export_outbox_full",
        condition=lambda status: status.outbox.missed is not None,
        severity=ir.IssueSeverity.ERROR,
    ),
)


@callback
def async_follow_export(hass: HomeAssistant, entry: ConfigEntry, status: Status, settings: ExportSettings) -> None:
    """Raise the issues that there are and withdraw the others."""
    for issue in _ISSUES:
        if not issue.condition(status):
            ir.async_delete_issue(hass, DOMAIN, _issue_id(issue, entry))
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            _issue_id(issue, entry),
            config_entry_id=entry.entry_id,
            data={CONF_ACCOUNT: entry.entry_id},
            is_fixable=issue.fixable,
            severity=issue.severity,
            translation_key=issue.key,
            translation_placeholders={
                "account": entry.title,
                "buckets": ", ".join(settings.buckets),
                "waiting": str(status.outbox.waiting),
                "dead": str(status.outbox.dead),
                "message": status.message or "-",
            },
        )


@callback
def async_withdraw_export(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw every issue of an export that there is no longer."""
    for issue in _ISSUES:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(issue, entry))


def _issue_id(issue: _Issue, entry: ConfigEntry) -> str:
    return f"{issue.key}_{entry.entry_id}"
