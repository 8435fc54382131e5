"""How long something that keeps failing is left alone: longer each time, up to a bound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_GROWTH: Final = 2
_MOST_FAILURES: Final = 20


@dataclass(slots=True)
class Backoff:
    """The pause after failures; those of calls that were under way together count once."""

    first: timedelta
    longest: timedelta
    _failures: int = 0
    _until: datetime | None = None

    def left(self, now: datetime) -> timedelta:
        """Return how much of the pause is left, nothing where there is none or the clock has been put back."""
        left = timedelta() if self._until is None else max(timedelta(), self._until - now)
        return left if left <= self.longest else timedelta()

    def failed(self, now: datetime) -> timedelta:
        """Begin a pause, longer than the one before, and return what is left of it."""
        if not self.left(now):
            pause = min(self.longest, self.first * _GROWTH ** min(self._failures, _MOST_FAILURES))
            self._failures += 1
            self._until = now + pause
        return self.left(now)

    def reset(self) -> None:
        """Forget all failures."""
        self._failures, self._until = 0, None
