"""Local days of registers, one small row each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
import json
import sqlite3
from typing import Any

from .models import DayRow


def put(connection: sqlite3.Connection, meter: str, rows: Iterable[DayRow]) -> None:
    """Write days inside a transaction, in place of what was known of them."""
    connection.executemany(
        "INSERT INTO day VALUES (?, ?, ?, ?) ON CONFLICT (meter, register, first) DO UPDATE SET data = excluded.data",
        ((meter, row.register, row.first.isoformat(), json.dumps(row.data)) for row in rows),
    )


def since(connection: sqlite3.Connection, meter: str, register: str, first: date) -> dict[date, dict[str, Any]]:
    """Return a register's days since one, oldest first."""
    found = connection.execute(
        "SELECT first, data FROM day WHERE meter = ? AND register = ? AND first >= ? ORDER BY first",
        (meter, register, first.isoformat()),
    )
    return {date.fromisoformat(day): json.loads(data) for day, data in found}
