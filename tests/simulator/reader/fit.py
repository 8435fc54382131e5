"""Fits glyphs to patches: which position, drawn, looks most like the pixels?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.simulator import glyphs

from .geometry import Grey

CELL: Final = (24, 38)
"""Width and height of a cell's patch in pixels."""
SLACK: Final = 3
"""Pixels a patch is wider on each side, to slide the glyph in."""
DIAL: Final = 52
DIAL_SLACK: Final = 6
_TRIM: Final = 2
"""Pixels left out at each edge of a cell, where the lens mixes it with its frame."""
_WHEEL_STEPS: Final = 250
"""Drum positions drawn, fine enough that a figure moves about one pixel from one to the next."""
_DIAL_STEPS: Final = 100
_BLURS: Final = (0.7, 1.4, 2.4)
_INNER: Final = 0.62
"""Radius within which only the pointer is seen, of the dial's radius."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The best position, how well it fits (1.0: perfectly) and how much better than any other figure."""

    position: float
    score: float
    lead: float


@dataclass(frozen=True, slots=True)
class _Bank:
    """Drawn glyphs as unit vectors without what light does to a patch."""

    vectors: Grey
    """Glyphs x pixels."""
    positions: Grey
    """The position each of them shows."""
    nuisance: Grey
    """Orthonormal basis of brightness and its gradients, pixels x few."""


def _gaussian(image: Grey, sigma: float) -> Grey:
    """Return an image blurred; beyond its edge the edge continues."""
    height, width = image.shape
    blurred: Grey = _blurring(height, sigma) @ image @ _blurring(width, sigma).T
    return blurred


@lru_cache(maxsize=16)
def _blurring(size: int, sigma: float) -> Grey:
    """Return the matrix that blurs a column of that size."""
    reach = int(3 * sigma) + 1
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    matrix = np.zeros((size, size))
    for row in range(size):
        np.add.at(matrix[row], np.clip(row + offsets, 0, size - 1), kernel / kernel.sum())
    return matrix.astype(np.float32)


def _nuisance(width: int, height: int) -> Grey:
    x = np.broadcast_to(np.linspace(-1, 1, width), (height, width)).ravel()
    y = np.broadcast_to(np.linspace(-1, 1, height)[:, None], (height, width)).ravel()
    basis, _ = np.linalg.qr(np.column_stack((np.ones_like(x), x, y, y * y)))
    return basis.astype(np.float32)


def _normalised(vectors: Grey, nuisance: Grey) -> Grey:
    clean = vectors - (vectors @ nuisance) @ nuisance.T
    result: Grey = clean / np.maximum(np.linalg.norm(clean, axis=1, keepdims=True), 1e-6)
    return result


def _trimmed(cells: Grey) -> Grey:
    return cells[..., _TRIM:-_TRIM, _TRIM:-_TRIM]


def _bank(drawn: list[tuple[float, Grey]]) -> _Bank:
    height, width = _trimmed(drawn[0][1]).shape
    nuisance = _nuisance(width, height)
    blurred = [(position, _trimmed(_gaussian(image, sigma))) for sigma in _BLURS for position, image in drawn]
    vectors = np.stack([image.ravel() for _, image in blurred])
    return _Bank(_normalised(vectors, nuisance), np.array([p for p, _ in blurred], np.float32), nuisance)


@lru_cache(maxsize=2)
def _wheel_bank(*, display: bool) -> _Bank:
    if display:
        return _bank([(float(figure), glyphs.display_cell(figure, *CELL)) for figure in range(glyphs.FIGURES)])
    shade = glyphs.drum_shade(CELL[1])
    positions = np.arange(_WHEEL_STEPS) * (glyphs.FIGURES / _WHEEL_STEPS)
    return _bank([(float(p), shade * glyphs.drum_cell(float(p), *CELL)) for p in positions])


def fit_wheels(patches: Grey, *, display: bool) -> list[Fit]:
    """Return the fit of every cell; patches are cells x height x (width + 2 * SLACK)."""
    bank = _wheel_bank(display=display)
    shifts = [_trimmed(patches[:, :, shift : shift + CELL[0]]) for shift in range(2 * SLACK + 1)]
    vectors = _normalised(np.stack(shifts, axis=1).reshape(-1, bank.vectors.shape[1]), bank.nuisance)
    scores = np.abs(vectors @ bank.vectors.T).reshape(len(patches), -1, len(bank.positions))
    return [_best(cell, bank.positions, cyclic=not display) for cell in scores.max(axis=1)]


def _best(scores: Grey, positions: Grey, *, cyclic: bool) -> Fit:
    """Return the best of scores, one for each position in the bank; positions occur once for each blur."""
    distinct = np.unique(positions)
    by_position = scores.reshape(-1, len(distinct)).max(axis=0)
    best = int(by_position.argmax())
    away = np.abs(distinct - distinct[best])
    others = by_position[np.minimum(away, glyphs.FIGURES - away) >= 1.0 - 1e-6]
    lead = float(by_position[best] - others.max())
    shift = _peak(by_position, best) if cyclic else 0.0
    step = float(distinct[1] - distinct[0])
    return Fit((float(distinct[best]) + shift * step) % glyphs.FIGURES, float(by_position[best]), lead)


def _peak(scores: Grey, best: int) -> float:
    """Return where between its neighbours a cyclic maximum is, -0.5 to 0.5 steps."""
    before, at, after = (float(scores[(best + step) % len(scores)]) for step in (-1, 0, 1))
    bend = before - 2 * at + after
    return 0.0 if bend > -1e-9 else max(-0.5, min(0.5, 0.5 * (before - after) / bend))


@lru_cache(maxsize=1)
def _rings() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the masks of a dial's pointer disc and of the printed ring around it."""
    reach = np.hypot(*np.meshgrid(*(np.linspace(-1, 1, DIAL),) * 2))
    return reach < _INNER, (reach >= _INNER) & (reach <= 1.0)


@lru_cache(maxsize=2)
def _dial_banks(*, clockwise: bool) -> tuple[Grey, Grey]:
    """Return the unit vectors of the ring (one) and of the pointer (positions x pixels)."""
    inner, ring = _rings()
    face = _gaussian(glyphs.dial_face(DIAL, clockwise=clockwise), 0.8)[ring]
    pointers = np.stack(
        [_gaussian(glyphs.dial_pointer(s / 10, DIAL, clockwise=clockwise), 0.8)[inner] for s in range(_DIAL_STEPS)]
    )
    return _unit(face[None]), _unit(pointers)


def _unit(vectors: Grey) -> Grey:
    clean = vectors - vectors.mean(axis=-1, keepdims=True)
    result: Grey = clean / np.maximum(np.linalg.norm(clean, axis=-1, keepdims=True), 1e-6)
    return result


def fit_dial(patch: Grey, *, clockwise: bool) -> tuple[Fit, float]:
    """Return the pointer's fit and how well the printed ring fits; the patch is DIAL + 2 * DIAL_SLACK square."""
    inner, ring = _rings()
    face, pointers = _dial_banks(clockwise=clockwise)
    shifted = np.lib.stride_tricks.sliding_window_view(-patch, (DIAL, DIAL)).reshape(-1, DIAL, DIAL)
    ring_scores = (_unit(shifted[:, ring]) @ face.T)[:, 0]
    at = int(ring_scores.argmax())
    scores = (_unit(shifted[at][inner][None]) @ pointers.T)[0]
    return _best(scores, np.arange(_DIAL_STEPS, dtype=np.float32) / 10, cyclic=True), float(ring_scores[at])
