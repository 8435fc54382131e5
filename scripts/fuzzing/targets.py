"""Every way by which something strange can come in."""

from collections.abc import Iterator
from io import BytesIO
import json
import math
from pathlib import Path
import tempfile
from typing import Any

from hypothesis import strategies as st
from PIL import Image, ImageDraw

from custom_components.meter_vision.metering.answer import parse_answer_text
from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.errors import AnswerError, LayoutError, PhotoError
from custom_components.meter_vision.metering.models import Crop, Display, Meter, MeterKind, Register
from custom_components.meter_vision.metering.photo import prepare, preview
from custom_components.meter_vision.metering.prompt import PROBLEMS, keys
from custom_components.meter_vision.metering.proposal import parse_proposal_text
from custom_components.meter_vision.metering.proposal_prompt import KINDS, REGISTER_NAMES
from custom_components.meter_vision.mjpeg import FirstFrame
from scripts.meters_file.load import MetersFileError, load_meters

from .rows import ROWS
from .target import PLAIN, Target, mutated, objects

_EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
_WATER = CATALOGUE[MeterKind.WATER].default_register
_LCD = Register(name="night", unit="kWh", display=Display.LCD, whole_digits=None, decimals=1)

_FIGURES = st.floats(0, 9.9) | st.integers(0, 9) | st.just("?")
_SEEN = objects(
    readable=st.booleans(), wheels=st.lists(_FIGURES, max_size=12), dials=st.lists(_FIGURES, min_size=4, max_size=4)
)
_SCENE = {"scene": st.text(max_size=600), "problems": st.lists(st.sampled_from(PROBLEMS), max_size=3)}
_KEYS = list(keys([_WATER, _LCD]))


def _texts(plain: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """Return texts of data as JSON, and texts that are none."""
    return plain.map(json.dumps) | st.text(max_size=50) | st.integers(1, 5000).map(lambda depth: "[" * depth)


_ANSWERS = _texts(
    PLAIN
    | st.builds(lambda seen, scene: {**seen, **scene}, _SEEN, objects(**_SCENE))
    | objects(**dict.fromkeys(_KEYS, _SEEN), **_SCENE)
)


def _answer(text: str) -> None:
    for registers in ([_WATER], [_LCD], [_WATER, _LCD]):
        try:
            observations = parse_answer_text(text, registers)
        except AnswerError:
            continue
        for register in registers:
            if observations[register.name].readable:
                decode(observations[register.name], register)


_NUMBERS = st.integers(-2, 14) | st.floats(-1, 14) | st.sampled_from([math.inf, -math.inf, math.nan])
_REGISTER = {
    "name": st.sampled_from(REGISTER_NAMES),
    "whole_digits": st.integers(0, 9),
    "decimals": st.integers(0, 4),
}
_PROPOSALS = _texts(
    PLAIN
    | objects(
        meter=st.booleans(),
        kind=st.sampled_from(KINDS),
        unit=st.sampled_from(("m³", "kWh", "", "gal")),
        box=st.lists(st.floats(-0.2, 1.2), min_size=4, max_size=4),
        rotation=st.floats(-400, 400),
        display=st.sampled_from([display.value for display in Display]),
        dials=_NUMBERS,
        leading_zeros=st.booleans(),
        multiplier=st.floats(0, 1000),
        other_registers=st.lists(objects(**_REGISTER), max_size=5),
        problems=st.lists(st.sampled_from(PROBLEMS), max_size=3),
        advice=st.text(max_size=400),
        **_REGISTER,
    )
)


def _pictures() -> Iterator[bytes]:
    picture = Image.new("RGB", (160, 120), (90, 90, 90))
    ImageDraw.Draw(picture).rectangle((30, 40, 120, 80), fill=(220, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind, more in (("JPEG", {"exif": exif}), ("PNG", {}), ("WEBP", {}), ("GIF", {}), ("BMP", {})):
        buffer = BytesIO()
        picture.save(buffer, kind, **more)
        yield buffer.getvalue()


_RIGHT = list(_pictures())
_TURNED = Meter(name="", kind=MeterKind.WATER, registers=(_WATER,), rotation=7, crop=Crop(0.2, 0.3, 0.4, 0.3))


def _picture(content: bytes) -> None:
    try:
        prepare(content, _TURNED)
    finally:
        preview(content, rotation=90, crop=None)


def _stream(example: tuple[str, list[bytes]]) -> None:
    boundary, chunks = example
    first, data = FirstFrame(f"multipart/x-mixed-replace; boundary={boundary}"), bytearray()
    for chunk in chunks:
        data += chunk
        first.find(data)
        first.hopeless(data)


_PIECES = st.sampled_from(
    [b"--frame", b"\r\n", b"\n\n", b"Content-Length: 4\r\n\r\n", b"Content-Length: " + b"9" * 5000, b"--"]
)
_STREAMS = st.tuples(
    st.sampled_from(["frame", "--frame", '"frame"', ""]) | st.text(max_size=5),
    st.lists(_PIECES | st.binary(max_size=20), max_size=12),
)


def _file(content: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content)
        file.flush()
        load_meters(Path(file.name))


def _meter(data: Any) -> None:
    parse_meter(data)


_METERS = objects(
    kind=st.sampled_from(list(MeterKind)),
    rotation=_NUMBERS,
    crop=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    registers=st.lists(
        objects(
            display=st.sampled_from(list(Display)),
            unit=st.sampled_from(("m³", "kWh")),
            dials=_NUMBERS,
            multiplier=st.text("0123456789.eE-", max_size=6),
            hard_ceiling=_NUMBERS,
            gas=PLAIN,
            tariff=PLAIN,
            leak_hours=_NUMBERS,
            roll=st.text(max_size=5),
            **_REGISTER,
        ),
        min_size=1,
        max_size=2,
    ),
)

TARGETS = {
    target.name: target
    for target in (
        Target("answer", _ANSWERS, _answer),
        Target("proposal", _PROPOSALS, lambda text: parse_proposal_text(text, aspect=1.5), (AnswerError,)),
        Target("picture", st.one_of(map(mutated, _RIGHT)), _picture, (PhotoError,)),
        Target("stream", _STREAMS, _stream),
        ROWS,
        Target("description", _METERS, _meter, (LayoutError,)),
        Target(
            "meters.yaml",
            st.one_of([mutated(path.read_bytes()) for path in sorted(_EXAMPLES.glob("*.yaml"))]),
            _file,
            (MetersFileError, LayoutError),
        ),
    )
}
