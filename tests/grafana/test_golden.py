"""The dashboards in InfluxQL, asked of a real InfluxDB; every number was reckoned by hand from golden.py."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from custom_components.meter_vision.export.rollups import days, midnight
from custom_components.meter_vision.metering.ledger_columns import Total, packed
from custom_components.meter_vision.metering.models import Reading

from . import golden
from .conftest import dashboard
from .golden import NOW, ZONE
from .viewer import Series, Viewer

EVERY_PAGE = ("overview", "water", "electricity", "gas", "costs", "quality")


def rounded(series: Series) -> Series:
    return {name: [(time, round(value, 6)) for time, value in rows] for name, rows in series.items()}


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_panel_shows_something(viewer: Viewer, page: str) -> None:
    found = dashboard(page)
    looking = replace(viewer, utility=page) if page in {"water", "electricity", "gas"} else viewer
    for panel in found["panels"]:
        if panel["type"] in {"row", "text"}:
            continue
        answers = [
            looking.ask(looking.bucket(target["datasource"]), statement)
            for target, statement in looking.statements(found, panel["title"])
        ]
        assert any(answers), panel["title"]


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_the_choices_are_filled(viewer: Viewer, page: str) -> None:
    choices = viewer.choices(dashboard(page))
    assert choices["site"] == "(home)"
    assert all(len(value) > len("()") for value in choices.values())


def test_the_choices_narrow_each_other(viewer: Viewer) -> None:
    assert viewer.choices(dashboard("electricity")) == {
        "site": "(home)",
        "meter": "(house)",
        "register": "(day|night)",
    }
    assert viewer.choices(dashboard("overview"))["meter"] == r"(boiler|cold\-water|house)"


def test_today_and_yesterday_by_the_counter(viewer: Viewer) -> None:
    page = dashboard("electricity")
    # 1079 - 1075 and 528 - 526; the day before 1075 - 1067 and 526 - 523.
    assert viewer.numbers(page, "Today") == {"house day (kWh)": 4, "house night (kWh)": 2}
    assert viewer.numbers(page, "Yesterday") == {"house day (kWh)": 8, "house night (kWh)": 3}
    # 304.75 - 304.25, and 304.25 - 303.75 on the day after the register was full.
    water = dashboard("water")
    assert viewer.numbers(water, "Today") == {"cold-water main (m³)": 0.5}
    assert viewer.numbers(water, "Yesterday") == {"cold-water main (m³)": 0.5}


def test_a_day_without_a_reading_so_far_is_zero(viewer: Viewer) -> None:
    at_night = replace(viewer, now=NOW.replace(day=3, hour=0, minute=5))
    assert at_night.numbers(dashboard("electricity"), "Today") == {"house day (kWh)": 0, "house night (kWh)": 0}
    assert at_night.numbers(dashboard("electricity"), "Yesterday") == {"house day (kWh)": 4, "house night (kWh)": 2}


def test_a_day_of_25_hours_a_gap_and_a_correction_by_the_counter(viewer: Viewer) -> None:
    days = viewer.series(dashboard("electricity"), "Today")["house day (kWh)"]
    assert days == [
        # 25 October has 25 hours: from 1000 at 23:30 summer time to 1013 at 23:30 winter time.
        ("2026-10-25T00:00+02:00", 13),
        # 1023 - 1013; the misread would have made 110 of it, and -68 of the next day with a reading.
        ("2026-10-26T00:00+01:00", 10),
        ("2026-10-27T00:00+01:00", 0),
        ("2026-10-28T00:00+01:00", 0),
        ("2026-10-29T00:00+01:00", 0),
        # What was used in the gap counts when it was read: 1055 - 1023.
        ("2026-10-30T00:00+01:00", 32),
        ("2026-10-31T00:00+01:00", 12),
        ("2026-11-01T00:00+01:00", 8),
        ("2026-11-02T00:00+01:00", 4),
    ]


def test_the_long_day_of_water(viewer: Viewer) -> None:
    days = dict(viewer.series(dashboard("water"), "Today")["cold-water main (m³)"])
    # 300.25 to 301.75, although 23:45 in winter time is 22:45 UTC, a day later by UTC's midnight in summer.
    assert days["2026-10-25T00:00+02:00"] == 1.5
    # The register went from 99999.50 to 0.75: 302.50 to 303.75.
    assert days["2026-10-31T00:00+01:00"] == 1.25
    hours = viewer.series(dashboard("water"), "Use by hour")["cold-water main (m³)"]
    # Half past two came twice.
    assert hours[:2] == [("2026-10-25T02:00+02:00", 0.25), ("2026-10-25T02:00+01:00", 0.25)]


def test_the_daily_rollups_spread_the_gap(viewer: Viewer) -> None:
    bars = viewer.series(dashboard("electricity"), "Use by day")
    amounts = [amount for _, amount in bars["house day (kWh)"]]
    assert amounts == [0.222, 12.986, 9.99, 9.541, 9.54, 9.54, 8.041, 7.3, 8.006, 3.834]
    assert dict(bars["house night (kWh)"])["2026-10-31T00:00+01:00"] == 3


def test_months_and_years(viewer: Viewer) -> None:
    page = dashboard("electricity")
    assert viewer.numbers(page, "This month") == {"house day (kWh)": 12, "house night (kWh)": 5}
    assert viewer.numbers(page, "Last month") == {"house day (kWh)": 310, "house night (kWh)": 115}
    assert viewer.series(page, "Year over year") == {
        # 310 + 115 and 12 + 5; the autumn of 2025 was 280 and 300 + 110.
        "Last 12 months (kWh)": [
            ("2025-12-01T00:00+01:00", 320),
            ("2026-10-01T00:00+02:00", 425),
            ("2026-11-01T00:00+01:00", 17),
        ],
        "The 12 before (kWh)": [("2025-10-01T00:00+02:00", 280), ("2025-11-01T00:00+01:00", 410)],
    }


def test_this_month_against_last_month(viewer: Viewer) -> None:
    assert rounded(viewer.series(dashboard("electricity"), "This month against last month")) == {
        # 8.006 + 3.021, then 3.834 + 1.917 more.
        "This month (kWh)": [("2026-11-01T00:00+01:00", 11.027), ("2026-11-02T00:00+01:00", 16.778)],
        # 0.222 + 0.1, and so on for both registers.
        "Last month (kWh)": [
            (f"2026-10-{day}T00:00{'+02:00' if day < 26 else '+01:00'}", total)
            for day, total in enumerate((0.322, 18.27, 31.26, 43.801, 56.341, 68.881, 79.922, 90.222), start=24)
        ],
    }


def test_a_zone_that_is_an_hour_off_loses_no_month(viewer: Viewer) -> None:
    """Grafana's zone may be another one than the house's: rollups are found half a day around its midnight."""
    found = [
        statement.replace("'Europe/Berlin'", "'Europe/London'")
        for _, statement in viewer.statements(dashboard("electricity"), "This month")
    ]
    (day, night) = viewer.ask(viewer.bucket({"uid": "meter-vision-influxql-daily"}), found[0])
    assert (day["values"][0][1], night["values"][0][1]) == (12, 5)


def test_the_hours_of_both_registers_together(viewer: Viewer) -> None:
    rows = viewer.table(dashboard("electricity"), "Hour of the day")
    used = {row["time"]: row["Use"] for row in rows if row["Use"]}
    assert used == {
        "2026-10-25T12:00+01:00": 6,
        "2026-10-25T23:00+01:00": 12,
        "2026-10-26T23:00+01:00": 10,
        "2026-10-30T08:00+01:00": 32,
        "2026-10-31T23:00+01:00": 30,
        "2026-11-01T12:00+01:00": 4,
        "2026-11-01T23:00+01:00": 7,
        "2026-11-02T11:00+01:00": 6,
    }


def test_costs_over_a_new_tariff(viewer: Viewer) -> None:
    page = dashboard("costs")
    # 107.30 - 105.20: four units at 0.40 and half a euro of standing charge. Yesterday 105.20 - 101.50.
    assert viewer.numbers(page, "Today") == {"all (EUR)": pytest.approx(2.10)}
    assert viewer.numbers(page, "Yesterday") == {"all (EUR)": pytest.approx(3.70)}
    assert rounded(viewer.series(page, "Cost by day"))["house day (EUR)"] == [
        ("2026-10-26T00:00+01:00", 3.5),
        ("2026-10-30T00:00+01:00", 11.6),
        ("2026-10-31T00:00+01:00", 4.1),
        ("2026-11-01T00:00+01:00", 3.7),
        ("2026-11-02T00:00+01:00", 2.1),
    ]
    parts = rounded(viewer.series(page, "Use and standing charge by day"))
    # On 1 November 2.10 + 1.60, of which 0.50 are paid in any case.
    assert dict(parts["use (EUR)"])["2026-11-01T00:00+01:00"] == 3.2
    assert dict(parts["standing charge (EUR)"])["2026-11-01T00:00+01:00"] == 0.5
    prices = dict(viewer.series(page, "Price of one unit")["house day (EUR)"])
    assert prices["2026-10-31T23:30+01:00"] == 0.3
    assert prices["2026-11-01T12:00+01:00"] == 0.4


def test_the_money_of_month_and_year(viewer: Viewer) -> None:
    page = dashboard("costs")
    meters = ("boiler main (EUR)", "cold-water main (EUR)", "house day (EUR)", "house night (EUR)")
    assert viewer.numbers(page, "Shares of this month") == dict(zip(meters, (4.5, 2.0, 5.8, 1.0), strict=True))
    assert viewer.numbers(page, "This month") == {"all (EUR)": pytest.approx(13.3)}
    # 70 + 30 + 87 + 12.
    assert viewer.numbers(page, "Expected at the month's end") == {"all (EUR)": 199}
    assert viewer.numbers(page, "This month and its budget") == {
        "so far (EUR)": pytest.approx(13.3),
        "expected (EUR)": 199,
        "budget": 80,
    }
    # October and November of 2026, of both registers; the year before does not count.
    assert viewer.numbers(page, "Cost this year") == {
        "Electricity": pytest.approx(96.5 + 21 + 5.8 + 1),
        "Water": 32,
        "Gas": 64.5,
    }
    months = rounded(viewer.series(page, "This month against last month"))
    assert [amount for _, amount in months["This month (EUR)"]] == [3.7, 5.8]
    assert months["Last month (EUR)"][-1] == ("2026-10-31T00:00+01:00", 23.6)


def test_rates_and_readings(viewer: Viewer) -> None:
    assert viewer.numbers(dashboard("electricity"), "Power now") == {"house day (kWh)": 333, "house night (kWh)": 167}
    (water,) = viewer.table(dashboard("water"), "Newest readings")
    assert (water["meter_id"], water["reading"], water["time"]) == ("cold-water", 1.75, "2026-11-02T11:45+01:00")
    corrected = dict(viewer.series(dashboard("electricity"), "What stands on the meter")["house day (kWh)"])
    assert corrected["2026-10-26T23:30+01:00"] == 51023


def test_verdicts_and_spending(viewer: Viewer) -> None:
    page = dashboard("quality")
    shares = {title: viewer.numbers(page, title) for title in ("Accepted", "Held", "Rejected", "Unreadable")}
    assert shares == {
        "Accepted": {"accepted": 0.75},
        "Held": {"held": 0.25},
        "Rejected": {"rejected": 0},
        "Unreadable": {"unreadable": 0},
    }
    assert viewer.numbers(page, "Spent on reading") == {"Spent on reading": pytest.approx(3 * 0.0081 + 0.0084)}
    assert viewer.numbers(page, "Tokens sent") == {"Tokens sent": 7900}
    assert viewer.series(page, "Verdicts by day")["accepted"] == [
        ("2026-11-01T00:00+01:00", 2),
        ("2026-11-02T00:00+01:00", 1),
    ]
    (held,) = viewer.table(page, "What was not accepted, and why")
    assert (held["rule"], held["confidence"], held["time"]) == ("above_window", 0.5, "2026-11-01T23:30+01:00")
    assert viewer.numbers(page, "This month and its limit") == {"this month": 3.5, "limit": 4}
    assert viewer.numbers(page, "Waiting points") == {"waiting": 250}


@pytest.mark.parametrize(
    ("readings", "rollups"),
    [
        (golden.HOUSE_DAY, golden.DAILY_DAY),
        (golden.HOUSE_NIGHT, golden.DAILY_NIGHT),
        (golden.WATER, golden.DAILY_WATER),
        (golden.GAS, golden.DAILY_GAS),
    ],
    ids=["day", "night", "water", "gas"],
)
def test_the_export_makes_these_days_of_these_readings(readings: str, rollups: str) -> None:
    """The golden rollups were reckoned by hand, and are what Meter Vision writes."""
    totals = packed(
        Total(
            reading=Reading(time=datetime.fromisoformat(time), value=Decimal(value)), consumption=Decimal(consumption)
        )
        for time, value, consumption, _ in map(str.split, readings.strip().splitlines())
    )
    made = [
        (midnight(day.first, ZONE), day.consumption, day.total, day.readings, day.minimum_rate, day.maximum_rate)
        for day in days(totals, totals[0].reading.time, ZONE, Decimal("0.001"))
    ]
    for row, day in zip(map(str.split, rollups.strip().splitlines()), made, strict=True):
        time, used, total, _, count, _, lowest, highest = row
        rates = [
            None if rate == "-" else pytest.approx(Decimal(rate), abs=Decimal("0.0001")) for rate in (lowest, highest)
        ]
        assert day == (datetime.fromisoformat(time), Decimal(used), Decimal(total), int(count), *rates)
