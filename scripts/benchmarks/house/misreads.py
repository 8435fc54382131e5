"""How readers err: figures confused, a drum left out, a dial's neighbour, a carry, for one look or for hours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
import math
import random

from custom_components.meter_vision.metering.models import Display, Observation, Register

type Positions = tuple[list[float], list[float]]
"""Wheels and dials."""

SHARE = 0.05
"""Looks misread, each on its own."""
EPISODES_A_MONTH = 2
_MONTH = timedelta(days=30)
_CONFUSED = {0: (8,), 8: (0, 3, 4), 1: (4, 7), 4: (1, 7, 8), 7: (1, 4), 3: (8, 5), 5: (3, 6), 6: (9, 5), 9: (6, 8)}
"""What figures were taken for: 0 and 8, 1, 4 and 7, 3 and 5, and those that users of other readers complain about."""
_FIGURES = 10


@dataclass(frozen=True)
class Misread:
    """One way of reading positions wrongly, that can be repeated."""

    kind: str
    place: int
    by: int

    def spoil(self, positions: Positions) -> Positions:
        """Return the positions as they are misread."""
        wheels, dials = list(positions[0]), list(positions[1])
        if self.kind == "dropped":
            rest = wheels[: self.place] + wheels[self.place + 1 :]
            return [*rest, float(int(dials[0])) if dials else wheels[-1]], dials
        line, place = (wheels, self.place) if self.place < len(wheels) else (dials, self.place - len(wheels))
        line[place] = round((line[place] + self.by) % _FIGURES, 1) % _FIGURES
        return wheels, dials


def chosen(dice: random.Random, positions: Positions) -> Misread:
    """Return a misreading that these positions invite."""
    wheels, dials = positions
    ways: list[Callable[[], Misread]] = [lambda: _figure(dice, wheels), lambda: _carry(dice, wheels, dials)]
    ways.append(lambda: Misread("dropped", dice.randrange(len(wheels)), 0))
    if dials:
        ways.append(lambda: Misread("dial", len(wheels) + dice.randrange(len(dials)), dice.choice([1, -1])))
        ways.append(lambda: _neighbour(dice, wheels, dials))
    return dice.choice(ways)()


def _figure(dice: random.Random, wheels: list[float]) -> Misread:
    place = dice.randrange(len(wheels))
    figure = int(wheels[place])
    return Misread("figure", place, dice.choice(_CONFUSED.get(figure, (figure + 1,))) - figure)


def _carry(dice: random.Random, wheels: list[float], dials: list[float]) -> Misread:
    """Return a wheel read one too high or low, where its right neighbour is about to pass or has just passed."""
    line = [*wheels, *dials]
    near = [i for i in range(len(wheels)) if i + 1 < len(line) and not 1 < line[i + 1] < _FIGURES - 1]
    return Misread("carry", dice.choice(near or range(len(wheels))), dice.choice([1, -1]))


def _neighbour(dice: random.Random, wheels: list[float], dials: list[float]) -> Misread:
    """Return a dial read as the one beside it."""
    place = dice.randrange(len(dials))
    beside = place + 1 if place + 1 < len(dials) else place - 1
    by = int(dials[beside]) - int(dials[place]) if len(dials) > 1 else 1
    return Misread("neighbour", len(wheels) + place, by or 1)


def episodes(dice: random.Random, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return when looks are misread alike: 1 to 8 hours, twice a month, whatever the time of day."""
    times = []
    time = start + _MONTH / (2 * EPISODES_A_MONTH)
    while time < end:
        begin = time + dice.uniform(-0.4, 0.4) * _MONTH / EPISODES_A_MONTH
        times.append((begin, begin + timedelta(hours=dice.uniform(1, 8))))
        time += _MONTH / EPISODES_A_MONTH
    return times


def shown(value: float, register: Register, dice: random.Random) -> Positions:
    """Return the positions at a value as a good reader sees them, to a tenth and not quite exactly."""
    wheels, dials = positions_of(value, register)
    return [_noisy(wheel, dice, spread=0.03) for wheel in wheels], [_noisy(dial, dice, spread=0.1) for dial in dials]


def positions_of(value: float, register: Register) -> Positions:
    """Return where the wheels and dials stand at a value, those next to the dials turning with them."""
    units = value / float(register.resolution)
    wheels = register.wheels or 0
    turns = register.display is not Display.LCD
    line: list[float] = []
    for place in range(wheels + register.dials):
        digit = math.floor(units / _FIGURES**place) % _FIGURES
        if place == 0:
            turned = units % 1
        elif place <= register.dials and register.dials:
            turned = line[-1] / _FIGURES
        else:
            turned = max(0.0, line[-1] - (_FIGURES - 1))
        line.append(digit + (turned if turns else 0.0))
    line.reverse()
    return line[:wheels], line[wheels:]


def _noisy(position: float, dice: random.Random, spread: float) -> float:
    return round((position + max(-0.2, min(0.2, dice.gauss(0, spread)))) % _FIGURES, 1) % _FIGURES


def observed(positions: Positions) -> Observation:
    """Return the positions as an observation."""
    return Observation(wheels=tuple(positions[0]), dials=tuple(positions[1]))
