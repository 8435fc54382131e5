"""Opens the file: makes it, brings it up to date, refuses what is newer or damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Final

from .errors import StoreDamagedError, StoreError, StoreTooNewError
from .schema import APPLICATION, MIGRATIONS, VERSION

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_PATIENCE: Final = timedelta(seconds=10)
"""How long a lock of another process, such as a backup, is waited for."""
_PAGES_BEFORE_CHECKPOINT: Final = 1000
"""As SQLite has it."""
_CACHED_KIB: Final = 512
"""A quarter of what SQLite keeps: everything is read once at the start, and few rows at a time later."""
_COMPANIONS: Final = ("", "-wal", "-shm")


def to_number(time: datetime) -> int:
    """Return an aware time as microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def to_time(number: int) -> datetime:
    """Return the aware UTC time of a number of microseconds since 1970."""
    return _EPOCH + number * _MICROSECOND


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to a file that is up to date; what is thrown leaves the file as it was."""
    with translated():
        connection = sqlite3.connect(
            path, timeout=_PATIENCE.total_seconds(), isolation_level=None, check_same_thread=False
        )
    try:
        with translated():
            _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    version = _checked_version(connection)
    if version == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{_CACHED_KIB}")
    for number in range(version, VERSION):
        with transaction(connection):
            for statement in MIGRATIONS[number].split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {number + 1}")


def _checked_version(connection: sqlite3.Connection) -> int:
    """Return the version of a file that can be used; 0 is a new one."""
    version, application, tables = (
        int(connection.execute(query).fetchone()[0])
        for query in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_schema")
    )
    if version == application == tables == 0:
        return 0
    if application != APPLICATION:
        raise StoreDamagedError(reason="not a file of Meter Vision")
    if version > VERSION:
        raise StoreTooNewError(found=str(version), known=str(VERSION))
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise StoreDamagedError(reason=finding)
    return version


@contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLite throws into the errors of this package."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.ProgrammingError) as err:
        raise StoreError(reason=str(err)) from err
    except sqlite3.DatabaseError as err:
        raise StoreDamagedError(reason=str(err)) from err


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of what is inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def hold(connection: sqlite3.Connection, *, with_checkpoint: bool) -> None:
    """Leave the file alone from here on, whatever is committed: the log only grows, also when the connection closes."""
    if with_checkpoint:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)  # noqa: FBT003  it takes no keyword


def release(connection: sqlite3.Connection) -> None:
    """Let the file follow the log again."""
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, False)  # noqa: FBT003
    connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_BEFORE_CHECKPOINT}")
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def copy(path: Path, target: Path) -> None:
    """Copy a file that may be in use, as it stands at one moment."""
    with (
        translated(),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copied,
    ):
        source.backup(copied)


def set_aside(path: Path, time: datetime) -> Path:
    """Move a file that cannot be used out of the way; a person may still save something from it."""
    aside = path.with_name(f"{path.name}.damaged-{time:%Y%m%dT%H%M%S%f}")
    for companion in _COMPANIONS:
        if (part := path.with_name(path.name + companion)).exists():
            part.rename(aside.with_name(aside.name + companion))
    return aside


def remove(path: Path) -> None:
    """Delete a file, what belongs to it, and what was set aside."""
    for found in (*path.parent.glob(f"{path.name}.damaged-*"), *(path.with_name(path.name + c) for c in _COMPANIONS)):
        found.unlink(missing_ok=True)
