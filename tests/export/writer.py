"""Processes that make points and send them until they die; one program starts them all, for its imports take seconds.

usage: python -m tests.export.writer PATH URL POINTS     then a line on stdin for each process: `stay` or `end`
On stdout come its process id, and how it ended: `done` once all points are made and gone, else `dead`.
"""

from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import sys
from threading import Thread
import time

from custom_components.meter_vision.export.client import client_library
from custom_components.meter_vision.export.delivery import Delivery
from custom_components.meter_vision.export.server import Server
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit, OutgoingPoint

from .conftest import settings

BATCH = 500
_AT_ONCE = 20
_SHORT = timedelta(milliseconds=50)
_BUCKETS = ("water_meter", "gas_meter")


def _points(first: int) -> tuple[OutgoingPoint, ...]:
    time_of_first = datetime(2026, 11, 1, tzinfo=UTC)
    return tuple(
        OutgoingPoint(
            bucket=_BUCKETS[number % 2],
            line=f"meter,meter_id=m reading={number} {1_795_000_000_000 + number * 1000}",
            time=time_of_first,
        )
        for number in range(first, first + _AT_ONCE)
    )


def _make(store: AccountStore, count: int) -> None:
    """Make points from where the process before was ended."""
    first = dict(store.states()).get("m", {"next": 0})["next"]
    for number in range(first, count, _AT_ONCE):
        following = {"next": number + _AT_ONCE}
        store.commit(Commit(meter="m", recorded_at=datetime.now(UTC), state=following, points=_points(number)))


def _work(path: Path, url: str, count: int, *, stay: bool) -> None:
    store = AccountStore.open(path)
    delivery = Delivery(store, Server(settings(url)), lambda longest: min(longest, _SHORT), most_lines=BATCH)
    maker = Thread(target=_make, args=(store, count), daemon=True)
    maker.start()
    while stay or maker.is_alive() or store.waiting(1):
        pause = delivery.round(datetime.now(UTC)).pause
        time.sleep(0.002 if pause is None else pause.total_seconds())


def main(path: Path, url: str, count: int) -> None:
    """Start one process for each line of stdin, one after the other."""
    client_library()
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            _work(path, url, count, stay=line.strip() == "stay")
            os._exit(0)
        print(child, flush=True)  # noqa: T201  how they talk
        _, status = os.waitpid(child, 0)
        print("done" if status == 0 else "dead", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
