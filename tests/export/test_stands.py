"""Which points a correction writes anew: hand-made cases, and for any correction the sums agree."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st

from custom_components.meter_vision.export.stands import Stand, changed, stands
from custom_components.meter_vision.metering.ledger import Ledger
from custom_components.meter_vision.metering.ledger_columns import Entry, Total, packed
from custom_components.meter_vision.metering.models import Display, Reading, Register

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
REGISTER = Register(unit="m³", display=Display.DRUMS, whole_digits=4, decimals=1, multiplier=Decimal(2))


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def total(hours: float, value: str, consumption: str) -> Total:
    return Total(reading=Reading(value=Decimal(value), time=at(hours)), consumption=Decimal(consumption))


def told(found: Iterable[Stand]) -> list[tuple[float, str, str, str | None, bool]]:
    return [
        (
            (stand.time - START) / timedelta(hours=1),
            str(stand.reading),
            str(stand.consumption),
            None if stand.delta is None else str(stand.delta),
            stand.estimated,
        )
        for stand in found
    ]


FOUR = (total(0, "10.0", "20.0"), total(1, "11.0", "22.0"), total(2, "12.0", "24.0"), total(4, "13.0", "26.0"))


def test_stands_of_readings() -> None:
    found = stands(packed(FOUR), (), REGISTER)

    assert told(found) == [
        (0, "10.0", "20.0", None, False),
        (1, "11.0", "22.0", "2.0", False),
        (2, "12.0", "24.0", "2.0", False),
        (4, "13.0", "26.0", "2.0", False),
    ]
    assert [stand.rate for stand in found] == [None, 2, 2, 1]


def test_a_new_reading_is_one_point() -> None:
    assert told(changed(packed(FOUR[:3]), packed(FOUR), (), REGISTER)) == [(4, "13.0", "26.0", "2.0", False)]


def test_nothing_new_is_no_point() -> None:
    assert changed(packed(FOUR), packed(FOUR), (), REGISTER) == ()


def test_a_retracted_reading_lies_between_its_neighbours() -> None:
    after = (FOUR[0], FOUR[2], FOUR[3])
    assert told(changed(packed(FOUR), packed(after), (), REGISTER)) == [(1, "11.0", "22.0", "2.0", True)]


def test_a_retracted_false_high_changes_what_follows_it() -> None:
    wrong = (FOUR[0], FOUR[1], total(2, "19.0", "38.0"), total(4, "19.0", "38.0"))
    after = (FOUR[0], FOUR[1], total(4, "13.0", "26.0"))

    assert told(changed(packed(wrong), packed(after), (), REGISTER)) == [
        (2, "11.7", "23.3", "1.3", True),
        (4, "13.0", "26.0", "2.7", False),
    ]


def test_a_retracted_last_reading_leaves_the_one_before() -> None:
    assert told(changed(packed(FOUR), packed(FOUR[:3]), (), REGISTER)) == [(4, "12.0", "24.0", "0.0", True)]


def test_a_point_that_was_estimated_before_still_takes_its_part() -> None:
    """The second correction knows that there is a point at 1 although no reading counts there."""
    once = (FOUR[0], FOUR[2], FOUR[3])
    twice = (FOUR[0], FOUR[3])

    assert told(changed(packed(once), packed(twice), (at(1),), REGISTER)) == [
        (1, "10.8", "21.5", "1.5", True),
        (2, "11.5", "23.0", "1.5", True),
        (4, "13.0", "26.0", "3.0", False),
    ]


def test_a_reading_that_a_person_adds_in_between_halves_the_next_delta() -> None:
    after = (*FOUR[:3], total(3, "12.5", "25.0"), FOUR[3])
    assert told(changed(packed(FOUR), packed(after), (), REGISTER)) == [
        (3, "12.5", "25.0", "1.0", False),
        (4, "13.0", "26.0", "1.0", False),
    ]


def test_across_a_rollover_the_estimate_rolls_over_too() -> None:
    before = (total(0, "9999.0", "20.0"), total(1, "9999.5", "21.0"), total(2, "1.0", "24.0"))
    after = (before[0], before[2])
    assert told(changed(packed(before), packed(after), (), REGISTER))[0] == (1, "0.0", "22.0", "2.0", True)


def test_a_new_meter_leaves_the_old_value_until_it_comes() -> None:
    before = (total(0, "5000.0", "20.0"), total(1, "5000.5", "21.0"), total(2, "3.0", "21.0"))
    after = (before[0], total(2, "3.0", "20.0"))
    assert told(changed(packed(before), packed(after), (), REGISTER))[0] == (1, "5000.0", "20.0", "0.0", True)


def test_what_a_shorter_ledger_no_longer_knows_is_left_alone() -> None:
    assert changed(packed(FOUR), packed(FOUR[1:]), (), REGISTER) == ()


STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=2, max_size=12)


@given(steps=STEPS, dice=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=4))
def test_whatever_is_corrected_the_deltas_on_the_server_add_up(
    steps: list[tuple[int, int]], dice: list[tuple[int, int]]
) -> None:
    register = Register(unit="m³", display=Display.DRUMS, whole_digits=4, decimals=1)
    ledger = Ledger.begin(Reading(value=Decimal(100), time=START), Decimal(100))
    server: dict[datetime, Stand] = {}
    value, hours = 1000, 0

    def export(after: Ledger, before: Ledger) -> None:
        for stand in changed(before.totals(register), after.totals(register), server, register):
            server[stand.time] = stand

    export(ledger, Ledger.begin(Reading(value=Decimal(0), time=START - timedelta(days=1)), Decimal(0)))
    for rise, pause in steps:
        value, hours = value + rise, hours + pause + 1
        entry = Entry(reading=Reading(value=Decimal(value) / 10, time=at(hours)))
        longer = ledger.add(entry, register)
        export(longer, ledger)
        ledger = longer
    for index, tenths in dice:
        time = ledger.entries[index % len(ledger.entries)].reading.time
        corrected = ledger.correct(Decimal(1000 + tenths) / 10, time, register)
        export(corrected, ledger)
        ledger = corrected
    # What the ledger has forgotten stays on the server as it was.
    oldest, last = ledger.entries[0].reading.time, ledger.totals(register)[-1]
    first, *rest = sorted((time, stand) for time, stand in server.items() if time >= oldest)
    assert first[1].consumption + sum(stand.delta or 0 for _, stand in rest) == last.consumption
    assert {time for time, stand in (first, *rest) if not stand.estimated} == {
        total.reading.time for total in ledger.totals(register)
    }
