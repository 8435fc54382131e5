"""From the camera's picture to the one that is sent: decoded once, cut, turned and scaled. Runs in an executor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from io import BytesIO
import math
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat, UnidentifiedImageError

from .errors import PhotoError
from .gate import measure
from .models import Box, Crop, Meter, Outline, Photo, PreparedPhoto
from .unchanged import LEAST_CONTRAST, signature

MAX_PHOTO_BYTES: Final = 16 * 1024 * 1024
_MAX_PIXELS: Final = 40_000_000
_MIN_SIDE: Final = 64
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_EXIF_ORIENTATION: Final = 0x0112

# Chosen by blind reads of real photos, see docs/architecture.md.
CONTEXT: Final = 0.6
"""Margin kept on each side of the crop, as a fraction of its longer side."""
TOKEN_BUDGET: Final = 1300
WHOLE_PICTURE: Final = 100.0
"""A context that leaves nothing out."""
OTHER_BUDGET: Final = 900
"""Tokens of a picture prepared differently, which so has another scale."""
_MAX_ENLARGEMENT: Final = 2.5
_MAX_SIDE: Final = 1568  # the long edge up to which no model scales a picture down
_QUALITY: Final = 88
_TOKEN_SIDE: Final = 28  # Anthropic counts one token for each 28 x 28 pixels

_EDGE: Final = 8
"""Pixels of the sent picture along the edge of a turned one that its coding blends with the black beside it."""
_SPARE: Final = 2
"""Pixels kept around a cut for the sampling that follows."""
_QUARTER_TURNS: Final = {
    0.0: None,
    90.0: Image.Transpose.ROTATE_270,  # Pillow turns counterclockwise
    180.0: Image.Transpose.ROTATE_180,
    270.0: Image.Transpose.ROTATE_90,
}

_COLOUR_SIDE: Final = 160
_COLOUR: Final = 6
"""Levels of 256 by which the channels of a coloured pixel differ, at a size at which noise has averaged out."""
_COLOURED: Final = 0.01
"""The share of such pixels in a picture that has colours."""

_PREVIEW_SIDE: Final = 900
_PREVIEW_QUALITIES: Final = (80, 65, 50, 35, 20)
_PREVIEW_BYTES: Final = 100_000
_BOX_COLOUR: Final = (255, 64, 160)


@dataclass(frozen=True, slots=True)
class _Region:
    """A rectangle of the upright picture in its pixels, and the scale it is shown at."""

    left: float
    top: float
    width: float
    height: float
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        return max(1, int(self.width * self.scale)), max(1, int(self.height * self.scale))

    def box_of(self, crop: Crop | None, upright: tuple[float, float]) -> Box:
        """Return where a part of the upright picture is in this region as it is shown."""
        width, height = self.size
        if crop is None:
            return 0, 0, width, height
        left, top = crop.x * upright[0] - self.left, crop.y * upright[1] - self.top
        right, bottom = left + crop.width * upright[0], top + crop.height * upright[1]
        return (
            max(0, int(left * self.scale)),
            max(0, int(top * self.scale)),
            min(width, max(1, math.ceil(right * self.scale))),
            min(height, max(1, math.ceil(bottom * self.scale))),
        )


def picture_tokens(width: int, height: int) -> int:
    """Return the input tokens of a picture of this many pixels."""
    return math.ceil(width / _TOKEN_SIDE) * math.ceil(height / _TOKEN_SIDE)


def prepare(content: bytes, meter: Meter, *, context: float = CONTEXT, budget: int = TOKEN_BUDGET) -> PreparedPhoto:
    """Return the part of a picture that shows the meter's registers, upright and scaled; raise PhotoError."""
    with _opened(content) as image:
        upright = _upright_size(image, meter.rotation)
        left, top, width, height = _with_context(meter.crop, upright, context)
        region = _Region(left, top, width, height, _scale(width, height, budget))
        outline = _outline(image, meter.rotation, upright, region)
        picture = _cut(image, meter.rotation, upright, region)
    box = region.box_of(meter.crop, upright)
    grey = picture.convert("L")
    quality = measure(grey, box, outline)
    return PreparedPhoto(
        content=_encoded(picture, _QUALITY),
        width=picture.width,
        height=picture.height,
        tokens=picture_tokens(picture.width, picture.height),
        light=round(ImageStat.Stat(grey).mean[0], 1),
        box=box,
        outline=outline,
        quality=quality,
        signature=signature(grey, box) if quality.contrast >= LEAST_CONTRAST else None,
    )


def fingerprint(photo: Photo) -> str:
    """Return what is equal for the same picture sent again by the camera."""
    return blake2b(photo.content, digest_size=8).hexdigest()


def prepare_differently(content: bytes, meter: Meter) -> PreparedPhoto:
    """Return a picture cut and scaled otherwise than usual, for a look that does not repeat the mistake of another."""
    return prepare(content, meter, context=WHOLE_PICTURE, budget=TOKEN_BUDGET if meter.crop else OTHER_BUDGET)


def has_colours(content: bytes) -> bool:
    """Return whether a picture has any: those by infrared light have none; raise PhotoError."""
    with _opened(content) as image:
        image.draft("RGB", (_COLOUR_SIDE, _COLOUR_SIDE))
        small = image.convert("RGB")
    small.thumbnail((_COLOUR_SIDE, _COLOUR_SIDE), Image.Resampling.BOX)
    red, green, blue = small.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    differing = ImageChops.subtract(most, least).histogram()
    return sum(differing[_COLOUR:]) > _COLOURED * sum(differing)


def preview(content: bytes, *, rotation: float, crop: Crop | None) -> bytes:
    """Return the whole upright picture as a JPEG below 100 kB with the crop drawn into it; raise PhotoError."""
    with _opened(content) as image:
        width, height = _upright_size(image, rotation)
        scale = min(1.0, _PREVIEW_SIDE / max(width, height))
        picture = _cut(image, rotation, (width, height), _Region(0, 0, width, height, scale))
    if crop is not None:
        corners = (crop.x, crop.y, crop.x + crop.width, crop.y + crop.height)
        sides = (picture.width, picture.height) * 2
        box = [round(corner * (side - 1)) for corner, side in zip(corners, sides, strict=True)]
        ImageDraw.Draw(picture).rectangle(box, outline=_BOX_COLOUR, width=4)
    encoded = b""
    for quality in _PREVIEW_QUALITIES:
        encoded = _encoded(picture, quality)
        if len(encoded) < _PREVIEW_BYTES:
            break
    return encoded


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """Open a picture that has passed every check its header allows."""
    if len(content) > MAX_PHOTO_BYTES:
        raise PhotoError(reason="too_large")
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise PhotoError(reason="too_large")
            if min(image.size) < _MIN_SIDE:
                raise PhotoError(reason="too_small")
            oriented = image.getexif().get(_EXIF_ORIENTATION, 1) != 1
            yield ImageOps.exif_transpose(image) if oriented else image
    except Image.DecompressionBombError as err:
        raise PhotoError(reason="too_large") from err
    except UnidentifiedImageError as err:
        raise PhotoError(reason=_kind_of_junk(content)) from err
    except (OSError, SyntaxError, ValueError, EOFError) as err:
        raise PhotoError(reason="damaged") from err


def _kind_of_junk(content: bytes) -> str:
    if not content:
        return "empty"
    start = content[:512].lstrip().lower()
    return "web_page" if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")) else "not_a_picture"


def _upright_size(image: Image.Image, rotation: float) -> tuple[float, float]:
    """Return width and height of the box around the picture after it was turned."""
    cos, sin = abs(math.cos(math.radians(rotation))), abs(math.sin(math.radians(rotation)))
    return image.width * cos + image.height * sin, image.width * sin + image.height * cos


def _outline(image: Image.Image, rotation: float, upright: tuple[float, float], region: _Region) -> Outline | None:
    """Return the corners of the camera's picture in a region as it is shown, a little within its edge."""
    if rotation in _QUARTER_TURNS:
        return None
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    right, bottom = (max(0.0, side / 2 - _EDGE / region.scale) for side in image.size)
    return tuple(
        (
            (x * cos - y * sin + upright[0] / 2 - region.left) * region.scale,
            (x * sin + y * cos + upright[1] / 2 - region.top) * region.scale,
        )
        for x, y in ((-right, -bottom), (right, -bottom), (right, bottom), (-right, bottom))
    )


def _with_context(crop: Crop | None, upright: tuple[float, float], context: float) -> tuple[float, float, float, float]:
    """Return left, top, width, height in upright pixels of a crop widened on every side."""
    full_width, full_height = upright
    if crop is None:
        return 0, 0, full_width, full_height
    margin = context * max(crop.width * full_width, crop.height * full_height)
    left, top = max(0.0, crop.x * full_width - margin), max(0.0, crop.y * full_height - margin)
    right = min(full_width, (crop.x + crop.width) * full_width + margin)
    bottom = min(full_height, (crop.y + crop.height) * full_height + margin)
    return left, top, right - left, bottom - top


def _scale(width: float, height: float, budget: int) -> float:
    """Return the largest scale at which a rectangle stays within the tokens and worth its pixels."""
    scale = min(_MAX_ENLARGEMENT, _MAX_SIDE / max(width, height))
    while picture_tokens(int(width * scale), int(height * scale)) > budget:
        scale *= 0.98
    return scale


@dataclass(frozen=True, slots=True)
class _Pose:
    """How an upright picture lies in the decoded one."""

    centre: tuple[float, float]
    upright_centre: tuple[float, float]
    cos: float
    sin: float
    shrink: float
    """Decoded pixels for each pixel of the upright picture: a JPEG can be decoded at a half, a quarter or an eighth."""

    def source(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the upright picture to the decoded one."""
        dx, dy = (x - self.upright_centre[0]) * self.shrink, (y - self.upright_centre[1]) * self.shrink
        return self.centre[0] + dx * self.cos + dy * self.sin, self.centre[1] - dx * self.sin + dy * self.cos

    def box(self, region: _Region) -> tuple[float, float, float, float]:
        """Return the upright rectangle around a region in the decoded picture: left, top, right, bottom."""
        right, bottom = region.left + region.width, region.top + region.height
        points = [self.source(x, y) for x in (region.left, right) for y in (region.top, bottom)]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return (
            max(0.0, min(xs)),
            max(0.0, min(ys)),
            min(2 * self.centre[0], max(xs)),
            min(2 * self.centre[1], max(ys)),
        )


def _cut(image: Image.Image, rotation: float, upright: tuple[float, float], region: _Region) -> Image.Image:
    """Return a region of the upright picture, and close that; only its own pixels are turned, and as few as can be."""
    full_width = image.width
    image.draft("RGB", (int(image.width * region.scale), int(image.height * region.scale)))
    angle = math.radians(rotation)
    pose = _Pose(
        centre=(image.width / 2, image.height / 2),
        upright_centre=(upright[0] / 2, upright[1] / 2),
        cos=math.cos(angle),
        sin=math.sin(angle),
        shrink=image.width / full_width,
    )
    box = pose.box(region)
    part, (left, top) = _part(image, box)
    if rotation in _QUARTER_TURNS:
        return _turned_by_quarters(part, (box[0] - left, box[1] - top, box[2] - left, box[3] - top), rotation, region)
    return _turned(part, (left, top), pose, region)


def _part(image: Image.Image, box: tuple[float, float, float, float]) -> tuple[Image.Image, tuple[int, int]]:
    """Return the part of a picture around a box in colour, where its corner was, and close the picture.

    It is the picture itself if the part is most of it: a copy would take nearly as much room again.
    """
    left, top = max(0, math.floor(box[0]) - _SPARE), max(0, math.floor(box[1]) - _SPARE)
    right, bottom = min(image.width, math.ceil(box[2]) + _SPARE), min(image.height, math.ceil(box[3]) + _SPARE)
    if image.mode == "RGB" and 2 * (right - left) * (bottom - top) > image.width * image.height:
        return image, (0, 0)
    part = image.crop((left, top, right, bottom))
    image.close()
    return part if part.mode == "RGB" else part.convert("RGB"), (left, top)


def _turned_by_quarters(
    part: Image.Image, box: tuple[float, float, float, float], rotation: float, region: _Region
) -> Image.Image:
    turn = _QUARTER_TURNS[rotation]
    wide, high = region.size[::-1] if rotation % 180 else region.size
    left, top, right, bottom = box
    # Both directions at once give the same, but then three pictures take room together.
    across = part.resize((wide, part.height), Image.Resampling.LANCZOS, (left, 0, right, part.height))
    part.close()
    straight = across.resize((wide, high), Image.Resampling.LANCZOS, (0, top, wide, bottom))
    across.close()
    return straight if turn is None else straight.transpose(turn)


def _turned(part: Image.Image, corner: tuple[int, int], pose: _Pose, region: _Region) -> Image.Image:
    # Sampling looks at few pixels, so what is shown smaller is averaged first.
    factor = max(1, int(pose.shrink / region.scale))
    if factor > 1:
        whole, part = part, part.reduce(factor)
        whole.close()
    # What is shown larger is turned as it is and enlarged afterwards; turning it bicubically looks the same, for double
    # the time.
    native = replace(region, scale=min(region.scale, pose.shrink))
    step = pose.shrink / native.scale / factor
    x, y = pose.source(region.left, region.top)
    matrix = (
        pose.cos * step, pose.sin * step, (x - corner[0]) / factor,
        -pose.sin * step, pose.cos * step, (y - corner[1]) / factor,
    )  # fmt: skip
    turned = part.transform(native.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    part.close()
    return turned if native.size == region.size else turned.resize(region.size, Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image, quality: int) -> bytes:
    # Pillow would take a comment and a colour profile along, and a comment may say where the house stands.
    picture.info.clear()
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
