"""Pictures that show no change: told from those that do, at whatever light, noise and compression."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
import itertools
import os
from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.models import Signature
from custom_components.meter_vision.metering.photo import prepare
from custom_components.meter_vision.metering.unchanged import (
    LEAST_CONTRAST,
    LONGEST_UNREAD,
    MOST_CHANGE,
    MOST_IN_A_ROW,
    Reference,
    change,
)
from scripts.benchmarks.gate import load_photo
from scripts.evaluation.truth import load_truths, placed
from tests.simulator.looking import altered, encoded
from tests.simulator.meters import METERS, SimulatedMeter
from tests.simulator.optics import Conditions
from tests.simulator.renderer import jpeg, picture

METER = pytest.mark.parametrize("meter", METERS.values(), ids=METERS)
CONDITIONS = pytest.mark.parametrize(
    "conditions",
    [
        Conditions(),
        Conditions(night=True),
        Conditions(noise=8),
        Conditions(blur=2.5),
        Conditions(brightness=0.4),
        Conditions(quality=60),
        Conditions(night=True, noise=6, blur=2),
    ],
    ids=str,
)
SMALLEST_NOTICED = {"water": Decimal("0.00002"), "electricity": Decimal("0.01"), "gas": Decimal("0.001")}
"""A fifth of a dial's division, a tenth of a drum's figure, one figure of a display."""
ONE_METER = ("d23", "d34", "d47", "d54", "d57", "d58", "d60")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def shown(meter: SimulatedMeter, content: bytes) -> Signature:
    kept = prepare(content, parse_meter(meter.description())).signature
    assert kept is not None
    return kept


def at(meter: SimulatedMeter, value: Decimal, conditions: Conditions, seed: int) -> Signature:
    return shown(meter, jpeg(meter, value, conditions, seed))


@METER
@CONDITIONS
def test_the_same_register_is_unchanged_in_any_noise(meter: SimulatedMeter, conditions: Conditions) -> None:
    first = at(meter, meter.start, conditions, 1)
    assert max(change(first, at(meter, meter.start, conditions, seed)) for seed in range(2, 6)) <= MOST_CHANGE


@METER
def test_light_and_encoding_change_nothing(meter: SimulatedMeter) -> None:
    first = at(meter, meter.start, Conditions(brightness=0.8), 1)
    for other in (Conditions(brightness=0.6), Conditions(brightness=0.9), Conditions(brightness=0.8, quality=50)):
        assert change(first, at(meter, meter.start, other, 2)) <= MOST_CHANGE, other
    pixels = np.asarray(picture(meter, meter.start, Conditions(brightness=0.8), 1), np.float32)
    shadow = np.linspace(0.85, 1.1, pixels.shape[1])[None, :, None]
    shaded = encoded(Image.fromarray(np.clip(pixels * shadow, 0, 255).astype(np.uint8)))
    assert change(first, shown(meter, shaded)) <= MOST_CHANGE


@METER
@CONDITIONS
@pytest.mark.parametrize("start", [Decimal("0.37"), Decimal("99.99513"), Decimal("530.94871")])
def test_the_smallest_movement_is_noticed(meter: SimulatedMeter, conditions: Conditions, start: Decimal) -> None:
    value = meter.start + start
    first = at(meter, value, conditions, 1)
    for times in (1, 2, 3, 5):
        moved = value + SMALLEST_NOTICED[meter.key] * times
        assert change(first, at(meter, moved, conditions, 2)) > MOST_CHANGE, moved


def test_slow_creep_adds_up() -> None:
    """Each picture is compared with the one that was read, so what is too little to see in one step is seen in some."""
    meter, step = METERS["water"], Decimal("0.000004")
    read = at(meter, meter.start, Conditions(), 0)
    changes = [change(read, at(meter, meter.start + step * steps, Conditions(), steps)) for steps in range(1, 8)]
    assert changes[0] <= MOST_CHANGE < changes[-1]


@METER
def test_a_camera_that_has_moved_hides_no_movement(meter: SimulatedMeter) -> None:
    first = at(meter, meter.start, Conditions(), 1)
    moved = picture(meter, meter.start + SMALLEST_NOTICED[meter.key] * 2, Conditions(), 2)
    for by in itertools.product((-3, -2, -1, 0, 1, 2, 3), repeat=2):
        shifted = Image.fromarray(np.roll(np.asarray(moved), by, (0, 1)))
        assert change(first, shown(meter, encoded(shifted))) > MOST_CHANGE, by


def test_a_picture_with_little_contrast_is_read_instead_of_compared() -> None:
    meter = METERS["water"]
    dim = prepare(jpeg(meter, meter.start, Conditions(brightness=0.1)), parse_meter(meter.description()))
    assert dim.quality is not None
    assert dim.quality.contrast < LEAST_CONTRAST
    assert dim.signature is None


def test_pictures_of_other_sizes_are_not_compared() -> None:
    water, gas = (at(METERS[key], METERS[key].start, Conditions(), 1) for key in ("water", "gas"))
    assert change(water, gas) == float("inf")


def test_a_reference_stands_for_a_limited_time_and_number() -> None:
    reference = Reference(signature=Signature(width=1, pixels=b"0"), read_at=NOW)
    assert reference.may_stand_for(NOW + LONGEST_UNREAD - timedelta(seconds=1))
    assert not reference.may_stand_for(NOW + LONGEST_UNREAD)
    assert not reference.may_stand_for(NOW - timedelta(seconds=1))
    for _ in range(MOST_IN_A_ROW):
        assert reference.may_stand_for(NOW)
        reference = reference.counted()
    assert not reference.may_stand_for(NOW)


@pytest.mark.skipif("METER_VISION_PHOTOS" not in os.environ, reason="METER_VISION_PHOTOS names no folder of photos")
def test_frames_of_one_meter_that_counted_are_never_unchanged() -> None:
    photos = Path(os.environ["METER_VISION_PHOTOS"])
    truths = {t.file: t for t in load_truths(Path(__file__).parents[1] / "fixtures" / "recorded_truth.csv")}
    frames = [load_photo(truths[f"{name}.jpg"], photos) for name in ONE_METER]
    for one in frames:
        for other in frames:
            assert one.signature is not None
            assert other.signature is not None
            assert (change(one.signature, other.signature) <= MOST_CHANGE) == (one is other)


@pytest.mark.skipif("METER_VISION_PHOTOS" not in os.environ, reason="METER_VISION_PHOTOS names no folder of photos")
def test_a_photo_encoded_again_in_other_light_and_noise_is_unchanged() -> None:
    photos = Path(os.environ["METER_VISION_PHOTOS"])
    truths = load_truths(Path(__file__).parents[1] / "fixtures" / "recorded_truth.csv")
    for truth in truths:
        if truth.file.removesuffix(".jpg") not in ONE_METER:
            continue
        content = (photos / truth.file).read_bytes()
        meter = placed(truth, content)
        first = prepare(content, meter).signature
        assert first is not None
        for copy in (altered(content, quality=75, noise=0), altered(content, quality=90, noise=6), _darker(content)):
            again = prepare(copy, meter).signature
            assert again is not None
            assert change(first, again) <= MOST_CHANGE, truth.file


def _darker(content: bytes) -> bytes:
    with Image.open(BytesIO(content)) as image:
        pixels = np.asarray(image.convert("RGB"), np.float32)
    return encoded(Image.fromarray((pixels * 0.85).astype(np.uint8)))
