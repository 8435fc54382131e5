"""How far a register can have moved between two looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from .flow import USUAL_SHARE, Flow, hours_between
from .models import Register

# Two looks at the same pointers differ by up to two of their last figures, at drums and displays by one.
_TOLERANCE: Final = 1
_TOLERANCE_DIALS: Final = 2
_EXACT: Final = Decimal("0.000001")
_SHORTEST_INTERVAL: Final = timedelta(minutes=15)
_GAP: Final = 3
"""After so many intervals without a reading, one that would surprise at other times surprises nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What does not change from look to look."""

    register: Register
    ceiling: Decimal
    """Units per hour that the connection can physically deliver, before the multiplier."""
    interval: timedelta
    """How often the meter is read."""
    usual_share: Decimal = USUAL_SHARE
    """The share of the ceiling that surprises nobody for a few hours."""

    @property
    def tolerance(self) -> Decimal:
        """By how much two looks at an idle register may differ, in its unit."""
        return tolerance(self.register)

    @property
    def step_of_an_interval(self) -> Decimal:
        """The most that can physically be counted from one regular look to the next."""
        hours = Decimal(str(max(self.interval, _SHORTEST_INTERVAL) / timedelta(hours=1)))
        return self._rounded(self.ceiling * hours + self.tolerance)

    def gap(self, start: datetime, end: datetime) -> bool:
        """Return whether readings are so far apart that the latter surprises nobody if it is wrong."""
        return end - start > self.interval * _GAP

    def possible(self, start: datetime, end: datetime) -> Decimal:
        """Return how far the register can physically have moved."""
        return self._rounded(self.ceiling * max(Decimal(0), hours_between(start, end)) + self.tolerance)

    def limit(self, flow: Flow, elapsed: timedelta) -> Decimal:
        """Return the most that can be counted in a time without surprise, units before the multiplier."""
        return flow.limit(elapsed, self.ceiling, self.usual_share)

    def plausible(self, flow: Flow, start: datetime, end: datetime) -> Decimal:
        """Return how far it can have moved without surprise."""
        return self._rounded(self.limit(flow, max(end - start, timedelta())) + self.tolerance)

    def ever(self, flow: Flow, start: datetime, end: datetime) -> Decimal | None:
        """Return the most that was ever counted in such a time, None before anything is known."""
        most = flow.most(end - start)
        return None if most is None else self._rounded(most + self.tolerance)

    def sustained(self, start: datetime, end: datetime) -> Decimal:
        """Return how far it can have moved if what surprises nobody for a few hours went on for all that time."""
        return self._rounded(
            self.ceiling * self.usual_share * max(Decimal(0), hours_between(start, end)) + self.tolerance
        )

    def _rounded(self, amount: Decimal) -> Decimal:
        # Hours are fractions: what is a whole number of last figures but for their last digits must not lose one.
        return amount.quantize(_EXACT).quantize(self.register.resolution, ROUND_FLOOR)


def tolerance(register: Register) -> Decimal:
    """Return by how much two looks at an idle register may differ, in its unit."""
    return register.resolution * (_TOLERANCE_DIALS if register.dials else _TOLERANCE)
