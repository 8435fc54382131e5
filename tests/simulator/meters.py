"""The three meters of the household: what they are, how their cameras look at them, and how they are set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

type Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Mount:
    """How a camera is fixed in front of a meter: degrees, and the share of the picture's height a face fills."""

    roll: float
    """Degrees counterclockwise by which the meter appears turned."""
    yaw: float = 0.0
    pitch: float = 0.0
    fill: float = 0.92
    across: float = 0.0
    """How far to the right the meter is from the picture's centre, in faces."""
    down: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMeter:
    """One meter: its register, the colours of its drums and the camera in front of it."""

    key: str
    name: str
    unit: str
    whole_digits: int
    decimals: int = 0
    dials: int = 0
    lcd: bool = False
    drum_ground: Colour = (238, 236, 228)
    drum_ink: Colour = (24, 24, 26)
    mount: Mount
    rotation: int
    """Degrees clockwise that turn the camera's picture upright; what is entered in the flow."""
    crop: tuple[float, float, float, float]
    """Register box in the upright picture: x, y, width, height as fractions; what is entered in the flow."""
    start: Decimal
    """Reading at the household's epoch."""

    @property
    def cells(self) -> int:
        """Number of drums or display digits."""
        return self.whole_digits + self.decimals

    @property
    def places(self) -> int:
        """Decimal places of the last position."""
        return self.decimals + self.dials

    @property
    def capacity(self) -> int:
        """The value at which the register starts again at zero."""
        return int(10**self.whole_digits)

    def description(self) -> dict[str, Any]:
        """Return the meter as its owner would describe it in a flow."""
        display = "lcd" if self.lcd else "drums and dials" if self.dials else "drums"
        register = {
            "name": "main",
            "unit": self.unit,
            "display": display,
            "whole_digits": self.whole_digits,
            "decimals": self.decimals,
            "dials": self.dials,
            "dial_decimals": self.dials,
            "roll": "late" if self.dials else "unknown",
        }
        return {
            "name": self.name,
            "kind": self.key,
            "rotation": self.rotation,
            "crop": list(self.crop),
            "registers": [register],
        }


_WATER: Final = SimulatedMeter(
    key="water",
    name="Water main",
    unit="m³",
    whole_digits=5,
    dials=4,
    mount=Mount(roll=90, yaw=7, pitch=-6, fill=0.94, across=0.02),
    rotation=90,
    crop=(0.21, 0.388, 0.627, 0.223),
    start=Decimal("528.4"),
)
_ELECTRICITY: Final = SimulatedMeter(
    key="electricity",
    name="Electricity",
    unit="kWh",
    whole_digits=6,
    decimals=1,
    drum_ground=(26, 26, 30),
    drum_ink=(236, 236, 230),
    mount=Mount(roll=7, yaw=-9, pitch=5, fill=0.9),
    rotation=7,
    crop=(0.308, 0.254, 0.314, 0.152),
    start=Decimal("41873.2"),
)
_GAS: Final = SimulatedMeter(
    key="gas",
    name="Gas",
    unit="m³",
    whole_digits=5,
    decimals=3,
    lcd=True,
    drum_ground=(158, 170, 146),
    drum_ink=(38, 44, 40),
    mount=Mount(roll=0, yaw=5, pitch=9, fill=0.88, across=-0.03),
    rotation=0,
    crop=(0.275, 0.311, 0.349, 0.169),
    start=Decimal("7312.4"),
)

METERS: Final[Mapping[str, SimulatedMeter]] = {meter.key: meter for meter in (_WATER, _ELECTRICITY, _GAS)}
