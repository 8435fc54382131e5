"""The figures that meters and reader have in common: drum figures, display digits, dials and the window around them.

Lengths are in drum widths: 1.0 is the distance from one drum, or display digit, to the next.
All drawings are coverage arrays, rows x columns of float32: 0.0 is ground, 1.0 is ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

type Array = NDArray[np.float32]
type Point = tuple[float, float]

FIGURES: Final = 10
CELL_WIDTH: Final = 0.82
"""Visible width of a drum; the rest of the pitch is the gap between two drums."""
CELL_HEIGHT: Final = 1.30
BEZEL: Final = 0.30
"""Width of the dark frame around the drums or the display."""
WINDOW_HEIGHT: Final = CELL_HEIGHT + 2 * BEZEL
FIGURE_HEIGHT: Final = 0.86
FIGURE_WIDTH: Final = 0.54
FIGURE_PITCH: Final = 1.15
"""Distance on the drum's surface from one figure to the next."""
SEGMENT_HEIGHT: Final = 1.0
SEGMENT_WIDTH: Final = 0.54
DIAL_RADIUS: Final = 1.0
DIAL_NUMBERS: Final = 0.76
POINTER_LENGTH: Final = 0.60
POINTER_TAIL: Final = 0.20

_INK: Final = 0.13
_MASTER: Final = 96
_DRUM_RADIUS: Final = FIGURE_PITCH * FIGURES / math.tau
_SEGMENTS: Final = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
_SEGMENT_INK: Final = 0.115


def window_width(cells: int) -> float:
    """Return the outer width of a window with that many drums or digits."""
    return cells - 1 + CELL_WIDTH + 2 * BEZEL


def cell_centre(index: int) -> Point:
    """Return a cell's centre from the outer top left corner of its window."""
    return BEZEL + CELL_WIDTH / 2 + index, WINDOW_HEIGHT / 2


def dial_centre(index: int, dials: int, cells: int) -> Point:
    """Return a dial's centre from the outer top left corner of the window above it; the row sags in the middle."""
    across = index - (dials - 1) / 2
    sag = 0.75 * (1 - (2 * across / max(dials - 1, 1)) ** 2)
    return window_width(cells) / 2 + 2.25 * across, WINDOW_HEIGHT + 1.25 + sag


def _arc(centre: Point, radii: Point, start: float, stop: float) -> list[Point]:
    angles = np.radians(np.linspace(start, stop, 24))
    return [(centre[0] + radii[0] * math.cos(a), centre[1] + radii[1] * math.sin(a)) for a in angles]


def _strokes() -> tuple[list[list[Point]], ...]:
    """Return the strokes of the figures in a box one wide and one high; angles grow clockwise from the right."""
    six = [_arc((0.78, 0.62), (0.76, 0.62), 262, 180), _arc((0.5, 0.68), (0.48, 0.32), 0, 360)]
    return (
        [_arc((0.5, 0.5), (0.46, 0.5), 0, 360)],
        [[(0.16, 0.24), (0.58, 0.0), (0.58, 1.0)]],
        [[*_arc((0.5, 0.29), (0.44, 0.29), 190, 385), (0.04, 1.0), (0.97, 1.0)]],
        [[(0.08, 0.0), (0.9, 0.0), (0.46, 0.4), *_arc((0.46, 0.7), (0.48, 0.3), -90, 150)]],
        [[(0.7, 1.0), (0.7, 0.0), (0.0, 0.7), (1.0, 0.7)]],
        [[(0.88, 0.0), (0.18, 0.0), (0.12, 0.46), *_arc((0.46, 0.68), (0.48, 0.32), -120, 150)]],
        six,
        [[(0.04, 0.0), (0.96, 0.0), (0.36, 1.0)]],
        [_arc((0.5, 0.245), (0.4, 0.245), 0, 360), _arc((0.5, 0.74), (0.47, 0.26), 0, 360)],
        [[(1 - x, 1 - y) for x, y in stroke] for stroke in six],
    )


def _draw_strokes(strokes: Sequence[Sequence[Point]], box: Point, size: Point, ink: float) -> Array:
    """Draw strokes, given in a box of that size in drum widths, centred on a canvas of `size` drum widths."""
    scale = 3 * _MASTER
    image = Image.new("L", (round(size[0] * scale), round(size[1] * scale)))
    draw = ImageDraw.Draw(image)
    width, radius = round(ink * scale), ink * scale / 2
    inner = (box[0] - ink, box[1] - ink)
    for stroke in strokes:
        points = [
            ((size[0] / 2 + (x - 0.5) * inner[0]) * scale, (size[1] / 2 + (y - 0.5) * inner[1]) * scale)
            for x, y in stroke
        ]
        for a, b in pairwise(points):
            draw.line((a, b), fill=255, width=width)
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(image.reduce(3), dtype=np.float32) / 255


@lru_cache(maxsize=1)
def _strip() -> Array:
    """Return the unrolled drum, 0 to 9 downwards and 0 to 9 again, so that any window of it is one slice."""
    figures = [_draw_strokes(s, (FIGURE_WIDTH, FIGURE_HEIGHT), (CELL_WIDTH, FIGURE_PITCH), _INK) for s in _strokes()]
    return np.concatenate(figures + figures)


def _resample(image: Array, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Array:
    """Return the image at fractional rows and columns (a grid), each averaged over its pixel's extent."""
    return _resample_rows(_resample_rows(image, rows).T, columns).T


def _resample_rows(image: Array, rows: NDArray[np.float64]) -> Array:
    total = np.concatenate([np.zeros((1, image.shape[1]), np.float32), np.cumsum(image, axis=0, dtype=np.float32)])
    centres = rows + 0.5
    half = np.maximum(np.gradient(centres) / 2, 0.5)[:, None]
    upper = _lookup(total, centres + half[:, 0])
    lower = _lookup(total, centres - half[:, 0])
    return ((upper - lower) / (2 * half)).astype(np.float32)


def _lookup(total: Array, rows: NDArray[np.float64]) -> Array:
    rows = np.clip(rows, 0, len(total) - 1.001)
    whole = rows.astype(int)
    part = (rows - whole)[:, None].astype(np.float32)
    return total[whole] * (1 - part) + total[whole + 1] * part


def drum_cell(position: float, width: int, height: int) -> Array:
    """Return what a drum at that position (0.0 <= position < 10.0) shows in its cell, `height` x `width`.

    A drum turns upwards: at n.5 the lower half of figure n leaves at the top, and n+1 comes from below.
    """
    y = (np.arange(height) + 0.5) / height * CELL_HEIGHT - CELL_HEIGHT / 2
    surface = _DRUM_RADIUS * np.arcsin(y / _DRUM_RADIUS) / FIGURE_PITCH
    figures = position % FIGURES + 0.5 + surface
    rows = (figures % FIGURES if figures[0] >= 0 else figures + FIGURES) * FIGURE_PITCH * _MASTER
    rows = np.unwrap(rows, period=FIGURES * FIGURE_PITCH * _MASTER) - 0.5
    columns = (np.arange(width) + 0.5) / width * CELL_WIDTH * _MASTER - 0.5
    return _resample(_strip(), rows, columns)


def drum_shade(height: int) -> Array:
    """Return how much light a drum gives back in each row of its cell: less towards both edges of the window."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    return 1.0 - 0.32 * y * y


@lru_cache(maxsize=FIGURES)
def _segments(figure: int) -> Array:
    ends: dict[str, tuple[Point, Point]] = {
        "a": ((0.06, 0), (0.94, 0)),
        "b": ((1, 0.04), (1, 0.46)),
        "c": ((1, 0.54), (1, 0.96)),
        "d": ((0.06, 1), (0.94, 1)),
        "e": ((0, 0.54), (0, 0.96)),
        "f": ((0, 0.04), (0, 0.46)),
        "g": ((0.06, 0.5), (0.94, 0.5)),
    }
    strokes = [list(ends[name]) for name in _SEGMENTS[figure]]
    # Round ends touch; real segments leave slits, which a camera never resolves.
    return _draw_strokes(strokes, (SEGMENT_WIDTH, SEGMENT_HEIGHT), (CELL_WIDTH, CELL_HEIGHT), _SEGMENT_INK)


def display_cell(figure: int, width: int, height: int) -> Array:
    """Return a seven-segment figure in its cell, `height` x `width`."""
    rows = (np.arange(height) + 0.5) / height * CELL_HEIGHT * _MASTER - 0.5
    columns = (np.arange(width) + 0.5) / width * CELL_WIDTH * _MASTER - 0.5
    return _resample(_segments(figure), rows, columns)


@lru_cache(maxsize=32)
def dial_face(size: int, *, clockwise: bool) -> Array:
    """Return a dial without pointer, `size` x `size` for the square around it: rim, ticks and figures."""
    scale = 3
    side = size * scale
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    centre, radius = side / 2, side / 2
    rim = max(1, round(0.07 * radius))
    draw.ellipse((0, 0, side - 1, side - 1), outline=255, width=rim)
    font = ImageFont.load_default(0.30 * radius)
    for figure in range(FIGURES):
        x, y = _direction(figure, clockwise=clockwise)
        draw.text(
            (centre + x * DIAL_NUMBERS * radius, centre + y * DIAL_NUMBERS * radius),
            str(figure),
            255,
            font,
            anchor="mm",
        )
    return np.asarray(image.reduce(scale), dtype=np.float32) / 255


def dial_pointer(position: float, size: int, *, clockwise: bool) -> Array:
    """Return a dial's pointer at that position (0.0 <= position < 10.0), `size` x `size`."""
    scale = 3
    side = size * scale
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    x, y = _direction(position, clockwise=clockwise)
    centre, radius = side / 2, side / 2
    tip = (centre + x * POINTER_LENGTH * radius, centre + y * POINTER_LENGTH * radius)
    tail = (centre - x * POINTER_TAIL * radius, centre - y * POINTER_TAIL * radius)
    half = 0.13 * radius
    outline = (tip, (tail[0] - y * half, tail[1] + x * half), (tail[0] + y * half, tail[1] - x * half))
    draw.polygon(outline, fill=255)
    hub = 0.17 * radius
    draw.ellipse((centre - hub, centre - hub, centre + hub, centre + hub), fill=255)
    return np.asarray(image.reduce(scale), dtype=np.float32) / 255


def _direction(position: float, *, clockwise: bool) -> Point:
    """Return the unit vector, x right and y down, from a dial's centre to a position; 0 is at the top."""
    angle = math.tau * position / FIGURES * (1 if clockwise else -1)
    return math.sin(angle), -math.cos(angle)
