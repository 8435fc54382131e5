"""The journal: by meter and day, within an age and a size."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from custom_components.meter_vision.store import journal
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit, JournalEntry, Kind

from .commits import at, commit, entry

DAY = 24 * 60


def keep(store: AccountStore, *entries: JournalEntry, meter: str = "cellar") -> None:
    """Commit rows and nothing else."""
    store.commit(Commit(meter=meter, recorded_at=at(0), journal=entries))


def values(store: AccountStore, meter: str = "cellar") -> list[int]:
    """Return the minutes of all rows of a meter."""
    return [
        round((row.entry.time - at(0)) / timedelta(minutes=1))
        for row in store.journal(meter, at(-1000 * DAY), at(1000 * DAY))
    ]


def test_rows_are_found_by_meter_and_time(store: AccountStore) -> None:
    keep(store, entry(20), entry(10), entry(30))
    keep(store, entry(15), meter="roof")

    found = store.journal("cellar", at(10), at(30))

    assert [row.entry.time for row in found] == [at(10), at(20)]
    assert store.journal("garden", at(0), at(100)) == ()


def test_a_row_without_what_only_looks_have(store: AccountStore) -> None:
    said = JournalEntry(register="main", time=at(1), recorded_at=at(2), kind=Kind.CORRECT)
    keep(store, said)

    assert [row.entry for row in store.journal("cellar", at(0), at(5))] == [said]


def test_days_are_local_and_those_of_pictures(store: AccountStore) -> None:
    # 08:00 UTC is midnight in Los Angeles, winter time.
    keep(store, entry(-1, picture="a.jpg", size=1), entry(0, picture="b.jpg", size=1), entry(5 * DAY))
    keep(store, entry(1, picture="c.jpg", size=1), entry(3 * DAY, picture="d.jpg", size=1), meter="roof")

    assert store.journal_days(ZoneInfo("America/Los_Angeles")) == (
        date(2026, 11, 25),
        date(2026, 11, 22),
        date(2026, 11, 21),
    )
    assert store.journal_days(ZoneInfo("UTC")) == (date(2026, 11, 25), date(2026, 11, 22))
    assert store.journal_meters(at(-1), at(1)) == {"cellar"}
    assert store.journal_meters(at(-1), at(2)) == {"cellar", "roof"}
    assert store.journal_meters(at(5 * DAY), at(6 * DAY)) == set()


def test_old_rows_go_with_their_pictures(store: AccountStore) -> None:
    keep(store, entry(0, picture="a.jpg", size=10), entry(10, picture="b.jpg", size=10), entry(20))

    assert store.prune_journal(before=at(5), most_bytes=10_000) == ("a.jpg",)
    assert values(store) == [10, 20]
    assert store.pictures() == {"b.jpg"}


def test_the_oldest_pictures_go_when_there_is_no_room(store: AccountStore) -> None:
    keep(store, *(entry(number, picture=f"{number}.jpg", size=100_000) for number in range(5)))

    assert set(store.prune_journal(before=at(-1), most_bytes=255_000)) == {"0.jpg", "1.jpg", "2.jpg"}
    assert values(store) == [0, 1, 2, 3, 4]
    assert store.pictures() == {"3.jpg", "4.jpg"}
    assert store.prune_journal(before=at(-1), most_bytes=255_000) == ()


def test_a_picture_of_two_registers_counts_once_and_stays_as_long_as_one_needs_it(store: AccountStore) -> None:
    keep(store, entry(0, "day", "both.jpg", 100_000), entry(9, "night", "both.jpg", 100_000))

    assert store.prune_journal(before=at(5), most_bytes=150_000) == ()
    assert store.pictures() == {"both.jpg"}
    assert store.prune_journal(before=at(15), most_bytes=150_000) == ("both.jpg",)


def test_a_removed_meter_leaves_only_points_that_are_on_their_way(store: AccountStore) -> None:
    store.commit(commit(1))
    store.commit(commit(2, meter="roof"))
    keep(store, entry(3, picture="c.jpg", size=1))

    assert store.remove_meter("cellar", {"spending": {"calls": 3}}) == ("c.jpg",)
    assert dict(store.states()) == {"roof": {"number": 2}}
    assert store.of_account("spending") == {"calls": 3}
    assert values(store) == []
    assert values(store, "roof") == [2]
    assert len(store.waiting(10)) == 4


def test_rows_take_half_the_room_at_most(store: AccountStore) -> None:
    keep(store, *(entry(number, picture=f"{number}.jpg", size=10) for number in range(10)))

    assert set(store.prune_journal(before=at(-1), most_bytes=6 * journal.ROW_SIZE)) == {f"{n}.jpg" for n in range(7)}
    assert values(store) == [7, 8, 9]


def failure(minute: int, error: str = "camera_timeout", tokens: int = 0) -> JournalEntry:
    """Return a look that came to no verdict."""
    return JournalEntry(
        register="main",
        time=at(minute),
        recorded_at=at(minute + 1),
        kind=Kind.FAILURE,
        outcome="camera_error",
        detail={"error": error},
        input_tokens=tokens,
    )


def test_a_failure_that_repeats_itself_is_one_row(store: AccountStore) -> None:
    for minute in range(100):
        keep(store, failure(minute))

    (row,) = (row.entry for row in store.journal("cellar", at(0), at(1000)))
    assert row.detail == {"error": "camera_timeout", "times": 100}
    assert (row.time, row.recorded_at) == (at(0), at(100))


def test_other_failures_paid_ones_and_those_of_other_meters_have_rows_of_their_own(store: AccountStore) -> None:
    keep(
        store,
        failure(0),
        failure(1, "camera_login"),
        failure(2, tokens=5),
        failure(3, tokens=5),
        failure(4),
        failure(5),
    )
    keep(store, failure(6), meter="roof")
    keep(store, entry(7), failure(8))

    assert values(store) == [0, 1, 2, 3, 4, 7, 8]
    assert values(store, "roof") == [6]


def test_the_latest_value_that_was_held_back(store: AccountStore) -> None:
    held = [replace(entry(minute, register), outcome="held") for minute, register in ((20, "main"), (25, "night"))]
    nothing = replace(entry(30), outcome="held", value=None)
    keep(store, *held, entry(10), nothing, entry(35), failure(40))

    found = store.latest_held("cellar", "main")
    assert found is not None
    assert found.entry.time == at(20)
    assert store.latest_held("cellar", "import") is None
