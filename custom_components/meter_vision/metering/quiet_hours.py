"""Hours of the day in which a meter is not read by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one local time of day up to another, perhaps of the next day; nothing if both are the same."""

    begin: time = time()
    end: time = time()

    @classmethod
    def parse(cls, hours: Sequence[str] | None) -> Self:
        """Return the hours that two ISO times bound, none for None; raise ValueError."""
        return cls() if hours is None else cls(*map(time.fromisoformat, hours))

    def left(self, moment: datetime) -> timedelta:
        """Return how long it stays quiet from a local, aware moment; nothing if that is not in the quiet hours."""
        at = moment.time()
        later = self.begin <= at
        quiet = (later and at < self.end) if self.begin <= self.end else (later or at < self.end)
        if not quiet:
            return timedelta()
        day = moment.date() + (_DAY if at >= self.end else timedelta())
        over = datetime.combine(day, self.end, moment.tzinfo)
        return over.astimezone(UTC) - moment.astimezone(UTC)
