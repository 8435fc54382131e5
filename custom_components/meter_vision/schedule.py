"""When a meter is read by itself: at its interval, and not in its quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from .const import CONF_INTERVAL, CONF_NORMAL, CONF_QUIET_HOURS
from .metering.catalogue import CATALOGUE
from .metering.models import MeterKind
from .metering.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of a meter's routine reads."""

    interval: timedelta
    quiet: QuietHours

    @classmethod
    def of(cls, data: Mapping[str, Any], kind: MeterKind) -> Self:
        """Return the schedule in a subentry's data; raise ValueError for one that cannot be."""
        usual = CATALOGUE[kind].interval.total_seconds()
        seconds = data.get(CONF_INTERVAL, {}).get(CONF_NORMAL, usual)
        return cls(timedelta(seconds=seconds), QuietHours.parse(data.get(CONF_QUIET_HOURS)))

    def pause(self, now: datetime) -> timedelta:
        """Return the time from now, local and aware, to the next read: what is left of quiet hours is added."""
        return self.interval + self.quiet.left(now + self.interval)

    def wait(self, now: datetime, *, since: datetime | None, settled: bool) -> timedelta:
        """Return the time until a read is due, none before the first; `since` is the last one, good if `settled`."""
        if since is None:
            return timedelta()
        wait = max(timedelta(), since + self.interval - now) if settled else timedelta()
        return wait + self.quiet.left(now + wait)
