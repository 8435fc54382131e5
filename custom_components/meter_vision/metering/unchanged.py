"""Whether two pictures of a register show the same positions: then the later one need not be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .models import Box, Signature

MOST_CHANGE: Final = 0.45
"""The largest difference, in units of the local contrast, that light and noise make; see docs/architecture.md."""
LEAST_CONTRAST: Final = 40.0
"""Grey levels around a digit below which a small movement could drown in noise, so that the picture is read."""
MOST_IN_A_ROW: Final = 24
LONGEST_UNREAD: Final = timedelta(hours=6)
"""Half of the time after which an accepted reading counts as settled: no mistake grows old on pictures alone."""

_REDUCTION: Final = 2
_MOST_PIXELS: Final = 200_000
_NEIGHBOURHOOD: Final = 25
"""Side of the square whose mean and contrast a pixel is compared with, in pixels of a signature."""
_SPOT: Final = 5
"""Side of the square over which a difference has to hold: noise does not, a moved pointer or digit does."""
_FAINT: Final = 12.0
"""Grey levels of contrast below which an even surface would be blown up to noise."""

type _Grey = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The register as the latest picture showed it that was read and accepted; never one that was only compared."""

    signature: Signature
    read_at: datetime
    compared: int = 0
    """How many pictures have been found to show the same since."""

    def may_stand_for(self, time: datetime) -> bool:
        """Return whether a picture of that time may still be compared instead of read."""
        return self.compared < MOST_IN_A_ROW and timedelta() <= time - self.read_at < LONGEST_UNREAD

    def counted(self) -> Reference:
        """Return the reference after one more picture showed the same."""
        return replace(self, compared=self.compared + 1)


def signature(picture: Image.Image, box: Box) -> Signature:
    """Return what is kept of a prepared picture, in grey, to compare the next one with: its register, reduced."""
    reduction = _REDUCTION
    while (box[2] - box[0]) * (box[3] - box[1]) > _MOST_PIXELS * reduction * reduction:
        reduction += 1
    grey = picture.reduce(reduction, box)
    return Signature(width=grey.width, pixels=grey.tobytes())


def change(before: Signature, after: Signature) -> float:
    """Return the largest difference between two pictures of a register, 2 and more where a position has moved on.

    Every pixel is measured against its neighbourhood first, so that neither brightness, contrast nor a soft shadow
    count. A camera that has moved by a pixel makes a difference everywhere, and is read.
    """
    if (before.width, len(before.pixels)) != (after.width, len(after.pixels)):
        return float("inf")
    difference = _normalised(before) - _normalised(after)
    return round(float(np.abs(_means(difference, _SPOT)).max()), 3)


def _normalised(kept: Signature) -> _Grey:
    grey = np.frombuffer(kept.pixels, np.uint8).reshape(-1, kept.width).astype(np.float64)
    mean = _means(grey, _NEIGHBOURHOOD)
    variance = np.maximum(0, _means(grey * grey, _NEIGHBOURHOOD) - mean * mean)
    result: _Grey = (grey - mean) / np.sqrt(variance + _FAINT * _FAINT)
    return result


def _means(pixels: _Grey, side: int) -> _Grey:
    """Return the mean of the square around each pixel."""
    around = side // 2
    sums = np.pad(pixels, ((around + 1, around), (around + 1, around)), mode="edge").cumsum(0).cumsum(1)
    result: _Grey = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return result / (side * side)
