"""The free checks on a picture: what is refused before anything is paid for."""

from io import BytesIO
import os
from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.gate import Refusal, measure, refusal
from custom_components.meter_vision.metering.models import Box, PreparedPhoto
from custom_components.meter_vision.metering.photo import prepare
from scripts.benchmarks.gate import load_photo
from scripts.evaluation.truth import load_truths
from tests.simulator.degrading import degraded
from tests.simulator.looking import encoded
from tests.simulator.meters import METERS, SimulatedMeter
from tests.simulator.optics import Conditions
from tests.simulator.renderer import jpeg

METER = pytest.mark.parametrize("meter", METERS.values(), ids=METERS)
SIZE = (900, 600)
BOX = (150, 200, 750, 400)


def photo(meter: SimulatedMeter, conditions: Conditions | None = None) -> PreparedPhoto:
    """Return a drawn picture of a meter as it would be sent."""
    return prepare(jpeg(meter, meter.start, conditions), parse_meter(meter.description()))


def refused(picture: Image.Image, box: Box | None) -> Refusal | None:
    assert box is not None
    return refusal(measure(picture.convert("L"), box))


def opened(prepared: PreparedPhoto) -> Image.Image:
    return Image.open(BytesIO(prepared.content)).convert("RGB")


def even(level: float, noise: float) -> Image.Image:
    """Return a picture that shows nothing but its sensor's noise."""
    pixels = level + np.random.default_rng(3).normal(0, noise, (SIZE[1], SIZE[0], 3))
    return Image.open(BytesIO(encoded(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), 80))).convert("RGB")


@METER
@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(),
        Conditions(night=True),
        Conditions(blur=3),
        Conditions(noise=30),
        Conditions(brightness=0.1),
        Conditions(quality=35),
        Conditions(glare=1.0),
        Conditions(night=True, roll=4, yaw=8, blur=2, noise=15),
    ],
    ids=str,
)
def test_what_can_be_read_is_not_refused(meter: SimulatedMeter, conditions: Conditions) -> None:
    prepared = photo(meter, conditions)
    assert prepared.quality is not None
    assert refusal(prepared.quality) is None, prepared.quality


@METER
def test_what_nobody_can_read_is_refused_by_name(meter: SimulatedMeter) -> None:
    prepared = photo(meter)
    for kind, strength, reason in (
        ("dark", 0.01, Refusal.BLACK),
        ("fog", 0.99, Refusal.WASHED_OUT),
        ("blur", 14.0, Refusal.BLURRED),
    ):
        assert refused(degraded(opened(prepared), kind, strength), prepared.box) is reason, kind


@pytest.mark.parametrize("noise", [0, 2, 8, 20])
@pytest.mark.parametrize(("level", "reason"), [(2, "black"), (128, "fogged"), (252, "washed_out")])
def test_noise_is_not_taken_for_a_meter(level: float, noise: float, reason: str) -> None:
    assert refused(even(level, noise), BOX) == reason


def test_only_the_register_counts() -> None:
    prepared = photo(METERS["electricity"])
    picture = opened(prepared)
    assert prepared.box is not None
    picture.paste((255, 255, 255), prepared.box)
    assert refused(picture, prepared.box) is Refusal.WASHED_OUT
    inside = opened(prepared).crop(prepared.box)
    alone = Image.new("RGB", picture.size)
    alone.paste(inside, prepared.box[:2])
    assert refused(alone, prepared.box) is None


@pytest.mark.parametrize("rotation", [7, 35, 200])
def test_the_black_beside_a_turned_picture_is_not_taken_for_a_meter(rotation: int) -> None:
    turned = METERS["electricity"].description() | {"rotation": rotation, "crop": None}
    empty = prepare(encoded(even(252, 2)), parse_meter(turned))
    assert np.asarray(opened(empty)).min() == 0
    assert empty.quality is not None
    assert refusal(empty.quality) is Refusal.WASHED_OUT
    assert refused(opened(empty), empty.box) is None
    assert refusal(measure(opened(empty).convert("L"), empty.box or BOX, empty.outline)) is Refusal.WASHED_OUT


@pytest.mark.parametrize("rotation", [7, 35, 200])
def test_a_meter_that_was_turned_is_not_refused(rotation: int) -> None:
    """Only a part of the box was seen by the camera."""
    meter = METERS["electricity"]
    lying = Image.open(BytesIO(jpeg(meter, meter.start))).rotate(rotation, expand=True, fillcolor=(90, 90, 90))
    crop = [0.0, 0.0, 1.0, 1.0]
    prepared = prepare(encoded(lying), parse_meter(meter.description() | {"rotation": rotation, "crop": crop}))
    assert prepared.quality is not None
    assert refusal(prepared.quality) is None, prepared.quality


@pytest.mark.parametrize("size", [(64, 64), (40, 300), (8, 8)])
def test_a_picture_too_small_for_edges_is_judged_by_its_contrast(size: tuple[int, int]) -> None:
    half = Image.new("RGB", size, (200, 200, 200))
    half.paste((40, 40, 40), (0, 0, size[0] // 2, size[1]))
    assert measure(half.convert("L"), (0, 0, *size)).sharpness is None
    assert refused(half, (0, 0, *size)) is None
    assert refused(Image.new("RGB", size), (0, 0, *size)) is Refusal.BLACK


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, 7])
def test_the_box_of_the_register_is_known_however_the_picture_lies(rotation: int) -> None:
    """The register is black, everything around it white."""
    upright = Image.new("RGB", (1200, 800), (255, 255, 255))
    upright.paste((0, 0, 0), (420, 320, 780, 480))
    lying = upright.rotate(rotation, expand=True, fillcolor=(255, 255, 255))
    width, height = _upright_size(lying.size, rotation)
    crop = [0.5 - 180 / width, 0.5 - 80 / height, 360 / width, 160 / height]
    meter = parse_meter(METERS["electricity"].description() | {"rotation": rotation, "crop": crop})
    prepared = prepare(encoded(lying), meter)
    assert prepared.box is not None
    assert np.asarray(opened(prepared).crop(prepared.box)).mean() < 25


def _upright_size(size: tuple[int, int], rotation: float) -> tuple[float, float]:
    cos, sin = abs(np.cos(np.radians(rotation))), abs(np.sin(np.radians(rotation)))
    return size[0] * cos + size[1] * sin, size[0] * sin + size[1] * cos


@pytest.mark.skipif("METER_VISION_PHOTOS" not in os.environ, reason="METER_VISION_PHOTOS names no folder of photos")
def test_no_readable_photo_is_refused_and_most_unreadable_ones_are() -> None:
    photos = Path(os.environ["METER_VISION_PHOTOS"])
    truths = load_truths(Path(__file__).parents[1] / "fixtures" / "recorded_truth.csv")
    reasons = {truth.file: refusal(load_photo(truth, photos).quality) for truth in truths}  # type: ignore[arg-type]
    assert not [truth.file for truth in truths if truth.low is not None and reasons[truth.file]]
    assert sum(reasons[truth.file] is not None for truth in truths if truth.low is None) >= 3
