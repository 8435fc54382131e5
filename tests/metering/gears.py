"""A counter as it is built: what every position of it shows at a value."""

from decimal import Decimal
import math

from custom_components.meter_vision.metering.models import Observation, Register, Roll


def shown(units: float, register: Register, roll: Roll) -> Observation:
    """Return the positions of a register that stands at `units` of its last position (with their fraction)."""
    wheels = register.wheels or 0
    positions: list[float] = []
    for place in range(wheels + register.dials):
        digit = math.floor(units / 10**place) % 10
        if place == 0:
            turned = units % 1
        elif place < register.dials or (place == register.dials and roll is Roll.CONTINUOUS):
            turned = positions[-1] / 10
        else:
            turned = max(0.0, positions[-1] - 9)
        positions.append(digit + turned)
    positions.reverse()
    return Observation(wheels=tuple(positions[:wheels]), dials=tuple(positions[wheels:]))


def value(units: float, register: Register) -> Decimal:
    """Return what stands on the register."""
    return math.floor(units) * register.resolution
