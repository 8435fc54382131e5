"""Straight lines, homographies and sampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Grey = NDArray[np.float32]
type Points = NDArray[np.float64]


def robust_line(along: Points, across: Points, scale: float) -> tuple[float, float, float]:
    """Fit across = offset + slope * along; return both and the share of points within `scale` of the line."""
    weights = np.ones(len(along))
    offset = slope = 0.0
    for _ in range(12):
        slope, offset = np.polyfit(along, across, 1, w=np.sqrt(weights))
        away = np.abs(across - offset - slope * along) / scale
        weights = 1 / (1 + away**2)
    return float(offset), float(slope), float(np.mean(np.abs(across - offset - slope * along) < scale))


def crossing(horizontal: tuple[float, float], vertical: tuple[float, float]) -> tuple[float, float]:
    """Return where y = a + b x meets x = c + d y."""
    (a, b), (c, d) = horizontal, vertical
    x = (c + d * a) / (1 - b * d)
    return x, a + b * x


def homography(source: Points, target: Points) -> Points:
    """Return the 3 x 3 matrix that maps four points to four others."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    solved = np.linalg.solve(np.array(rows), np.array(right))
    return np.append(solved, 1.0).reshape(3, 3)


def project(matrix: Points, x: Points, y: Points) -> tuple[Points, Points]:
    """Return coordinates under a homography."""
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    return (
        (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth,
        (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth,
    )


def sample(image: Grey, x: Points, y: Points) -> Grey:
    """Return the image at fractional pixels; beyond its edge the edge continues."""
    x = np.clip(x, 0, image.shape[1] - 1.001)
    y = np.clip(y, 0, image.shape[0] - 1.001)
    column, row = x.astype(int), y.astype(int)
    right, down = (x - column).astype(np.float32), (y - row).astype(np.float32)
    upper = image[row, column] * (1 - right) + image[row, column + 1] * right
    lower = image[row + 1, column] * (1 - right) + image[row + 1, column + 1] * right
    result: Grey = upper * (1 - down) + lower * down
    return result
