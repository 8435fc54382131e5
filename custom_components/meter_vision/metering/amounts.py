"""How much was used between any two times, given the readings that count; between two of them evenly."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from .ledger_columns import Totals

_MICROSECOND: Final = timedelta(microseconds=1)


def total_at(totals: Totals, time: datetime) -> Decimal:
    """Return the consumption at a time; before the first reading it is that one's, after the last one that one's."""
    index = totals.before(time)
    if index == len(totals):
        return totals[-1].consumption
    after = totals[index]
    if index == 0 or after.reading.time == time:
        return after.consumption
    before = totals[index - 1]
    length = (after.reading.time - before.reading.time) // _MICROSECOND
    part = (time - before.reading.time) // _MICROSECOND
    return before.consumption + (after.consumption - before.consumption) * part / length


def used_between(totals: Totals, start: datetime, end: datetime) -> Decimal:
    """Return what was used between two times, as far as there are readings."""
    return total_at(totals, end) - total_at(totals, start)
