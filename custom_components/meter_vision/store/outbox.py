"""The lines that wait for InfluxDB: taken in order, deleted once they are there, set apart when they are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
import json
import sqlite3

from .database import to_number, to_time
from .models import DeadLetter, OutboxState, OutgoingPoint, WaitingPoint


def put(connection: sqlite3.Connection, points: Iterable[OutgoingPoint], queued_at: datetime) -> None:
    """Add points inside a transaction."""
    queued = to_number(queued_at)
    connection.executemany(
        "INSERT INTO outbox (bucket, line, queued_at) VALUES (?, ?, ?)",
        ((point.bucket, point.line, queued) for point in points),
    )


def is_full(connection: sqlite3.Connection, most: int) -> bool:
    """Return whether that many lines wait; counts only when the span of the ids leaves it open."""
    (span,) = connection.execute("SELECT max(id) - min(id) + 1 FROM outbox").fetchone()
    return span is not None and span >= most and _count(connection) >= most


def miss(connection: sqlite3.Connection, meter: str, since: datetime) -> None:
    """Remember that a meter's points since a time are still to be made, for they found the outbox full."""
    connection.execute(
        "INSERT INTO missed VALUES (?, ?) ON CONFLICT (meter) DO UPDATE SET since = min(since, excluded.since)",
        (meter, to_number(since)),
    )


def missed(connection: sqlite3.Connection) -> dict[str, datetime]:
    """Return since when the points of which meters are still to be made."""
    return {meter: to_time(since) for meter, since in connection.execute("SELECT meter, since FROM missed")}


def batch(connection: sqlite3.Connection, limit: int, without: Collection[str]) -> list[WaitingPoint]:
    """Return the first lines in the order in which they came, leaving out some buckets."""
    left_out = ", ".join("?" * len(without))
    found = connection.execute(
        f"SELECT id, bucket, line FROM outbox WHERE bucket NOT IN ({left_out}) ORDER BY id LIMIT ?",  # noqa: S608
        (*without, limit),
    )
    return [WaitingPoint(*row) for row in found]


def delete(connection: sqlite3.Connection, ids: Collection[int]) -> None:
    """Delete lines that have arrived."""
    if not ids:
        return
    first, last = min(ids), max(ids)
    if last - first + 1 == len(ids):
        connection.execute("DELETE FROM outbox WHERE id BETWEEN ? AND ?", (first, last))
    else:
        connection.execute("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*ids]),))


def dead_letter(connection: sqlite3.Connection, ids: Collection[int], message: str, failed_at: datetime) -> None:
    """Set lines apart that the server refuses, with what it said, inside a transaction."""
    connection.execute(
        "INSERT INTO dead_letter (bucket, line, message, failed_at) SELECT bucket, line, ?, ? FROM outbox"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (message, to_number(failed_at), json.dumps([*ids])),
    )
    delete(connection, ids)


def dead_letters(connection: sqlite3.Connection, limit: int) -> tuple[DeadLetter, ...]:
    """Return the latest refused lines."""
    found = connection.execute(
        "SELECT id, bucket, line, message, failed_at FROM dead_letter ORDER BY id DESC LIMIT ?", (limit,)
    )
    return tuple(
        DeadLetter(id=number, bucket=bucket, line=line, message=message, failed_at=to_time(failed_at))
        for number, bucket, line, message, failed_at in found
    )


def retry(connection: sqlite3.Connection, now: datetime) -> int:
    """Put all refused lines back at the end, inside a transaction, and return how many there are."""
    moved = connection.execute(
        "INSERT INTO outbox (bucket, line, queued_at) SELECT bucket, line, ? FROM dead_letter ORDER BY id",
        (to_number(now),),
    )
    drop(connection)
    return moved.rowcount


def drop(connection: sqlite3.Connection) -> int:
    """Forget all refused lines and return how many there were."""
    return connection.execute("DELETE FROM dead_letter").rowcount


def state(connection: sqlite3.Connection) -> OutboxState:
    """Return how many lines wait and since when."""
    oldest = connection.execute("SELECT queued_at FROM outbox ORDER BY id LIMIT 1").fetchone()
    (dead,) = connection.execute("SELECT count(*) FROM dead_letter").fetchone()
    return OutboxState(
        waiting=_count(connection),
        oldest=None if oldest is None else to_time(oldest[0]),
        dead=dead,
        missed=min(missed(connection).values(), default=None),
    )


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])
