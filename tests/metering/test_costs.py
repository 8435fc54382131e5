"""The running total of money: worked out by hand, and the same however a time is split."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
import tracemalloc
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.cost_changes import CostFigures, changed_costs
from custom_components.meter_vision.metering.cost_point import CostPoint
from custom_components.meter_vision.metering.costs import CostBook, shared_points, wrong_since
from custom_components.meter_vision.metering.ledger_columns import Total, Totals, packed
from custom_components.meter_vision.metering.models import Reading
from custom_components.meter_vision.metering.price_calendar import PriceCalendar
from custom_components.meter_vision.metering.tariff_description import parse_tariff

BERLIN = ZoneInfo("Europe/Berlin")
FIXED = {"price": "4.35"}
TWO = {"bands": [{"price": "0.20", "from": "22:00", "to": "06:00"}, {"price": "0.30", "from": "06:00", "to": "22:00"}]}
TIERS = {"price": "2", "tiers": [{"above": "10", "price": "3"}, {"above": "20", "price": "1"}]}
DEARER = {"versions": [{"price": "2"}, {"from": "2026-11-15", "price": "3", "standing_charge_per_day": "0.5"}]}
EVERYTHING = {
    "billing_day": 12,
    "versions": [
        {**TWO, "tiers": [{"above": "3", "surcharge": "0.1"}], "standing_charge_per_month": "7"},
        {"from": "2026-10-25", "price": "0.4", "bands": [{"price": "0.1", "days": "weekend", "from": "01:00"}]},
        {"from": "2026-11-15", **TIERS, "standing_charge_per_day": "0.21"},
    ],
}


def calendar(tariff: dict[str, Any]) -> PriceCalendar:
    return PriceCalendar(parse_tariff({"currency": "EUR", **tariff}), BERLIN)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN).astimezone(UTC)


def totals(*rows: tuple[str, str]) -> Totals:
    """Return readings from local times without the year and values."""
    return packed(
        Total(reading=Reading(value=Decimal(value), time=local(time)), consumption=Decimal(value))
        for time, value in rows
    )


def cost(tariff: dict[str, Any], *rows: tuple[str, str]) -> str:
    return str(CostBook.begin(totals(*rows), calendar(tariff)).last.cost.normalize())


@pytest.mark.parametrize(
    ("tariff", "rows", "expected"),
    [
        pytest.param(FIXED, [("11-26T10:00", "530"), ("11-26T11:00", "532.5")], "10.875", id="fixed"),
        pytest.param(TWO, [("11-26T21:00", "0"), ("11-26T23:00", "2")], "0.5", id="an hour of each band"),
        pytest.param(TWO, [("11-26T12:00", "0"), ("11-28T12:00", "48")], "12.8", id="two days"),
        pytest.param(TWO, [("10-24T12:00", "0"), ("10-25T12:00", "25")], "6.6", id="25 hours: nine cheap ones"),
        pytest.param(TWO, [("03-28T12:00", "0"), ("03-29T12:00", "23")], "6.2", id="23 hours: seven cheap ones"),
        pytest.param(TIERS, [("11-01T00:00", "0"), ("11-20T00:00", "25")], "55", id="all tiers"),
        pytest.param(
            TIERS, [("11-25T00:00", "0"), ("11-30T00:00", "15"), ("12-05T00:00", "27")], "61.4", id="tiers begin anew"
        ),
        pytest.param(DEARER, [("11-14T12:00", "0"), ("11-15T12:00", "24")], "60.25", id="a change in mid-month"),
        pytest.param(
            {"from": "2026-11-15", "price": "3"}, [("11-14T12:00", "0"), ("11-15T12:00", "24")], "36", id="free before"
        ),
        pytest.param(
            {"price": 0, "standing_charge_per_day": "0.21"},
            [("10-24T00:00", "0"), ("10-27T00:00", "1")],
            "0.63",
            id="a day costs a day, also of 25 hours",
        ),
        pytest.param(
            {"price": 0, "standing_charge_per_month": "9"},
            [("02-01T00:00", "0"), ("02-15T00:00", "0"), ("03-01T00:00", "0"), ("03-02T00:00", "0")],
            "9.290323",
            id="a month costs a month",
        ),
        pytest.param(FIXED, [("11-26T10:00", "530"), ("11-26T11:00", "529")], "-4.35", id="backwards"),
    ],
)
def test_by_hand(tariff: dict[str, Any], rows: list[tuple[str, str]], expected: str) -> None:
    assert cost(tariff, *rows) == expected


def test_what_is_kept_apart() -> None:
    book = CostBook.begin(totals(("11-11T00:00", "0"), ("11-13T00:00", "8")), calendar(EVERYTHING))
    last = book.last
    # By the second version: 4 a day at 0.4, then from the 12th on in a new month without tiers and standing charge.
    assert (last.usage, last.standing, last.month_cost) == (Fraction("3.2"), 0, Fraction("1.6"))
    assert last.month.isoformat() == "2026-11-12"
    assert last.month_used == 4


TIMES = st.integers(0, 60 * 24 * 60)
AMOUNTS = st.integers(-50, 4000)


@given(minutes=st.tuples(TIMES, TIMES, TIMES), used=AMOUNTS, tariff=st.sampled_from([TWO, TIERS, DEARER, EVERYTHING]))
def test_a_split_changes_nothing_at_all(minutes: tuple[int, int, int], used: int, tariff: dict[str, Any]) -> None:
    start, middle, end = (local("10-01T00:00") + timedelta(minutes=number) for number in sorted(minutes))
    prices = calendar(tariff)
    begin = CostPoint.begin(start, Decimal(7), prices)
    reached = begin.consumption + Fraction(used, 100)
    share = Fraction((middle - start) // timedelta(minutes=1), max(1, (end - start) // timedelta(minutes=1)))
    between = begin.consumption + Fraction(used, 100) * (share if end > start else 1)
    assert begin.to(middle, between, prices).to(end, reached, prices) == begin.to(end, reached, prices)


@given(steps=st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 300)), min_size=2, max_size=12), data=st.data())
def test_following_is_the_same_as_beginning_anew(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    prices = calendar(EVERYTHING)
    minute = value = 0
    rows = []
    for minutes, used in steps:
        minute, value = minute + minutes, value + used
        time = local("10-20T00:00") + timedelta(minutes=minute)
        rows.append(Total(reading=Reading(value=Decimal(value), time=time), consumption=Decimal(value) / 100))
    known = data.draw(st.integers(1, len(rows)))
    book = CostBook.begin(packed(rows[:known]), prices)
    kept, last = (CostPoint.from_data(point.to_data()) for point in (book.start, book.last))
    anew = [*CostBook.begin(packed(rows), prices).points()]
    assert [*book.follow(packed(rows)).points()] == anew == [*CostBook.resume(kept, packed(rows), prices).points()]
    restarted = CostBook.resume(kept, packed(rows[:known]), prices, last=last).follow(packed(rows))
    assert restarted.last == anew[-1]
    assert [*restarted.points()] == anew
    dropped = data.draw(st.integers(0, len(rows) - 1))
    shortened = book.follow(packed(rows)).follow(packed(rows[dropped:]))
    assert [*shortened.points()] == anew[dropped:]
    kept = CostPoint.from_data(shortened.start.to_data())
    assert CostBook.resume(kept, packed(rows[dropped:]), prices).last == shortened.last


def test_hundreds_of_readings_one_by_one() -> None:
    """Only some points are kept on the way, as after a restart, and each can be asked for."""
    prices = calendar(EVERYTHING)
    begin = local("10-20T00:00")
    rows = [
        Total(
            reading=Reading(value=Decimal(number), time=begin + number * timedelta(minutes=17)),
            consumption=Decimal(number % 7 + number) / 100,
        )
        for number in range(500)
    ]
    known = packed(rows[:1])
    book = CostBook.begin(known, prices)
    for number, row in enumerate(rows[1:], 1):
        known = known.with_one_more(row)
        if number in {100, 333}:
            kept, last = (CostPoint.from_data(point.to_data()) for point in (book.start, book.last))
            book = CostBook.resume(kept, book.totals, prices, last=last)
        book = book.follow(known.since(row.reading.time - timedelta(days=3)))
    anew = CostBook.begin(packed(rows), prices)
    assert len(book.marks) < len(book.totals) / 32
    assert [*book.points()] == [*anew.points()][-len(book.totals) :]
    assert [book.point(index) for index in range(len(book.totals))] == [*book.points()]
    assert shared_points(anew, book)[1] == len(book.totals)


def test_the_course_of_thousands_of_readings_keeps_a_few_at_a_time() -> None:
    begin = local("10-20T00:00")
    rows = [
        Total(
            reading=Reading(value=Decimal(number), time=begin + number * timedelta(minutes=5)),
            consumption=Decimal(number),
        )
        for number in range(2000)
    ]
    book = CostBook.begin(packed(rows), calendar(TWO))
    tracemalloc.start()
    rests: list[None] = []
    course = CostBook.resume(book.start, book.totals, book.calendar, last=book.last).course(lambda: rests.append(None))
    assert len(rests) == len(rows) // 8  # so that nobody has to wait for all of them
    found = [course.at(begin + number * timedelta(minutes=5)) for number in (1, 700, 701, 1999, 2000, 5)]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [point.cost for number in (0, 699, 700, 1998, 1999, 4) for point in [book.point(number)]]
    assert most < 300 * len(rows)  # bytes; the points of all readings had 500 for each


def test_a_correction_is_charged_as_if_it_had_always_been_so() -> None:
    prices = calendar(TIERS)
    wrong = totals(("11-02T00:00", "0"), ("11-03T00:00", "90"), ("11-04T00:00", "12"))
    right = totals(("11-02T00:00", "0"), ("11-04T00:00", "12"))
    book = CostBook.begin(wrong, prices).follow(right)
    assert [*book.points()] == [*CostBook.begin(right, prices).points()]
    assert book.last.cost == 26


def test_a_first_reading_is_corrected_at_the_price_of_its_time() -> None:
    prices = calendar(TWO)
    before = CostBook.begin(totals(("11-26T21:00", "100"), ("11-26T21:30", "101")), prices)
    after = before.follow(totals(("11-26T21:00", "99"), ("11-26T21:30", "101")))
    assert [point.cost for point in before.points()] == [0, Decimal("0.3")]
    assert [point.cost for point in after.points()] == [Decimal("-0.3"), Decimal("0.3")]


def test_a_reading_before_the_first_leaves_the_total() -> None:
    prices = calendar(TWO)
    before = CostBook.begin(totals(("11-26T21:00", "100"), ("11-26T21:30", "101")), prices)
    after = before.follow(totals(("11-26T20:00", "99"), ("11-26T21:00", "100"), ("11-26T21:30", "101")))
    assert [point.cost for point in after.points()] == [Decimal("-0.3"), 0, Decimal("0.3")]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("11-26T09:00", None),
        ("11-26T10:00", None),
        ("11-26T10:00:01", "0"),
        ("11-26T10:59", "0"),
        ("11-26T11:00", "0"),
        ("11-26T11:00:01", "0.300083"),
        ("11-26T22:00", "3.6"),
        ("11-27T02:00", "4.4"),
        ("11-27T07:00", "5.5"),
        ("12-01T00:00", "5.5"),
    ],
)
def test_the_course_steps_within_an_hour_and_follows_the_bands_over_more(time: str, expected: str | None) -> None:
    rows = totals(("11-26T10:00", "0"), ("11-26T11:00", "1"), ("11-27T07:00", "21"))
    course = CostBook.begin(rows, calendar(TWO)).course()
    found = course.at(local(time))
    assert found == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("before", "after", "now", "expected"),
    [
        pytest.param([0, 1, 2], [0, 1, 2], "11-27T00:00", None, id="nothing"),
        pytest.param([0, 1], [0, 1, 2], "11-26T02:00", None, id="a reading of now"),
        pytest.param([0, 1], [0, 1, 2], "11-26T02:05", "11-26T02:00", id="a late reading"),
        pytest.param([0, 1], [0, 1, 1], "11-26T02:05", None, id="a late reading that cost nothing"),
        pytest.param([0, 1, 2], [0, 1, 3], "11-27T00:00", "11-26T02:00", id="another value"),
        pytest.param([0, 1, 2], [0, 1], "11-27T00:00", "11-26T02:00", id="taken back"),
        pytest.param([0, 1, 2], [5, 6, 7], "11-27T00:00", "11-25T00:00", id="after a gap"),
    ],
)
def test_it_is_known_since_when_rows_are_wrong(
    before: list[int], after: list[int], now: str, expected: str | None
) -> None:
    one, other = (
        CostBook.begin(
            totals(("11-25T00:00", "0"), *((f"11-26T{hour:02}:00", str(value)) for hour, value in enumerate(row))),
            calendar(FIXED),
        )
        for row in (before, after)
    )
    assert wrong_since(one, other, local(now)) == (None if expected is None else local(expected))


def test_what_is_exported() -> None:
    prices = calendar(DEARER)
    book = CostBook.begin(totals(("11-30T00:00", "0"), ("12-02T00:00", "10")), prices)
    assert changed_costs(None, book, ())[-1] == CostFigures(
        time=local("12-02T00:00"),
        cost=Decimal(31),
        delta=Decimal(31),
        standing=Decimal(1),
        price=Decimal(3),
        month_to_date=Decimal("15.5"),
    )
    assert changed_costs(book, book, ()) == []


def test_what_a_correction_exports_adds_up() -> None:
    prices = calendar(TWO)
    wrong = CostBook.begin(
        totals(("11-26T20:00", "0"), ("11-26T21:00", "1"), ("11-26T22:00", "90"), ("11-26T23:00", "91")), prices
    )
    right = wrong.follow(totals(("11-26T20:00", "0"), ("11-26T21:00", "1"), ("11-26T23:00", "3")))
    figures = changed_costs(wrong, right, ())
    assert [(found.time, found.delta) for found in figures] == [
        (local("11-26T22:00"), Decimal("0.3")),
        (local("11-26T23:00"), Decimal("0.2")),
    ]
    assert figures[-1].cost == right.last.cost == Decimal("0.8")
