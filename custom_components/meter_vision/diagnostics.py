"""Diagnostics without key, password, user name, address or picture."""

from __future__ import annotations

from typing import Any, Final

import anthropic
from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_API_KEY, CONF_PASSWORD, CONF_TOKEN, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from yarl import URL

from .const import CONF_BASE_URL
from .coordinator import MeterCoordinator
from .exporter import Exporter
from .register_state import RegisterState
from .runtime import MeterVisionConfigEntry
from .state_data import plain_entry, plain_state

# A snapshot address may hold a password or a token in any of its parts.
_SECRET: Final = {CONF_API_KEY, CONF_PASSWORD, CONF_TOKEN, CONF_URL, CONF_USERNAME}

_LATEST: Final = 50
"""How many accepted readings are told."""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant,  # noqa: ARG001  the signature is Home Assistant's
    entry: MeterVisionConfigEntry,
) -> dict[str, Any]:
    """Return what is known about an account and its meters."""
    data = {**entry.data, CONF_BASE_URL: _origin(entry.data.get(CONF_BASE_URL))}
    return {
        "sdk": anthropic.__version__,
        "data": async_redact_data(data, _SECRET),
        "options": async_redact_data(entry.options, _SECRET),
        "export": _export(entry.runtime_data.exporter),
        "meters": {
            subentry_id: _meter(coordinator) for subentry_id, coordinator in entry.runtime_data.coordinators.items()
        },
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: MeterVisionConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return what is known about one meter, or about all of them for the account's own device."""
    coordinator = entry.runtime_data.coordinators.get(device.config_subentry_id or "")
    return await async_get_config_entry_diagnostics(hass, entry) if coordinator is None else _meter(coordinator)


def _meter(coordinator: MeterCoordinator) -> dict[str, Any]:
    state, picture = coordinator.data, coordinator.data.picture
    return {
        "settings": async_redact_data(dict(coordinator.subentry.data), _SECRET),
        "state": plain_state(state),
        "readings": {name: _readings(register) for name, register in state.registers.items()},
        "picture": None
        if picture is None
        else {
            "width": picture.width,
            "height": picture.height,
            "tokens": picture.tokens,
            "bytes": len(picture.content),
        },
        "picture_taken_at": None if state.picture_taken_at is None else state.picture_taken_at.isoformat(),
        "last_update_success": coordinator.last_update_success,
        "interval": coordinator.interval.total_seconds(),
    }


def _export(exporter: Exporter | None) -> dict[str, Any] | None:
    """Return how the export stands."""
    if exporter is None:
        return None
    status, outbox = exporter.status, exporter.status.outbox
    return {
        "waiting": outbox.waiting,
        "oldest": None if outbox.oldest is None else outbox.oldest.isoformat(),
        "refused": outbox.dead,
        "missed": None if outbox.missed is None else outbox.missed.isoformat(),
        "last_success": None if status.last_success is None else status.last_success.isoformat(),
        "problem": status.problem,
        "message": status.message,
    }


def _readings(state: RegisterState) -> dict[str, Any]:
    """Return how many readings a register goes on from, and the latest of them."""
    entries = state.ledger.entries
    return {"count": len(entries), "latest": [plain_entry(entry) for entry in entries[-_LATEST:]]}


def _origin(address: str | None) -> str | None:
    """Return an address without user information, path and query."""
    return None if address is None else str(URL(address).origin())
