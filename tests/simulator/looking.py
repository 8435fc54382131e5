"""Takes a picture of a meter, prepares it as the product does, and has it read: for tests and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image

from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.photo import prepare
from custom_components.meter_vision.metering.prompt import request_text

from .meters import SimulatedMeter
from .optics import Conditions
from .positions import dial_positions, wheel_positions
from .reader.question import Question, parse_question
from .reader.read import Answer, Position, read
from .renderer import jpeg

WHEEL_TOLERANCE: Final = 0.15
DIAL_TOLERANCE: Final = 0.25
_FIGURES: Final = 10


@dataclass(frozen=True, slots=True)
class Score:
    """How an answer compares with the truth, counted in positions."""

    right: int
    wrong: int
    unknown: int

    @property
    def perfect(self) -> bool:
        """Whether every position was read right."""
        return not self.wrong and not self.unknown


def question(meter: SimulatedMeter) -> Question:
    """Return what the product asks for this meter."""
    asked = parse_question(request_text(parse_meter(meter.description()).registers))
    if asked is None:
        raise ValueError(meter.key)
    return asked


def prepared(
    meter: SimulatedMeter,
    value: Decimal,
    conditions: Conditions | None = None,
    *,
    rotation: float | None = None,
    crop: tuple[float, float, float, float] | None = None,
) -> bytes:
    """Return the JPEG the product would send; rotation and crop may differ from what they should be."""
    wrong = {"rotation": rotation, "crop": None if crop is None else list(crop)}
    changes = {key: given for key, given in wrong.items() if given is not None}
    content = jpeg(meter, value, conditions, seed=int(value) % 1000)
    return prepare(content, parse_meter(meter.description() | changes)).content


def prepared_from(meter: SimulatedMeter, picture: Image.Image) -> bytes:
    """Return the JPEG the product would send of a picture."""
    return prepare(encoded(picture), parse_meter(meter.description())).content


def encoded(picture: Image.Image, quality: int = 90) -> bytes:
    """Return a picture as a JPEG."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def look(meter: SimulatedMeter, value: Decimal, conditions: Conditions | None = None) -> Score:
    """Take, prepare and read a picture, and compare."""
    return compare(read(prepared(meter, value, conditions), question(meter)), meter, value)


def compare(answer: Answer, meter: SimulatedMeter, value: Decimal) -> Score:
    """Return how many positions are right, wrong or not read."""
    wheels, dials = wheel_positions(meter, value), dial_positions(meter, value)
    if not answer.readable:
        return Score(0, 0, len(wheels) + len(dials))
    if len(answer.wheels) != len(wheels) or len(answer.dials) != len(dials):
        return Score(0, len(wheels) + len(dials), 0)
    marks = [_mark(*pair, WHEEL_TOLERANCE) for pair in zip(answer.wheels, wheels, strict=True)]
    marks += [_mark(*pair, DIAL_TOLERANCE) for pair in zip(answer.dials, dials, strict=True)]
    return Score(marks.count(True), marks.count(False), marks.count(None))


def _mark(found: Position, true: float, tolerance: float) -> bool | None:
    if found is None:
        return None
    away = abs(found - true) % _FIGURES
    return min(away, _FIGURES - away) <= tolerance + 1e-9


def spread(meter: SimulatedMeter, count: int, seed: int = 0) -> list[Decimal]:
    """Return values all over the register: some random, some in the middle of a carry."""
    rng = np.random.default_rng(seed)
    values = []
    for index in range(count):
        part = Decimal(int(rng.integers(10**6))).scaleb(-6)
        if index % 2:
            carried = 10 ** int(rng.integers(1, meter.whole_digits + 1))
            values.append(int(rng.integers(1, 9)) * carried - part.scaleb(-int(rng.integers(0, 3))))
        else:
            values.append(int(rng.integers(meter.capacity)) + part)
    return [value % meter.capacity for value in values]


def altered(content: bytes, *, quality: int, noise: float) -> bytes:
    """Return a JPEG encoded again, with noise."""
    with Image.open(BytesIO(content)) as image:
        pixels = np.asarray(image.convert("RGB"), np.float32)
    pixels = pixels + noise * np.random.default_rng(1).standard_normal(pixels.shape)
    return encoded(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), quality)
