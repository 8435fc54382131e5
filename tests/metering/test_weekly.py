"""What is usual in an hour of the week."""

from __future__ import annotations

from datetime import datetime, timedelta
import json

from custom_components.meter_vision.metering.weekly import LEARNING, Profile

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  local time as it is
FLOOR = 0.05
HOUR = timedelta(hours=1)


def weeks(number: int, use: dict[int, float], profile: Profile | None = None) -> Profile:
    """Return what is learnt in so many weeks with the same use by hour of every day."""
    profile = profile or Profile()
    for hour in range(number * 7 * 24):
        at = MONDAY + hour * HOUR
        profile = profile.add(at, use.get(at.hour, 0.0), FLOOR)
    return profile


def test_nothing_is_usual_before_two_weeks() -> None:
    profile = weeks(2, {7: 0.1})
    assert profile.hours == LEARNING
    assert Profile(most=profile.most, hours=LEARNING - 1).usual(MONDAY) is None
    assert profile.usual(MONDAY) == 0


def test_the_night_is_not_the_morning() -> None:
    profile = weeks(3, {7: 0.2})
    limits = {hour: round(profile.limit(MONDAY.replace(hour=hour), FLOOR), 2) for hour in (0, 3, 4, 6, 7, 8, 9, 11)}
    assert limits == {0: 0.05, 3: 0.05, 4: 0.36, 6: 0.6, 7: 0.6, 8: 0.6, 9: 0.36, 11: 0.05}


def test_saturday_is_not_monday() -> None:
    profile = weeks(3, {}).add(MONDAY + timedelta(days=5, hours=10), 0.04, FLOOR)
    assert profile.usual(MONDAY + timedelta(days=5, hours=10)) == 0.04
    assert profile.usual(MONDAY + timedelta(hours=10)) == 0.8 * 0.04


def test_what_is_odd_becomes_usual_slowly() -> None:
    profile = weeks(3, {7: 0.1})
    at = MONDAY.replace(hour=7)
    usual = []
    for week in range(4):
        profile = profile.add(at + timedelta(weeks=week), 5.0, FLOOR)
        usual.append(round(profile.usual(at) or 0, 3))
    assert usual == [0.3, 0.9, 2.7, 5.0]


def test_what_does_not_come_again_is_forgotten() -> None:
    profile = weeks(3, {7: 0.1})
    before = profile.usual(MONDAY.replace(hour=7)) or 0
    after = weeks(26, {}, profile).usual(MONDAY.replace(hour=7)) or 0
    assert 0.2 < after / before < 0.3


def test_it_is_kept_as_plain_data() -> None:
    profile = weeks(3, {7: 0.123456789, 19: 1 / 3})
    text = json.dumps(profile.to_data())
    assert Profile.from_data(json.loads(text)) == profile
    assert len(text) < 2500
