"""Finds the register's window: a dark frame on a lighter face, four straight edges, anywhere in the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from .components import Area, areas
from .geometry import Grey, Points, crossing, robust_line, sample

type Line = tuple[float, float]
type Edge = tuple[float, float, float]
"""Offset, slope, and the share of points on the line."""

_COARSE_SIDE: Final = 560
_LEVELS: Final = (0.3, 0.42, 0.22, 0.54, 0.15, 0.66)
"""Thresholds between the darkest and the brightest of the picture, likeliest first."""
_LEAST_WIDTH: Final = 0.1
_STEEPEST: Final = 0.33
_LEAST_ON_LINE: Final = 0.6
_ASPECTS: Final = (1.5, 7.0)
_LEAST_ROWS: Final = 5
_LEAST_HEIGHT: Final = 24
"""Pixels below which no figure can be told from another."""
_PROFILES: Final = 64


@dataclass(frozen=True, slots=True)
class Window:
    """A window's outer corners in pixels: top left, top right, bottom right, bottom left (4 x 2)."""

    corners: Points

    @property
    def width(self) -> float:
        """Mean length of the upper and lower edges in pixels."""
        top, bottom = self.corners[1] - self.corners[0], self.corners[2] - self.corners[3]
        return float(np.hypot(*top) + np.hypot(*bottom)) / 2

    @property
    def height(self) -> float:
        """Mean length of the left and right edges in pixels."""
        left, right = self.corners[3] - self.corners[0], self.corners[2] - self.corners[1]
        return float(np.hypot(*left) + np.hypot(*right)) / 2


def windows(image: Grey) -> Iterator[Window]:
    """Yield what may be a register's window, likeliest first, each once."""
    factor = max(1, round(max(image.shape) / _COARSE_SIDE))
    coarse = _reduced(image, factor)
    darkest, brightest = np.quantile(coarse, (0.005, 0.995))
    seen: list[Points] = []
    for level in _LEVELS:
        mask = coarse < darkest + level * (brightest - darkest)
        least = int(_LEAST_WIDTH * coarse.shape[1])
        for area in areas(mask, least_width=least, least_height=least // 8):
            corners = _corners(area, coarse.shape)
            if corners is None:
                continue
            corners = _refined(image, (corners + 0.5) * factor - 0.5)
            if Window(corners).height < _LEAST_HEIGHT:
                continue
            if not any(np.abs(corners - other).max() < 0.06 * np.ptp(corners[:, 0]) for other in seen):
                seen.append(corners)
                yield Window(corners)


def _reduced(image: Grey, factor: int) -> Grey:
    rows, columns = (side // factor * factor for side in image.shape)
    blocks = image[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor)
    reduced: Grey = blocks.mean(axis=(1, 3))
    return reduced


def _corners(area: Area, shape: tuple[int, ...]) -> Points | None:
    """Return the corners of an area that is bounded by four straight edges inside the picture."""
    touches = area.left == 0 or area.top == 0 or area.right == shape[1] - 1 or area.bottom == shape[0] - 1
    width, height = area.right - area.left + 1, area.bottom - area.top + 1
    if touches or not 0.6 * _ASPECTS[0] < width / height < 1.2 * _ASPECTS[1]:
        return None
    columns = np.arange(area.left, area.right + 1, dtype=float)
    rows = np.arange(area.top, area.bottom + 1, dtype=float)
    scale = 1.0 + 0.01 * width
    top = robust_line(columns, area.highest - 0.5, scale)
    bottom = robust_line(columns, area.lowest + 0.5, scale)
    # In a turned window the outermost pixels of the first and last rows lie on its upper and lower edges.
    left = _side(rows, area.leftmost - 0.5, (top, bottom), scale)
    right = _side(rows, area.rightmost + 0.5, (top, bottom), scale)
    edges = (top, bottom, left, right)
    if any(abs(slope) > _STEEPEST for _, slope, _ in edges) or min(edge[2] for edge in edges) < _LEAST_ON_LINE:
        return None
    corners = np.array(
        [crossing(h[:2], v[:2]) for h, v in ((top, left), (top, right), (bottom, right), (bottom, left))]
    )
    found = Window(corners)
    return corners if _ASPECTS[0] < found.width / max(found.height, 1e-9) < _ASPECTS[1] else None


def _side(rows: Points, columns: Points, edges: tuple[Edge, Edge], scale: float) -> Edge:
    """Fit a left or right edge to the rows between the upper and the lower edge."""
    upper, lower = (offset + slope * columns for offset, slope, _ in edges)
    margin = 0.08 * (lower - upper)
    between = (rows > upper + margin) & (rows < lower - margin)
    if between.sum() < _LEAST_ROWS:
        return 0.0, 0.0, 0.0
    return robust_line(rows[between], columns[between], scale)


def _refined(image: Grey, corners: Points) -> Points:
    """Return the corners after each edge was put where the picture brightens most, outwards."""
    reach = max(4.0, 0.10 * float(np.hypot(*(corners[3] - corners[0]))))
    lines: list[Line] = []
    for index, vertical in enumerate((False, True, False, True)):
        a, b = corners[index], corners[(index + 1) % 4]
        outward = np.array((b[1] - a[1], a[0] - b[0])) / max(np.hypot(*(b - a)), 1e-9)
        points = a + np.linspace(0.06, 0.94, _PROFILES)[:, None] * (b - a)
        steps = np.arange(-reach, reach + 0.5, 0.5)
        grid = points[:, None, :] + steps[None, :, None] * outward
        profiles = sample(image, grid[..., 0], grid[..., 1])
        moved = points + _brightening(profiles, steps)[:, None] * outward
        along, across = (moved[:, 1], moved[:, 0]) if vertical else (moved[:, 0], moved[:, 1])
        lines.append(robust_line(along, across, 0.6)[:2])
    top, right, bottom, left = lines
    return _crossings(top, right, bottom, left)


def _crossings(top: Line, right: Line, bottom: Line, left: Line) -> Points:
    return np.array([crossing(h, v) for h, v in ((top, left), (top, right), (bottom, right), (bottom, left))])


def _brightening(profiles: Grey, steps: Points) -> Points:
    """Return for each profile where it brightens most, in its steps' unit."""
    smooth = np.apply_along_axis(np.convolve, 1, profiles, np.array((1, 2, 2, 2, 1)) / 8, mode="valid")
    rise = np.maximum(smooth[:, 2:] - smooth[:, :-2], 0)
    at = steps[3:-3]
    weights = rise * (rise > 0.5 * rise.max(axis=1, keepdims=True))
    centre: Points = (weights * at).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return centre
