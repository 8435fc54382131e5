"""Which accepted readings count, and what they add up to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
import tracemalloc

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.consumption import advance
from custom_components.meter_vision.metering.ledger import KEPT, Ledger, OnlyReadingError, ReadingNotKeptError
from custom_components.meter_vision.metering.ledger_columns import Entry, EntryColumns
from custom_components.meter_vision.metering.models import Display, GasFactor, Reading, Register

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
REGISTER = Register(unit="kWh", display=Display.DRUMS, whole_digits=4, decimals=1, multiplier=Decimal(10))


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def ledger(*rows: str) -> Ledger:
    """Return the ledger of 1000.0 at the start and one entry an hour: `1001.5`, `!990` typed, `#3` new meter."""
    made = Ledger.begin(Reading(value=Decimal("1000.0"), time=START), Decimal(10000))
    for number, row in enumerate(rows, 1):
        made = made.add(entry(row, number), REGISTER)
    return made


def entry(row: str, hour: float) -> Entry:
    reading = Reading(value=Decimal(row.lstrip("!#")), time=hours(hour))
    return Entry(reading=reading, trusted=row[0] in "!#", new_meter=row[0] == "#")


def shown(made: Ledger) -> str:
    """Return hour=consumption of all readings that count."""
    return " ".join(
        f"{(total.reading.time - START) / timedelta(hours=1):g}={total.consumption:.0f}"
        for total in made.totals(REGISTER)
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param((), "0=10000", id="begin"),
        pytest.param(("1001.0", "1002.0"), "0=10000 1=10010 2=10020", id="rises"),
        pytest.param(("1001.0", "!1002.0", "1003.0"), "0=10000 1=10010 2=10020 3=10030", id="typed"),
        pytest.param(("1001.0", "1700.0", "!1002.0"), "0=10000 1=10010 3=10020", id="typed below a spike"),
        pytest.param(("1001.0", "!1700.0", "!1002.0"), "0=10000 1=10010 3=10020", id="typed again"),
        pytest.param(("1001.0", "!990.0"), "0=9900 2=9900", id="typed below all"),
        pytest.param(("1001.0", "#3.0", "4.0"), "0=10000 1=10010 2=10010 3=10020", id="new meter"),
        pytest.param(("1001.0", "#3.0", "!2.0"), "0=10000 1=10010 3=10010", id="new meter typed again"),
    ],
)
def test_totals(rows: tuple[str, ...], expected: str) -> None:
    assert shown(ledger(*rows)) == expected


def test_rollover() -> None:
    made = Ledger.begin(Reading(value=Decimal("9990.0"), time=START), Decimal(99900))
    for hour, row in enumerate(("9999.0", "1.0", "!2.0"), 1):
        made = made.add(entry(row, hour), REGISTER)

    assert shown(made) == "0=99900 1=99990 2=100010 3=100020"


@pytest.mark.parametrize(
    ("row", "hour", "expected"),
    [
        pytest.param("!1001.5", 1.5, "0=10000 1=10010 1.5=10015 2=10020 3=10030", id="between"),
        pytest.param("!1002.5", 1.5, "0=10000 1=10010 1.5=10025 3=10030", id="above a later look"),
        pytest.param("!1002.5", 2, "0=10000 1=10010 2=10025 3=10030", id="in place of a look"),
        pytest.param("!999.0", -1, "-1=9990 0=10000 1=10010 2=10020 3=10030", id="before all"),
        pytest.param("!999.0", 0, "0=9990 1=10010 2=10020 3=10030", id="in place of the first"),
        pytest.param("#3.0", -1, "-1=10000 1=10010 2=10020 3=10030", id="new meter before all"),
    ],
)
def test_reading_typed_for_the_past(row: str, hour: float, expected: str) -> None:
    made = ledger("1001.0", "1002.0", "1003.0").add(entry(row, hour), REGISTER)
    if row.startswith("#"):
        assert made.entries[0].new_meter
        assert made.start == 10000
    else:
        assert shown(made) == expected


def test_typing_error_hides_nothing_for_good() -> None:
    good = ledger("1001.0", "1002.0")
    mistyped = good.add(entry("!10.5", 3), REGISTER)
    assert shown(mistyped) == "0=105 3=105"

    assert shown(mistyped.correct(Decimal("1003.5"), hours(4), REGISTER)) == "0=10000 1=10010 2=10020 3=10035"
    assert mistyped.retract(hours(4), REGISTER) == good


@pytest.mark.parametrize(
    ("hour", "corrected", "retracted"),
    [
        (2.5, "0=10000 1=10010 2=10025 3=10030", "0=10000 1=10010 3=10030"),
        (9, "0=10000 1=10010 2=10020 3=10025", "0=10000 1=10010 2=10020"),
    ],
)
def test_the_reading_that_stood_at_a_time(hour: float, corrected: str, retracted: str) -> None:
    made = ledger("1001.0", "1002.0", "1003.0")
    value = Decimal("1002.5")

    assert shown(made.correct(value, hours(hour), REGISTER)) == corrected
    assert shown(made.retract(hours(hour), REGISTER)) == retracted


def test_new_meter_stays_new_when_its_first_reading_is_retracted() -> None:
    made = ledger("1001.0", "#3.0", "4.0")
    assert shown(made.retract(hours(2), REGISTER)) == "0=10000 1=10010 3=10010"
    assert shown(ledger("1001.0", "#3.0").retract(hours(2), REGISTER)) == "0=10000 1=10010"


def test_what_cannot_be_corrected() -> None:
    with pytest.raises(ReadingNotKeptError):
        ledger().correct(Decimal(1), hours(-1), REGISTER)
    with pytest.raises(ReadingNotKeptError):
        ledger().retract(hours(-1), REGISTER)
    with pytest.raises(OnlyReadingError):
        ledger("1001.0").retract(hours(0.5), REGISTER)


def test_old_readings_are_forgotten_and_the_total_stays() -> None:
    made = ledger()
    for day in range(1, 30):
        made = made.add(entry(f"{1000 + day}.0", day * 24), REGISTER)

    # They go a day late, all of that day at once.
    assert made.entries[0].reading.time == hours(29 * 24) - KEPT - timedelta(days=1)
    assert made.totals(REGISTER)[-1].consumption == 10290
    far = made.add(entry("1500.0", 24 * 365), REGISTER)
    assert shown(far) == f"{24 * 365}=15000"


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=30))
def test_the_total_is_what_the_register_moved(steps: list[tuple[int, bool]]) -> None:
    made = ledger()
    moved = 0
    for number, (used, typed) in enumerate(steps, 1):
        moved += used
        value = Decimal(10000 + moved) / 10 % 10000
        made = made.add(entry(f"{'!' if typed else ''}{value:.1f}", number), REGISTER)

    totals = made.totals(REGISTER)
    assert totals[-1].consumption == 10000 + moved
    assert [total.consumption for total in totals] == sorted(total.consumption for total in totals)
    assert len(totals) == len(steps) + 1


@pytest.mark.parametrize(
    ("rows", "since", "instead", "expected"),
    [
        # A spike and what was counted on it give way to what the looks agree on.
        (("1001", "1050", "1051"), 2, (("1002", 4),), "0=10000 1=10010 4=10020"),
        # Nothing was in order but the meter: the typed first value follows too.
        (("1001",), 0, (("999", 2),), "0=9990 2=9990"),
        # A new meter stays one.
        (("#3", "9"), 1, (("4", 3),), "0=10000 3=10000"),
        (("1001", "1050"), 2, (), "0=10000 1=10010"),
    ],
)
def test_what_looks_take_back_no_longer_counts(
    rows: tuple[str, ...], since: int, instead: tuple[tuple[str, int], ...], expected: str
) -> None:
    readings = [Reading(value=Decimal(value), time=hours(hour)) for value, hour in instead]
    assert shown(ledger(*rows).rewritten(hours(since), readings, REGISTER)) == expected


def test_a_register_that_runs_backwards_falls_after_a_typed_value() -> None:
    backwards = replace(REGISTER, runs_backwards=True)
    made = ledger("!1005")
    made = made.add(entry("1004.5", 2), backwards)
    assert made.totals(backwards)[-1].consumption == Decimal(10045)


def test_a_fall_is_a_rollover_only_near_the_end_of_the_register() -> None:
    assert shown(ledger("!9990.0", "5.0")) == "0=10000 1=99900 2=100050"
    # What somebody says instead of a value that was too high is a correction, however far down it is.
    assert ledger("!9000.0", "!2000.0").totals(REGISTER)[-1].consumption == 20000


def test_what_is_derived_step_by_step_is_what_is_derived_anew() -> None:
    made = ledger()
    for number in range(1, 40):
        value = 1000 + number - (3 if number % 7 == 0 else 0)
        made = made.add(entry(f"{'!' if number % 11 == 0 else ''}{value}.0", number), REGISTER)
        assert made.totals(REGISTER) == Ledger(start=made.start, entries=made.entries).totals(REGISTER)


def test_totals_of_thousands_of_readings_are_worked_out_one_by_one() -> None:
    number = 2880
    entries = (
        Entry(reading=Reading(value=1000 + Decimal(place) / 10, time=hours(place / 12))) for place in range(number)
    )
    made = Ledger(start=Decimal(10000), entries=tuple(entries))
    tracemalloc.start()
    totals = made.totals(REGISTER)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(totals) == number
    assert most < 100 * number  # bytes; lists of entries and totals had 460 for each
    assert kept < 13 * number  # what the total adds to a reading; times and values are there already


def test_totals_stand_however_the_readings_go_on() -> None:
    known = ledger("1001.0", "1002.0")
    assert shown(known) == "0=10000 1=10010 2=10020"
    ways = {
        "1003.0": "0=10000 1=10010 2=10020 3=10030",
        "1004.0": "0=10000 1=10010 2=10020 3=10040",
        "!1001.5": "0=10000 1=10010 3=10015",
        "1005.0": "0=10000 1=10010 2=10020 3=10050",
    }
    made = {row: known.add(entry(row, 3), REGISTER) for row in ways}
    again = {row: one.add(entry("1006.0", 4), REGISTER) for row, one in made.items()}
    assert {row: shown(one) for row, one in made.items()} == ways
    assert {row: shown(one) for row, one in again.items()} == {row: f"{way} 4=10060" for row, way in ways.items()}
    assert shown(known) == "0=10000 1=10010 2=10020"


@given(values=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["", "", "", "!", "#"])), min_size=1, max_size=20))
def test_totals_of_readings_one_by_one_are_those_of_all_at_once(values: list[tuple[int, str]]) -> None:
    made = ledger()
    for hour, (value, mark) in enumerate(values, 1):
        made.totals(REGISTER)
        made = made.add(entry(f"{mark}{1000 + value / 10:.1f}", hour), REGISTER)
    anew = Ledger(start=made.start, entries=tuple(made.entries))
    assert [*made.totals(REGISTER)] == [*anew.totals(REGISTER)]


def gas(*energies: str) -> Register:
    """Return a gas register whose factor changes every ten hours."""
    factors = (
        GasFactor(since=hours(10 * number), calorific_value=Decimal(energy)) for number, energy in enumerate(energies)
    )
    return Register(unit="m³", display=Display.DRUMS, whole_digits=4, decimals=3, gas=tuple(factors))


@pytest.mark.parametrize(
    "register",
    [
        pytest.param(REGISTER, id="with a multiplier"),
        pytest.param(replace(REGISTER, runs_backwards=True), id="that runs backwards"),
        pytest.param(replace(REGISTER, whole_digits=2), id="that is soon full"),
        pytest.param(gas("11.2"), id="of gas"),
        pytest.param(gas("11.2", "9.87"), id="of gas whose factor changes"),
    ],
)
@given(
    start=st.decimals(min_value=-(10**9), max_value=10**12, allow_nan=False),
    begin=st.sampled_from(["0", "0.5", "99999999999.99", "1E-7"]),
    steps=st.lists(
        st.one_of(st.sampled_from(["0", "0.1", "0.125", "2147483648", "-0.1"]), st.decimals(0, 9, places=1).map(str)),
        max_size=20,
    ),
)
def test_totals_of_all_readings_at_once_are_each_on_top_of_the_one_before(
    register: Register, start: Decimal, begin: str, steps: list[str]
) -> None:
    values = [*accumulate(map(Decimal, steps), initial=Decimal(begin))]
    readings = [Reading(value=value, time=hours(number)) for number, value in enumerate(values)]
    expected = [start + Decimal(0)]
    for one, other in pairwise(readings):
        expected.append(advance(expected[-1], one, other, register))
    made = Ledger(start=start, entries=tuple(Entry(reading=reading) for reading in readings))
    assert [total.consumption for total in made.totals(register)] == expected


def test_totals_of_readings_that_only_rise_take_no_object_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Ledger(
        start=Decimal(10000),
        entries=tuple(Entry(reading=Reading(value=Decimal(place), time=hours(place))) for place in range(100)),
    )
    items: list[int] = []
    one = EntryColumns.item
    monkeypatch.setattr(EntryColumns, "item", lambda columns, place: items.append(place) or one(columns, place))
    assert made.totals(REGISTER)[-1].consumption == 10990
    assert not items
