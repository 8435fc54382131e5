"""Processes that commit without end until they die; one program starts them all, for its imports take a second.

usage: python -m tests.store.victim PATH     then on stdin, for each: FIRST STATEMENT
On stdout come the process id, each number once it is safe, and `dead`. It dies before its n-th statement if STATEMENT
is not negative, else somebody has to end it.
"""

from itertools import count
import os
from pathlib import Path
import signal
import sys

from custom_components.meter_vision.store.account_store import AccountStore

from .commits import commit


def _say(word: object) -> None:
    os.write(1, f"{word}\n".encode())


def _commit_until_death(path: Path, first: int, statement: int) -> None:
    store = AccountStore.open(path)
    left = count(statement, -1)

    def trace(_: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    store._connection.set_trace_callback(trace)
    for number in count(first):
        store.commit(commit(number))
        _say(number)


def main(path: Path) -> None:
    """Start one process for each line of stdin, one after the other."""
    for line in sys.stdin:
        first, statement = map(int, line.split())
        if (child := os.fork()) == 0:
            _commit_until_death(path, first, statement)
        _say(child)
        os.waitpid(child, 0)
        _say("dead")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
