"""From a picture's bytes and a question to the answer a careful reader would give."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image

from tests.simulator import glyphs

from .fit import CELL, DIAL, DIAL_SLACK, SLACK, Fit, fit_dial, fit_wheels
from .geometry import Grey, Points, homography, project, sample
from .locate import Window, windows
from .question import Question

type Position = float | None

_MIN_SCORE: Final = 0.8
_MIN_TYPICAL: Final = 0.85
_MIN_LEAD: Final = 0.04
_MIN_DIAL_RING: Final = 0.45
_MIN_POINTER: Final = 0.7
_ASPECT_TOLERANCE: Final = (0.78, 1.22)
_COUNTS: Final = range(4, 10)
_SURE: Final = 0.9
_DISPLAY_DARK: Final = 70
_SATURATED: Final = 250


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read, position by position; None where nothing fits."""

    wheels: tuple[Position, ...] = ()
    dials: tuple[Position, ...] = ()
    readable: bool = False
    scene: str = "no register of the kind asked for is visible"
    problems: tuple[str, ...] = ()
    score: float = field(default=0.0, compare=False)
    """Mean fit of the wheels."""

    def as_json(self) -> dict[str, Any]:
        """Return the answer in the schema's order."""
        return {
            "scene": self.scene,
            "problems": list(self.problems),
            "readable": self.readable,
            "wheels": ["?" if p is None else p for p in self.wheels],
            "dials": ["?" if p is None else p for p in self.dials],
        }


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture as the reader looks at it: grey, and the channel in which red ink is dark."""

    grey: Grey
    red_dark: Grey


def read(content: bytes, question: Question) -> Answer:
    """Return what the picture shows of the register asked for."""
    with Image.open(BytesIO(content)) as image:
        colour = np.asarray(image.convert("RGB"), dtype=np.float32)
    pixels = Pixels(colour.mean(axis=2), colour[:, :, 1:].mean(axis=2))
    best = Answer((None,) * (question.wheels or 0), (None,) * len(question.clockwise))
    for window in windows(pixels.grey):
        for count in likely_counts(window, question):
            answer = _read_window(pixels, window, count, question)
            if answer.readable and answer.score > best.score:
                best = answer
        if best.score > _SURE:
            break
    return best


def read_several(content: bytes, questions: dict[str, tuple[Question, str]]) -> dict[str, Answer]:
    """Return what the picture shows of each register, told from the others by standing above or below them."""
    with Image.open(BytesIO(content)) as image:
        colour = np.asarray(image.convert("RGB"), dtype=np.float32)
    pixels = Pixels(colour.mean(axis=2), colour[:, :, 1:].mean(axis=2))
    answers = {}
    for key, (question, place) in questions.items():
        seen: list[tuple[float, Answer]] = []
        for window in windows(pixels.grey):
            height = float(window.corners[:, 1].mean())
            read_as = [_read_window(pixels, window, count, question) for count in likely_counts(window, question)]
            best = max(read_as, key=lambda answer: answer.score, default=Answer())
            if best.readable and not any(abs(height - other) < window.height for other, _ in seen):
                seen.append((height, best))
        seen.sort(key=lambda one: one[0])
        # A single window could be either.
        answers[key] = Answer() if len(seen) < 2 else seen[0 if place == "upper" else -1][1]
    return answers


def likely_counts(window: Window, question: Question) -> list[int]:
    """Return how many cells the window may have by its shape, the number asked for first."""
    aspect = window.width / window.height
    low, high = _ASPECT_TOLERANCE
    fitting = [n for n in _COUNTS if low < aspect / (glyphs.window_width(n) / glyphs.WINDOW_HEIGHT) < high]
    return sorted(fitting, key=lambda n: n != question.wheels)


def _read_window(pixels: Pixels, window: Window, count: int, question: Question) -> Answer:
    width, height = glyphs.window_width(count), glyphs.WINDOW_HEIGHT
    outline = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=float)
    matrix = homography(outline, window.corners)
    fits = fit_wheels(cell_patches(smoothing(pixels.grey, window, count), matrix, count), display=question.display)
    wheels = tuple(_wheel_position(fit, display=question.display) for fit in fits)
    # A window whose figures are merely alike is another maker's, or no register at all.
    if 2 * sum(position is not None for position in wheels) <= count or typical_fit(fits) < _MIN_TYPICAL:
        return Answer()
    dials = tuple(
        read_dial(pixels, matrix, (index, count), question.clockwise) for index in range(len(question.clockwise))
    )
    scene, problems = problems_in(pixels.grey, window)
    return Answer(wheels, dials, readable=True, scene=scene, problems=problems, score=mean_fit(fits))


def typical_fit(fits: list[Fit]) -> float:
    """Return the median fit: one covered drum does not make a window another maker's."""
    return float(np.median([fit.score for fit in fits]))


def mean_fit(fits: list[Fit]) -> float:
    """Return how well the figures of a window fit."""
    return sum(fit.score for fit in fits) / len(fits)


def _wheel_position(fit: Fit, *, display: bool) -> Position:
    if fit.score < _MIN_SCORE or fit.lead < _MIN_LEAD:
        return None
    return fit.position if display else _tenths(fit.position)


def _tenths(position: float) -> float:
    return round(position, 1) % glyphs.FIGURES


def smoothing(image: Grey, window: Window, count: int) -> Grey:
    """Return the image as smooth as the patches of that many cells in a window are coarse."""
    drum = window.width / glyphs.window_width(count)
    return _smooth(image, max(1, int(drum / (CELL[0] / glyphs.CELL_WIDTH))))


def _smooth(image: Grey, factor: int) -> Grey:
    """Return the image averaged over about `factor` pixels, same size, so that coarser sampling is honest."""
    if factor == 1:
        return image
    total = np.pad(image, ((factor, 0), (factor, 0)), mode="edge").cumsum(0, dtype=np.float64).cumsum(1)
    part = total[factor:, factor:] - total[:-factor, factor:] - total[factor:, :-factor] + total[:-factor, :-factor]
    return (part / factor**2).astype(np.float32)


def cell_patches(image: Grey, matrix: Points, count: int) -> Grey:
    """Return what each cell of a window shows, sampled a little wider than it is."""
    step = glyphs.CELL_WIDTH / CELL[0]
    x = (np.arange(CELL[0] + 2 * SLACK) - SLACK + 0.5) * step - glyphs.CELL_WIDTH / 2
    y = (np.arange(CELL[1]) + 0.5) * glyphs.CELL_HEIGHT / CELL[1] - glyphs.CELL_HEIGHT / 2
    centres = np.array([glyphs.cell_centre(index) for index in range(count)])
    grid_x = centres[:, 0, None, None] + x[None, None, :] + 0 * y[None, :, None]
    grid_y = centres[:, 1, None, None] + y[None, :, None] + 0 * x[None, None, :]
    return sample(image, *project(matrix, grid_x, grid_y))


def read_dial(pixels: Pixels, matrix: Points, place: tuple[int, int], clockwise: tuple[bool | None, ...]) -> Position:
    """Return where a dial's pointer stands, `place` being its index and the number of cells above; None for no dial."""
    index, count = place
    centre = glyphs.dial_centre(index, len(clockwise), count)
    reach = glyphs.DIAL_RADIUS * (1 + 2 * DIAL_SLACK / DIAL)
    axis = np.linspace(-reach, reach, DIAL + 2 * DIAL_SLACK)
    x, y = np.meshgrid(centre[0] + axis, centre[1] + axis)
    patch = sample(pixels.red_dark, *project(matrix, x, y))
    sense = clockwise[index]
    found = [fit_dial(patch, clockwise=way) for way in ((True, False) if sense is None else (sense,))]
    fit, ring = max(found, key=lambda one: one[1])
    if ring < _MIN_DIAL_RING or fit.score < _MIN_POINTER:
        return None
    return _tenths(fit.position)


def problems_in(grey: Grey, window: Window) -> tuple[str, tuple[str, ...]]:
    """Return the scene and its problems as far as brightness tells them."""
    left, top = np.maximum(window.corners.min(axis=0), 0).astype(int)
    right, bottom = window.corners.max(axis=0).astype(int)
    inside = grey[top:bottom, left:right]
    problems = []
    if float(np.mean(inside > _SATURATED)) > 0.02:
        problems.append("glare")
    if float(np.quantile(grey, 0.9)) < _DISPLAY_DARK:
        problems.append("dark")
    light = "dim" if "dark" in problems else "bright"
    return f"{light} picture of a meter, register {right - left} pixels wide", tuple(problems)
