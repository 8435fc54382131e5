"""A demand that somebody else has recorded: times and values, whatever the interval and the unit."""

from collections.abc import Iterator, Sequence
import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
from pathlib import Path

from custom_components.meter_vision.metering.catalogue import CATALOGUE, hard_ceiling
from custom_components.meter_vision.metering.models import Display, MeterKind, Register

from .demand import Demand

_HOUR = timedelta(hours=1)
_RARELY = 1000
"""One fall in so many rows is a register that started again, more of them are uses and no readings."""
_SPARE = 4
"""The register must hold so many times the last value."""


def from_file(path: Path) -> Demand:
    """Return the demand of a CSV with `time` (ISO 8601 with offset) and `value`.

    The values are what stands on a meter, or if they often fall, what was used since the time before.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            read = [(datetime.fromisoformat(row["time"]), float(row["value"])) for row in csv.DictReader(file)]
        rows = sorted(dict(read).items())
        times = [time.astimezone(UTC) for time, _ in rows]
    except (OSError, KeyError, TypeError, ValueError) as err:
        raise SystemExit(f"{path} is no CSV with times and values: {err}") from err
    if len(rows) < 2 or any(time.tzinfo is None for time, _ in rows):  # noqa: PLR2004
        raise SystemExit(f"{path} needs two rows or more, each with a time with its offset")
    values = _counted([value for _, value in rows])
    kind, register = _register(_fastest(times, values), values[-1])
    return Demand(register, kind, times, values)


def _counted(values: Sequence[float]) -> list[float]:
    """Return values that never fall: readings as they are, or the sum of uses."""
    falls = [after - before for before, after in pairwise(values) if after < before]
    if len(falls) * _RARELY > len(values):
        return list(accumulate(max(0.0, value) for value in values))
    return list(accumulate((max(0.0, after - before) for before, after in pairwise(values)), initial=values[0]))


def _fastest(times: Sequence[datetime], values: Sequence[float]) -> Decimal:
    """Return the most that is counted in an hour."""
    return max(
        Decimal(str((after - before) / ((end - begin) / _HOUR)))
        for (begin, end), (before, after) in zip(pairwise(times), pairwise(values), strict=True)
    )


def _register(fastest: Decimal, last: float) -> tuple[MeterKind, Register]:
    """Return the first usual register that can count so fast and so far; else one whose owner has set its ceiling."""
    for kind, register in _usual():
        capacity = register.capacity
        if fastest <= hard_ceiling(kind, register) and capacity is not None and last * _SPARE < float(capacity):
            return kind, register
    digits = max(6, len(str(int(last * _SPARE))))
    ceiling = fastest.quantize(Decimal("0.1")) * 2
    return MeterKind.ELECTRICITY, _display("kWh", digits, 1, ceiling)


def _usual() -> Iterator[tuple[MeterKind, Register]]:
    for kind in (MeterKind.WATER, MeterKind.GAS, MeterKind.ELECTRICITY):
        yield kind, CATALOGUE[kind].default_register
    for kind, unit, digits, decimals in (
        (MeterKind.WATER, "L", 9, 0),
        (MeterKind.GAS, "CCF", 6, 2),
        (MeterKind.WATER, "ft³", 8, 1),
        (MeterKind.WATER, "gal", 8, 0),
        (MeterKind.ELECTRICITY, "Wh", 9, 0),
    ):
        yield kind, _display(unit, digits, decimals)


def _display(unit: str, digits: int, decimals: int, ceiling: Decimal | None = None) -> Register:
    register = Register(unit=unit, display=Display.LCD, whole_digits=digits, decimals=decimals)
    return replace(register, hard_ceiling=ceiling)
