"""Rows of the statistics: whatever happens, in the end they say what the readings say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.meter_vision.metering.ledger import OnlyReadingError
from custom_components.meter_vision.metering.ledger_columns import Total, Totals, packed
from custom_components.meter_vision.metering.models import Outcome, Reading, Verdict
from custom_components.meter_vision.metering.statistic_rows import (
    HOUR,
    PERIOD,
    Course,
    Row,
    Rows,
    period_of,
    repaired,
    wrong_since,
)

from .recorder_model import REGISTER, START, Change, Home

MINUTE = timedelta(minutes=1)


def accept(value: str, time: datetime) -> Change:
    """Return the change that an accepted look makes."""
    reading = Reading(value=Decimal(value), time=time)
    verdict = Verdict(outcome=Outcome.ACCEPTED, rule="in_window", reading=reading)
    return lambda state: state.published(verdict, REGISTER)


def say(value: str, time: datetime) -> Change:
    """Return the change that a person makes."""
    return lambda state: state.corrected(Reading(value=Decimal(value), time=time), REGISTER)


def correct(value: str, time: datetime) -> Change:
    return lambda state: state.with_ledger(state.ledger.correct(Decimal(value), time, REGISTER), REGISTER)


def retract(time: datetime) -> Change:
    return lambda state: state.with_ledger(state.ledger.retract(time, REGISTER), REGISTER)


def check(home: Home) -> None:
    """Compare all rows with the readings."""
    course = home.state.course(REGISTER)
    rows, cost = home.consumption.rows(), home.cost.rows()
    zero = course.at(START)
    assert zero is not None
    for row in rows.short:
        assert course.same(row.state, course.at(row.start + PERIOD) or Decimal(-1)), row
        assert row.sum == row.state - zero, row
    last = {period_of(row.start, HOUR): row for row in rows.short}
    for row in rows.hourly:
        assert course.same(row.state, course.at(row.start + HOUR) or Decimal(-1)), row
        assert row.sum == row.state - zero, row
    assert all(later.start - earlier.start == HOUR for earlier, later in pairwise(rows.hourly))
    assert rows.hourly[-1].start == period_of(home.compiled_until, HOUR) - HOUR
    for row in cost.short:
        used = home.consumption.short[row.start].sum - rows.short[0].sum
        assert abs(row.sum - cost.short[0].sum - used * home.price) < Decimal("0.001")
    for row in cost.hourly:
        assert row.sum == home.cost.short[last[row.start].start].sum


MORNING: list[Callable[[Home], None]] = [
    lambda home: home.change(accept("530.100", home.now)),
    lambda home: home.pass_time(15 * MINUTE),
    lambda home: home.change(accept("530.200", home.now)),
    lambda home: home.pass_time(55 * MINUTE),
]


@pytest.mark.parametrize("price", ["0", "4.25"])
@pytest.mark.parametrize("wait", [4 * MINUTE, 20 * MINUTE, 130 * MINUTE])
@pytest.mark.parametrize("off", [timedelta(), timedelta(seconds=5), timedelta(seconds=15)])
@pytest.mark.parametrize(
    ("change", "states"),
    [
        (lambda home, _spike: home.change(say("530.300", home.now)), "530.300"),
        (lambda home, spike: home.change(correct("530.250", spike)), "530.250"),
        (lambda home, spike: home.change(retract(spike)), "530.200"),
    ],
    ids=["set", "correct", "retract"],
)
def test_spike_leaves_no_trace(
    price: str, wait: timedelta, off: timedelta, change: Callable[[Home, datetime], None], states: str
) -> None:
    home = Home(price=Decimal(price))
    for step in MORNING:
        step(home)
    spike = home.now
    home.change(accept("533.000", spike))
    home.pass_time(wait + off)
    change(home, spike)
    home.pass_time(70 * MINUTE)

    check(home)
    assert str(home.state.consumption) == states
    assert max(row.state for row in home.consumption.rows().short) == Decimal(states)


def test_two_changed_rows_are_all_that_is_written() -> None:
    home = Home()
    for step in MORNING:
        step(home)
    before = home.consumption.rows()
    home.change(accept("533.000", home.now))
    home.pass_time(10 * MINUTE)
    home.change(retract(home.now))
    home.pass_time(10 * MINUTE)

    assert home.consumption.rows().short[: len(before.short)] == before.short


def test_picture_before_the_hour_belongs_to_it() -> None:
    home = Home()
    home.pass_time(59 * MINUTE + timedelta(seconds=50))
    taken = home.now
    home.pass_time(timedelta(seconds=12))
    home.change(accept("530.400", taken))
    assert home.consumption.hourly == {}, "the recorder has not been there yet"
    home.pass_time(20 * MINUTE)

    check(home)
    assert home.consumption.hourly[START].state == Decimal("530.400")


def test_gap_is_spread_over_its_hours() -> None:
    home = Home()
    home.change(accept("530.000", home.now))
    home.pass_time(240 * MINUTE + timedelta(seconds=30))
    home.change(accept("530.400", START + timedelta(hours=4)))
    assert [home.consumption.hourly[START + n * HOUR].state for n in range(4)] == [
        Decimal("530.1"), Decimal("530.2"), Decimal("530.3"), Decimal("530.4"),
    ]  # fmt: skip
    home.pass_time(70 * MINUTE)

    check(home)


def test_hours_that_were_never_compiled_are_added() -> None:
    home = Home()
    home.change(accept("530.000", home.now))
    home.pass_time(60 * MINUTE + timedelta(seconds=30))
    home.pass_time(190 * MINUTE, down=True)
    home.change(accept("530.500", home.now))
    home.pass_time(120 * MINUTE)

    rows = home.consumption.rows().hourly
    assert [row.start.hour for row in rows] == [12, 13, 14, 15, 16, 17]
    course = home.state.course(REGISTER)
    assert [row.sum for row in rows] == [row.state - (course.at(START) or 0) for row in rows]


def test_hour_whose_last_rows_are_missing_says_what_the_readings_say() -> None:
    """Home Assistant was away for them, and has not made them up since, as after a clock that was ahead."""
    read = [(timedelta(), "530.0"), (20 * MINUTE, "530.2"), (52 * MINUTE, "530.5")]
    totals = packed(
        Total(reading=Reading(value=Decimal(value), time=START + after), consumption=Decimal(value))
        for after, value in read
    )
    course = Course(totals=totals, resolution=Decimal("0.001"))
    states = ["530.0"] * 4 + ["530.2"] * 6
    short = tuple(
        Row(start=START + number * PERIOD, state=Decimal(state), sum=Decimal(state) - Decimal("530.0"))
        for number, state in enumerate(states)
    )
    stale = Row(start=START, state=Decimal("530.2"), sum=Decimal("0.2"))
    rows = Rows(short=short, hourly=(stale,))

    right = repaired(rows, course, START, START + HOUR + PERIOD)

    assert right.short == short
    assert [(row.state, row.sum) for row in right.hourly] == [(Decimal("530.5"), Decimal("0.5"))]


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        pytest.param(["1.0", "1.1", "0", "0.2"], ["1.0", "1.1", "1.1", "1.3"], id="begun anew in a quiet period"),
        pytest.param(["1.0", "0.1", "0.1", "0.3"], ["1.0", "1.1", "1.1", "1.3"], id="begun anew in use"),
        pytest.param(["1.0", "0.1", "0", "0.2"], ["1.0", "1.1", "1.1", "1.3"], id="begun anew twice"),
        pytest.param(["1.0", "1.1", "0.6", "0.8"], ["1.0", "1.1", "0.6", "0.8"], id="a person has taken off half"),
    ],
)
def test_sums_go_on(sums: list[str], expected: list[str]) -> None:
    course = Course(totals=totals((-5, "5.0"), (4, "5.1"), (14, "5.3")), resolution=Decimal("0.001"))
    states = ("5.0", "5.1", "5.1", "5.3")
    rows = tuple(
        Row(start=START + number * PERIOD, state=Decimal(state), sum=Decimal(total))
        for number, (state, total) in enumerate(zip(states, sums, strict=True), -1)
    )
    found = repaired(Rows(short=rows), course, START - PERIOD, START + 3 * PERIOD)
    assert [str(row.sum) for row in found.short] == expected


def test_price_that_changes_by_the_hour() -> None:
    home = Home(price=Decimal(1))
    home.change(accept("530.000", home.now))
    charged = Decimal(0)
    for number, price in enumerate(("2", "4", "8"), 1):
        home.price = Decimal(price)
        home.pass_time(30 * MINUTE)
        home.change(accept(f"530.{number}00", home.now))
        charged += home.price * Decimal("0.1")
        home.pass_time(MINUTE)
        if number == 2:
            spike = home.now
            home.change(accept("599.000", spike))
            home.pass_time(7 * MINUTE)
            home.price = Decimal(5)
            home.change(retract(spike))
        home.pass_time(22 * MINUTE)
    home.pass_time(20 * MINUTE)

    rows = home.cost.rows().short
    assert rows[-1].sum - rows[0].sum == charged
    assert max(row.sum for row in rows) == rows[-1].sum


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["look", "late look", "spike", "say", "correct", "retract"]),
        st.integers(1, 400),  # what was used, in thousandths
        st.integers(5, 9000),  # seconds that pass afterwards
        st.booleans(),  # a crash between two tables
    ),
    min_size=2,
    max_size=12,
)
PICKS = st.lists(st.integers(0, 100), min_size=12, max_size=12)


@settings(max_examples=300)
@given(ACTIONS, PICKS, st.sampled_from([Decimal(0), Decimal("4.25")]))
def test_rows_always_end_as_the_readings_say(
    actions: list[tuple[str, int, int, bool]], picks: list[int], price: Decimal
) -> None:
    home = Home(price=price)
    truth = Decimal("530.000")
    for (action, used, seconds, crash), pick in zip(actions, picks, strict=False):
        truth += Decimal(used) / 1000
        taken = home.now
        if action == "late look":
            home.pass_time(timedelta(seconds=40))
        at = home.state.ledger.totals(REGISTER)[0].reading.time
        at += (home.now - at) * pick / 100
        changes: dict[str, Change] = {
            "look": accept(str(truth), taken),
            "late look": accept(str(truth), taken),
            "spike": accept(str(truth + 7), taken),
            "say": say(str(truth), taken),
            "correct": correct(str(truth), at),
            "retract": retract(at),
        }
        if action in ("look", "late look") and truth < home.state.last.value:
            continue  # held by the judge
        try:
            home.change(changes[action], crash=crash)
        except OnlyReadingError:
            assert action == "retract"
        home.pass_time(timedelta(seconds=seconds))
    home.pass_time(125 * MINUTE)
    check(home)


def totals(*values: tuple[int, str]) -> Totals:
    return packed(
        Total(reading=Reading(value=Decimal(value), time=START + minutes * MINUTE), consumption=Decimal(value))
        for minutes, value in values
    )


@pytest.mark.parametrize(
    ("before", "after", "minutes", "since"),
    [
        pytest.param([(0, "1")], [(0, "1"), (15, "2")], 15, None, id="within the period"),
        pytest.param([(0, "1")], [(0, "1"), (15, "2")], 21, 15, id="late"),
        pytest.param([(0, "1")], [(0, "1"), (90, "2")], 90, 0, id="gap"),
        pytest.param([(0, "1")], [(0, "1"), (90, "1")], 90, None, id="nothing used in a gap"),
        pytest.param([(0, "1"), (15, "2")], [(0, "1"), (15, "3")], 30, 15, id="corrected"),
        pytest.param([(0, "1"), (15, "2")], [(0, "1")], 30, 15, id="retracted"),
        pytest.param([(0, "1"), (15, "2")], [(15, "2"), (20, "3")], 21, None, id="oldest forgotten"),
        pytest.param([(0, "1")], [(-30, "1")], 30, -30, id="older than all"),
    ],
)
def test_wrong_since(
    before: list[tuple[int, str]], after: list[tuple[int, str]], minutes: int, since: int | None
) -> None:
    found = wrong_since(totals(*before), totals(*after), START + minutes * MINUTE)
    assert found == (None if since is None else START + since * MINUTE)


def test_course() -> None:
    course = Course(totals=totals((0, "1"), (30, "2"), (150, "3")), resolution=Decimal("0.01"))
    at = {minutes: course.at(START + minutes * MINUTE) for minutes in (-1, 0, 1, 30, 31, 60, 70, 149, 150, 999)}
    between = {60: Decimal("2.25"), 70: Decimal("2.33"), 149: Decimal("2.99")}
    assert at == {-1: None, 0: None, 1: 1, 30: 1, 31: 2, **between, 150: 3, 999: 3}
