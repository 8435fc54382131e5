"""The kinds of meter as data: units, the register most people have, and what a connection can deliver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from .flow import USUAL_SHARE
from .models import Display, MeterKind, Register
from .window import Rules

# How much of each unit makes one cubic metre or one kilowatt hour: the units that the Energy dashboard accepts.
_PER_CUBIC_METRE: Final = {
    "m³": Decimal(1),
    "L": Decimal(1000),
    "ft³": Decimal("35.3147"),
    "CCF": Decimal("0.353147"),
    "MCF": Decimal("0.0353147"),
}
_PER_CUBIC_METRE_OF_WATER: Final = _PER_CUBIC_METRE | {"gal": Decimal("264.172")}
_PER_KILOWATT_HOUR: Final = {
    "kWh": Decimal(1),
    "Wh": Decimal(1000),
    "MWh": Decimal("0.001"),
    "GWh": Decimal("0.000001"),
    "TWh": Decimal("0.000000001"),
    "mWh": Decimal(1_000_000),
    "GJ": Decimal("0.0036"),
    "MJ": Decimal("3.6"),
    "kJ": Decimal(3600),
    "J": Decimal(3_600_000),
    "thm": Decimal("0.034121"),
    "Gcal": Decimal("0.00086042"),
    "Mcal": Decimal("0.86042"),
    "kcal": Decimal("860.42"),
    "cal": Decimal(860_420),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTraits:
    """What is true of every meter of a kind."""

    hard_ceilings: Mapping[str, Decimal]
    """Units per hour that a household connection can physically deliver, by unit."""
    default_register: Register
    interval: timedelta
    usual_share: Decimal = USUAL_SHARE
    """The share of the ceiling that surprises nobody for a few hours."""

    @property
    def units(self) -> tuple[str, ...]:
        """Units a register of this kind may count in, the usual one first."""
        return tuple(self.hard_ceilings)


def _scaled(per_hour: Decimal, factors: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {unit: per_hour * factor for unit, factor in factors.items()}


CATALOGUE: Final[Mapping[MeterKind, KindTraits]] = {
    # Overload flow rate Q4 of a DN 20 household meter, Q3 = 4 m³/h (ISO 4064-1: Q4 = 1.25 Q3).
    MeterKind.WATER: KindTraits(
        hard_ceilings=_scaled(Decimal(5), _PER_CUBIC_METRE_OF_WATER),
        default_register=Register(unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=5, dials=4, dial_decimals=4),
        interval=timedelta(minutes=15),
    ),
    # Three phases of 63 A at 230 V.
    MeterKind.ELECTRICITY: KindTraits(
        hard_ceilings=_scaled(Decimal("43.5"), _PER_KILOWATT_HOUR),
        default_register=Register(unit="kWh", display=Display.DRUMS, whole_digits=6, decimals=1),
        interval=timedelta(minutes=15),
    ),
    # Qmax of a G4 diaphragm meter (EN 1359); gas counted as heat at 11.5 kWh per m³.
    MeterKind.GAS: KindTraits(
        hard_ceilings=_scaled(Decimal(6), _PER_CUBIC_METRE) | _scaled(Decimal(69), _PER_KILOWATT_HOUR),
        default_register=Register(unit="m³", display=Display.DRUMS, whole_digits=5, decimals=3),
        interval=timedelta(minutes=15),
        # One heater is most of what hangs on the meter: 28 kW take 2.5 m³ an hour from the first cold day on.
        usual_share=Decimal("0.5"),
    ),
}


def hard_ceiling(kind: MeterKind, register: Register) -> Decimal:
    """Return the units per hour that cannot be exceeded, in the register's unit and before its multiplier."""
    if register.hard_ceiling is not None:
        return register.hard_ceiling
    return CATALOGUE[kind].hard_ceilings[register.unit] / register.multiplier


def rules_for(kind: MeterKind, register: Register, interval: timedelta) -> Rules:
    """Return what the judge holds a register of a kind to that is read so often."""
    return Rules(
        register=register,
        ceiling=hard_ceiling(kind, register),
        interval=interval,
        usual_share=CATALOGUE[kind].usual_share,
    )
