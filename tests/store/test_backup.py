"""A backup that copies the files one after the other while commits go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import tarfile
from threading import Event, Thread

import pytest

from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit

from .commits import at, commit

LONG = "x" * 20_000
"""Makes a commit of several pages, so that a thousand of them fill within the time of a backup."""


def keep(store: AccountStore, number: int) -> None:
    """Commit a state and a journal row that carry the same number."""
    made = commit(number)
    store.commit(
        Commit(meter="cellar", recorded_at=at(number), state={"number": number, "long": LONG}, journal=made.journal)
    )


@contextmanager
def committing(store: AccountStore, first: int) -> Iterator[list[int]]:
    """Commit one after the other in another thread; the list holds the latest number."""
    done, latest = Event(), [first - 1]

    def work() -> None:
        while not done.is_set():
            keep(store, latest[0] + 1)
            latest[0] += 1

    thread = Thread(target=work)
    thread.start()
    try:
        yield latest
    finally:
        done.set()
        thread.join()


def wait_for(latest: list[int], number: int) -> None:
    """Wait until a number has been committed."""
    while latest[0] < number:
        Event().wait(0.005)


def copied(path: Path, target: Path, latest: list[int], order: tuple[str, ...]) -> Path:
    """Copy file and log through a tar archive, with many commits before, between and after."""
    archive = target / "backup.tar"
    with tarfile.open(archive, "w") as tar:
        for suffix in order:
            wait_for(latest, latest[0] + 400)
            tar.add(f"{path}{suffix}", arcname=f"{path.name}{suffix}")
    wait_for(latest, latest[0] + 50)
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / path.name


@pytest.mark.parametrize("order", [("", "-wal"), ("-wal", "")])
def test_a_copy_is_whole_and_lacks_nothing_from_before_the_backup(tmp_path: Path, order: tuple[str, ...]) -> None:
    path = tmp_path / "account.db"
    store = AccountStore.open(path)
    target = tmp_path / "copy"
    target.mkdir()
    with committing(store, 0) as latest:
        wait_for(latest, 20)
        store.hold(with_checkpoint=True)
        before = latest[0]
        copy = AccountStore.open(copied(path, target, latest, order))
        store.release()

    number = dict(copy.states())["cellar"]["number"]
    assert number >= before
    assert len(copy.journal("cellar", at(0), at(1_000_000))) == number + 1
    copy.close()
    store.close()


def test_the_file_stays_as_it_is_until_the_backup_is_made(tmp_path: Path) -> None:
    path = tmp_path / "account.db"
    store = AccountStore.open(path)
    keep(store, 0)
    store.hold(with_checkpoint=True)
    before = path.read_bytes()
    for number in range(1, 400):
        keep(store, number)
    store.close()
    # Also when the account is reloaded meanwhile.
    store = AccountStore.open(path)
    store.hold(with_checkpoint=False)
    keep(store, 400)
    assert path.read_bytes() == before

    store.release()
    assert path.read_bytes() != before
    store.close()
    assert not Path(f"{path}-wal").exists()
