"""What a camera shows now: the clock or a time it is held at, its conditions, its fault, and what it has served."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final

from tests.simulator.faces import register_centre
from tests.simulator.household import reading
from tests.simulator.meters import SimulatedMeter
from tests.simulator.optics import Conditions
from tests.simulator.positions import shown_value

_REMEMBERED: Final = 20_000
_NIGHT: Final = (20, 5)
"""First and last hour, UTC, in which it is too dark for colours."""
_GLARE: Final = 1.6


class Fault(StrEnum):
    """What can be wrong with a camera."""

    SLOW = "slow"
    STATUS_500 = "status_500"
    STATUS_404 = "status_404"
    TRUNCATED = "truncated"
    FROZEN = "frozen"
    BLACK = "black"
    HTML = "html"
    HUGE = "huge"
    REDIRECT_LOOP = "redirect_loop"
    GLARE = "glare"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that is to be taken."""

    time: datetime
    """Aware UTC."""
    value: Decimal
    """What the gears have counted."""
    conditions: Conditions
    seed: int


@dataclass(slots=True)
class CameraState:
    """One camera and the meter in front of it."""

    meter: SimulatedMeter
    seed: int
    fault: Fault | None = None
    fault_seconds: float = 30.0
    faults_left: int | None = None
    """How many more pictures have the fault; None: all."""
    held_at: datetime | None = None
    held_value: Decimal | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    served: deque[Mapping[str, str]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    taken: int = 0
    """How many pictures were taken; no two have the same noise."""
    frozen: tuple[bytes, Mapping[str, str]] | None = None
    """The picture a frozen camera repeats, and what the meter showed on it."""

    def reset(self) -> None:
        """Work as if just switched on."""
        fresh = CameraState(self.meter, self.seed)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def take_fault(self) -> Fault | None:
        """Return the fault of the next picture and count it."""
        if self.fault is None or self.faults_left == 0:
            return None
        if self.faults_left is not None:
            self.faults_left -= 1
        return self.fault

    def shot(self, now: datetime, fault: Fault | None = None) -> Shot:
        """Return the picture to take now."""
        time = (self.held_at or now).astimezone(UTC)
        conditions = replace(conditions_at(time), **self.conditions)
        if fault is Fault.GLARE:
            conditions = replace(conditions, glare=_GLARE, glare_at=register_centre(self.meter.key, self.meter.cells))
        return Shot(
            time, self.value_at(time), conditions, _noise_seed(f"{self.meter.key}/{self.seed}/{self.taken}", time)
        )

    def value_at(self, time: datetime) -> Decimal:
        """Return what the gears have counted at an aware time, in the meter's unit."""
        return reading(self.meter.key, self.seed, time) if self.held_value is None else self.held_value

    def truth(self, time: datetime) -> dict[str, str]:
        """Return what the meter counts and shows at an aware time."""
        value = self.value_at(time)
        return {
            "value": str(value),
            "shown": str(shown_value(self.meter, value)),
            "unit": self.meter.unit,
            "time": time.isoformat(),
        }


def conditions_at(time: datetime) -> Conditions:
    """Return the light at an aware time: lamp light by day, the camera's infrared by night."""
    hour = time.astimezone(UTC).hour
    return Conditions(night=hour >= _NIGHT[0] or hour < _NIGHT[1])


def _noise_seed(key: str, time: datetime) -> int:
    text = f"{key}/{time.isoformat()}"
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest())
