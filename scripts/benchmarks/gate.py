"""Where the free checks on a picture draw the line: refusals against what can still be read."""

import argparse
from collections.abc import Iterator, Mapping, Set as AbstractSet
import csv
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from io import BytesIO
from pathlib import Path

from PIL import Image

from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.gate import measure, refusal
from custom_components.meter_vision.metering.models import UNREADABLE, PreparedPhoto
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


class _Outcome(Enum):
    """What a blind transcription of a copy is worth."""

    RIGHT = "right"
    BUT_ONE = "right but one position"
    NOT = "not readable"
    WRONG = "wrong"


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
    truth_of = {truth.file: truth for truth in truths}
    readable = {truth.file: load_photo(truth, photos) for truth in truths if truth.low is not None}
    unreadable = [load_photo(truth, photos) for truth in truths if truth.low is None]
    refused = sum(_refused(photo) is not None for photo in readable.values())
    yield Row("readable photos refused", f"{refused} of {len(readable)}", "0")
    refused = sum(_refused(photo) is not None for photo in unreadable)
    yield Row("unreadable photos refused", f"{refused} of {len(unreadable)}", "at least 3 of 5")
    blind = _blind_reads()
    for kind, strengths in STRENGTHS.items():
        for strength in strengths:
            refused_copies = {name for name, photo in readable.items() if _refused_copy(photo, kind, strength)}
            reads = {name: _outcome(seen, truth_of[name]) for name, seen in blind.get((kind, strength), {}).items()}
            yield Row(
                f"photos, {kind} {strength:g}",
                f"{len(refused_copies)} of {len(readable)} refused" + (_told(reads, refused_copies) if reads else ""),
            )


def _told(reads: Mapping[str, _Outcome], refused: AbstractSet[str]) -> str:
    """Return what could be read in some of the copies, and how many of each were refused."""
    counted = [
        f"{sum(read is outcome for read in reads.values())} {outcome.value}"
        f" ({sum(read is outcome and name in refused for name, read in reads.items())})"
        for outcome in _Outcome
    ]
    return f"; read blind, of {len(reads)} (refused): {', '.join(counted)}"


def _outcome(seen: str, truth: Truth) -> _Outcome:
    """Return what a blind transcription is worth; a ? stands for a position that could not be told."""
    assert truth.low is not None  # noqa: S101  only copies of readable photos were looked at
    assert truth.high is not None  # noqa: S101
    unsure = seen.count(UNREADABLE)
    if not seen:
        return _Outcome.NOT
    lowest, highest = (Decimal(seen.replace(UNREADABLE, figure)) for figure in "09")
    # A figure that stands for all that begins with it.
    reach = Decimal(1).scaleb(int(lowest.as_tuple().exponent)) if unsure else Decimal(0)
    if highest + reach < truth.low or lowest > truth.high:
        return _Outcome.WRONG
    return (_Outcome.RIGHT, _Outcome.BUT_ONE)[unsure] if unsure <= 1 else _Outcome.NOT


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


def _blind_reads() -> dict[tuple[str, float], dict[str, str]]:
    """Return what was transcribed from anonymous degraded copies, by kind and strength, by photo."""
    found: dict[tuple[str, float], dict[str, str]] = {}
    with (_FIXTURES / "degraded_reads.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["kind"], float(row["strength"])), {})[row["file"]] = row["seen"]
    return found


def _refused(photo: PreparedPhoto) -> str | None:
    return None if photo.quality is None else refusal(photo.quality)


def _refused_copy(photo: PreparedPhoto, kind: str, strength: float) -> str | None:
    copy = degraded(_opened(photo), kind, strength).convert("L")
    return refusal(measure(copy, photo.box or (0, 0, *copy.size), photo.outline))


def _opened(photo: PreparedPhoto) -> Image.Image:
    return Image.open(BytesIO(photo.content)).convert("RGB")
