"""Makes pictures worse, as darkness, light, fog and lenses do."""

from collections.abc import Callable
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

type _Pixels = NDArray[np.float32]
_NOISE: Final = 2.0
_QUALITY: Final = 85
_FOG: Final = 190.0

STRENGTHS: Final = {
    "dark": (0.5, 0.25, 0.12, 0.06, 0.03),
    "white": (1.5, 2.5, 4.0, 6.0, 9.0),
    "fog": (0.5, 0.75, 0.85, 0.92, 0.96),
    "blur": (2.0, 4.0, 6.0, 8.0, 12.0),
}
"""Light left; exposure; share of fog; standard deviation in pixels as they are sent."""


def degraded(picture: Image.Image, kind: str, strength: float) -> Image.Image:
    """Return a worse copy of a prepared picture, with a sensor's noise and encoded again."""
    blurred = picture.filter(ImageFilter.GaussianBlur(strength)) if kind == "blur" else picture
    pixels = _LIGHT[kind](np.asarray(blurred, np.float32), strength)
    pixels = pixels + np.random.default_rng(1).normal(0, _NOISE, pixels.shape)
    buffer = BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=_QUALITY)
    return Image.open(buffer).convert("RGB")


_LIGHT: Final[dict[str, Callable[[_Pixels, float], _Pixels]]] = {
    "dark": lambda pixels, strength: pixels * strength,
    "white": lambda pixels, strength: pixels * strength,
    "fog": lambda pixels, strength: pixels * (1 - strength) + _FOG * strength,
    "blur": lambda pixels, _: pixels,
}
