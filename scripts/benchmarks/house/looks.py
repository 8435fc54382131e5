"""What the cameras and readers deliver: every look of a simulated meter, the same for whoever asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
import math
import random

from custom_components.meter_vision.metering.decode import Decoded, decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.models import Observation, Register

from .demand import Demand
from .misreads import SHARE, Misread, chosen, episodes, observed, shown

PAUSE = timedelta(seconds=30)
"""Between a look and the further look that it asked for."""


@dataclass(frozen=True)
class Seen:
    """A look and what only the simulation knows about it."""

    evidence: Evidence
    right: bool
    """Whether the value is the meter's, within the tolerance of a look."""


class House:
    """A meter, its misreadings, and when they repeat themselves for hours."""

    def __init__(self, demand: Demand, interval: timedelta, seed: int) -> None:
        """Fix what is misread when, for every look that anybody may ask for."""
        self.demand, self.interval, self.seed = demand, interval, seed
        self.tolerance = demand.register.resolution * (2 if demand.register.dials else 1)
        self.intervals = max(0, math.ceil((demand.times[-1] - demand.times[0]) / interval) - 2)
        self._episodes = [
            (start, end, self._systematic(start))
            for start, end in episodes(self._dice("episodes"), demand.times[0], demand.times[-1])
        ]

    def time(self, index: int, number: int = 0) -> datetime:
        """Return when the regular look of an interval is made, or the further look with a number."""
        return self.demand.times[0] + (index + 1) * self.interval + number * PAUSE

    def episode(self, time: datetime) -> Misread | None:
        """Return what is misread at a time in every look."""
        return next((misread for start, end, misread in self._episodes if start <= time < end), None)

    def look(self, index: int, number: int, manner: Manner, register: Register) -> Seen:
        """Return a look at the meter, as it is decoded for a register whose habits may have been learnt."""
        time, dice = self.time(index, number), self._dice(f"{index}/{number}")
        positions = shown(self.demand.at(time), self.demand.register, dice)
        misread = chosen(dice, positions) if dice.random() < SHARE else self.episode(self.time(index))
        observation = observed(positions if misread is None else misread.spoil(positions))
        decoded = _decoded(observation, register)
        right = decoded is not None and self.is_right(decoded.value, time)
        return Seen(Evidence(decoded=decoded, observation=observation, captured_at=time, manner=manner), right)

    def error(self, value: Decimal, time: datetime) -> Decimal:
        """Return by how much a value is above what stands on the meter."""
        resolution = self.demand.register.resolution
        return value - math.floor(self.demand.at(time) / float(resolution)) * resolution

    def is_right(self, value: Decimal, time: datetime) -> bool:
        """Return whether a value is what stands on the meter, within the tolerance of a look."""
        return abs(self.error(value, time)) <= self.tolerance

    def _systematic(self, start: datetime) -> Misread:
        dice = self._dice(f"episode at {start}")
        return chosen(dice, shown(self.demand.at(start), self.demand.register, dice))

    def _dice(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}/{what}")  # noqa: S311  a simulation


@lru_cache(maxsize=65536)
def _decoded(observation: Observation, register: Register) -> Decoded | None:
    return decode(observation, register)
