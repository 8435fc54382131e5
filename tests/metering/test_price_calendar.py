"""Prices on the local calendar: days of 23 and 25 hours, seasons, billing months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.price_calendar import PriceCalendar
from custom_components.meter_vision.metering.tariff_description import parse_tariff

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Havana")]
NIGHTS = {
    "currency": "EUR",
    "price": "3",
    "bands": [{"price": "1", "from": "01:00", "to": "02:30"}, {"price": "2", "from": "02:30", "to": "05:00"}],
}


def hours_of(calendar: PriceCalendar, day: str) -> list[tuple[str, str]]:
    """Return local time with offset and price of all steps of a day."""
    zone = BERLIN
    steps = calendar.day(date.fromisoformat(day)).steps
    return [(begins.astimezone(zone).strftime("%H:%M%z"), str(price)) for begins, price in steps]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(
            "2026-11-26",
            [("00:00+0100", "3"), ("01:00+0100", "1"), ("02:30+0100", "2"), ("05:00+0100", "3")],
            id="24 hours",
        ),
        pytest.param(
            "2026-03-29",
            [("00:00+0100", "3"), ("01:00+0100", "1"), ("03:00+0200", "2"), ("05:00+0200", "3")],
            id="23 hours: 2:00 to 3:00 is left out",
        ),
        pytest.param(
            "2026-10-25",
            [
                ("00:00+0200", "3"),
                ("01:00+0200", "1"),
                ("02:30+0200", "2"),
                ("02:00+0100", "1"),
                ("02:30+0100", "2"),
                ("05:00+0100", "3"),
            ],
            id="25 hours: 2:00 to 3:00 comes twice",
        ),
    ],
)
def test_the_clock_on_the_wall_decides(day: str, expected: list[tuple[str, str]]) -> None:
    assert hours_of(PriceCalendar(parse_tariff(NIGHTS), BERLIN), day) == expected


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001  hypothesis adds the zone
    minutes=st.integers(0, 5000),
    zone=st.sampled_from(ZONES),
)
def test_segments_follow_each_other_and_have_the_price_of_their_clock(
    start: datetime, minutes: int, zone: ZoneInfo
) -> None:
    calendar = PriceCalendar(parse_tariff(NIGHTS), zone)
    begin = start.replace(tzinfo=ZoneInfo("UTC"))
    end = begin + timedelta(minutes=minutes)
    segments = list(calendar.segments(begin, end))
    assert segments[0].start == begin
    assert segments[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(segments))
    for segment in segments:
        clock = segment.start.astimezone(zone).time()
        expected = 3 if clock.hour < 1 or clock.hour >= 5 else 1 if (clock.hour, clock.minute) < (2, 30) else 2
        assert segment.price == expected
        assert calendar.price_at(segment.start, Fraction(0)) == expected


def test_prices_change_when_they_are_said_to() -> None:
    calendar = PriceCalendar(parse_tariff(NIGHTS), BERLIN)
    at = datetime(2026, 10, 24, 23, tzinfo=BERLIN)
    changes = []
    for _ in range(7):
        at = calendar.next_change(at)
        changes.append(at.astimezone(BERLIN).strftime("%d %H:%M%z"))
    assert changes == [
        "25 00:00+0200",
        "25 01:00+0200",
        "25 02:30+0200",
        "25 02:00+0100",
        "25 02:30+0100",
        "25 05:00+0100",
        "26 00:00+0100",
    ]


@pytest.mark.parametrize(
    ("day", "price"),
    [("2026-04-30", "1"), ("2026-05-01", "2"), ("2026-10-31", "2"), ("2026-11-01", "1"), ("2028-02-29", "1")],
)
def test_seasons_begin_and_end_with_their_days(day: str, price: str) -> None:
    tariff = parse_tariff(
        {
            "currency": "EUR",
            "bands": [
                {"price": 1, "season_from": "11-01", "season_to": "04-30"},
                {"price": 2, "season_from": "05-01", "season_to": "10-31"},
            ],
        }
    )
    assert PriceCalendar(tariff, BERLIN).day(date.fromisoformat(day)).steps[0][1] == Decimal(price)


@pytest.mark.parametrize(
    ("billing_day", "day", "begins", "ends"),
    [
        (1, "2026-11-30", "2026-11-01", "2026-12-01"),
        (1, "2028-02-29", "2028-02-01", "2028-03-01"),
        (28, "2026-03-27", "2026-02-28", "2026-03-28"),
        (28, "2026-02-27", "2026-01-28", "2026-02-28"),
        (15, "2026-01-03", "2025-12-15", "2026-01-15"),
        (15, "2026-01-15", "2026-01-15", "2026-02-15"),
    ],
)
def test_billing_months(billing_day: int, day: str, begins: str, ends: str) -> None:
    tariff = parse_tariff({"currency": "EUR", "price": 1, "billing_day": billing_day})
    calendar = PriceCalendar(tariff, BERLIN)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=BERLIN)
    assert calendar.month_of(date.fromisoformat(day)) == date.fromisoformat(begins)
    assert calendar.month_begin(noon) == datetime.fromisoformat(begins).replace(tzinfo=BERLIN)
    assert calendar.next_month(noon) == datetime.fromisoformat(ends).replace(tzinfo=BERLIN)


def test_the_price_depends_on_what_was_used() -> None:
    tariff = parse_tariff({"currency": "EUR", "price": 2, "tiers": [{"above": 10, "price": 3}]})
    calendar = PriceCalendar(tariff, BERLIN)
    at = datetime(2026, 11, 26, tzinfo=BERLIN)
    assert [calendar.price_at(at, Fraction(used)) for used in (0, 9, 10, 11)] == [2, 2, 3, 3]


def test_there_is_no_price_before_the_first() -> None:
    calendar = PriceCalendar(parse_tariff({"currency": "EUR", "from": "2026-11-26", "price": 2}), BERLIN)
    midnight = datetime(2026, 11, 26, tzinfo=BERLIN)
    assert calendar.price_at(midnight - timedelta(seconds=1), Fraction(0)) is None
    assert calendar.price_at(midnight, Fraction(0)) == 2
