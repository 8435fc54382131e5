"""What makes the stand-in's reader believed: it reads pixels, all of them, and nothing but them."""

from __future__ import annotations

import ast
from decimal import Decimal
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
import pytest

from tests.simulator import glyphs, looking
from tests.simulator.faces import SCALE, face
from tests.simulator.meters import METERS, SimulatedMeter
from tests.simulator.optics import Conditions, homography, project
from tests.simulator.positions import wheel_positions
from tests.simulator.reader.question import Question, parse_question
from tests.simulator.reader.read import read
from tests.simulator.renderer import draw_face, picture as camera_picture

ROOT = Path(__file__).parent / "simulator"
VALUES = {
    "water": "00530.94862 09999.95 99999.99996 00000.0 12345.6789 38071.5042 49999.99545",
    "electricity": "041899.96 009999.95 999999.95 000000.0 123456.75 389903.51 703918.27",
    "gas": "07318.207 99999.999 00000.000 12345.678 90817.263 44444.555",
}
CASES = [
    pytest.param(METERS[key], Decimal(value), id=f"{key} {value}") for key in VALUES for value in VALUES[key].split()
]
METER = pytest.mark.parametrize("meter", METERS.values(), ids=METERS)
SOME = {"water": Decimal("38071.5042"), "electricity": Decimal("270948.3"), "gas": Decimal("90817.263")}


@pytest.mark.parametrize(("meter", "value"), CASES)
def test_every_position_is_read_as_it_stands(meter: SimulatedMeter, value: Decimal) -> None:
    assert looking.look(meter, value).perfect


@METER
@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(night=True),
        Conditions(roll=10),
        Conditions(roll=-10),
        Conditions(yaw=20, pitch=-15),
        Conditions(yaw=-20, pitch=15),
        Conditions(blur=3),
        Conditions(noise=30),
        Conditions(brightness=0.3),
        Conditions(quality=35),
        Conditions(night=True, roll=4, yaw=8, blur=2, noise=15),
    ],
    ids=str,
)
def test_it_reads_what_ordinary_cameras_show(meter: SimulatedMeter, conditions: Conditions) -> None:
    scores = [looking.look(meter, value, conditions) for value in looking.spread(meter, 3, seed=5)]
    assert not any(score.wrong for score in scores)
    assert sum(score.unknown for score in scores) <= 1


@METER
def test_a_covered_figure_is_not_guessed(meter: SimulatedMeter) -> None:
    value = SOME[meter.key]
    for index, position in enumerate(wheel_positions(meter, value)):
        answer = read(_covered(meter, value, index), looking.question(meter))
        assert answer.readable
        assert answer.wheels[index] is None or abs(answer.wheels[index] - position) > 0.5, index
        assert sum(wheel is None for wheel in answer.wheels) <= 1


def _covered(meter: SimulatedMeter, value: Decimal, index: int) -> bytes:
    """Return the prepared picture of a meter with a grey patch over one cell."""
    picture = camera_picture(meter, value)
    printed = face(meter.key)
    x, y = np.add(glyphs.cell_centre(index), printed.window)
    half = np.array((glyphs.CELL_WIDTH, glyphs.CELL_HEIGHT)) / 2
    corners = np.array([(x, y)] * 4) + np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    matrix = homography(printed.picture.size, meter.mount, Conditions())
    ImageDraw.Draw(picture).polygon([tuple(p) for p in project(matrix, corners * SCALE)], fill=(128, 128, 128))
    return looking.prepared_from(meter, picture)


def test_swapped_pictures_swap_the_readings() -> None:
    meter, other = METERS["water"], Decimal("27316.4905")
    first, second = (looking.prepared(meter, value) for value in (SOME["water"], other))
    asked = looking.question(meter)
    assert looking.compare(read(second, asked), meter, other).perfect
    assert looking.compare(read(first, asked), meter, SOME["water"]).perfect
    assert read(first, asked) != read(second, asked)


@METER
def test_another_meters_picture_does_not_give_this_meters_value(meter: SimulatedMeter) -> None:
    for other in METERS.values():
        if other is not meter:
            answer = read(looking.prepared(other, SOME[other.key]), looking.question(meter))
            assert not answer.readable or len(answer.wheels) != meter.cells


@METER
@pytest.mark.parametrize("turn", [90, 270])
def test_a_turned_picture_is_not_read(meter: SimulatedMeter, turn: int) -> None:
    turned = looking.prepared(meter, SOME[meter.key], rotation=(meter.rotation + turn) % 360)
    assert not looking.compare(read(turned, looking.question(meter)), meter, SOME[meter.key]).right


@METER
def test_an_upside_down_picture_is_not_read_as_it_stands(meter: SimulatedMeter) -> None:
    turned = looking.prepared(meter, SOME[meter.key], rotation=(meter.rotation + 180) % 360)
    assert not looking.compare(read(turned, looking.question(meter)), meter, SOME[meter.key]).perfect


@METER
@pytest.mark.parametrize("crop", [(0.0, 0.75, 0.3, 0.2), (0.75, 0.75, 0.25, 0.25)])
def test_a_crop_off_the_register_is_not_read(meter: SimulatedMeter, crop: tuple[float, float, float, float]) -> None:
    missed = looking.prepared(meter, SOME[meter.key], crop=crop)
    assert not read(missed, looking.question(meter)).readable


@METER
def test_a_picture_encoded_again_with_noise_reads_the_same(meter: SimulatedMeter) -> None:
    content = looking.prepared(meter, SOME[meter.key])
    first = read(content, looking.question(meter))
    again = read(looking.altered(content, quality=70, noise=8), looking.question(meter))
    assert looking.compare(again, meter, SOME[meter.key]).perfect
    rounded = [[round(wheel or 0) for wheel in answer.wheels] for answer in (first, again)]
    assert rounded[0] == rounded[1]


def test_a_whole_picture_is_read_without_a_crop() -> None:
    meter = METERS["gas"]
    whole = looking.prepared(meter, SOME["gas"], crop=(0.0, 0.0, 1.0, 1.0))
    assert looking.compare(read(whole, looking.question(meter)), meter, SOME["gas"]).perfect


def test_another_number_of_drums_than_asked_for_is_reported_as_it_is() -> None:
    answer = read(looking.prepared(METERS["water"], SOME["water"]), Question(6, display=False, clockwise=()))
    assert len(answer.wheels) == 5


def test_a_display_that_decides_itself_is_counted() -> None:
    answer = read(looking.prepared(METERS["gas"], SOME["gas"]), Question(None, display=True, clockwise=()))
    assert answer.wheels == (9, 0, 8, 1, 7, 2, 6, 3)


@pytest.mark.parametrize("key", ["water", "electricity"])
def test_another_makers_figures_are_unreadable(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = METERS[key]
    looking.look(meter, SOME[key])  # the reader's own figures are drawn before anything is changed
    monkeypatch.setattr(glyphs, "drum_cell", _foreign_cell)
    for value in ("12345.6789", "98076.5001", "24680.1357"):
        assert not read(looking.prepared(meter, Decimal(value)), looking.question(meter)).readable


def _foreign_cell(position: float, width: int, height: int) -> glyphs.Array:
    """Draw a drum with the figures of a font instead of the simulator's own."""
    image = Image.new("L", (width * 3, height * 3))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(2.5 * height)
    for step in (-1, 0, 1):
        at = (1.5 * width, height * (1.5 + (step - position % 1) * 3 * glyphs.FIGURE_PITCH / glyphs.CELL_HEIGHT))
        draw.text(at, str(int(position + step) % 10), 255, font, anchor="mm")
    return np.asarray(image.reduce(3), np.float32) / 255


@pytest.mark.skipif("METER_VISION_PHOTOS" not in os.environ, reason="METER_VISION_PHOTOS names no folder of photos")
def test_real_photos_are_unreadable() -> None:
    photos = sorted(Path(os.environ["METER_VISION_PHOTOS"]).glob("*.jpg"))
    assert photos
    asked = [looking.question(meter) for meter in METERS.values()]
    read_all = [photo.name for photo in photos for one in asked if read(photo.read_bytes(), one).readable]
    assert read_all == []


def test_a_blank_picture_and_a_face_without_register_are_unreadable() -> None:
    blank = Image.new("RGB", (1200, 800), (127, 127, 127))
    assert not read(looking.encoded(blank), Question(5, display=False, clockwise=())).readable
    printed = face("water").picture.convert("RGB")
    assert not read(looking.encoded(printed), looking.question(METERS["water"])).readable
    drawn = draw_face(METERS["water"], SOME["water"]).convert("RGB")
    assert read(looking.encoded(drawn), looking.question(METERS["water"])).readable


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("wheels: 5 drums, 5 for whole m³\ndials: none", Question(5, display=False, clockwise=())),
        (
            "a\nwheels: 8 display digits, 5 for whole m³ and 3 for decimals\ndials: none",
            Question(8, display=True, clockwise=()),
        ),
        (
            "wheels: 4 drums\ndials: 2 pointers, x0.1 x0.01 m³; figures increase clockwise counterclockwise",
            Question(4, display=False, clockwise=(True, False)),
        ),
        ("wheels: 4 drums\ndials: 2 pointers, x0.1 x0.01 m³", Question(4, display=False, clockwise=(None, None))),
        ("wheels: every figure of the display, 1 of them\ndials: none", Question(None, display=True, clockwise=())),
        ("wheels: none\ndials: 4 pointers", None),
        ("What does the meter read?", None),
    ],
)
def test_only_layout_lines_are_understood(text: str, question: Question | None) -> None:
    assert parse_question(text) == question


@pytest.mark.parametrize("package", ["reader", "messages"])
def test_the_reader_shares_nothing_with_the_renderer_but_the_glyphs(package: str) -> None:
    allowed = {"glyphs", "reader", "serving", "messages"}
    for path in sorted((ROOT / package).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests"):
                assert node.level == 0
                parts = (node.module or "").split(".")[2:3] or [name.name for name in node.names]
                assert set(parts) <= allowed, f"{path.name}: {node.module}"
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, path.name
                assert not (node.module or "").startswith("custom_components")
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith(("tests", "custom_components")) for name in node.names)


def test_the_glyphs_import_nothing_of_the_simulator() -> None:
    tree = ast.parse((ROOT / "glyphs.py").read_text())
    modules = [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not any(module.startswith(("tests", ".")) for module in modules)


@METER
def test_a_picture_depends_on_meter_value_conditions_and_seed_alone(meter: SimulatedMeter) -> None:
    value = SOME[meter.key]
    first = camera_picture(meter, value, seed=3)
    camera_picture(meter, value + 100, Conditions(night=True), seed=4)
    assert camera_picture(meter, value, seed=3) == first
    # Another seed is other noise on the same scene.
    other = np.abs(np.subtract(camera_picture(meter, value, seed=4), first, dtype=np.int16))
    assert 0 < other.mean() < 8
