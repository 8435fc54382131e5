"""What a register usually counts in each hour of the week: the most that is not odd, learnt slowly and fading."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

_HOURS: Final = 24
_DAYS: Final = 7
LEARNING: Final = 14 * _HOURS
"""Hours to be learnt before anything is called odd."""
ROOM: Final = 3.0
"""How many times as much as usual is odd; with it the figures of `scripts/bench alarms` were chosen."""
_NEAR: Final = 1
FAR: Final = 3
"""Hours around one in which what is used might as well have been used in it."""
OTHER_DAYS: Final = 0.8
FAR_HOURS: Final = 0.6
"""How much what happened near this hour on other days, or further from it on any day, counts for it."""
_WEEKLY_FADE: Final = 0.95
"""What is left of the most after a week without it."""
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The most of each hour of the week; statistics, so floats do."""

    most: array[float] = field(default_factory=lambda: array("d", [0.0]) * (_DAYS * _HOURS))
    """From Monday 0:00 on."""
    hours: int = 0
    """How many hours have been learnt."""

    def usual(self, local: datetime) -> float | None:
        """Return the most that is usual in the hour of a local time, None while too little has been learnt."""
        return self._usual(local) if self.hours >= LEARNING else None

    def limit(self, local: datetime, floor: float) -> float:
        """Return what is odd if more is used in the hour of a local time."""
        return max(floor, ROOM * self._usual(local))

    def add(self, local: datetime, used: float, floor: float) -> Self:
        """Return the profile after one more hour; what is odd counts only as far as it would not have been."""
        cell = local.weekday() * _HOURS + local.hour
        if self.hours >= LEARNING:
            used = min(used, self.limit(local, floor))
        most = self.most[:]
        most[cell] = float(f"{max(most[cell] * _WEEKLY_FADE, used):.{_DIGITS}g}")
        return replace(self, most=most, hours=self.hours + 1)

    def _usual(self, local: datetime) -> float:
        """Return the most around this hour on this day of the week, or somewhat less of other days and hours."""
        near = [self._most_around(day, local.hour, _NEAR) for day in range(_DAYS)]
        far = max(self._most_around(day, local.hour, FAR) for day in range(_DAYS))
        return max(near[local.weekday()], OTHER_DAYS * max(near), FAR_HOURS * far)

    def _most_around(self, day: int, hour: int, distance: int) -> float:
        around = range(hour - distance, hour + distance + 1)
        return max(self.most[day * _HOURS + other % _HOURS] for other in around)

    def to_data(self) -> dict[str, Any]:
        """Return plain data; before anything has been learnt the week is empty."""
        return {"most": list(self.most) if any(self.most) else [], "hours": self.hours}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave."""
        most = array("d", map(float, data["most"])) or cls().most
        if len(most) != _DAYS * _HOURS:
            raise ValueError("another week")  # noqa: TRY003  never shown
        return cls(most=most, hours=int(data["hours"]))
