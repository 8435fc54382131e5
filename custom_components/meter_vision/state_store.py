"""Keeps the state of an account's meters over restarts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import homeassistant.util.dt as dt_util

from .const import DOMAIN
from .meter_state import MeterState, Spending, Status
from .metering.ledger import Entry, Ledger
from .metering.memory import JudgeState
from .metering.models import Confidence, Reading

_LOGGER = logging.getLogger(__package__)
_VERSION: Final = 1
_SAVE_DELAY: Final = timedelta(seconds=5)


class StateStore:
    """The states of one account's meters by subentry id, written soon after a change and when Home Assistant stops."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare the store; nothing is read yet."""
        self._store = Store[dict[str, Any]](hass, _VERSION, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True)
        self._states: dict[str, dict[str, Any]] = {}

    async def async_load(self, meters: Collection[str]) -> None:
        """Read what was kept, and forget meters that have been removed."""
        stored = await self._store.async_load() or {}
        self._states = {meter: state for meter, state in stored.items() if meter in meters}

    def get(self, meter: str) -> MeterState | None:
        """Return the state kept for a meter, None if there is none that can be used."""
        if (stored := self._states.get(meter)) is None:
            return None
        try:
            return _state(stored)
        except KeyError, TypeError, ValueError, InvalidOperation:
            _LOGGER.warning("The stored state of meter %s cannot be used, starting from its first reading", meter)
            return None

    def put(self, meter: str, state: MeterState) -> None:
        """Keep the state of a meter."""
        self._states[meter] = plain_state(state)
        self._store.async_delay_save(self._data, _SAVE_DELAY.total_seconds())

    async def async_save(self) -> None:
        """Write now."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Delete everything."""
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        return dict(self._states)


def plain_state(state: MeterState) -> dict[str, Any]:
    """Return a state as JSON data: decimals and times as text, without the picture."""
    spending = state.spending
    return {
        "unit": state.unit,
        "initial": _plain_reading(state.initial),
        "last": _plain_reading(state.last),
        "consumption": str(state.consumption),
        "ledger": {
            "start": str(state.ledger.start),
            "entries": [_plain_entry(entry) for entry in state.ledger.entries],
        },
        "repair_from": None if state.repair_from is None else state.repair_from.isoformat(),
        "judge": state.judge.to_data(),
        "status": state.status.value,
        "rule": state.rule,
        "error": state.error,
        "confidence": state.confidence,
        "attempted_at": None if state.attempted_at is None else state.attempted_at.isoformat(),
        "spending": {
            "calls": spending.calls,
            "input_tokens": spending.input_tokens,
            "output_tokens": spending.output_tokens,
            "cost": str(spending.cost),
            "unpriced_calls": spending.unpriced_calls,
            "month": spending.month,
            "month_tokens": spending.month_tokens,
        },
    }


def _state(data: Mapping[str, Any]) -> MeterState:
    spending = data["spending"]
    repair_from = data.get("repair_from")
    return MeterState(
        unit=data["unit"],
        initial=parse_reading(data["initial"]),
        last=parse_reading(data["last"]),
        consumption=Decimal(data["consumption"]),
        ledger=_ledger(data),
        repair_from=None if repair_from is None else datetime.fromisoformat(repair_from),
        judge=JudgeState.from_data(data["judge"]),
        status=Status(data["status"]),
        rule=data["rule"],
        error=data["error"],
        confidence=None if data["confidence"] is None else Confidence(data["confidence"]),
        attempted_at=None if data["attempted_at"] is None else datetime.fromisoformat(data["attempted_at"]),
        spending=Spending(**{**spending, "cost": Decimal(spending["cost"])}),
    )


def _ledger(data: Mapping[str, Any]) -> Ledger:
    """Return the kept readings; a state from before they were kept has the last one."""
    if (ledger := data.get("ledger")) is None:
        return Ledger.begin(parse_reading(data["last"]), Decimal(data["consumption"]))
    entries = tuple(
        Entry(
            reading=parse_reading(entry),
            trusted=entry.get("trusted", False),
            new_meter=entry.get("new_meter", False),
        )
        for entry in ledger["entries"]
    )
    return Ledger(start=Decimal(ledger["start"]), entries=entries)


def _plain_entry(entry: Entry) -> dict[str, Any]:
    marks = {"trusted": entry.trusted, "new_meter": entry.new_meter}
    return {**_plain_reading(entry.reading), **{mark: True for mark, holds in marks.items() if holds}}


def _plain_reading(reading: Reading) -> dict[str, str]:
    return {"value": str(reading.value), "time": reading.time.isoformat()}


def parse_reading(data: Mapping[str, str]) -> Reading:
    """Return a reading kept as text, its time in UTC."""
    time = datetime.fromisoformat(data["time"])
    if time.tzinfo is None:
        raise ValueError("a time without zone")  # noqa: TRY003  never shown
    return Reading(value=Decimal(data["value"]), time=time.astimezone(dt_util.UTC))
