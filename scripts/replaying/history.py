"""A history of observations: values, or the positions of wheels and dials."""

from collections.abc import Iterable
import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from pathlib import Path

from custom_components.meter_vision.metering.decode import MARGIN_MAX, Candidate, Decoded
from custom_components.meter_vision.metering.models import (
    UNREADABLE,
    Confidence,
    Observation,
    Position,
    Register,
)
from scripts.meters_file.words import parse_time

_FIGURES = 10


@dataclass(frozen=True)
class Row:
    """One observation: positions, or a value that was read in some other way, or nothing readable."""

    written_time: str
    time: datetime
    observed: str
    observation: Observation | None
    value: Decimal | None
    truth: Decimal | None


def load_rows(path: Path, register: Register) -> list[Row]:
    """Return the rows of a CSV with `time` and `value`, or `wheels` and `dials`; raise ValueError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = set(reader.fieldnames or ())
        if "time" not in columns or not columns & {"value", "wheels", "dials"}:
            raise ValueError(f"{path} needs the columns time, and value or wheels and dials")
        return [_row({key: (text or "").strip() for key, text in row.items() if key}, register) for row in reader]


def decoded_value(value: Decimal, register: Register) -> Decoded:
    """Return a value as the decode of positions that leave no doubt."""
    value = value.quantize(register.resolution, ROUND_FLOOR)
    return Decoded(
        value=value,
        estimate=value + register.resolution / 2,
        low=value,
        high=value + register.resolution,
        margin=MARGIN_MAX,
        residuals=(),
        candidates=(Candidate(value, 0.0),),
        decisive=True,
        confidence=Confidence.HIGH,
    )


def _row(row: dict[str, str], register: Register) -> Row:
    wheels, dials = row.get("wheels", ""), row.get("dials", "")
    observation = _observation(wheels.split(), dials.split(), register) if wheels or dials else None
    observed = row.get("value", "") or " | ".join(part for part in (wheels, dials) if part)
    return Row(
        written_time=row["time"],
        time=parse_time(row["time"]).astimezone(UTC),
        observed=observed,
        observation=observation,
        value=None if wheels or dials else _number(row.get("value", "")),
        truth=_number(row.get("truth", "")),
    )


def _observation(wheels: list[str], dials: list[str], register: Register) -> Observation | None:
    """Return the positions, or None for an answer that does not fit the register or is no row of positions."""
    if len(dials) != register.dials or register.wheels not in (None, len(wheels)):
        return None
    try:
        return Observation(wheels=_positions(wheels), dials=_positions(dials))
    except ValueError:
        return None


def _positions(words: Iterable[str]) -> tuple[Position, ...]:
    positions = tuple(None if word == UNREADABLE else float(word) for word in words)
    if any(position is not None and not 0 <= position < _FIGURES for position in positions):
        raise ValueError("no position")
    return positions


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
