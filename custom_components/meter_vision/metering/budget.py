"""What an account may spend in a month: read more rarely first, then not at all until the next month."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

USUAL_LIMIT: Final = Decimal("5.00")
"""US dollars a month: some five meters read every quarter of an hour, further looks included."""
_SLOWER: Final = ((Decimal("0.9"), 4), (Decimal("0.75"), 2))
"""From which share of the limit on the intervals are how many times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The monthly limit of an account in US dollars, None: no limit."""

    limit: Decimal | None = USUAL_LIMIT

    def slowdown(self, spent: Decimal) -> int:
        """Return how many times as long the intervals are, given what was spent this month."""
        if self.limit is None:
            return 1
        return next((factor for share, factor in _SLOWER if spent >= self.limit * share), 1)

    def reached(self, spent: Decimal) -> bool:
        """Return whether nothing more may be spent this month."""
        return self.limit is not None and spent >= self.limit


def money_of(amount: object) -> Decimal | None:
    """Return an amount that a person has entered, None for nothing or zero, which is no limit."""
    return Decimal(str(amount)) if amount else None
