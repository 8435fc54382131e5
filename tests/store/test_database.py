"""Opening: new, older, newer, foreign and damaged files; copies of a file in use."""

from contextlib import closing
from pathlib import Path
import sqlite3

import pytest

from custom_components.meter_vision.store import database
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.database import remove, set_aside
from custom_components.meter_vision.store.errors import StoreDamagedError, StoreError, StoreTooNewError
from custom_components.meter_vision.store.schema import MIGRATIONS, VERSION

from .commits import at, commit


def pragma(path: Path, name: str) -> object:
    """Return one property of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_file_is_durable_and_can_shrink(store: AccountStore, path: Path) -> None:
    assert (pragma(path, "user_version"), pragma(path, "journal_mode"), pragma(path, "auto_vacuum")) == (
        VERSION,
        "wal",
        2,
    )
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_holds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = AccountStore.open(path)
    older.commit(commit(3))
    older.close()
    steps = (*MIGRATIONS, "ALTER TABLE state ADD COLUMN a TEXT;\n", "UPDATE state SET a = 'new';\n")
    monkeypatch.setattr(database, "MIGRATIONS", steps)
    monkeypatch.setattr(database, "VERSION", len(steps))

    newer = AccountStore.open(path)

    assert newer._connection.execute("SELECT meter, a FROM state").fetchall() == [("cellar", "new")]
    assert len(newer.waiting(10)) == 2
    assert pragma(path, "user_version") == len(steps)
    newer.close()


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_file_of_every_older_version_is_taken_over(path: Path, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", MIGRATIONS[:version])
        patch.setattr(database, "VERSION", version)
        first = AccountStore.open(path)
        first.commit(commit(3))
        first.close()
    assert pragma(path, "user_version") == version

    today = AccountStore.open(path)
    assert (pragma(path, "user_version"), today.terms()) == (VERSION, {})
    assert (dict(today.states()), today.of_account("spending")) == ({"cellar": {"number": 3}}, {})
    today.keep_of_account({"spending": {"calls": 1}})
    assert today.of_account("spending") == {"calls": 1}
    today.close()


def test_a_step_that_fails_leaves_the_older_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = AccountStore.open(path)
    older.commit(commit(3))
    older.close()
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*MIGRATIONS, "DELETE FROM state;\nDELETE FROM no_such_table;\n"))
        patch.setattr(database, "VERSION", VERSION + 1)
        with pytest.raises(StoreError, match="no_such_table"):
            AccountStore.open(path)

    again = AccountStore.open(path)
    assert dict(again.states()) == {"cellar": {"number": 3}}
    again.close()


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    AccountStore.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    content = path.read_bytes()

    with pytest.raises(StoreTooNewError) as raised:
        AccountStore.open(path)

    assert raised.value.placeholders == {"found": str(VERSION + 1), "known": str(VERSION)}
    assert path.read_bytes() == content


def garbage(path: Path) -> None:
    """Write what is no database at all."""
    path.write_bytes(b"not a database" * 1000)


def foreign(path: Path) -> None:
    """Write the database of another program."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (value)")


def torn(path: Path) -> None:
    """Write a database in whose middle pages are missing."""
    store = AccountStore.open(path)
    for number in range(300):
        store.commit(commit(number))
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 * 8 : 4096 * 20] = bytes(4096 * 12)
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    """Write a database that ends too early."""
    torn(path)
    path.write_bytes(path.read_bytes()[:10_000])


@pytest.mark.parametrize("damage", [garbage, foreign, torn, cut_off])
def test_a_damaged_file_is_set_aside_as_it_is(path: Path, damage: object) -> None:
    damage(path)  # type: ignore[operator]
    content = path.read_bytes()

    with pytest.raises(StoreDamagedError) as raised:
        AccountStore.open(path)
    aside = set_aside(path, at(0))

    assert raised.value.placeholders["reason"]
    assert aside.read_bytes() == content
    assert not path.exists()
    fresh = AccountStore.open(path)
    assert dict(fresh.states()) == {}
    fresh.close()


def test_damage_that_appears_later_has_a_name(store: AccountStore) -> None:
    store.close()
    with pytest.raises(StoreError):
        dict(store.states())


def test_a_place_that_cannot_be_written_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        AccountStore.open(tmp_path / "no" / "folder" / "account.db")
    assert not isinstance(raised.value, StoreDamagedError)


def test_a_backup_holds_everything_while_the_file_is_in_use(store: AccountStore, tmp_path: Path) -> None:
    store.commit(commit(0))
    store.backup(tmp_path / "backup.db")
    store.commit(commit(1))

    restored = AccountStore.open(tmp_path / "backup.db")

    assert dict(restored.states()) == {"cellar": {"number": 0}}
    assert len(restored.waiting(10)) == 2
    restored.close()


def test_removal_leaves_nothing_behind(path: Path) -> None:
    garbage(path)
    set_aside(path, at(0))
    unclean = sqlite3.connect(path)
    unclean.execute("PRAGMA journal_mode = WAL")
    unclean.execute("CREATE TABLE t (v)")
    assert len(list(path.parent.iterdir())) > 1

    remove(path)

    unclean.close()
    assert list(path.parent.iterdir()) == []
