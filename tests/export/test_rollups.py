"""Days and months in local time, over changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from custom_components.meter_vision.export.meter_points import MeterPoints
from custom_components.meter_vision.export.points import Series
from custom_components.meter_vision.export.rollups import Period, days, midnight, months
from custom_components.meter_vision.export.schema import BucketMode
from custom_components.meter_vision.metering.ledger_columns import Total, Totals, packed
from custom_components.meter_vision.metering.models import MeterKind, Reading

from .lines import parse

NEW_YORK = ZoneInfo("America/New_York")
RESOLUTION = Decimal("0.1")


def steady(start: datetime, hours: int, step: int = 1) -> Totals:
    """Return readings of one unit per hour, one every `step` hours."""
    return packed(
        Total(
            reading=Reading(value=Decimal(100 + hour), time=start + timedelta(hours=hour)),
            consumption=Decimal(100 + hour),
        )
        for hour in range(0, hours + 1, step)
    )


def test_a_day_has_23_24_or_25_hours() -> None:
    totals = steady(datetime(2026, 10, 30, 4, tzinfo=UTC), 24 * 6)  # midnight in New York

    found = days(totals, totals[0].reading.time, NEW_YORK, RESOLUTION)

    assert [(day.first, day.consumption) for day in found][:5] == [
        (date(2026, 10, 30), 23),  # what was used in the hour before midnight shows at midnight
        (date(2026, 10, 31), 24),
        (date(2026, 11, 1), 25),
        (date(2026, 11, 2), 24),
        (date(2026, 11, 3), 24),
    ]
    spring = steady(datetime(2026, 3, 7, 5, tzinfo=UTC), 24 * 3)
    assert [day.consumption for day in days(spring, spring[0].reading.time, NEW_YORK, RESOLUTION)][1] == 23


def test_midnights() -> None:
    assert midnight(date(2026, 11, 1), NEW_YORK) == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert midnight(date(2026, 11, 2), NEW_YORK) == datetime(2026, 11, 2, 5, tzinfo=UTC)


def test_a_gap_of_days_is_spread_and_called_estimated() -> None:
    totals = steady(datetime(2026, 11, 20, 12, tzinfo=UTC), 96, step=96)

    found = days(totals, totals[0].reading.time, ZoneInfo("UTC"), RESOLUTION)

    assert [(day.consumption, day.readings, day.estimated) for day in found] == [
        (12, 1, False),
        (24, 0, True),
        (24, 0, True),
        (24, 0, True),
        (12, 1, False),
    ]
    assert sum(day.consumption for day in found) == totals[-1].consumption - totals[0].consumption
    assert found[-1].total == 196


def test_the_lowest_and_the_highest_rate() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    values = (100, 101, 101, 104)
    totals = packed(
        Total(reading=Reading(value=Decimal(value), time=start + timedelta(minutes=30 * n)), consumption=Decimal(value))
        for n, value in enumerate(values)
    )

    (day,) = days(totals, start, ZoneInfo("UTC"), RESOLUTION)

    assert (day.minimum_rate, day.maximum_rate, day.readings) == (0, 6, 4)


def test_only_the_days_since_a_time() -> None:
    totals = steady(datetime(2026, 11, 20, tzinfo=UTC), 100)
    whole = days(totals, totals[0].reading.time, NEW_YORK, RESOLUTION)

    assert days(totals, datetime(2026, 11, 22, 12, tzinfo=UTC), NEW_YORK, RESOLUTION) == whole[3:]
    assert days((), totals[0].reading.time, NEW_YORK, RESOLUTION) == ()


def day(month: int, number: int, used: str, cost: str | None = None) -> Period:
    return Period(
        first=date(2026, month, number),
        consumption=Decimal(used),
        total=Decimal(1000 + 100 * month + number),
        readings=2,
        minimum_rate=Decimal(used) / 24,
        maximum_rate=Decimal(used),
        cost=None if cost is None else Decimal(cost),
    )


def test_months_are_their_days() -> None:
    october, november = months([day(10, 30, "2"), day(10, 31, "3", "1.5"), day(11, 1, "4"), day(11, 2, "0")])

    assert (october.first, october.consumption, october.total, october.readings, october.cost) == (
        date(2026, 10, 1),
        5,
        2031,
        4,
        Decimal("1.5"),
    )
    assert (november.consumption, november.minimum_rate, november.maximum_rate, november.cost) == (4, 0, 4, None)


@pytest.mark.parametrize(("kind", "name"), [(MeterKind.WATER, "water"), (MeterKind.ELECTRICITY, "electric")])
def test_points_are_stamped_at_local_midnight(kind: MeterKind, name: str) -> None:
    series = Series(kind=kind, meter_id="m", register="main", site="home", unit="m³")
    points = MeterPoints(series=series, mode=BucketMode.SHARED)

    (daily,) = points.days([day(11, 2, "4", "0.5")], NEW_YORK)
    (monthly,) = points.months(months([day(11, 2, "4", "0.5")]), NEW_YORK)

    assert (daily.bucket, monthly.bucket) == ("utility_daily", "utility_daily")
    assert (daily.time, monthly.time) == (datetime(2026, 11, 2, 5, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC))
    line = parse(daily.line)
    assert (line.measurement, parse(monthly.line).measurement) == (f"{name}_daily", f"{name}_monthly")
    assert line.fields == {
        "consumption": 4.0,
        "total": 2102.0,
        "cost": 0.5,
        "readings": 2.0,
        "estimated": 0.0,
        "minimum_rate": pytest.approx(1 / 6),
        "maximum_rate": 4.0,
    }
