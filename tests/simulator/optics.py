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

PICTURE: Final = (1920, 1080)
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


def photograph(face: Image.Image, matrix: Matrix, conditions: Conditions, seed: int) -> Image.Image:
    """Return the picture of an RGBA face on the wall behind it."""
    inverse = np.linalg.inv(matrix)
    inverse /= inverse[2, 2]
    coefficients = tuple(inverse.ravel()[:8])
    seen = face.transform(PICTURE, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    picture = _wall(seed).copy()
    picture.paste(seen, (0, 0), seen)
    if conditions.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(conditions.blur))
    pixels = np.asarray(picture, dtype=np.float32)
    if conditions.night:
        pixels = _infrared(pixels)
    pixels = pixels * (_light(night=conditions.night) * conditions.brightness)
    if conditions.glare:
        at = np.multiply(conditions.glare_at, face.size)[None]
        pixels = pixels + _glare(tuple(project(matrix, at)[0]), conditions.glare)
    noise = conditions.noise + (4.0 if conditions.night else 0.0)
    if noise:
        pixels = pixels + noise * _noise(seed)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@lru_cache(maxsize=8)
def _wall(seed: int) -> Image.Image:
    """Return a wall: plaster in light and shade, and a pipe."""
    rng = np.random.default_rng(seed % 4)
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


def _glare(at: tuple[float, float], strength: float) -> Pixels:
    x = (np.arange(PICTURE[0], dtype=np.float32) - at[0]) / 120
    y = (np.arange(PICTURE[1], dtype=np.float32) - at[1]) / 90
    spot = np.exp(-(y[:, None] ** 2)) * np.exp(-(x[None] ** 2))
    return (320 * strength * spot)[:, :, None]


@lru_cache(maxsize=1)
def _tile() -> Pixels:
    return np.random.default_rng(7).standard_normal((_TILE, _TILE, 3)).astype(np.float32)


def _noise(seed: int) -> Pixels:
    """Return standard noise of the picture's size: one tile, moved about by the seed."""
    rng = np.random.default_rng(seed)
    rows = (np.arange(PICTURE[1]) + rng.integers(_TILE)) % _TILE
    columns = (np.arange(PICTURE[0]) + rng.integers(_TILE)) % _TILE
    return _tile()[rows[:, None], columns[None, :]]
