"""The outbox: in order, nothing twice, refused lines apart, and what happens when it is full."""

from pathlib import Path

import pytest

from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit, OutboxState

from .commits import at, commit, point


def fill(store: AccountStore, *numbers: int, bucket: str = "a", meter: str = "cellar") -> None:
    """Commit one point for each number, at that minute."""
    for number in numbers:
        store.commit(Commit(meter=meter, recorded_at=at(number), points=(point(number, bucket),)))


def waiting(store: AccountStore, limit: int = 100, without: tuple[str, ...] = ()) -> list[int]:
    """Return the numbers of the points that wait."""
    return [int(found.line.split("reading=")[1].split()[0]) for found in store.waiting(limit, without=without)]


def ids(store: AccountStore, *places: int) -> list[int]:
    """Return the ids of the points at some places of the queue."""
    found = store.waiting(100)
    return [found[place].id for place in places]


def test_lines_wait_in_the_order_in_which_they_came(store: AccountStore) -> None:
    fill(store, 30, 10, 20)

    assert waiting(store) == [30, 10, 20]
    assert waiting(store, limit=2) == [30, 10]


def test_a_bucket_can_be_left_out(store: AccountStore) -> None:
    fill(store, 1, 2)
    fill(store, 3, bucket="b")

    assert waiting(store, without=("a",)) == [3]
    assert waiting(store, without=("a", "b")) == []


@pytest.mark.parametrize(("places", "left"), [((0, 1), [3, 4]), ((0, 2), [2, 4]), ((), [1, 2, 3, 4])])
def test_only_what_arrived_is_deleted(store: AccountStore, places: tuple[int, ...], left: list[int]) -> None:
    fill(store, 1, 2, 3, 4)

    store.delete_waiting(ids(store, *places))

    assert waiting(store) == left


def test_an_id_is_never_used_again(store: AccountStore) -> None:
    fill(store, 1)
    (first,) = ids(store, 0)
    store.delete_waiting([first])
    fill(store, 2)

    assert ids(store, 0)[0] > first


def test_refused_lines_are_kept_with_their_reason_and_can_be_tried_again(store: AccountStore) -> None:
    fill(store, 1, 2, 3)
    store.refuse_waiting(ids(store, 1), "field type conflict", at(9))

    (letter,) = store.dead_letters(10)
    assert (letter.line, letter.message, letter.failed_at) == (point(2).line, "field type conflict", at(9))
    assert waiting(store) == [1, 3]
    assert store.retry_dead_letters(at(10)) == 1
    assert waiting(store) == [1, 3, 2]
    assert store.dead_letters(10) == ()


def test_refused_lines_can_be_dropped(store: AccountStore) -> None:
    fill(store, 1, 2)
    store.refuse_waiting(ids(store, 0, 1), "no", at(9))

    assert store.drop_dead_letters() == 2
    assert store.outbox_state() == OutboxState(waiting=0, oldest=None, dead=0, missed=None)


def test_its_state_counts_from_when_a_line_was_queued(store: AccountStore) -> None:
    store.commit(Commit(meter="cellar", recorded_at=at(100), points=(point(-5000), point(-4000))))
    fill(store, 120)
    store.refuse_waiting(ids(store, 1), "no", at(130))

    assert store.outbox_state() == OutboxState(waiting=2, oldest=at(100), dead=1, missed=None)


def test_a_full_outbox_stops_nothing_and_remembers_what_it_could_not_take(path: Path) -> None:
    store = AccountStore.open(path, most_waiting=4)
    store.commit(commit(1))
    store.commit(commit(2))
    assert store.is_outbox_full()

    store.commit(commit(4))
    store.commit(commit(3))
    store.commit(commit(5, meter="roof"))

    assert dict(store.states())["cellar"] == {"number": 3}
    assert len(store.journal("cellar", at(0), at(10))) == 4
    assert waiting(store) == [1, 1, 2, 2]
    assert store.missed() == {"cellar": at(3), "roof": at(5)}
    assert store.outbox_state().missed == at(3)
    store.clear_missed("cellar")
    assert store.missed() == {"roof": at(5)}
    store.close()


def test_room_that_was_made_is_used(path: Path) -> None:
    store = AccountStore.open(path, most_waiting=4)
    fill(store, 1, 2, 3, 4)
    store.delete_waiting(ids(store, 1, 2))  # the span of the ids says full, the count does not

    fill(store, 5)

    assert waiting(store) == [1, 4, 5]
    assert not store.is_outbox_full()
    store.close()


def test_the_file_shrinks_when_a_backlog_is_gone(store: AccountStore, path: Path) -> None:
    lines = tuple(point(number) for number in range(20_000))
    store.commit(Commit(meter="cellar", recorded_at=at(0), points=lines))
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    full = path.stat().st_size

    store.delete_waiting([waiting.id for waiting in store.waiting(20_000)])
    store.shrink()
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert path.stat().st_size < full / 4
