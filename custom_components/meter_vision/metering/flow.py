"""How much this meter has been seen to count, and how much more than that would be a surprise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

_HOUR: Final = timedelta(hours=1)
HORIZONS: Final = (Decimal(1), Decimal(6), Decimal(24))
"""Hours over which the most that was counted is kept."""
LEARNING: Final = timedelta(days=7)
"""What has to be seen before it says anything about what to expect."""
BEGINNING: Final = timedelta(days=1)
"""What has to be seen before the most that was counted says anything at all."""
ROOM: Final = Decimal("2.5")
"""How many times as much as ever before is still no surprise."""
USUAL_SHARE: Final = Decimal(1) / 3
"""The share of the hard ceiling that surprises nobody for a few hours."""
_USUAL_HOURS: Final = Decimal(3)
LASTING_SHARE: Final = Decimal(1) / 30
"""The share of the hard ceiling that surprises nobody for any time."""
HALF_LIFE: Final = timedelta(days=120)
"""After which the most that was ever seen counts half."""
_LN2: Final = Decimal("0.6931")
_EXACT: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that was counted within one horizon, and what has been counted since the present one began."""

    most: Decimal = Decimal(0)
    used: Decimal = Decimal(0)
    start: datetime | None = None

    def add(self, amount: Decimal, start: datetime, end: datetime, horizon: Decimal) -> Peak:
        """Return the peak after an amount was counted between two times; it fades over months."""
        hours = hours_between(start, end)
        if hours >= horizon:
            return Peak(max(self._faded(hours), _exact(amount * horizon / hours)))
        if self.start is None or hours_between(self.start, end) > horizon:
            return Peak(max(self._faded(horizon), amount), amount, start)
        used = self.used + amount
        return Peak(max(self.most, used), used, self.start)

    def _faded(self, hours: Decimal) -> Decimal:
        return _exact(self.most * max(Decimal(0), 1 - _LN2 * hours / Decimal(str(HALF_LIFE / _HOUR))))


@dataclass(frozen=True, slots=True)
class Flow:
    """What a meter usually counts, in register units before the multiplier."""

    peaks: tuple[Peak, ...] = (Peak(),) * len(HORIZONS)
    seen: timedelta = timedelta()

    def add(self, amount: Decimal, start: datetime, end: datetime) -> Flow:
        """Return what is known after one more settled step."""
        if end <= start:
            return self
        peaks = tuple(
            peak.add(abs(amount), start, end, horizon) for peak, horizon in zip(self.peaks, HORIZONS, strict=True)
        )
        return replace(self, peaks=peaks, seen=self.seen + (end - start))

    def at_least(self, amount: Decimal, elapsed: timedelta) -> Flow:
        """Return what is known once looks have proven that so much was counted in a time, before it is settled."""
        hours = Decimal(str(elapsed / _HOUR))
        shares = [min(Decimal(1), horizon / hours) if hours > 0 else Decimal(0) for horizon in HORIZONS]
        peaks = (
            replace(peak, most=max(peak.most, _exact(amount * share)))
            for peak, share in zip(self.peaks, shares, strict=True)
        )
        return replace(self, peaks=tuple(peaks))

    def limit(self, elapsed: timedelta, ceiling: Decimal, usual_share: Decimal = USUAL_SHARE) -> Decimal:
        """Return the most that can be counted in a time without surprise; never above the ceiling (units per hour)."""
        hours = max(Decimal(0), Decimal(str(elapsed / _HOUR)))
        possible = ceiling * hours
        if self.seen < LEARNING:
            return min(possible, ceiling * min(hours, Decimal(1)) + ceiling * usual_share * max(Decimal(0), hours - 1))
        usual = usual_share * min(hours, _USUAL_HOURS) + LASTING_SHARE * max(Decimal(0), hours - _USUAL_HOURS)
        return min(possible, max(ceiling * usual, self._expected(hours)))

    def most(self, elapsed: timedelta) -> Decimal | None:
        """Return the most that was ever counted in a time, None before anything is known."""
        return self._most(Decimal(str(elapsed / _HOUR))) if self.seen >= BEGINNING else None

    def _expected(self, hours: Decimal) -> Decimal:
        return ROOM * self._most(hours)

    def _most(self, hours: Decimal) -> Decimal:
        if hours < 1:
            return self.peaks[0].most * hours.sqrt()
        return min(peak.most * max(Decimal(1), hours / h) for peak, h in zip(self.peaks, HORIZONS, strict=True))

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "seen": self.seen.total_seconds(),
            "peaks": [
                [str(peak.most), str(peak.used), None if peak.start is None else peak.start.isoformat()]
                for peak in self.peaks
            ],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave."""
        peaks = tuple(
            Peak(Decimal(most), Decimal(used), None if start is None else datetime.fromisoformat(start))
            for most, used, start in data["peaks"]
        )
        if len(peaks) != len(HORIZONS):
            raise ValueError("other horizons")  # noqa: TRY003  never shown
        return cls(peaks, timedelta(seconds=data["seen"]))


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Return the hours from one time to another."""
    return Decimal(str((end - start) / _HOUR))


def _exact(amount: Decimal) -> Decimal:
    """Return an amount without the digits that no meter has."""
    return amount.quantize(_EXACT)
