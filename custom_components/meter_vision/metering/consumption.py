"""From readings to a continuous total."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from .models import Reading, Register

_EXACT: Final = Decimal("0.000001")
_MICROSECOND: Final = timedelta(microseconds=1)


def step(last: Decimal, new: Decimal, register: Register) -> Decimal:
    """Return how far a register moved from one value to another, before the multiplier: the shorter way round.

    A register that passed its capacity has started again at zero, so a step down by more than half of it is a rollover.
    """
    difference = new - last
    capacity = register.capacity
    if capacity is None:
        return difference
    if difference < -capacity / 2:
        return difference + capacity
    return difference - capacity if difference > capacity / 2 else difference


def counted(moved: Decimal, start: datetime, end: datetime, register: Register) -> Decimal:
    """Return what a movement of the register between two times adds to the total, in the total's unit.

    Gas that passed while its factor changed is divided evenly over the time.
    """
    moved *= register.multiplier
    if not register.gas:
        return moved
    since = [factor.since for factor in register.gas[1:] if start < factor.since < end]
    total = Decimal(0)
    length = (end - start) // _MICROSECOND
    for begin, finish in pairwise([start, *since, end]):
        share = moved * ((finish - begin) // _MICROSECOND) / length if since else moved
        total += share * _energy(begin, register)
    return total.quantize(_EXACT) if since else total


def constant_factor(register: Register) -> Decimal | None:
    """Return what a unit of the register adds to the total at any time, None if that has changed."""
    if not register.gas:
        return register.multiplier
    return register.multiplier * register.gas[0].energy if len(register.gas) == 1 else None


def _energy(time: datetime, register: Register) -> Decimal:
    """Return the kilowatt hours per cubic metre that hold at a time."""
    valid = [factor for factor in register.gas if factor.since <= time]
    return (valid[-1] if valid else register.gas[0]).energy


def advance(consumption: Decimal, last: Reading, new: Reading, register: Register) -> Decimal:
    """Return the total after `new`, in the total's unit.

    It never decreases unless the register may run backwards.
    """
    moved = step(last.value, new.value, register)
    if not register.runs_backwards:
        moved = max(Decimal(0), moved)
    return consumption + counted(moved, last.time, new.time, register)
