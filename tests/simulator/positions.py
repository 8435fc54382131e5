"""How a register shows a value: the position of every drum, display digit and dial."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from .meters import SimulatedMeter

_FIGURES = 10


def wheel_positions(meter: SimulatedMeter, value: Decimal) -> tuple[float, ...]:
    """Return the drums' (or digits') positions, most significant first, 0.0 <= position < 10.0.

    A drum turns with the position its right neighbour shows, while that passes from 9 to 0. The last drum follows the
    first dial in the same way, or turns continuously if it is the register's last position.
    """
    shown = value % meter.capacity
    if meter.lcd:
        return tuple(float(int(shown.scaleb(meter.decimals - place)) % _FIGURES) for place in _places(meter))
    positions: list[float] = []
    neighbour = _scaled(shown, 1) if meter.dials else None
    for place in reversed(_places(meter)):
        exact = _scaled(shown, meter.decimals - place)
        carry = max(0.0, neighbour - (_FIGURES - 1)) if neighbour is not None else exact % 1
        neighbour = (int(exact) + carry) % _FIGURES
        positions.insert(0, neighbour)
    return tuple(positions)


def dial_positions(meter: SimulatedMeter, value: Decimal) -> tuple[float, ...]:
    """Return the dials' positions, most significant first; gears are exact."""
    return tuple(_scaled(value % meter.capacity, place + 1) for place in range(meter.dials))


def _places(meter: SimulatedMeter) -> range:
    """Return for each cell how many places it stands left of the last one, most significant first."""
    return range(meter.cells - 1, -1, -1)


def _scaled(value: Decimal, places: int) -> float:
    return float(value.scaleb(places) % _FIGURES)


def shown_value(meter: SimulatedMeter, value: Decimal) -> Decimal:
    """Return the value a perfect reader finds: within the register, cut off after its last place."""
    return (value % meter.capacity).quantize(Decimal(1).scaleb(-meter.places), rounding=ROUND_FLOOR)
