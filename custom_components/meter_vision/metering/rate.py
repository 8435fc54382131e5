"""How fast a register counts: averages between readings that are far enough apart for its resolution."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from .catalogue import CATALOGUE
from .ledger import Total
from .models import MeterKind

_HOUR: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(hours=6)
"""Averages over more say nothing about now."""
_SHARE_OF_RATE: Final = Decimal("0.1")
_SHARE_OF_CEILING: Final = Decimal(1) / 200
"""How uncertain a rate may be: by this share of itself, or of what the connection can deliver."""
_WATTS: Final = Decimal(1000)


def rate(totals: Sequence[Total], resolution: Decimal, ceiling: Decimal) -> Decimal | None:
    """Return the units per hour between the latest reading and the nearest one that makes it certain enough.

    The resolution is the step in which the consumption counts, the ceiling what the connection can deliver in an hour.
    """
    last = totals[-1]
    for total in reversed(totals[:-1]):
        elapsed = last.reading.time - total.reading.time
        if elapsed > _LONGEST:
            break
        if elapsed <= timedelta():
            continue
        hours = Decimal(str(elapsed / _HOUR))
        per_hour = (last.consumption - total.consumption) / hours
        if resolution / hours <= max(abs(per_hour) * _SHARE_OF_RATE, ceiling * _SHARE_OF_CEILING):
            return per_hour
    return None


def watts(per_hour: Decimal, unit: str) -> Decimal:
    """Return a rate of an electricity register as power in watts."""
    ceilings = CATALOGUE[MeterKind.ELECTRICITY].hard_ceilings
    return per_hour / ceilings[unit] * ceilings["kWh"] * _WATTS
