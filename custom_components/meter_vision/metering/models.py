"""The words of the domain: a meter, its registers, a photo, what was seen and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Final

from .tariff import Tariff

MAIN: Final = "main"
"""Name of the register of a meter that has one."""
ENERGY_OF_GAS: Final = "kWh"


class MeterKind(StrEnum):
    """The commodity a meter measures."""

    WATER = "water"
    ELECTRICITY = "electricity"
    GAS = "gas"


class Display(StrEnum):
    """How a register shows its value."""

    DRUMS = "drums"
    DRUMS_AND_DIALS = "drums and dials"
    LCD = "lcd"
    DIALS = "dials"


class Roll(StrEnum):
    """How the drum next to the dials moves: with the dials, in their last tenth, or not known yet."""

    UNKNOWN = "unknown"
    CONTINUOUS = "continuous"
    LATE = "late"


class DialDirection(StrEnum):
    """The sense in which a dial's figures increase."""

    CLOCKWISE = "cw"
    COUNTERCLOCKWISE = "ccw"


class Confidence(StrEnum):
    """How well a value explains the positions, measured by the decode and never stated by a model."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class GasFactor:
    """What a cubic metre of gas is worth from some time on, as the supplier's bill states it."""

    since: datetime
    """Aware UTC; the earliest factor holds for the time before it, too."""
    calorific_value: Decimal
    """Kilowatt hours per cubic metre under standard conditions."""
    volume_correction: Decimal = Decimal(1)
    """Cubic metres under standard conditions per cubic metre counted."""

    @property
    def energy(self) -> Decimal:
        """Kilowatt hours per cubic metre counted (DVGW G 685: calorific value times volume correction)."""
        return self.calorific_value * self.volume_correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One quantity the meter accumulates and the positions that show it, most significant first."""

    name: str = MAIN
    label: str = ""
    """By what it is told from the meter's other registers: what is printed beside it, or where it is."""
    unit: str
    display: Display
    whole_digits: int | None
    """Wheels or display digits before the point; None: a display that leaves leading zeros dark."""
    decimals: int = 0
    dials: int = 0
    dial_decimals: int = 0
    """How many of the dials stand after the point."""
    dial_directions: tuple[DialDirection, ...] = ()
    """One for each dial; empty: as the figures around each say."""
    roll: Roll = Roll.UNKNOWN
    multiplier: Decimal = Decimal(1)
    """Factor printed on the meter between what it shows and what was used."""
    runs_backwards: bool = False
    """Whether it may count down, as a meter without a stop does while the sun shines on the roof."""
    hard_ceiling: Decimal | None = None
    """Units per hour the connection can physically deliver; None: the catalogue's for the kind."""
    gas: tuple[GasFactor, ...] = ()
    """What converts cubic metres to kilowatt hours, oldest first; empty: the consumption is in the register's unit."""
    tariff: Tariff | None = None
    """What a unit of the consumption costs."""
    leak_hours: int | None = None
    """Hours without a standstill that make a leak likely, 0: no number of them does; None: the kind's."""

    @property
    def consumption_unit(self) -> str:
        """Unit of the continuous total."""
        return ENERGY_OF_GAS if self.gas else self.unit

    @property
    def consumption_resolution(self) -> Decimal:
        """What one unit of the last position adds to the total, for gas to the power of ten below."""
        step = self.resolution * self.multiplier
        return Decimal(1).scaleb((step * self.gas[-1].energy).adjusted()) if self.gas else step

    @property
    def wheels(self) -> int | None:
        """Number of wheels or display digits, None where the display decides."""
        return None if self.whole_digits is None else self.whole_digits + self.decimals

    @property
    def places(self) -> int:
        """Decimal places of the last position."""
        return self.decimals + self.dial_decimals

    @property
    def resolution(self) -> Decimal:
        """Value of one unit of the last position, before the multiplier."""
        return _power_of_ten(-self.places)

    @property
    def capacity(self) -> Decimal | None:
        """The value at which the register starts again at zero, None where the display decides."""
        if self.whole_digits is None:
            return None
        return _power_of_ten(self.whole_digits + self.dials - self.dial_decimals)


@cache
def _power_of_ten(exponent: int) -> Decimal:
    return Decimal(1).scaleb(exponent)


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of the upright picture as fractions of its width and height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A physical meter and how its picture lies."""

    name: str
    kind: MeterKind
    registers: tuple[Register, ...]
    rotation: float = 0.0
    """Degrees clockwise that turn the picture upright."""
    crop: Crop | None = None
    """Where the registers are in the upright picture; None: anywhere."""

    @property
    def register(self) -> Register:
        """The first register."""
        return self.registers[0]


@dataclass(frozen=True, slots=True)
class Photo:
    """A captured picture before any reading."""

    content: bytes = field(repr=False)
    captured_at: datetime
    """Aware UTC."""


type Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of a prepared picture."""
type Outline = tuple[tuple[float, float], ...]
"""Corners of a part of a prepared picture in its pixels, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the pixels around a register are like."""

    brightness: float
    """Mean grey level, 0 to 255."""
    contrast: float
    """Grey levels between the dark and the light parts around a digit."""
    noise: float
    """Standard deviation of the noise in grey levels."""
    sharpness: float | None
    """How much of that contrast the sharpest edges cross at once, 0 to about 1; None: too small to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A register in grey and reduced, to compare the next picture with."""

    width: int
    pixels: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreparedPhoto:
    """A JPEG as it is sent to the reader."""

    content: bytes = field(repr=False)
    width: int
    height: int
    tokens: int
    """Picture tokens by the published formula."""
    light: float | None = None
    """Mean brightness, 0 to 255."""
    box: Box | None = None
    """Where the register is in it."""
    outline: Outline | None = None
    """What of it the camera saw, of a picture that was turned by other than quarters; None: all of it."""
    quality: Quality | None = None
    signature: Signature | None = None
    """None: too little contrast to compare."""


UNREADABLE: Final = "?"
type Position = float | None
"""0.0 <= position < 10.0, or None where nothing can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a reader saw, position by position; untrusted."""

    wheels: tuple[Position, ...]
    dials: tuple[Position, ...] = ()
    readable: bool = True
    scene: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one call cost in tokens; thinking counts as output."""

    model: str
    input_tokens: int
    output_tokens: int
    cost: Decimal | None = None
    """US dollars at the time of the call; None as long as nobody has priced it, and without a known price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen of each register in one picture, and what it cost."""

    observations: Mapping[str, Observation]
    """By the registers' names."""
    usage: Usage
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A register value at an instant."""

    value: Decimal
    time: datetime
    """When the picture was taken, aware UTC."""


class Outcome(StrEnum):
    """What became of a look."""

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An outcome with the rule that decided and its numbers."""

    outcome: Outcome
    rule: str
    reading: Reading | None = None
    """The reading to publish, None unless accepted."""
    confidence: Confidence = Confidence.LOW
    detail: dict[str, str] = field(default_factory=dict)
    """The rule's numbers, as text."""
