"""Draws a meter at a value as its camera sees it: a pure function of meter, value, conditions and seed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image

from . import glyphs
from .faces import SCALE, face
from .meters import METERS, Colour, SimulatedMeter
from .optics import Box, Conditions, Levels, Matrix, box_of, expose, homography, project, sense
from .positions import dial_positions, wheel_positions

_CELL: Final = (round(glyphs.CELL_WIDTH * SCALE), round(glyphs.CELL_HEIGHT * SCALE))
_DIAL: Final = 2 * round(glyphs.DIAL_RADIUS * SCALE)
_DIAL_GROUND: Final = (246, 245, 240)
_DIAL_PRINT: Final = (30, 30, 34)
_POINTER: Final = (204, 26, 24)
_DECIMAL_GROUND: Final = (150, 22, 24)
_GHOST: Final = 0.05
"""How much of a display's dark segments shows."""


def picture(meter: SimulatedMeter, value: Decimal, conditions: Conditions | None = None, seed: int = 0) -> Image.Image:
    """Return the camera's picture of a meter."""
    conditions = conditions or Conditions()
    drawn = draw_face(meter, value)
    matrix = homography(drawn.size, meter.mount, conditions)
    plain = Conditions(night=conditions.night)
    if replace(conditions, noise=plain.noise, quality=plain.quality) == plain:
        # Only the register moves; the rest of a picture is the same each time.
        box = _register_box(meter, matrix)
        lit = _still(meter.key, plain).copy()
        lit[box[1] : box[3], box[0] : box[2]] = expose(drawn, matrix, plain, _wall_behind(meter.key), box)
    else:
        lit = expose(drawn, matrix, conditions, _wall_behind(meter.key))
    return sense(lit, matrix, drawn.size, conditions, seed)


def _wall_behind(key: str) -> int:
    """Return the number of the wall a meter hangs on."""
    return list(METERS).index(key)


@lru_cache(maxsize=2 * len(METERS))
def _still(key: str, conditions: Conditions) -> Levels:
    """Return a meter's lit picture without its register."""
    printed = face(key).picture
    return expose(printed, homography(printed.size, METERS[key].mount, conditions), conditions, _wall_behind(key))


def _register_box(meter: SimulatedMeter, matrix: Matrix) -> Box:
    """Return where in the picture drums and dials can be."""
    width, height = glyphs.window_width(meter.cells), glyphs.WINDOW_HEIGHT
    points = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    reach = glyphs.DIAL_RADIUS
    for index in range(meter.dials):
        x, y = glyphs.dial_centre(index, meter.dials, meter.cells)
        points += [(x + across, y + down) for across in (-reach, reach) for down in (-reach, reach)]
    return box_of(project(matrix, (np.array(points) + face(meter.key).window) * SCALE))


def jpeg(meter: SimulatedMeter, value: Decimal, conditions: Conditions | None = None, seed: int = 0) -> bytes:
    """Return the camera's picture of a meter as it sends it."""
    conditions = conditions or Conditions()
    buffer = BytesIO()
    picture(meter, value, conditions, seed).save(buffer, "JPEG", quality=conditions.quality)
    return buffer.getvalue()


def draw_face(meter: SimulatedMeter, value: Decimal) -> Image.Image:
    """Return the meter's face, seen from straight ahead, with its register at the value."""
    printed = face(meter.key)
    image = printed.picture.copy()
    left, top = printed.window
    for index, position in enumerate(wheel_positions(meter, value)):
        x, y = glyphs.cell_centre(index)
        corner = (round((left + x) * SCALE - _CELL[0] / 2), round((top + y) * SCALE - _CELL[1] / 2))
        image.paste(_cell(meter, index, position), corner)
    for index, position in enumerate(dial_positions(meter, value)):
        x, y = glyphs.dial_centre(index, meter.dials, meter.cells)
        _paste_dial(image, ((left + x) * SCALE, (top + y) * SCALE), position)
    return image


def _cell(meter: SimulatedMeter, index: int, position: float) -> Image.Image:
    if meter.lcd:
        ghost = _GHOST * glyphs.display_cell(8, *_CELL)
        return _coloured(
            np.maximum(glyphs.display_cell(int(position), *_CELL), ghost), meter.drum_ground, meter.drum_ink
        )
    ink = glyphs.drum_cell(position, *_CELL)
    decimal = index >= meter.whole_digits
    ground = _DECIMAL_GROUND if decimal else meter.drum_ground
    return _coloured(ink, ground, meter.drum_ink, shade=glyphs.drum_shade(_CELL[1]))


def _coloured(ink: glyphs.Array, ground: Colour, colour: Colour, shade: glyphs.Array | float = 1.0) -> Image.Image:
    low, high = np.array(ground, np.float32), np.array(colour, np.float32)
    pixels = low + ink[:, :, None] * (high - low)
    shaded = pixels * (shade[:, :, None] if isinstance(shade, np.ndarray) else shade)
    return Image.fromarray(shaded.astype(np.uint8))


def _paste_dial(image: Image.Image, centre: tuple[float, float], position: float) -> None:
    face_ink = glyphs.dial_face(_DIAL, clockwise=True)
    pointer = glyphs.dial_pointer(position, _DIAL, clockwise=True)
    pixels = np.array(_DIAL_GROUND, np.float32) + face_ink[:, :, None] * (
        np.array(_DIAL_PRINT, np.float32) - np.array(_DIAL_GROUND, np.float32)
    )
    pixels += pointer[:, :, None] * (np.array(_POINTER, np.float32) - pixels)
    reach = np.hypot(*np.meshgrid(*(np.linspace(-1, 1, _DIAL),) * 2))
    mask = Image.fromarray(((reach <= 1) * 255).astype(np.uint8))
    corner = (round(centre[0] - _DIAL / 2), round(centre[1] - _DIAL / 2))
    image.paste(Image.fromarray(pixels.astype(np.uint8)), corner, mask)
