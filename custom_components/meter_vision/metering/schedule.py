"""When a meter is read next: by its interval, more often after a change, rarely at rest, and not in quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from .quiet_hours import QuietHours

_AT_ONCE: Final = 4
_SPREAD: Final = timedelta(seconds=1.5)
_GROWTH: Final = 2
"""By how much the interval grows with each reading that shows no movement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a meter may be read."""

    normal: timedelta
    shortest: timedelta
    longest: timedelta
    quiet: QuietHours

    @classmethod
    def of(cls, data: Mapping[str, Any], usual: timedelta) -> Self:
        """Return the pace in stored data, where no bounds leave the interval as it is; raise ValueError."""
        interval = data.get("interval") or {}
        normal = timedelta(seconds=interval.get("normal", usual.total_seconds()))
        shortest = timedelta(seconds=interval.get("shortest") or normal.total_seconds())
        longest = timedelta(seconds=interval.get("longest") or normal.total_seconds())
        return cls(
            normal=normal,
            shortest=min(shortest, normal),
            longest=max(longest, normal),
            quiet=QuietHours.parse(data.get("quiet_hours")),
        )

    def interval(self, before: timedelta, *, moved: bool | None) -> timedelta:
        """Return the interval after a reading, given the one before it; None: the reading failed."""
        if moved is None:
            return self.normal
        return self.shortest if moved else min(self.longest, max(before, self.shortest) * _GROWTH)

    def wait(self, interval: timedelta, now: datetime) -> timedelta:
        """Return the time from now, local and aware, to the next read: what is left of quiet hours is added."""
        return interval + self.quiet.left(now + interval)

    def until_due(self, now: datetime, *, since: datetime | None, settled: bool) -> timedelta:
        """Return the time until a read is due, none before the first; `since` is the last one, good if `settled`."""
        if since is None or since > now:  # the clock has been put back
            return timedelta()
        wait = max(timedelta(), since + self.normal - now) if settled else timedelta()
        return wait + self.quiet.left(now + wait)


def spread(place: int) -> timedelta:
    """Return how long the camera in this place waits at a start, so that hundreds do not begin at once."""
    return max(0, place - _AT_ONCE + 1) * _SPREAD
