"""What the meters in a set of photos really show."""

from collections.abc import Container, Sequence
import csv
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from io import BytesIO
import math
from pathlib import Path

from PIL import Image

from custom_components.meter_vision.metering.models import (
    Crop,
    DialDirection,
    Display,
    Meter,
    MeterKind,
    Register,
    Roll,
)

COLUMNS = ("file", "kind", "display", "unit", "whole_digits", "decimals", "dials", "dial_decimals", "low", "high")
_UNITS = {"m3": "m³", "ft3": "ft³"}


class TruthError(Exception):
    """A truth file that cannot be used; its text says where and why."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One photo: the meter in it, and between which values a published one is right (both None: unreadable)."""

    file: str
    meter: Meter
    low: Decimal | None
    high: Decimal | None
    crop_as_it_lies: tuple[float, float, float, float] | None


def load_truths(path: Path) -> list[Truth]:
    """Return the rows of a truth file, or raise TruthError."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise TruthError(f"{path}: the column {missing[0]} is missing")
        return [_truth(row, f"{path}, line {number}") for number, row in enumerate(reader, start=2)]


def check_complete(truths: Sequence[Truth], answers: Container[str]) -> None:
    """Raise TruthError if a photo has no answer."""
    if missing := [truth.file for truth in truths if truth.file not in answers]:
        raise TruthError(f"no answer for {', '.join(missing)}")


def _truth(row: dict[str, str], where: str) -> Truth:
    try:
        low, high = (Decimal(row[key]) if row[key] else None for key in ("low", "high"))
        register = Register(
            unit=_UNITS.get(row["unit"], row["unit"]),
            display=Display(row["display"]),
            whole_digits=int(row["whole_digits"]) if row["whole_digits"] else None,
            decimals=int(row["decimals"]),
            dials=int(row["dials"]),
            dial_decimals=int(row["dial_decimals"]),
            dial_directions=tuple(DialDirection(word) for word in (row.get("dial_directions") or "").split()),
            roll=Roll(row.get("roll") or Roll.UNKNOWN),
        )
        crop = [float(word) for word in (row.get("crop") or "").split()]
        meter = Meter(
            name=row["file"],
            kind=MeterKind(row["kind"]),
            registers=(register,),
            rotation=float(row.get("rotation") or 0),
        )
    except (ValueError, InvalidOperation) as err:
        raise TruthError(f"{where}: {err}") from None
    if (low is None) != (high is None) or len(crop) not in (0, 4):
        raise TruthError(f"{where}: low and high, and the four numbers of crop, go together")
    return Truth(row["file"], meter, low, high, (crop[0], crop[1], crop[2], crop[3]) if crop else None)


def upright_crop(crop: tuple[float, float, float, float], rotation: float, width: int, height: int) -> Crop:
    """Return the box around a part of a picture as it lies (x, y, width, height in fractions) once it is turned."""
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    full_width = width * abs(cos) + height * abs(sin)
    full_height = width * abs(sin) + height * abs(cos)
    left, top, across, down = crop
    corners = [((x - 0.5) * width, (y - 0.5) * height) for x in (left, left + across) for y in (top, top + down)]
    xs = [(dx * cos - dy * sin) / full_width + 0.5 for dx, dy in corners]
    ys = [(dx * sin + dy * cos) / full_height + 0.5 for dx, dy in corners]
    x, y = max(0.0, min(xs)), max(0.0, min(ys))
    return Crop(x, y, min(1.0, max(xs)) - x, min(1.0, max(ys)) - y)


def placed(truth: Truth, content: bytes) -> Meter:
    """Return the meter with its registers' box in its upright photo."""
    if truth.crop_as_it_lies is None:
        return truth.meter
    with Image.open(BytesIO(content)) as image:
        crop = upright_crop(truth.crop_as_it_lies, truth.meter.rotation, image.width, image.height)
    return replace(truth.meter, crop=crop)
