"""The picture as it is sent."""

from io import BytesIO
import math
from typing import Any

from PIL import Image, ImageChops, ImageDraw
import pytest

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.errors import PhotoError
from custom_components.meter_vision.metering.models import Crop, Meter, MeterKind
from custom_components.meter_vision.metering.photo import MAX_PHOTO_BYTES, picture_tokens, prepare, preview

GREY, RED, BLUE = (90, 90, 90), (220, 20, 20), (20, 20, 220)


def meter(rotation: float = 0, crop: Crop | None = None) -> Meter:
    register = CATALOGUE[MeterKind.WATER].default_register
    return Meter(name="x", kind=MeterKind.WATER, registers=(register,), rotation=rotation, crop=crop)


def jpeg(picture: Image.Image, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, options.pop("format", "JPEG"), **options)
    return buffer.getvalue()


def scene(width: int = 1280, height: int = 720) -> Image.Image:
    """Return an upright picture with a red spot at 30 %, 40 % and a blue one at 60 %, 40 %."""
    picture = Image.new("RGB", (width, height), GREY)
    draw = ImageDraw.Draw(picture)
    for x, colour in ((0.3, RED), (0.6, BLUE)):
        draw.circle((x * width, 0.4 * height), 24, fill=colour)
    return picture


def spot(content: bytes, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Return the centre of a colour as fractions of a picture."""
    picture = Image.open(BytesIO(content)).convert("RGB")
    width, height = picture.size
    points = [
        (x, y)
        for y in range(height)
        for x in range(width)
        if math.dist(picture.getpixel((x, y)), colour) < 60  # type: ignore[arg-type]
    ]
    assert points
    return sum(x for x, _ in points) / len(points) / width, sum(y for _, y in points) / len(points) / height


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, 7, 325])
def test_a_turned_picture_is_sent_upright(rotation: int) -> None:
    lying = scene().rotate(rotation, expand=True, fillcolor=GREY)
    sent = prepare(jpeg(lying), meter(rotation), budget=300)
    (red_x, red_y), (blue_x, blue_y) = spot(sent.content, RED), spot(sent.content, BLUE)
    assert blue_x > red_x
    assert abs((blue_y - red_y) * sent.height) < 3
    if rotation % 90 == 0:
        assert (red_x, red_y) == pytest.approx((0.3, 0.4), abs=0.01)


def test_the_crop_is_a_part_of_the_upright_picture() -> None:
    lying = scene().rotate(90, expand=True)
    crop = Crop(0.2, 0.3, 0.2, 0.2)
    sent = prepare(jpeg(lying), meter(90, crop), context=0, budget=300)
    assert spot(sent.content, RED) == pytest.approx((0.5, 0.5), abs=0.02)
    assert sent.width / sent.height == pytest.approx(1280 / 720, rel=0.02)


def test_context_is_kept_around_the_crop_and_ends_with_the_picture() -> None:
    crop = Crop(0.2, 0.3, 0.2, 0.2)
    tight, wide = (prepare(jpeg(scene()), meter(0, crop), context=margin, budget=300) for margin in (0, 0.5))
    assert spot(wide.content, RED)[0] == pytest.approx(0.5, abs=0.02)
    with pytest.raises(AssertionError):
        spot(tight.content, BLUE)
    cut = prepare(jpeg(scene()), meter(0, Crop(0, 0.3, 0.5, 0.2)), context=0.5, budget=300)
    assert spot(cut.content, RED)[0] == pytest.approx(0.3 / 0.75, abs=0.02)


@pytest.mark.parametrize(
    ("size", "crop"),
    [
        ((1920, 1080), None),
        ((1920, 1080), Crop(0.3, 0.4, 0.3, 0.1)),
        ((640, 480), None),
        ((640, 480), Crop(0.4, 0.4, 0.2, 0.1)),
        ((6000, 400), None),
        ((800, 4000), Crop(0, 0, 1, 1)),
    ],
)
def test_the_budget_is_used_and_kept(size: tuple[int, int], crop: Crop | None) -> None:
    sent = prepare(jpeg(scene(*size)), meter(7, crop))
    assert Image.open(BytesIO(sent.content)).size == (sent.width, sent.height)
    assert sent.tokens == picture_tokens(sent.width, sent.height) <= 1300
    assert max(sent.width, sent.height) <= 1568


def test_a_small_crop_is_enlarged_but_not_beyond_its_worth() -> None:
    sent = prepare(jpeg(scene(640, 480)), meter(0, Crop(0.45, 0.45, 0.1, 0.1)), context=0)
    assert (sent.width, sent.height) == (160, 120)


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = prepare(jpeg(scene().rotate(90, expand=True), exif=exif), meter(), budget=300)
    assert spot(sent.content, RED) == pytest.approx((0.3, 0.4), abs=0.01)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "GIF", "BMP"])
def test_other_formats_are_sent_as_jpeg(format_: str) -> None:
    sent = prepare(jpeg(scene(), format=format_), meter(), budget=300)
    assert sent.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, 7, 200.5])
@pytest.mark.parametrize("crop", [None, Crop(0.25, 0.3, 0.4, 0.2), Crop(0, 0, 0.1, 0.1), Crop(0.9, 0.85, 0.1, 0.15)])
def test_a_picture_that_has_to_be_converted_is_cut_as_any_other(rotation: float, crop: Crop | None) -> None:
    seen = scene(641, 363)
    as_it_is, converted = (
        Image.open(BytesIO(prepare(jpeg(picture, format="PNG"), meter(rotation, crop)).content))
        for picture in (seen, seen.convert("RGBA"))
    )
    assert as_it_is.size == converted.size
    assert max(high for _, high in ImageChops.difference(as_it_is, converted).getextrema()) < 12  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  <!DOCTYPE html><html><body>404</body></html>", "web_page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "web_page"),
        (b"%PDF-1.7", "not_a_picture"),
        (b"\0" * 5000, "not_a_picture"),
        (jpeg(scene())[:4000], "damaged"),
        (jpeg(scene(), format="PNG")[:400], "damaged"),
        (jpeg(scene(63, 400)), "too_small"),
        (b"\xff" * (MAX_PHOTO_BYTES + 1), "too_large"),
        (jpeg(Image.new("1", (9000, 9000)), format="PNG"), "too_large"),
        (jpeg(Image.new("1", (20_000, 20_000)), format="PNG"), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("use", [prepare, preview])
def test_pictures_that_cannot_be_used(use: Any, content: bytes, reason: str) -> None:
    with pytest.raises(PhotoError) as error:
        use(content, meter()) if use is prepare else use(content, rotation=0, crop=None)
    assert error.value.placeholders == {"reason": reason}


def test_preview_shows_the_box_and_stays_small() -> None:
    noise = Image.effect_noise((1920, 1080), 120).convert("RGB")
    shown = preview(jpeg(noise), rotation=7, crop=Crop(0.25, 0.25, 0.5, 0.5))
    assert len(shown) < 100_000
    plain = preview(jpeg(scene()), rotation=0, crop=Crop(0.2, 0.3, 0.2, 0.2))
    picture = Image.open(BytesIO(plain)).convert("RGB")
    left, top = round(0.2 * (picture.width - 1)), round(0.3 * (picture.height - 1))
    red, green, blue = picture.getpixel((left + 2, top + 20))  # type: ignore[misc]
    assert red > 150 > green
    assert blue > 100
