"""The readings that registers go on from: thousands for each, of which a commit changes one or two."""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from .database import to_number
from .models import KeptReading, ReadingsChange

_OF_METER: Final = """
SELECT register, time, data ->> '$.value', data ->> '$.trusted', data ->> '$.new_meter'
FROM reading WHERE meter = ? ORDER BY register, time
"""
"""SQLite takes the rows apart, for they are many."""


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


def of_meter(connection: sqlite3.Connection, meter: str) -> dict[str, list[KeptReading]]:
    """Return a meter's readings by register, oldest first; raise ValueError for what is none."""
    found: dict[str, list[KeptReading]] = {}
    try:
        for register, time, value, trusted, new_meter in connection.execute(_OF_METER, (meter,)):
            found.setdefault(register, []).append(KeptReading(time, value, bool(trusted), bool(new_meter)))
    except sqlite3.OperationalError as err:
        if "JSON" in str(err):
            raise ValueError(*err.args) from err
        raise
    return found
