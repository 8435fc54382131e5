"""What is odd about how much is used: a flow that never stops, and more than ever at this hour of the week.

Both follow from the readings that count, so that a correction takes a false alarm back. Only what has been learnt of a
week, and which alarms stand, is kept besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from .amounts import used_between
from .catalogue import CATALOGUE
from .ledger_columns import Totals
from .models import MeterKind, Register
from .weekly import Profile
from .window import tolerance

LEAK_HOURS: Final[Mapping[MeterKind, int]] = {MeterKind.WATER: 6}
"""Hours without any standstill that make a leak likely; other kinds have uses that run for days."""
_HOUR: Final = timedelta(hours=1)
LEAST_SLOTS: Final = 24
"""Unless a person says otherwise, of so many pieces of time every one has to show flow; a busy day fills some."""
_SHORTEST_SLOT: Final = timedelta(minutes=10)
_LONGEST_SLOT: Final = timedelta(hours=2)
_SMALLEST_LEAK: Final = Decimal(1) / 2500
"""Of what the connection can deliver, in an hour: two litres of water, a drop each tenth of a second."""
_FLOOR: Final = Decimal(1) / 100
"""Of what the connection can deliver, in an hour: less is never unusually much."""
_JITTER: Final = timedelta(minutes=1)
"""By how much a regular look may come early."""
_SETTLED: Final = timedelta(days=1)
"""After which what was used becomes part of what is usual: until then it may be corrected."""


class UsageEvent(StrEnum):
    """What is worth to be told of."""

    SPIKE = "usage_spike"
    LEAK_SUSPECTED = "leak_suspected"
    LEAK_CLEARED = "leak_cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRules:
    """What does not change from reading to reading, in units of the consumption."""

    tolerance: Decimal
    """A piece of time that counts no more shows no flow."""
    ceiling: Decimal
    """What the connection can deliver in an hour."""
    interval: timedelta
    """How often the meter is read."""
    leak_after: timedelta | None
    """None: no use that lasts means anything."""
    zone: tzinfo

    @classmethod
    def of(
        cls, kind: MeterKind, register: Register, interval: timedelta, zone: tzinfo, leak_hours: int | None = None
    ) -> Self:
        """Return the rules for a register; hours of 0 turn leaks off, None are the kind's."""
        steps = tolerance(register) / register.resolution
        rules = cls(
            tolerance=steps * register.consumption_resolution,
            ceiling=CATALOGUE[kind].hard_ceilings[register.consumption_unit],
            interval=interval,
            leak_after=None,
            zone=zone,
        )
        hours = LEAK_HOURS.get(kind, 0) if leak_hours is None else leak_hours
        if not hours:
            return rules
        least = LEAST_SLOTS if leak_hours is None else 1
        return replace(rules, leak_after=max(hours * _HOUR, least * rules.slot))

    @property
    def slot(self) -> timedelta:
        """The piece of time in which the smallest leak counts more than the tolerance, but no less than an interval."""
        needed = _HOUR * float(2 * self.tolerance / (self.ceiling * _SMALLEST_LEAK))
        return max(self.interval, min(max(needed, _SHORTEST_SLOT), _LONGEST_SLOT))

    @property
    def floor(self) -> float:
        """What is never unusually much in an hour."""
        return float(self.ceiling * _FLOOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A flow without a break."""

    since: datetime
    least: Decimal
    """The least of its last hours, in units per hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """An hour in which more was used than ever at such an hour."""

    start: datetime
    used: Decimal
    usual: float
    """The most that was usual until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What has been learnt of a register's use, and what is odd about it now."""

    profile: Profile = field(default_factory=Profile)
    learnt_until: datetime | None = None
    leak: Leak | None = None
    spike: Spike | None = None

    def after(self, totals: Totals, rules: UsageRules) -> tuple[Self, tuple[UsageEvent, ...]]:
        """Return what is known with these readings, and what is worth to be told of."""
        leak = _leak(totals, rules, self.leak)
        spike = _spike(totals, rules, self.profile)
        events = []
        if spike is not None and self.spike is None:
            events.append(UsageEvent.SPIKE)
        if (leak is None) != (self.leak is None):
            events.append(UsageEvent.LEAK_CLEARED if leak is None else UsageEvent.LEAK_SUSPECTED)
        profile, learnt_until = self._learnt(totals, rules)
        return replace(self, profile=profile, learnt_until=learnt_until, leak=leak, spike=spike), tuple(events)

    def _learnt(self, totals: Totals, rules: UsageRules) -> tuple[Profile, datetime]:
        """Return what is usual after the hours that can hardly be corrected any more."""
        start = _hour_of(totals[0].reading.time + _HOUR, rules.zone)
        if self.learnt_until is not None:
            start = max(start, self.learnt_until)
        profile = self.profile
        while start + _HOUR <= totals[-1].reading.time - _SETTLED:
            used = float(used_between(totals, start, start + _HOUR))
            profile = profile.add(start.astimezone(rules.zone), used, rules.floor)
            start += _HOUR
        return profile, start

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        leak = self.leak
        spike = self.spike
        return {
            "profile": self.profile.to_data(),
            "learnt_until": None if self.learnt_until is None else self.learnt_until.isoformat(),
            "leak": None if leak is None else [leak.since.isoformat(), str(leak.least)],
            "spike": None if spike is None else [spike.start.isoformat(), str(spike.used), spike.usual],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave."""
        learnt_until, leak, spike = data["learnt_until"], data["leak"], data["spike"]
        return cls(
            profile=Profile.from_data(data["profile"]),
            learnt_until=None if learnt_until is None else _time(learnt_until),
            leak=None if leak is None else Leak(since=_time(leak[0]), least=Decimal(leak[1])),
            spike=None
            if spike is None
            else Spike(start=_time(spike[0]), used=Decimal(spike[1]), usual=float(spike[2])),
        )


def _leak(totals: Totals, rules: UsageRules, standing: Leak | None) -> Leak | None:
    """Return the flow that has gone on for too long; one that stands ends when a piece of time shows none."""
    if rules.leak_after is None:
        return None
    latest = totals[-1].reading.time
    rates: list[Decimal] = []
    since = latest
    for start, used, length in _slots(totals, rules.slot):
        if used <= rules.tolerance:
            return None
        rates.append(used / Decimal(str(length / _HOUR)))
        since = start
        if latest - since >= rules.leak_after - _JITTER:
            earlier = since if standing is None else min(standing.since, since)
            return Leak(since=earlier, least=min(rates))
    return standing


def _slots(totals: Totals, slot: timedelta) -> Iterator[tuple[datetime, Decimal, timedelta]]:
    """Yield pieces of time, the latest first, with start, use and length, back to where nobody knows what was used."""
    end = later = totals[-1]
    for total in reversed(totals[:-1]):
        if later.reading.time - total.reading.time > 2 * slot:
            return
        later = total
        length = end.reading.time - total.reading.time
        if length >= slot - _JITTER:
            yield total.reading.time, end.consumption - total.consumption, length
            end = total


def _spike(totals: Totals, rules: UsageRules, profile: Profile) -> Spike | None:
    """Return the running hour, or the one before it, if more was used in it than ever."""
    latest = totals[-1].reading.time
    hour = _hour_of(latest, rules.zone)
    for start, end in ((hour, latest), (hour - _HOUR, hour)):
        usual = profile.usual(start.astimezone(rules.zone))
        used = used_between(totals, start, end)
        if usual is not None and used > profile.limit(start.astimezone(rules.zone), rules.floor):
            return Spike(start=start, used=used, usual=usual)
    return None


def _hour_of(time: datetime, zone: tzinfo) -> datetime:
    """Return when the hour of the local clock began that a time lies in."""
    local = time.astimezone(zone)
    return time - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
