"""What is committed together is there together, whenever the process dies."""

from collections.abc import Iterator
from datetime import UTC, datetime
import os
from pathlib import Path
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.errors import StoreError
from tests.repository import ROOT

from .commits import at, commit, entry

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def numbers(store: AccountStore) -> tuple[int, list[int], list[str]]:
    """Return which commits the state, the journal and the outbox know."""
    state = dict(store.states()).get("cellar", {"number": -1})["number"]
    rows = [int((row.entry.time - at(0)).total_seconds() // 60) for row in store.journal("cellar", *ALWAYS)]
    lines = [point.line for point in store.waiting(10_000)]
    return state, rows, lines


class Victims:
    """Commits in processes that die, and what is found afterwards."""

    def __init__(self, path: Path, program: subprocess.Popen[str]) -> None:
        """Start with an empty file."""
        self.path = path
        self.program = program
        self.following = 0
        """The number of the next commit."""

    def start(self, statement: int = -1) -> int:
        """Let a process commit, dying before its n-th statement if that is not negative; return its id."""
        assert self.program.stdin is not None
        self.program.stdin.write(f"{self.following} {statement}\n")
        self.program.stdin.flush()
        return int(self._lines().__next__())

    def end(self) -> int:
        """Wait for the death, check that nothing is lost or doubled, and return how many commits it left."""
        said = [int(line) for line in iter(self._lines().__next__, "dead")]
        store = AccountStore.open(self.path)
        state, rows, lines = numbers(store)
        store.close()
        assert rows == list(range(state + 1))
        assert lines == [point.line for number in rows for point in commit(number).points]
        assert state >= max(said, default=self.following - 1), "a commit that was acknowledged is gone"
        before, self.following = self.following, state + 1
        return self.following - before

    def _lines(self) -> Iterator[str]:
        assert self.program.stdout is not None
        return (line.strip() for line in self.program.stdout)


@pytest.fixture
def victims(path: Path) -> Iterator[Victims]:
    """Return what starts the processes."""
    AccountStore.open(path).close()
    command = [sys.executable, "-m", "tests.store.victim", str(path)]
    with subprocess.Popen(  # noqa: S603  our own program
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as program:
        yield Victims(path, program)


def test_a_commit_comes_back_as_it_was_given(store: AccountStore) -> None:
    number = store.commit(commit(7))

    assert dict(store.states()) == {"cellar": {"number": 7}}
    assert number is not None
    row = store.journal_row(number)
    assert row is not None
    assert (row.meter, row.entry) == ("cellar", entry(7))
    assert [point.bucket for point in store.waiting(10)] == ["water_meter", "quality"]


def test_a_commit_that_fails_leaves_nothing(store: AccountStore, path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON outbox WHEN NEW.bucket = 'quality'"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    other.close()

    with pytest.raises(StoreError):
        store.commit(commit(0))

    assert numbers(store) == (-1, [], [])


def test_a_death_before_any_statement_loses_and_doubles_nothing(victims: Victims) -> None:
    left = []
    for statement in range(24):
        victims.start(statement)
        left.append(victims.end())
    assert sorted(set(left)) == [0, 1, 2, 3], "the deaths have to fall before, inside and after several commits"


def test_what_was_acknowledged_survives_a_death_at_any_moment(victims: Victims) -> None:
    chance = random.Random(4)  # noqa: S311  moments, not secrets
    for _ in range(10):
        child = victims.start()
        time.sleep(chance.uniform(0.01, 0.15))
        os.kill(child, signal.SIGKILL)
        victims.end()
    assert victims.following > 20
