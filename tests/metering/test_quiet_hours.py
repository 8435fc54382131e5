"""When a meter is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.meter_vision.metering.quiet_hours import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("hours", "at", "left"),
    [
        (("23:00", "05:00"), "2026-11-22T22:59", 0),
        (("23:00", "05:00"), "2026-11-22T23:00", 6 * 60),
        (("23:00", "05:00"), "2026-11-23T04:30", 30),
        (("23:00", "05:00"), "2026-11-23T05:00", 0),
        (("09:00:00", "17:00:00"), "2026-11-23T12:00", 5 * 60),
        (("09:00:00", "17:00:00"), "2026-11-23T08:00", 0),
        (("00:00", "06:00"), "2026-11-23T00:00", 6 * 60),
        # The clock goes back at 3: the night has an hour more. And forward, an hour less.
        (("23:00", "05:00"), "2026-10-24T23:00", 7 * 60),
        (("23:00", "05:00"), "2026-03-28T23:00", 5 * 60),
        (None, "2026-11-23T00:00", 0),
    ],
)
def test_how_long_it_stays_quiet(hours: tuple[str, str] | None, at: str, left: int) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=BERLIN)
    assert QuietHours.parse(hours).left(moment) == timedelta(minutes=left)
