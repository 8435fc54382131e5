"""From readings to a continuous total."""

from __future__ import annotations

from decimal import Decimal

from .models import Reading, Register


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


def advance(consumption: Decimal, last: Reading, new: Reading, register: Register) -> Decimal:
    """Return the total after `new`, in the register's unit with its multiplier.

    It never decreases unless the register may run backwards.
    """
    moved = step(last.value, new.value, register)
    if not register.runs_backwards:
        moved = max(Decimal(0), moved)
    return consumption + moved * register.multiplier
