"""From readings to a continuous total."""

from __future__ import annotations

from decimal import Decimal

from .models import Reading, Register


def step(last: Reading, new: Reading, register: Register) -> Decimal:
    """Return what was used between two accepted readings, in register units before the multiplier.

    A register that passed its capacity has started again at zero, so a step down by more than half of it is a rollover.
    """
    difference = new.value - last.value
    capacity = register.capacity
    if capacity is not None and difference < -capacity / 2:
        difference += capacity
    return difference


def advance(consumption: Decimal, last: Reading, new: Reading, register: Register) -> Decimal:
    """Return the total after `new`, in the register's unit with its multiplier; it never decreases."""
    return consumption + max(Decimal(0), step(last, new, register)) * register.multiplier
