"""The readings that registers go on from: thousands for each, of which a commit changes one or two."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from .database import to_number
from .models import ReadingsChange


def put(connection: sqlite3.Connection, meter: str, change: ReadingsChange) -> None:
    """Make a change inside a transaction."""
    if change.anew:
        connection.execute("DELETE FROM reading WHERE meter = ? AND register = ?", (meter, change.register))
    connection.executemany(
        "DELETE FROM reading WHERE meter = ? AND register = ? AND time = ?",
        [(meter, change.register, to_number(time)) for time in change.gone],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?)",
        [(meter, change.register, to_number(time), json.dumps(data)) for time, data in change.put],
    )


def of_meter(connection: sqlite3.Connection, meter: str) -> dict[str, list[dict[str, Any]]]:
    """Return a meter's readings by register, oldest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    rows = connection.execute("SELECT register, data FROM reading WHERE meter = ? ORDER BY register, time", (meter,))
    for register, data in rows:
        found.setdefault(register, []).append(json.loads(data))
    return found
