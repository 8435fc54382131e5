"""What a person has to put right at Anthropic: raised and withdrawn from the outcome of every call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .metering.errors import MeteringError, ReaderBillingError, ReaderModelError, ReaderPermissionError


@dataclass(frozen=True, slots=True)
class _Issue:
    """One kind of issue, the error that raises it and where it is put right."""

    key: str
    error: type[MeteringError]
    learn_more_url: str
    is_fixable: bool = False


_MODELS_URL: Final = "https://platform.claude.com/docs/en/about-claude/model-deprecations"
_ISSUES: Final = (
    _Issue("billing", ReaderBillingError, "https://platform.claude.com/settings/billing"),
    _Issue("permission", ReaderPermissionError, "https://platform.claude.com/settings/keys"),
    _Issue(
        key="model",
        error=ReaderModelError,
        learn_more_url=_MODELS_URL,
        is_fixable=True,
    ),
)


@callback
def async_follow_call(hass: HomeAssistant, entry: ConfigEntry, error: MeteringError | None) -> None:
    """Raise the issue that belongs to a call's error, and withdraw those that a call disproves.

    A call that was answered disproves all of them; one that failed for another reason, such as no connection, none.
    """
    for issue in _ISSUES:
        if isinstance(error, issue.error):
            ir.async_create_issue(
                hass,
                DOMAIN,
                _issue_id(issue, entry),
                config_entry_id=entry.entry_id,
                data={"entry_id": entry.entry_id, **error.placeholders},
                is_fixable=issue.is_fixable,
                severity=ir.IssueSeverity.ERROR,
                translation_key=issue.key,
                translation_placeholders={"account": entry.title, **error.placeholders},
                learn_more_url=issue.learn_more_url,
            )
        elif error is None or error.usage is not None or isinstance(error, tuple(other.error for other in _ISSUES)):
            ir.async_delete_issue(hass, DOMAIN, _issue_id(issue, entry))


@callback
def async_follow_deprecated(hass: HomeAssistant, entry: ConfigEntry, going: Mapping[str, datetime | None]) -> None:
    """Say which models in use will be gone, and when; withdraw what was said of any other."""
    prefix = f"model_deprecated_{entry.entry_id}_"
    for model, retires_at in going.items():
        ir.async_create_issue(
            hass,
            DOMAIN,
            prefix + model,
            config_entry_id=entry.entry_id,
            data={"entry_id": entry.entry_id, "model": model},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key="model_deprecated",
            translation_placeholders={
                "account": entry.title,
                "model": model,
                "date": "?" if retires_at is None else f"{retires_at:%Y-%m-%d}",
            },
            learn_more_url=_MODELS_URL,
        )
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(prefix) and issue_id.removeprefix(prefix) not in going:
            ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_follow_store(hass: HomeAssistant, entry: ConfigEntry, error: MeteringError | None) -> None:
    """Say that nothing can be written at present, as on a full disk; the next commit that works withdraws it."""
    told = None if error is None else {"reason": error.placeholders.get("reason", "?")}
    _follow(hass, entry, "store_unwritable", ir.IssueSeverity.ERROR, told)


@callback
def async_follow_budget(hass: HomeAssistant, entry: ConfigEntry, reached: Decimal | None) -> None:
    """Say that no meter is read because the month's limit is reached (in US dollars); None: withdraw it."""
    told = None if reached is None else {"limit": f"{reached:.2f}"}
    _follow(hass, entry, "budget", ir.IssueSeverity.WARNING, told)


@callback
def async_report_damaged_store(hass: HomeAssistant, entry: ConfigEntry, aside: str) -> None:
    """Say that what was known had to be set aside; the person who has read it dismisses it."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"store_damaged_{entry.entry_id}",
        config_entry_id=entry.entry_id,
        is_fixable=True,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="store_damaged",
        translation_placeholders={"account": entry.title, "file": aside},
    )


@callback
def async_withdraw_all(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw every issue of an account that is no longer in use."""
    for issue in _ISSUES:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(issue, entry))
    async_follow_budget(hass, entry, None)
    async_follow_deprecated(hass, entry, {})
    async_follow_store(hass, entry, None)


@callback
def _follow(
    hass: HomeAssistant, entry: ConfigEntry, key: str, severity: ir.IssueSeverity, told: Mapping[str, str] | None
) -> None:
    """Raise an issue that mends itself, with what it tells; None: withdraw it."""
    issue_id = f"{key}_{entry.entry_id}"
    if told is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        config_entry_id=entry.entry_id,
        is_fixable=False,
        severity=severity,
        translation_key=key,
        translation_placeholders={"account": entry.title, **told},
    )


def _issue_id(issue: _Issue, entry: ConfigEntry) -> str:
    return f"{issue.key}_{entry.entry_id}"
