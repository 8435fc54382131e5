"""What lies between a face and its picture: where the camera is, the light, the lens and the sensor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .meters import Mount

type Matrix = NDArray[np.float64]
type Pixels = NDArray[np.float32]
type Levels = NDArray[np.int16]
type Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the picture."""

PICTURE: Final = (1920, 1080)
WHOLE: Final = (0, 0, *PICTURE)
_BRIGHTEST: Final = 1023
"""What the sensor can tell from still brighter, in grey levels of 256."""
_DISTANCE: Final = 2.6
"""Camera to face, in face heights: close enough for perspective to show."""
_TILE: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The circumstances of one picture, on top of the camera's mount."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    """Degrees."""
    blur: float = 0.0
    """Standard deviation of the lens' blur in pixels."""
    noise: float = 3.0
    """Standard deviation of the sensor's noise in grey levels of 256."""
    glare: float = 0.0
    """Strength of a reflection, 1.0 saturates its middle."""
    glare_at: tuple[float, float] = (0.55, 0.42)
    """Where it is, as fractions of the face."""
    night: bool = False
    """Infrared light: grey, brightest in the middle, noisy."""
    brightness: float = 1.0
    quality: int = 88


def homography(face: tuple[int, int], mount: Mount, conditions: Conditions) -> Matrix:
    """Return the 3 x 3 matrix that maps a face's pixels to the picture's."""
    width, height = face
    yaw = math.radians(mount.yaw + conditions.yaw)
    pitch = math.radians(mount.pitch + conditions.pitch)
    roll = -math.radians(mount.roll + conditions.roll)
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    pose = about_x @ about_y
    plane = np.column_stack((pose[:, 0], pose[:, 1], (mount.across, mount.down, _DISTANCE)))
    focal = mount.fill * PICTURE[1] * _DISTANCE
    lens = np.array([[focal, 0, 0], [0, focal, 0], [0, 0, 1.0]])
    centring = np.array([[1 / height, 0, -width / 2 / height], [0, 1 / height, -0.5], [0, 0, 1]])
    middle = np.array([[1, 0, PICTURE[0] / 2], [0, 1, PICTURE[1] / 2], [0, 0, 1.0]])
    matrix: Matrix = middle @ about_z @ lens @ plane @ centring
    return matrix / matrix[2, 2]


def project(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (n x 2) under a homography."""
    mapped = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    result: NDArray[np.float64] = mapped[:, :2] / mapped[:, 2:]
    return result


def expose(face: Image.Image, matrix: Matrix, conditions: Conditions, wall: int, box: Box = WHOLE) -> Levels:
    """Return the lit pixels of an RGBA face on a wall (by number), inside a box of the picture."""
    left, top, right, bottom = box
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
    inverse = np.linalg.inv(shift @ matrix)
    inverse /= inverse[2, 2]
    coefficients = tuple(inverse.ravel()[:8])
    size = (right - left, bottom - top)
    seen = face.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    picture = _wall(wall).crop(box)
    picture.paste(seen, (0, 0), seen)
    if conditions.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(conditions.blur))
    pixels = np.asarray(picture, dtype=np.float32)
    if conditions.night:
        pixels = _infrared(pixels)
    light = _light(night=conditions.night)
    pixels = pixels * (light[top:bottom, left:right] * conditions.brightness)
    return np.clip(pixels, 0, _BRIGHTEST).astype(np.int16)


def sense(levels: Levels, matrix: Matrix, face: tuple[int, int], conditions: Conditions, seed: int) -> Image.Image:
    """Return the picture that the sensor makes of lit pixels: with the lamp's reflection, noise, and 8 bits."""
    if conditions.glare:
        at = np.multiply(conditions.glare_at, face)[None]
        levels = levels + _glare(tuple(project(matrix, at)[0]), conditions.glare)
    noise = conditions.noise + (4.0 if conditions.night else 0.0)
    if noise:
        levels = levels + _noise(seed, noise)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def box_of(corners: NDArray[np.float64]) -> Box:
    """Return the whole pixels of the picture around some points (n x 2), with a little room."""
    room = 3
    left, top = np.floor(corners.min(axis=0)).astype(int) - room
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + room
    return max(0, int(left)), max(0, int(top)), min(PICTURE[0], int(right)), min(PICTURE[1], int(bottom))


@lru_cache(maxsize=8)
def _wall(number: int) -> Image.Image:
    """Return a wall: plaster in light and shade."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray((rng.random((9, 16)) * 255).astype(np.uint8)).resize(PICTURE, Image.Resampling.BICUBIC)
    fine = Image.fromarray((rng.random((135, 240)) * 255).astype(np.uint8)).resize(PICTURE, Image.Resampling.BICUBIC)
    shade = 78 + 0.12 * np.asarray(coarse, np.float32) + 0.06 * np.asarray(fine, np.float32)
    tint = np.array((1.0, 0.98, 0.93), np.float32)
    return Image.fromarray((shade[:, :, None] * tint).astype(np.uint8))


@lru_cache(maxsize=2)
def _light(*, night: bool) -> Pixels:
    """Return the light on each pixel: a lamp to the upper left by day, the camera's own lamp by night."""
    x = np.linspace(-1, 1, PICTURE[0], dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, PICTURE[1], dtype=np.float32)[:, None, None]
    return 1.05 - 0.45 * (x * x + y * y) if night else 0.97 - 0.06 * x - 0.05 * y


def _infrared(pixels: Pixels) -> Pixels:
    """Return grey pixels: infrared sees red paint lighter and contrast lower than the eye does."""
    grey = pixels @ np.array((0.42, 0.4, 0.18), np.float32)
    return (18 + 0.8 * grey)[:, :, None].repeat(3, axis=2)


def _glare(at: tuple[float, float], strength: float) -> Levels:
    x = (np.arange(PICTURE[0], dtype=np.float32) - at[0]) / 120
    y = (np.arange(PICTURE[1], dtype=np.float32) - at[1]) / 90
    spot = np.exp(-(y[:, None] ** 2)) * np.exp(-(x[None] ** 2))
    return (320 * strength * spot)[:, :, None].astype(np.int16)


@lru_cache(maxsize=8)
def _tiles(level: float) -> Levels:
    """Return noise of that standard deviation for a picture wherever in a tile it begins."""
    tile = np.random.default_rng(7).standard_normal((_TILE, _TILE, 3)).astype(np.float32) * level
    high, wide = (-(-side // _TILE) + 1 for side in (PICTURE[1], PICTURE[0]))
    return np.tile(np.rint(tile).astype(np.int16), (high, wide, 1))


def _noise(seed: int, level: float) -> Levels:
    """Return noise of the picture's size: one tile, moved about by the seed."""
    down, across = np.random.default_rng(seed).integers(_TILE, size=2)
    noise: Levels = _tiles(level)[down : down + PICTURE[1], across : across + PICTURE[0]]
    return noise
