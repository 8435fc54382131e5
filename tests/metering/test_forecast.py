"""What a month is expected to cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.meter_vision.metering.costs import CostBook
from custom_components.meter_vision.metering.forecast import Forecast, forecast
from custom_components.meter_vision.metering.ledger_columns import Total, packed
from custom_components.meter_vision.metering.models import Reading
from custom_components.meter_vision.metering.price_calendar import PriceCalendar
from custom_components.meter_vision.metering.tariff_description import parse_tariff

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
TWO = {"bands": [{"price": "0.2", "from": "22:00", "to": "06:00"}, {"price": "0.3", "from": "06:00", "to": "22:00"}]}


def midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC)


def expected_at(
    tariff: dict[str, Any], start: str, hours: int, per_hour: dict[range, str], *, now: timedelta = timedelta()
) -> Forecast | None:
    """Return the forecast after so many hours, with a use by hour of the day, and some time since the last reading."""
    calendar = PriceCalendar(parse_tariff({"currency": "EUR", **tariff}), BERLIN)
    time, value = midnight(start), Decimal(0)
    totals = [Total(reading=Reading(value=value, time=time), consumption=value)]
    for _ in range(hours):
        clock = time.astimezone(BERLIN).hour
        value += sum(Decimal(amount) for span, amount in per_hour.items() if clock in span)
        time += HOUR
        totals.append(Total(reading=Reading(value=value, time=time), consumption=value))
    return forecast(CostBook.begin(packed(totals), calendar).last, packed(totals), time + now, calendar)


ALWAYS = {range(24): "1"}
BY_DAY = {range(8, 18): "1"}


@pytest.mark.parametrize(
    ("tariff", "start", "hours", "use", "cost", "consumption", "days"),
    [
        pytest.param({"price": 2}, "2026-11-01", 7 * 24, ALWAYS, "1440", "720", 7, id="the same every day"),
        pytest.param({"price": 2}, "2026-11-01", 7 * 24 + 5, ALWAYS, "1440", "720", 7, id="in the middle of a day"),
        pytest.param({"price": 2}, "2026-11-01", 9 * 24 + 12, BY_DAY, "600", "300", 7, id="by day only"),
        pytest.param(TWO, "2026-11-01", 7 * 24, ALWAYS, "192", "720", 7, id="each hour at its price"),
        pytest.param(TWO, "2026-11-01", 7 * 24, BY_DAY, "90", "300", 7, id="only dear hours"),
        pytest.param(TWO, "2026-10-22", 30, ALWAYS, "64.2", "241", 1, id="a day of 25 hours is still to come"),
        pytest.param(
            {"price": 2, "tiers": [{"above": 500, "price": 3}]}, "2026-11-01", 24, ALWAYS, "1660", "720", 1, id="tiers"
        ),
        pytest.param(
            {"price": 2, "standing_charge_per_day": "0.5"}, "2026-11-01", 100, ALWAYS, "1455", "720", 4, id="standing"
        ),
        pytest.param(
            {"versions": [{"price": 2}, {"from": "2026-11-21", "price": 3}]},
            "2026-11-01",
            24,
            ALWAYS,
            "1680",
            "720",
            1,
            id="a price that is going to change",
        ),
        pytest.param({"price": 2}, "2026-10-28", 5 * 24 + 2, ALWAYS, "1440", "720", 5, id="over the end of a month"),
    ],
)
def test_the_rest_of_the_month_is_like_the_latest_days(
    *,
    tariff: dict[str, Any],
    start: str,
    hours: int,
    use: dict[range, str],
    cost: str,
    consumption: str,
    days: int,
) -> None:
    found = expected_at(tariff, start, hours, use)
    assert found is not None
    assert abs(found.cost - Decimal(cost)) < Decimal("0.00001")
    assert abs(found.consumption - Decimal(consumption)) < Decimal("0.00001")
    assert found.days == days


@pytest.mark.parametrize("since", [timedelta(), timedelta(hours=7), timedelta(days=3)])
def test_what_was_used_since_the_latest_reading_is_expected_too(since: timedelta) -> None:
    found = expected_at({"price": 2, "standing_charge_per_day": 1}, "2026-11-01", 80, ALWAYS, now=since)
    assert found is not None
    assert abs(found.cost - 1470) < Decimal("0.00001")


def test_a_month_after_the_latest_reading_is_forecast_as_a_whole() -> None:
    found = expected_at({"price": 2, "standing_charge_per_day": 1}, "2026-11-20", 10 * 24, ALWAYS, now=50 * HOUR)
    assert found is not None
    assert abs(found.cost - 31 * 49) < Decimal("0.00001")


@pytest.mark.parametrize(("start", "hours"), [("2026-11-01", 23), ("2026-11-01T05:00", 40), ("2026-10-25", 24)])
def test_nothing_is_foretold_without_a_whole_day(start: str, hours: int) -> None:
    assert expected_at({"price": 2}, start, hours, ALWAYS) is None


def test_between_two_days_others_go_first() -> None:
    calendar = PriceCalendar(parse_tariff({"currency": "EUR", "price": 2}), BERLIN)
    start = midnight("2026-11-01")
    readings = [Reading(value=Decimal(number), time=start + number * HOUR) for number in range(9 * 24)]
    totals = packed(Total(reading=reading, consumption=reading.value) for reading in readings)
    rests: list[None] = []
    last = CostBook.begin(totals, calendar).last
    assert forecast(last, totals, readings[-1].time, calendar, lambda: rests.append(None)) is not None
    assert len(rests) == 7
