"""Checks and counts the pictures in a request."""

from __future__ import annotations

from base64 import b64decode
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
import math
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from .errors import refuse
from .models import ModelEntry

_MAX_BASE64: Final = 10 * 1024 * 1024
_MAX_SIDE: Final = 8000
_MANY: Final = 20
_MAX_SIDE_OF_MANY: Final = 2000
_TILE: Final = 28
_MAGIC: Final = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was sent."""

    content: bytes
    width: int
    height: int

    def tokens(self, model: ModelEntry) -> int:
        """Return what the picture costs by the published formula, after the model's downscaling."""
        width, height = seen_size(self.width, self.height, model)
        return _tokens(width, height)

    def seen_by(self, model: ModelEntry) -> bytes:
        """Return the picture as the model sees it: scaled down if it is too large."""
        size = seen_size(self.width, self.height, model)
        if size == (self.width, self.height):
            return self.content
        buffer = BytesIO()
        with Image.open(BytesIO(self.content)) as image:
            image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()


def seen_size(width: int, height: int, model: ModelEntry) -> tuple[int, int]:
    """Return the size to which a picture is scaled for a model: the largest within edge and token limits."""
    shape = min(1.0, model.longest_edge / max(width, height))
    for seen in range(round(width * shape), 0, -1):
        size = (seen, max(1, round(seen * height / width)))
        if _tokens(*size) <= model.picture_budget:
            return size
    return 1, 1


def _tokens(width: int, height: int) -> int:
    return math.ceil(width / _TILE) * math.ceil(height / _TILE)


def check_picture(source: object, at: str, count: int) -> Picture:
    """Return the picture of an image block's source, one of `count`, or raise the API's error."""
    if not isinstance(source, Mapping):
        refuse(f"{at}.source: Field required")
    if source.get("type") != "base64":
        refuse(f"{at}.source: this stand-in takes base64 pictures only")
    if extra := set(source) - {"type", "media_type", "data"}:
        refuse(f"{at}.source.base64.{min(extra)}: Extra inputs are not permitted")
    media_type, data = source.get("media_type"), source.get("data")
    if media_type not in _MAGIC:
        kinds = ", ".join(f"'{kind}'" for kind in _MAGIC)
        refuse(f"{at}.source.base64.media_type: Input should be {kinds}")
    content = _decoded(data, f"{at}.source.base64.data")
    if not content.startswith(_MAGIC[media_type]):
        refuse(f"{at}.source.base64.data: the picture is not of the media type {media_type}")
    return _measured(content, at, count)


def _decoded(data: Any, at: str) -> bytes:
    if not isinstance(data, str) or not data:
        refuse(f"{at}: Field required")
    if len(data) > _MAX_BASE64:
        refuse(f"{at}: image exceeds 10 MB maximum: {len(data)} bytes > {_MAX_BASE64} bytes")
    try:
        return b64decode(data, validate=True)
    except binascii.Error, ValueError:
        refuse(f"{at}: Invalid base64 data")


def _measured(content: bytes, at: str, count: int) -> Picture:
    try:
        with Image.open(BytesIO(content)) as image:
            image.load()
            width, height = image.size
    except UnidentifiedImageError, OSError, Image.DecompressionBombError:
        refuse(f"{at}.source.base64: Could not process image")
    limit = _MAX_SIDE_OF_MANY if count > _MANY else _MAX_SIDE
    if max(width, height) > limit:
        refuse(f"{at}.source.base64.data: At least one of the image dimensions exceeds {limit} pixels")
    return Picture(content, width, height)
