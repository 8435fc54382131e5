"""The journal's rows: written with a commit, asked for by meter and day, pruned by age and size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from decimal import Decimal
import json
import sqlite3
from typing import Any, Final

from .database import to_number, to_time
from .models import JournalEntry, JournalRow, Kind

_COLUMNS: Final = (
    "meter, register, time, recorded_at, kind, outcome, rule, confidence, value, detail, evidence, model,"
    " input_tokens, output_tokens, cost, picture, picture_size"
)
_INSERT: Final = f"INSERT INTO journal ({_COLUMNS}) VALUES ({', '.join('?' * 17)})"  # noqa: S608  constants
_SELECT: Final = f"SELECT id, {_COLUMNS} FROM journal"  # noqa: S608

_QUARTER: Final = 15 * 60 * 1_000_000
"""Of an hour, in microseconds."""
ROW_SIZE: Final = 1000
"""What a row takes with its indexes, in bytes, about."""


def insert(connection: sqlite3.Connection, meter: str, entry: JournalEntry) -> int:
    """Add a row inside a transaction and return its id; a failure like the one before it is counted there instead."""
    if (repeated := _repeated(connection, meter, entry)) is not None:
        connection.execute(
            "UPDATE journal SET recorded_at = ?, detail = json_set(detail, '$.times',"
            " coalesce(json_extract(detail, '$.times'), 1) + 1) WHERE id = ?",
            (to_number(entry.recorded_at), repeated),
        )
        return repeated
    row = (
        meter,
        entry.register,
        to_number(entry.time),
        to_number(entry.recorded_at),
        entry.kind.value,
        entry.outcome,
        entry.rule,
        entry.confidence,
        None if entry.value is None else str(entry.value),
        json.dumps(entry.detail),
        None if entry.evidence is None else json.dumps(entry.evidence),
        entry.model,
        entry.input_tokens,
        entry.output_tokens,
        None if entry.cost is None else str(entry.cost),
        entry.picture,
        entry.picture_size,
    )
    return int(connection.execute(_INSERT, row).lastrowid or 0)


def _repeated(connection: sqlite3.Connection, meter: str, entry: JournalEntry) -> int | None:
    """Return the id of a meter's latest row if it tells of the same failure, and both cost nothing."""
    if entry.kind is not Kind.FAILURE or entry.input_tokens:
        return None
    found = connection.execute(
        "SELECT id, kind, input_tokens, json_extract(detail, '$.error') FROM journal WHERE meter = ?"
        " ORDER BY time DESC, id DESC LIMIT 1",
        (meter,),
    ).fetchone()
    alike = found is not None and found[1:] == (Kind.FAILURE.value, 0, entry.detail.get("error"))
    return int(found[0]) if alike else None


def between(connection: sqlite3.Connection, meter: str, start: datetime, end: datetime) -> tuple[JournalRow, ...]:
    """Return a meter's rows with start <= time < end, oldest first."""
    found = connection.execute(
        f"{_SELECT} WHERE meter = ? AND time >= ? AND time < ? ORDER BY time, id",
        (meter, to_number(start), to_number(end)),
    )
    return tuple(map(_row, found))


def one(connection: sqlite3.Connection, number: int) -> JournalRow | None:
    """Return the row of an id."""
    found = connection.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
    return None if found is None else _row(found)


def days(connection: sqlite3.Connection, zone: tzinfo) -> tuple[date, ...]:
    """Return the local days of which there are pictures of any meter, latest first."""
    # No clock on earth is set otherwise than in quarters of an hour, so days begin with one.
    quarters = connection.execute(f"SELECT DISTINCT time / {_QUARTER} FROM journal WHERE picture IS NOT NULL")  # noqa: S608
    return tuple(sorted({to_time(n * _QUARTER).astimezone(zone).date() for (n,) in quarters}, reverse=True))


def meters(connection: sqlite3.Connection, start: datetime, end: datetime) -> set[str]:
    """Return the meters that have pictures with start <= time < end."""
    found = connection.execute(
        "SELECT DISTINCT meter FROM journal WHERE time >= ? AND time < ? AND picture IS NOT NULL",
        (to_number(start), to_number(end)),
    )
    return {meter for (meter,) in found}


def latest_held(connection: sqlite3.Connection, meter: str, register: str) -> JournalRow | None:
    """Return the latest look at a register whose value was held back."""
    found = connection.execute(
        f"{_SELECT} WHERE meter = ? AND register = ? AND outcome = 'held' AND value IS NOT NULL"
        " ORDER BY time DESC, id DESC LIMIT 1",
        (meter, register),
    ).fetchone()
    return None if found is None else _row(found)


def reading_times(connection: sqlite3.Connection, meter: str, register: str, since: datetime) -> set[datetime]:
    """Return when readings of a register were accepted or said after a time, whether they still count or not."""
    found = connection.execute(
        "SELECT time FROM journal WHERE meter = ? AND time > ? AND register = ?"
        " AND (outcome = 'accepted' OR kind IN ('set', 'new_meter'))",
        (meter, to_number(since), register),
    )
    return {to_time(time) for (time,) in found}


def pictures(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all pictures that rows point to."""
    return {name for (name,) in connection.execute("SELECT DISTINCT picture FROM journal WHERE picture IS NOT NULL")}


def prune(connection: sqlite3.Connection, before: datetime, most_bytes: int) -> tuple[str, ...]:
    """Forget rows recorded before a time, and the oldest pictures beyond a size; return the names of those pictures.

    A row outlives its picture: it costs little, and the judge can be replayed from it. Rows take half the room at most.
    """
    gone = _delete(connection, "recorded_at < ?", to_number(before))
    oldest_allowed = "(SELECT id FROM journal ORDER BY id DESC LIMIT 1 OFFSET ?)"
    gone += _delete(connection, f"id <= {oldest_allowed}", most_bytes // 2 // ROW_SIZE)
    (rows,) = connection.execute("SELECT count(*) FROM journal").fetchone()
    kept = rows * ROW_SIZE
    sizes = "SELECT picture, max(picture_size) FROM journal WHERE picture IS NOT NULL GROUP BY picture"
    for name, size in connection.execute(f"{sizes} ORDER BY max(id) DESC").fetchall():
        kept += size
        if kept > most_bytes:
            gone.append(name)
            connection.execute("UPDATE journal SET picture = NULL, picture_size = 0 WHERE picture = ?", (name,))
    return _unused(connection, gone)


def remove(connection: sqlite3.Connection, meter: str) -> tuple[str, ...]:
    """Forget a meter's rows and return the names of the pictures that no row needs any more."""
    gone = _names(connection.execute("SELECT DISTINCT picture FROM journal WHERE meter = ?", (meter,)))
    connection.execute("DELETE FROM journal WHERE meter = ?", (meter,))
    return _unused(connection, gone)


def _delete(connection: sqlite3.Connection, condition: str, value: int) -> list[str]:
    """Delete rows and return the names of their pictures."""
    gone = _names(connection.execute(f"SELECT DISTINCT picture FROM journal WHERE {condition}", (value,)))  # noqa: S608
    connection.execute(f"DELETE FROM journal WHERE {condition}", (value,))  # noqa: S608
    return gone


def _names(found: Iterable[tuple[str | None]]) -> list[str]:
    return [name for (name,) in found if name is not None]


def _unused(connection: sqlite3.Connection, names: list[str]) -> tuple[str, ...]:
    used = pictures(connection)
    return tuple(name for name in names if name not in used)


def _row(found: tuple[Any, ...]) -> JournalRow:
    number, meter, register, time, recorded_at, kind, outcome, rule, confidence, value, detail, evidence, *rest = found
    model, input_tokens, output_tokens, cost, picture, picture_size = rest
    entry = JournalEntry(
        register=register,
        time=to_time(time),
        recorded_at=to_time(recorded_at),
        kind=Kind(kind),
        outcome=outcome,
        rule=rule,
        confidence=confidence,
        value=None if value is None else Decimal(value),
        detail=json.loads(detail),
        evidence=None if evidence is None else json.loads(evidence),
        model=model,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost=None if cost is None else Decimal(cost),
        picture=picture,
        picture_size=picture_size,
    )
    return JournalRow(id=number, meter=meter, entry=entry)
