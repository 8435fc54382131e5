"""Where a register stood at every exported time, and which points a correction changes.

A point that was exported cannot be taken back on every server, so a reading that no longer holds leaves an estimated
point between its neighbours. Then the sum of all deltas is the consumption, before and after any correction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ..metering.ledger import rise
from ..metering.ledger_columns import Totals
from ..metering.models import Register

_HOUR: Final = Decimal(3600)
_STEP: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A register at an exported time."""

    time: datetime
    reading: Decimal | None
    """In the register's own unit; None where only the consumption is known."""
    consumption: Decimal
    delta: Decimal | None
    """Consumption since the stand before, None for the first that is known."""
    rate: Decimal | None
    """The same per hour."""
    estimated: bool = False
    """No reading holds at this time."""


def stands(totals: Totals, times: Iterable[datetime], register: Register) -> tuple[Stand, ...]:
    """Return a stand for every reading that counts and for every other exported time since the first of them."""
    if not totals:
        return ()
    known = {total.reading.time: total for total in totals}
    first = totals[0].reading.time
    found: list[Stand] = []
    for time in sorted(known.keys() | {time for time in times if time > first}):
        reading, consumption = _at(time, totals, register)
        before = found[-1] if found else None
        delta = None if before is None else consumption - before.consumption
        found.append(
            Stand(
                time=time,
                reading=reading,
                consumption=consumption,
                delta=delta,
                rate=None if before is None or delta is None else per_hour(delta, time - before.time),
                estimated=time not in known,
            )
        )
    return tuple(found)


def changed(before: Totals, after: Totals, times: Iterable[datetime], register: Register) -> tuple[Stand, ...]:
    """Return the stands to export when `after` takes the place of `before`; `times`: everything exported so far."""
    common = before.shared(after)
    before, after = before[max(common - 1, 0) :], after[max(common - 1, 0) :]
    exported = {*times, *(total.reading.time for total in before)}
    old = {stand.time: stand for stand in stands(before, exported, register)}
    return tuple(new for new in stands(after, exported, register) if not _told(old.get(new.time), new))


def _told(old: Stand | None, new: Stand) -> bool:
    """Return whether a point that was exported says the same; what the new one does not know stays as it is."""
    if old is None or (old.reading, old.consumption, old.estimated) != (new.reading, new.consumption, new.estimated):
        return False
    return new.delta is None or (old.delta, old.rate) == (new.delta, new.rate)


def per_hour(used: Decimal, elapsed: timedelta) -> Decimal | None:
    """Return an amount per hour, None if no time has passed."""
    seconds = Decimal(elapsed // timedelta(milliseconds=1)) / 1000
    return used * _HOUR / seconds if seconds > 0 else None


def _at(time: datetime, totals: Totals, register: Register) -> tuple[Decimal, Decimal]:
    """Return reading and consumption at a time: those of a reading, on a line between two, or as left by the last."""
    index = totals.until(time)
    earlier = totals[index - 1]
    if earlier.reading.time == time or index == len(totals):
        return earlier.reading.value, earlier.consumption
    later = totals[index]
    share = Decimal((time - earlier.reading.time) // _STEP) / ((later.reading.time - earlier.reading.time) // _STEP)
    used = ((later.consumption - earlier.consumption) * share).quantize(register.consumption_resolution)
    moved = rise(earlier.reading, later.reading, register)
    value = earlier.reading.value + (moved * share).quantize(register.resolution)
    if moved < 0 and not register.runs_backwards:  # another meter hangs there
        value = earlier.reading.value
    if register.capacity is not None:
        value %= register.capacity
    return value, earlier.consumption + used
