"""The journal: by meter and day, within an age and a size."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

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


def test_days_are_local(store: AccountStore) -> None:
    # 08:00 UTC is midnight in Los Angeles, winter time.
    keep(store, entry(-1), entry(0), entry(1))

    assert store.journal_days("cellar", ZoneInfo("America/Los_Angeles")) == {
        date(2026, 11, 22): 2,
        date(2026, 11, 21): 1,
    }
    assert store.journal_days("cellar", ZoneInfo("UTC")) == {date(2026, 11, 22): 3}


def test_old_rows_go_with_their_pictures(store: AccountStore) -> None:
    keep(store, entry(0, picture="a.jpg", size=10), entry(10, picture="b.jpg", size=10), entry(20))

    assert store.prune_journal(before=at(5), most_bytes=1000) == ("a.jpg",)
    assert values(store) == [10, 20]
    assert store.pictures() == {"b.jpg"}


def test_the_oldest_pictures_go_when_there_is_no_room(store: AccountStore) -> None:
    keep(store, *(entry(number, picture=f"{number}.jpg", size=100) for number in range(5)))

    assert set(store.prune_journal(before=at(-1), most_bytes=250)) == {"0.jpg", "1.jpg", "2.jpg"}
    assert values(store) == [0, 1, 2, 3, 4]
    assert store.pictures() == {"3.jpg", "4.jpg"}
    assert store.prune_journal(before=at(-1), most_bytes=250) == ()


def test_a_picture_of_two_registers_counts_once_and_stays_as_long_as_one_needs_it(store: AccountStore) -> None:
    keep(store, entry(0, "day", "both.jpg", 100), entry(9, "night", "both.jpg", 100))

    assert store.prune_journal(before=at(5), most_bytes=150) == ()
    assert store.pictures() == {"both.jpg"}
    assert store.prune_journal(before=at(15), most_bytes=150) == ("both.jpg",)


def test_a_removed_meter_leaves_only_points_that_are_on_their_way(store: AccountStore) -> None:
    store.commit(commit(1))
    store.commit(commit(2, meter="roof"))
    keep(store, entry(3, picture="c.jpg", size=1))

    assert store.remove_meter("cellar") == ("c.jpg",)
    assert store.states() == {"roof": {"number": 2}}
    assert values(store) == []
    assert values(store, "roof") == [2]
    assert len(store.waiting(10)) == 4
