"""The state of a meter as JSON data and back: decimals and times as text, without the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from .meter_state import MeterState, Spending
from .metering.ledger import Ledger
from .metering.ledger_columns import Entry, EntryColumns
from .metering.memory import JudgeState
from .metering.models import Confidence, Reading
from .metering.packed import Packed, to_time
from .metering.use import Use
from .register_state import RegisterState, Status
from .store.models import KeptReading, ReadingsChange

UNUSABLE: Final = (AttributeError, ArithmeticError, LookupError, TypeError, ValueError)
"""What `parse_state` raises for anything but what `plain_state` gave."""


def plain_state(state: MeterState) -> dict[str, Any]:
    """Return a state as JSON data, without the entries of its ledgers, which are many."""
    return {
        "registers": {name: _plain_register(register) for name, register in state.registers.items()},
        "attempted_at": _text(state.attempted_at),
        "spending": plain_spending(state.spending),
    }


def plain_spending(spending: Spending) -> dict[str, Any]:
    """Return a spending as JSON data."""
    return {
        "calls": spending.calls,
        "input_tokens": spending.input_tokens,
        "output_tokens": spending.output_tokens,
        "cost": str(spending.cost),
        "unpriced_calls": spending.unpriced_calls,
        "month": spending.month,
        "month_tokens": spending.month_tokens,
        "month_cost": str(spending.month_cost),
    }


def parse_state(data: Mapping[str, Any], entries: Mapping[str, Sequence[KeptReading]]) -> MeterState:
    """Return the state that `plain_state` gave, with the entries of each register's ledger."""
    return MeterState(
        registers={name: _register(register, entries[name]) for name, register in data["registers"].items()},
        attempted_at=_time(data["attempted_at"]),
        spending=parse_spending(data["spending"]),
    )


def parse_spending(data: Mapping[str, Any]) -> Spending:
    """Return the spending that `plain_spending` gave, also an older version."""

    def count(key: str) -> int:
        return int(data.get(key, 0))

    return Spending(
        calls=count("calls"),
        input_tokens=count("input_tokens"),
        output_tokens=count("output_tokens"),
        cost=Decimal(data.get("cost", 0)),
        unpriced_calls=count("unpriced_calls"),
        month=str(data.get("month", "")),
        month_tokens=count("month_tokens"),
        month_cost=Decimal(data.get("month_cost", 0)),
    )


def _plain_register(state: RegisterState) -> dict[str, Any]:
    return {
        "unit": state.unit,
        "multiplier": str(state.multiplier),
        "initial": _plain_reading(state.initial),
        "last": _plain_reading(state.last),
        "consumption": str(state.consumption),
        "start": str(state.ledger.start),
        "repair_from": _text(state.repair_from),
        "judge": state.judge.to_data(),
        "status": state.status.value,
        "rule": state.rule,
        "error": state.error,
        "confidence": state.confidence,
        "use": state.use.to_data(),
    }


def _register(data: Mapping[str, Any], entries: Sequence[KeptReading]) -> RegisterState:
    if not entries:
        raise ValueError("a ledger without entries")  # noqa: TRY003  never shown
    return RegisterState(
        unit=data["unit"],
        multiplier=Decimal(data["multiplier"]),
        initial=parse_reading(data["initial"]),
        last=parse_reading(data["last"]),
        consumption=Decimal(data["consumption"]),
        ledger=Ledger(start=Decimal(data["start"]), entries=_entries(entries)),
        repair_from=_time(data["repair_from"]),
        judge=JudgeState.from_data(data["judge"]),
        status=Status(data["status"]),
        rule=data["rule"],
        error=data["error"],
        confidence=None if data["confidence"] is None else Confidence(data["confidence"]),
        use=Use.from_data(data["use"]) if "use" in data else Use(),
    )


def plain_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry of a ledger as JSON data."""
    marks = {"trusted": entry.trusted, "new_meter": entry.new_meter}
    return {**_plain_reading(entry.reading), **{mark: True for mark, holds in marks.items() if holds}}


def _entries(kept: Sequence[KeptReading]) -> Packed[Entry]:
    columns = EntryColumns()
    for reading in kept:
        columns.append_kept(reading.time, reading.value, trusted=reading.trusted, new_meter=reading.new_meter)
    to_time(columns.times[0]), to_time(columns.times[-1])  # of any in between this can be said as well
    return Packed(columns, 0, len(kept))


def ledger_change(register: str, before: Ledger | None, after: Ledger) -> ReadingsChange | None:
    """Return how the entries of a ledger have changed, None if they have not."""
    known = after.kept[:0] if before is None else before.kept
    dropped = known.before(after.entries[0].reading.time)
    common = known[dropped:].shared(after.kept)
    new = after.kept[common:]
    put = tuple((entry.reading.time, plain_entry(entry)) for entry in new)
    times = {time for time, _ in put}
    replaced = (entry.reading.time for part in (known[:dropped], known[dropped + common :]) for entry in part)
    gone = tuple(time for time in replaced if time not in times)
    return ReadingsChange(register=register, gone=gone, put=put, anew=before is None) if gone or put else None


def _plain_reading(reading: Reading) -> dict[str, str]:
    return {"value": str(reading.value), "time": reading.time.isoformat()}


def parse_reading(data: Mapping[str, str]) -> Reading:
    """Return a reading kept as text, its time in UTC."""
    time = datetime.fromisoformat(data["time"])
    if time.tzinfo is None:
        raise ValueError("a time without zone")  # noqa: TRY003  never shown
    return Reading(value=Decimal(data["value"]), time=time.astimezone(UTC))


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
