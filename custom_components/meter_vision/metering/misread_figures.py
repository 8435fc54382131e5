"""What misread figures make of a value: one left out, so that what follows moves up, or one taken for another."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .consumption import step
from .models import Display, Register
from .window import tolerance

_FIGURES = 10
_HALF = _FIGURES // 2


def left_out(seen: Decimal, start: Decimal, most: Decimal, register: Register) -> bool:
    """Return whether a value is one that is up to so much above another, with one of its figures left out.

    What follows the figure has moved up, and the last one stands there twice.
    """
    return any(-tolerance(register) <= step(start, value, register) <= most for value in _whole(seen, register))


def deciding_figures(value: Decimal, register: Register) -> int:
    """Return the figures of a value that decide whether one seems to be left out: of dials only the first one does."""
    below: int = _FIGURES ** max(0, register.dials - 1)
    return int(value / register.resolution) // below


def _whole(seen: Decimal, register: Register) -> Iterator[Decimal]:
    """Yield the values that are seen as this one if one drum is left out.

    The place that gets free at the end takes what stands beside it: the last drum again, or the first dial's figure.
    """
    below = _FIGURES**register.dials
    drums, dials = divmod(int(seen / register.resolution), below)
    for rest in _moved_up(drums, dials * _FIGURES // below, register):
        for place in range(0 if register.dials else 1, register.wheels or 0):
            weight = _FIGURES**place
            high, low = divmod(rest, weight)
            for figure in range(_FIGURES):
                yield (((high * _FIGURES + figure) * weight + low) * below + dials) * register.resolution


def _moved_up(drums: int, first_dial: int, register: Register) -> Iterator[int]:
    """Yield what the drums but the last may be, if that shows the figure that stood at the end before."""
    rest, last = divmod(drums, _FIGURES)
    if register.dials:
        # A drum that rests at the dial's figure has nearly got there, if the dial is past its half.
        if last == first_dial or (first_dial >= _HALF and first_dial - last == 1):
            yield rest
    elif rest % _FIGURES == last:
        yield rest
        if last == _FIGURES - 1 and register.display is not Display.LCD:
            yield rest + _FIGURES  # two nines that are about to turn, and look as if the drum before them turned too
    elif (rest - last) % _FIGURES == 1 and register.display is not Display.LCD:
        yield rest - 1  # a last drum that is about to turn, seen one place further up, is taken for the next figure


def one_taken_for_another(seen: Decimal, value: Decimal, register: Register) -> bool:
    """Return whether two values differ in one figure, as drums and displays show them."""
    places = (register.wheels or 0) + register.dials
    figures = [f"{int(each / register.resolution):0{places}d}" for each in (seen, value)]
    return len(figures[0]) == len(figures[1]) and sum(a != b for a, b in zip(*figures, strict=True)) == 1


def end_alike(one: Decimal, other: Decimal, register: Register) -> bool:
    """Return whether the last two figures of two values are the same, as by chance those of one pair in a hundred."""
    return (one - other) % (register.resolution * _FIGURES**2) == 0


def misread(seen: Decimal, stood: Decimal, register: Register) -> bool:
    """Return whether a value is one that stood, with one figure taken for another or left out."""
    return one_taken_for_another(seen, stood, register) or left_out(seen, stood, tolerance(register), register)


def weights(register: Register) -> Iterator[Decimal]:
    """Yield what each figure carries to the one before it when it passes nine, from the last place on."""
    for place in range(1, (register.wheels or 0) + register.dials):
        yield register.resolution * _FIGURES**place
