"""How fast a register counts: averages between readings that are far enough apart for its resolution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from .catalogue import CATALOGUE
from .ledger_columns import Totals
from .models import MeterKind, Register

_HOUR: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(hours=6)
"""Averages over more say nothing about now."""
_SHARE_OF_RATE: Final = Decimal("0.1")
_SHARE_OF_CEILING: Final = Decimal(1) / 200
"""How uncertain a rate may be: by this share of itself, or of what the connection can deliver."""
_VOLUMES: Final[Mapping[str, tuple[str, Decimal]]] = {
    "m³": ("m³/h", Decimal(1)),
    "L": ("L/h", Decimal(1)),
    "gal": ("gal/h", Decimal(1)),
    "ft³": ("ft³/min", 1 / Decimal(60)),
    "CCF": ("ft³/min", 100 / Decimal(60)),
    "MCF": ("ft³/min", 1000 / Decimal(60)),
}
"""What Home Assistant shows a volume in a time in, and what one unit an hour is in it."""
_WATTS: Final = Decimal(1000)


def rate(totals: Totals, resolution: Decimal, ceiling: Decimal) -> Decimal | None:
    """Return the units per hour between the latest reading and the nearest one that makes it certain enough.

    The resolution is the step in which the consumption counts, the ceiling what the connection can deliver in an hour.
    """
    last = totals[-1]
    for total in reversed(totals[:-1]):
        elapsed = last.reading.time - total.reading.time
        if elapsed > _LONGEST:
            break
        if elapsed <= timedelta():
            continue
        hours = Decimal(str(elapsed / _HOUR))
        per_hour = (last.consumption - total.consumption) / hours
        if resolution / hours <= max(abs(per_hour) * _SHARE_OF_RATE, ceiling * _SHARE_OF_CEILING):
            return per_hour
    return None


@dataclass(frozen=True, slots=True)
class RateUnit:
    """What a rate is shown in."""

    unit: str
    factor: Decimal
    """What one unit of consumption in an hour is in it."""


def rate_unit(register: Register) -> RateUnit:
    """Return what a register's rate is shown in: watts, or a volume in a time."""
    unit = register.consumption_unit
    if unit in CATALOGUE[MeterKind.ELECTRICITY].hard_ceilings and not register.gas:
        return RateUnit("W", watts(Decimal(1), unit))
    in_time, factor = _VOLUMES[register.unit]
    return RateUnit(in_time, factor / register.gas[-1].energy if register.gas else factor)


def watts(per_hour: Decimal, unit: str) -> Decimal:
    """Return a rate of an electricity register as power in watts."""
    ceilings = CATALOGUE[MeterKind.ELECTRICITY].hard_ceilings
    return per_hour / ceilings[unit] * ceilings["kWh"] * _WATTS
