"""When a meter is read next, and what an account may spend."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from custom_components.meter_vision.metering.budget import Budget
from custom_components.meter_vision.metering.schedule import Pace, spread

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
USUAL = 15 * MINUTE


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def test_without_bounds_the_interval_stays() -> None:
    pace = Pace.of({}, USUAL)
    assert {pace.interval(USUAL, moved=moved) for moved in (True, False, None)} == {USUAL}


def test_it_is_short_after_a_change_and_grows_at_rest_within_the_bounds() -> None:
    pace = Pace.of({"interval": {"normal": 900, "shortest": 300, "longest": 3600}}, USUAL)
    assert pace.interval(60 * MINUTE, moved=True) == 5 * MINUTE
    waits = [15 * MINUTE]
    for _ in range(4):
        waits.append(pace.interval(waits[-1], moved=False))
    assert waits == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 60 * MINUTE, 60 * MINUTE]
    assert pace.interval(60 * MINUTE, moved=None) == 15 * MINUTE


def test_bounds_on_the_wrong_side_do_not_count() -> None:
    pace = Pace.of({"interval": {"normal": 900, "shortest": 1800, "longest": 60}}, USUAL)
    assert (pace.shortest, pace.longest) == (USUAL, USUAL)


def test_a_read_that_would_fall_into_quiet_hours_waits_for_their_end() -> None:
    pace = Pace.of({"quiet_hours": ["23:00", "05:00"]}, USUAL)
    assert pace.wait(USUAL, at("2026-11-22 22:30")) == USUAL
    assert pace.wait(USUAL, at("2026-11-22 22:50")) == timedelta(hours=6, minutes=10)
    assert pace.until_due(at("2026-11-23 01:00"), since=None, settled=False) == timedelta()
    assert pace.until_due(at("2026-11-23 01:00"), since=at("2026-11-22 22:50"), settled=True) == timedelta(hours=4)


def test_the_first_cameras_go_at_once_and_hundreds_one_after_the_other() -> None:
    waits = [spread(place) for place in range(200)]
    assert waits[:4] == [timedelta()] * 4
    assert all(later - earlier == timedelta(seconds=1.5) for earlier, later in pairwise(waits[3:]))
    assert waits[-1] < timedelta(minutes=5)


def test_money_gets_short_before_it_is_gone() -> None:
    budget = Budget(limit=Decimal("2.00"))
    steps = {spent: budget.slowdown(Decimal(spent)) for spent in ("0", "1.49", "1.50", "1.80", "5")}
    assert steps == {"0": 1, "1.49": 1, "1.50": 2, "1.80": 4, "5": 4}
    assert not budget.reached(Decimal("1.9999"))
    assert budget.reached(Decimal("2.00"))
    assert not Budget(limit=None).reached(Decimal(1000))
    assert Budget(limit=None).slowdown(Decimal(1000)) == 1
