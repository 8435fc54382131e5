"""Free checks on the pixels of a register before anything is paid for."""

from __future__ import annotations

from enum import StrEnum
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .models import Box, Outline, Quality

# Chosen on real photos, see docs/architecture.md.
LEAST_CONTRAST: Final = 5.0
"""Grey levels of 256 between the dark and the light parts around a digit: a model still reads what eyes hardly see."""
LEAST_CONTRAST_TO_NOISE: Final = 6.0
"""Noise alone shows a contrast of four times its deviation."""
LEAST_SHARPNESS: Final = 0.14
"""The share of that contrast which the sharpest edges cross within two of the reduced pixels."""
_DARK: Final = 70.0
_LIGHT: Final = 185.0
"""Mean grey levels below and above which a lack of contrast is one of light."""

_REDUCTION: Final = 3
_CELL: Final = 24
"""Side of the squares that are looked at one by one, in reduced pixels: about as large as a digit."""
_BEST: Final = 4
"""One in so many squares counts, those with the most contrast: most of a register is empty."""
_FEWEST: Final = 3
_EXTREMES: Final = (2, 98)
_FULL: Final = 255
_FAINTEST: Final = 8.0
"""Contrast below which an edge is noise."""
_DEVIATION: Final = 1.4826 / 20**0.5
"""From the median of the absolute second differences to the standard deviation of noise."""

type _Grey = NDArray[np.float32]
type _Mask = NDArray[np.bool_]


class Refusal(StrEnum):
    """Why a picture is not worth being read."""

    BLACK = "black"
    WASHED_OUT = "washed_out"
    FOGGED = "fogged"
    BLURRED = "blurred"


def refusal(quality: Quality) -> Refusal | None:
    """Return why no reader could read a register of this quality, None if one might."""
    if quality.contrast < _least_contrast(quality):
        if quality.brightness < _DARK:
            return Refusal.BLACK
        return Refusal.WASHED_OUT if quality.brightness > _LIGHT else Refusal.FOGGED
    if quality.sharpness is not None and quality.sharpness < LEAST_SHARPNESS:
        return Refusal.BLURRED
    return None


def needed(quality: Quality) -> dict[str, str]:
    """Return what was found and what would be enough, as texts for a message."""
    return {
        "contrast": f"{quality.contrast:.0f}",
        "least_contrast": f"{math.ceil(_least_contrast(quality))}",
        "sharpness": "?" if quality.sharpness is None else f"{quality.sharpness:.2f}",
        "least_sharpness": f"{LEAST_SHARPNESS:.2f}",
    }


def _least_contrast(quality: Quality) -> float:
    return max(LEAST_CONTRAST, LEAST_CONTRAST_TO_NOISE * quality.noise)


def measure(picture: Image.Image, box: Box, outline: Outline | None = None) -> Quality:
    """Return the quality of the part of a prepared picture, in grey, that shows the register.

    Outside of `outline` there is nothing but the black of a picture that was turned.
    """
    place = _place(picture, box)
    grey = np.asarray(picture.reduce(_REDUCTION, place), np.float32)
    seen = np.ones_like(grey, np.bool_) if outline is None else _seen(picture.size, place, outline)
    brightness, noise = round(float(grey[seen].mean()), 1), round(_noise(grey, seen), 2)
    if min(grey.shape) <= _CELL:
        low, high = np.percentile(grey, _EXTREMES)
        return Quality(brightness=brightness, contrast=round(float(high - low), 1), noise=noise, sharpness=None)
    steps = np.hypot(grey[:-1, 1:] - grey[:-1, :-1], grey[1:, :-1] - grey[:-1, :-1])
    whole = _whole_cells(seen[:-1, :-1])
    low, high = np.percentile(_cells(grey[:-1, :-1])[whole], _EXTREMES, axis=1)
    steepest = np.percentile(_cells(steps)[whole], _EXTREMES[1], axis=1)
    contrast = high - low
    best = np.argsort(-contrast)[: max(_FEWEST, len(contrast) // _BEST)]
    sharpness = steepest[best] / np.maximum(contrast[best], _FAINTEST)
    return Quality(
        brightness=brightness,
        contrast=round(float(np.median(contrast[best])), 1),
        noise=noise,
        sharpness=round(float(np.median(sharpness)), 3),
    )


def _place(picture: Image.Image, box: Box) -> Box:
    """Return where the register is, with as much around it as a square needs."""
    least = (_CELL + 1) * _REDUCTION
    left, right = _widened(box[0], box[2], least, picture.width)
    top, bottom = _widened(box[1], box[3], least, picture.height)
    return left, top, right, bottom


def _widened(start: int, end: int, least: int, most: int) -> tuple[int, int]:
    missing = max(0, least - (end - start))
    start = max(0, min(start - missing // 2, most - least))
    return start, min(most, max(end, start + least))


def _seen(size: tuple[int, int], place: Box, outline: Outline) -> _Mask:
    """Return which of the reduced pixels the camera saw; all of them where it saw too little to tell anything."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon(outline, fill=_FULL)
    seen: _Mask = np.asarray(mask.reduce(_REDUCTION, place)) == _FULL
    enough = _whole_cells(seen[:-1, :-1]).sum() >= _FEWEST
    return seen if enough else np.ones_like(seen)


def _whole_cells(seen: _Mask) -> _Mask:
    whole: _Mask = np.logical_and.reduce(_cells(seen), axis=1)
    return whole


def _noise(grey: _Grey, seen: _Mask) -> float:
    """Return the standard deviation of the noise; most pixels of a register are on even ground."""
    middle = grey[1:-1, 1:-1]
    bent = 4 * middle - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(np.median(np.abs(bent[seen[1:-1, 1:-1]]))) * _DEVIATION


def _cells[Pixel: np.generic](pixels: NDArray[Pixel]) -> NDArray[Pixel]:
    """Return the pixels square by square."""
    high, wide = (side // _CELL for side in pixels.shape)
    whole = pixels[: high * _CELL, : wide * _CELL]
    return whole.reshape(high, _CELL, wide, _CELL).swapaxes(1, 2).reshape(high * wide, _CELL * _CELL)
