"""One account's file as the rest of the integration sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
import json
from pathlib import Path
import sqlite3
from threading import Lock
from typing import Any, Final, Self

from . import days, journal, outbox, readings
from .database import connect, copy, hold, release, transaction, translated
from .errors import StoreDamagedError
from .models import OF_ACCOUNT, Commit, DeadLetter, JournalEntry, JournalRow, KeptReading, OutboxState, WaitingPoint

MOST_WAITING: Final = 2_000_000
"""Lines; about two months of a hundred meters, in some 400 MB."""
SPENDING: Final = "spending"
"""What the dialogs, and meters that are no longer there, have spent."""
METERS: Final = "meters"
"""How the meters are called, by their ids."""
REMOVED: Final = "removed"
"""What stays of meters that are no longer there."""
_PAGES_A_TIME: Final = 4000
"""How much room is given back to the disk in one go, in pages of 4 KiB."""


class AccountStore:
    """The one place where anything is written. Blocks, so it belongs into an executor; any thread may call it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, most_waiting: int) -> None:
        """Take over an open connection."""
        self._path = path
        self._connection = connection
        self._most_waiting = most_waiting
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path, *, most_waiting: int = MOST_WAITING) -> Self:
        """Open or make a file, raise StoreTooNewError or StoreDamagedError; see `set_aside` for the latter."""
        return cls(path, connect(path), most_waiting)

    def close(self) -> None:
        """Close the file; what is committed is on disk already."""
        with self._lock:
            self._connection.close()

    def commit(self, commit: Commit) -> int | None:
        """Write all of a commit or nothing; return the id of its first journal row.

        Points that find the outbox full are noted instead, to be made again from the journal.
        """
        with self._transaction() as connection:
            for table, data in (("state", commit.state), ("terms", commit.terms)):
                if data is not None:
                    connection.execute(
                        f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT (meter) DO UPDATE SET data = excluded.data",  # noqa: S608  constants
                        (commit.meter, json.dumps(data)),
                    )
            for change in commit.readings:
                readings.put(connection, commit.meter, change)
            days.put(connection, commit.meter, commit.days)
            ids = [journal.insert(connection, commit.meter, entry) for entry in commit.journal]
            if commit.points and outbox.is_full(connection, self._most_waiting):
                outbox.miss(connection, commit.meter, min(point.time for point in commit.points))
            else:
                outbox.put(connection, commit.points, commit.recorded_at)
        return ids[0] if ids else None

    def states(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the meters and what is kept of each, one after the other, for together that takes much room."""
        with self._reading() as connection:
            meters = [meter for (meter,) in connection.execute("SELECT meter FROM state")]
        for meter in meters:
            with self._reading() as connection:
                (data,) = connection.execute("SELECT data FROM state WHERE meter = ?", (meter,)).fetchone()
            yield meter, _plain(data)

    def terms(self) -> dict[str, dict[str, Any]]:
        """Return how the registers of each meter counted and were charged when its state was written last."""
        with self._reading() as connection:
            return {meter: _plain(data) for meter, data in connection.execute("SELECT meter, data FROM terms")}

    def readings(self, meter: str) -> dict[str, list[KeptReading]]:
        """Return the readings that each register of a meter goes on from, oldest first."""
        with self._reading() as connection:
            return readings.of_meter(connection, meter)

    def days(self, meter: str, register: str, since: date) -> dict[date, dict[str, Any]]:
        """Return what is known of a register's days since one, oldest first."""
        with self._reading() as connection:
            return days.since(connection, meter, register, since)

    def of_account(self, name: str) -> dict[str, Any]:
        """Return what is kept under a name of the account itself; empty where nothing is kept or it is damaged."""
        with self._reading() as connection:
            found = connection.execute("SELECT data FROM account WHERE name = ?", (name,)).fetchone()
        return {} if found is None else _plain(found[0])

    def keep_of_account(self, kept: Mapping[str, Mapping[str, Any]], told: Sequence[JournalEntry] = ()) -> None:
        """Keep JSON data of the account itself, by name, and what the journal says of it, all or nothing."""
        with self._transaction() as connection:
            _put_of_account(connection, kept)
            for entry in told:
                journal.insert(connection, OF_ACCOUNT, entry)

    def remove_meter(self, meter: str, kept: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
        """Forget a meter and return the names of its pictures; its points still go out.

        `kept` is what the account itself keeps of it, such as what it has spent.
        """
        with self._transaction() as connection:
            _put_of_account(connection, kept)
            for table in ("state", "terms", "reading", "day", "missed"):
                connection.execute(f"DELETE FROM {table} WHERE meter = ?", (meter,))  # noqa: S608  constants
            return journal.remove(connection, meter)

    def hold(self, *, with_checkpoint: bool) -> None:
        """Write to the end of the log only until `release`, so that file and log can be copied one after the other.

        The checkpoint is for the time before anybody copies: it brings all that there is into the file.
        """
        with self._reading() as connection:
            hold(connection, with_checkpoint=with_checkpoint)

    def release(self) -> None:
        """Go on as usual after `hold`."""
        with self._reading() as connection:
            release(connection)

    def backup(self, target: Path) -> None:
        """Write a copy of the file as it stands now; commits go on meanwhile."""
        copy(self._path, target)

    # The journal

    def journal(self, meter: str, start: datetime, end: datetime) -> tuple[JournalRow, ...]:
        """Return a meter's rows with start <= time < end, oldest first."""
        with self._reading() as connection:
            return journal.between(connection, meter, start, end)

    def journal_row(self, number: int) -> JournalRow | None:
        """Return the row of an id, None if there is none any more."""
        with self._reading() as connection:
            return journal.one(connection, number)

    def journal_days(self, zone: tzinfo) -> tuple[date, ...]:
        """Return the local days of which there are pictures of any meter, latest first."""
        with self._reading() as connection:
            return journal.days(connection, zone)

    def journal_meters(self, start: datetime, end: datetime) -> set[str]:
        """Return the meters that have pictures with start <= time < end."""
        with self._reading() as connection:
            return journal.meters(connection, start, end)

    def latest_held(self, meter: str, register: str) -> JournalRow | None:
        """Return the latest look at a register whose value was held back."""
        with self._reading() as connection:
            return journal.latest_held(connection, meter, register)

    def reading_times(self, meter: str, register: str, since: datetime) -> set[datetime]:
        """Return when readings of a register were accepted or said after a time, whether they still count or not."""
        with self._reading() as connection:
            return journal.reading_times(connection, meter, register, since)

    def pictures(self) -> set[str]:
        """Return the names of all pictures that are still needed; any other file is an orphan."""
        with self._reading() as connection:
            return journal.pictures(connection)

    def prune_journal(self, *, before: datetime, most_bytes: int) -> tuple[str, ...]:
        """Forget rows recorded before a time and the oldest pictures beyond a size; return the pictures to delete."""
        with self._transaction() as connection:
            gone = journal.prune(connection, before, most_bytes)
        self.shrink()
        return gone

    # The outbox

    def waiting(self, limit: int, *, without: Collection[str] = ()) -> list[WaitingPoint]:
        """Return the first lines in the order in which they came, leaving out some buckets."""
        with self._reading() as connection:
            return outbox.batch(connection, limit, without)

    def delete_waiting(self, ids: Sequence[int]) -> None:
        """Delete lines that have arrived."""
        with self._transaction() as connection:
            outbox.delete(connection, ids)

    def refuse_waiting(self, ids: Sequence[int], message: str, failed_at: datetime) -> None:
        """Set lines apart that the server refuses for what they are."""
        with self._transaction() as connection:
            outbox.dead_letter(connection, ids, message, failed_at)

    def outbox_state(self) -> OutboxState:
        """Return how many lines wait and since when."""
        with self._reading() as connection:
            return outbox.state(connection)

    def is_outbox_full(self) -> bool:
        """Return whether the outbox takes no more points."""
        with self._reading() as connection:
            return outbox.is_full(connection, self._most_waiting)

    def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """Return the latest refused lines."""
        with self._reading() as connection:
            return outbox.dead_letters(connection, limit)

    def retry_dead_letters(self, now: datetime) -> int:
        """Put refused lines back into the outbox and return how many."""
        with self._transaction() as connection:
            return outbox.retry(connection, now)

    def drop_dead_letters(self) -> int:
        """Forget refused lines and return how many."""
        with self._transaction() as connection:
            return outbox.drop(connection)

    def missed(self) -> dict[str, datetime]:
        """Return since when the points of which meters are still to be made."""
        with self._reading() as connection:
            return outbox.missed(connection)

    def clear_missed(self, meter: str) -> None:
        """Note that a meter's points have been made."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM missed WHERE meter = ?", (meter,))

    def shrink(self) -> None:
        """Give room that is no longer used back to the disk, a bounded piece at a time."""
        with self._reading() as connection:
            connection.execute(f"PRAGMA incremental_vacuum({_PAGES_A_TIME})").fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated():
            try:
                yield self._connection
            except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as err:
                raise StoreDamagedError(reason=f"a row: {type(err).__name__}") from err

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(), transaction(self._connection):
            yield self._connection


def _put_of_account(connection: sqlite3.Connection, kept: Mapping[str, Mapping[str, Any]]) -> None:
    rows = [(name, json.dumps(data)) for name, data in kept.items()]
    connection.executemany("INSERT OR REPLACE INTO account VALUES (?, ?)", rows)


def _plain(data: str) -> dict[str, Any]:
    """Return JSON data of a meter; nothing where it is damaged, for the other meters' is not."""
    try:
        state = json.loads(data)
    except RecursionError, TypeError, ValueError:
        return {}
    return state if isinstance(state, dict) else {}
