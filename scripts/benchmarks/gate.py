"""Where the free checks on a picture draw the line: refusals against what can still be read."""

import argparse
from collections import Counter
from collections.abc import Iterator
import csv
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from PIL import Image

from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.gate import measure, refusal
from custom_components.meter_vision.metering.models import PreparedPhoto
from custom_components.meter_vision.metering.photo import prepare
from scripts.evaluation.truth import Truth, load_truths, placed
from tests.simulator.degrading import STRENGTHS, degraded
from tests.simulator.looking import compare, encoded, question, spread
from tests.simulator.meters import METERS, SimulatedMeter
from tests.simulator.reader.read import read
from tests.simulator.renderer import jpeg

from .row import Row

TITLE = "The gate: pictures refused before anything is paid for, beside what can be read in them"
_FIXTURES = Path("tests/fixtures")
_VALUES = 2


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A drawn picture that the stand-in's reader can be asked about."""

    meter: SimulatedMeter
    value: Decimal
    prepared: PreparedPhoto


def options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen for this section."""
    parser.add_argument("--photos", type=Path, metavar="DIR", help="gate: the photos that the truth file describes")


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """Yield refusals of photos and of their degraded copies, and the same for drawn pictures."""
    if chosen.photos is not None:
        yield from _of_photos(chosen.photos)
    drawn = [
        _Drawn(meter, value, prepare(jpeg(meter, value), parse_meter(meter.description())))
        for meter in METERS.values()
        for value in spread(meter, _VALUES, seed=3)
    ]
    for kind, strengths in STRENGTHS.items():
        for strength in strengths:
            yield _of_drawn(drawn, kind, strength)


def load_photo(truth: Truth, photos: Path) -> PreparedPhoto:
    """Return a photo of the truth file as it would be sent."""
    content = (photos / truth.file).read_bytes()
    return prepare(content, placed(truth, content))


def _of_photos(photos: Path) -> Iterator[Row]:
    truths = load_truths(_FIXTURES / "recorded_truth.csv")
    readable = {truth.file: load_photo(truth, photos) for truth in truths if truth.low is not None}
    unreadable = [load_photo(truth, photos) for truth in truths if truth.low is None]
    refused = sum(_refused(photo) is not None for photo in readable.values())
    yield Row("readable photos refused", f"{refused} of {len(readable)}", "0")
    refused = sum(_refused(photo) is not None for photo in unreadable)
    yield Row("unreadable photos refused", f"{refused} of {len(unreadable)}", "at least 3 of 5")
    by_eye = _reads_by_eye()
    for kind, strengths in STRENGTHS.items():
        for strength in strengths:
            reasons = {name: _refused_copy(photo, kind, strength) for name, photo in readable.items()}
            looked_at = by_eye[kind, strength]
            read_but_refused = [name for name, seen in looked_at.items() if seen == "yes" and reasons[name]]
            seen = Counter(looked_at.values())
            yield Row(
                f"photos, {kind} {strength:g}",
                f"{sum(reason is not None for reason in reasons.values())} of {len(readable)} refused; "
                f"by eye {seen['yes']} of {len(looked_at)} readable, {len(read_but_refused)} of them refused",
            )


def _of_drawn(drawn: list[_Drawn], kind: str, strength: float) -> Row:
    refused = right = positions = 0
    for one in drawn:
        copy = degraded(_opened(one.prepared), kind, strength)
        refused += _refused_copy(one.prepared, kind, strength) is not None
        score = compare(read(encoded(copy), question(one.meter)), one.meter, one.value)
        right, positions = right + score.right, positions + score.right + score.wrong + score.unknown
    return Row(
        f"drawn, {kind} {strength:g}",
        f"{refused} of {len(drawn)} refused; the stand-in reads {100 * right / positions:.0f} % of the positions",
    )


def _reads_by_eye() -> dict[tuple[str, float], dict[str, str]]:
    """Return what a person could read in anonymous degraded copies, by kind and strength, by photo."""
    found: dict[tuple[str, float], dict[str, str]] = {}
    with (_FIXTURES / "degraded_reads.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["kind"], float(row["strength"])), {})[row["file"]] = row["read"]
    return found


def _refused(photo: PreparedPhoto) -> str | None:
    return None if photo.quality is None else refusal(photo.quality)


def _refused_copy(photo: PreparedPhoto, kind: str, strength: float) -> str | None:
    copy = degraded(_opened(photo), kind, strength)
    return refusal(measure(copy, photo.box or (0, 0, *copy.size)))


def _opened(photo: PreparedPhoto) -> Image.Image:
    return Image.open(BytesIO(photo.content)).convert("RGB")
