"""When one meter is read, given what it did, its quiet hours and what its account may still spend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .account import Account
from .meter_state import MeterState
from .metering.schedule import Pace


class Timing:
    """Follows a meter from reading to reading; all times are local and aware."""

    def __init__(self, pace: Pace, account: Account, camera: Mapping[str, Any]) -> None:
        """Begin at the normal interval."""
        self._pace = pace
        self._camera = camera
        self._account = account
        self._interval = pace.normal

    def follow(self, before: MeterState, after: MeterState | None) -> None:
        """Take note of a reading, None: one that failed."""
        moved = None
        if after is not None:
            totals = [
                (after.registers[name].consumption, known.consumption) for name, known in before.registers.items()
            ]
            moved = any(now != then for now, then in totals)
        self._interval = self._pace.interval(self._interval, moved=moved)

    def wait(self, now: datetime) -> timedelta:
        """Return how long to wait for the next reading."""
        interval = max(self._interval * self._account.slowdown(), self._account.cameras.rest(self._camera))
        return self._pace.wait(interval, now)

    def until_first(self, state: MeterState, now: datetime) -> timedelta:
        """Return how long the first reading after a start waits, at least for those of the cameras before this one."""
        return max(self.until_due(state, now), self._account.turn(self._camera))

    def until_due(self, state: MeterState, now: datetime) -> timedelta:
        """Return how long a start has to wait for the next reading; not at all if the latest attempt was no good."""
        return self._pace.until_due(now, since=state.attempted_at, settled=state.settled)
