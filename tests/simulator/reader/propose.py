"""Describes a meter nobody has described: how its picture lies, where the register is and how it is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.simulator import glyphs

from .fit import Fit, fit_wheels
from .geometry import Grey, Points, homography, project, sample
from .locate import Window, windows
from .question import Question
from .read import Pixels, cell_patches, likely_counts, mean_fit, problems_in, read_dial, smoothing, typical_fit

_LEAST_FIT: Final = 0.85
_SURE: Final = 0.93
_DIALS: Final = (6, 5, 4, 3)
_REDDER: Final = 35.0
"""Grey levels by which red exceeds the other colours in the ground of a decimal drum."""
_POINT_DARKER: Final = 0.35
"""Share of the way from a display's ground to its ink at which something is a point."""
_LEAST_LIKE: Final = 0.55
_PRINT: Final = 24
"""Pixels for each drum width in which the printed unit is compared."""
_PRINT_HEIGHT: Final = 0.62


@dataclass(frozen=True, slots=True)
class _Found:
    """A register's window in a picture turned clockwise by quarters."""

    quarters: int
    window: Window
    fits: tuple[Fit, ...]
    display: bool

    @property
    def count(self) -> int:
        return len(self.fits)

    @property
    def score(self) -> float:
        return mean_fit(list(self.fits))

    @property
    def matrix(self) -> Points:
        """What maps drum widths, from the window's corner, to pixels."""
        width, height = glyphs.window_width(self.count), glyphs.WINDOW_HEIGHT
        outline = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=float)
        return homography(outline, self.window.corners)


def propose(content: bytes) -> dict[str, Any]:
    """Return the answer to a request about an unknown meter."""
    with Image.open(BytesIO(content)) as image:
        lying = np.asarray(image.convert("RGB"), dtype=np.float32)
    found = max(_candidates(lying), key=lambda candidate: candidate.score, default=None)
    if found is None:
        return _nothing(lying.mean(axis=2))
    colour = _turned(lying, found.quarters)
    pixels = Pixels(colour.mean(axis=2), colour[:, :, 1:].mean(axis=2))
    dials = 0 if found.display else _dials(pixels, found)
    decimals = _decimals_of_display(pixels.grey, found) if found.display else _red_drums(colour, found)
    unit = _unit(pixels.grey, found)
    kind = "electricity" if unit == "kWh" else "water" if dials else "gas"
    scene, problems = problems_in(pixels.grey, found.window)
    return _answer(
        scene=scene,
        problems=list(problems),
        kind=kind,
        unit=unit,
        display="lcd" if found.display else "drums and dials" if dials else "drums",
        whole_digits=found.count - decimals,
        decimals=decimals,
        # A first digit of zero is there to be seen; any other says nothing.
        leading_zeros=found.display and int(found.fits[0].position) == 0,
        dials=dials,
        rotation=_rotation(found),
        box=_box(found, dials, lying.shape),
    )


def _answer(**seen: Any) -> dict[str, Any]:
    usual = {"meter": True, "name": "main", "multiplier": 1, "other_registers": [], "advice": ""}
    return {**usual, **seen}


def _nothing(grey: Grey) -> dict[str, Any]:
    dark = float(np.quantile(grey, 0.9)) < 70
    return _answer(
        scene="no register can be made out",
        problems=["dark"] if dark else ["blurred"],
        meter=False,
        kind="other",
        unit="",
        display="drums",
        whole_digits=0,
        decimals=0,
        leading_zeros=False,
        dials=0,
        rotation=0,
        box=[0, 0, 0, 0],
        advice="Give it more light." if dark else "Bring the register into the picture, and focus on it.",
    )


def _turned(image: Grey, quarters: int) -> Grey:
    """Return an image turned clockwise."""
    return np.ascontiguousarray(np.rot90(image, -quarters))


def _candidates(lying: Grey) -> Iterator[_Found]:
    """Yield the windows whose figures stand upright in some turn of the picture; stop at one that is beyond doubt."""
    for quarters in (0, 1, 3, 2):
        grey = _turned(lying, quarters).mean(axis=2)
        for window in windows(grey):
            for display in (False, True):
                for count in likely_counts(window, Question(None, display=display, clockwise=())):
                    found = _fitted(grey, window, count, quarters, display=display)
                    if typical_fit(list(found.fits)) < _LEAST_FIT:
                        continue
                    yield found
                    if found.score > _SURE:
                        return


def _fitted(grey: Grey, window: Window, count: int, quarters: int, *, display: bool) -> _Found:
    unread = _Found(quarters, window, (Fit(0, 0, 0),) * count, display)
    patches = cell_patches(smoothing(grey, window, count), unread.matrix, count)
    return _Found(quarters, window, tuple(fit_wheels(patches, display=display)), display)


def _dials(pixels: Pixels, found: _Found) -> int:
    """Return how many dials lie below the window: the most of which all but one show a ring and a pointer."""
    for count in _DIALS:
        sought = (None,) * count
        read = [read_dial(pixels, found.matrix, (index, found.count), sought) for index in range(count)]
        if read.count(None) <= 1:
            return count
    return 0


def _red_drums(colour: NDArray[np.float32], found: _Found) -> int:
    """Return how many of the last drums have a red ground."""
    red = []
    for index in range(found.count):
        x, y = glyphs.cell_centre(index)
        # Beside the figure, where a drum shows its ground.
        across = x + np.array([-0.36, 0.36])[:, None] + np.zeros(5)
        down = y + np.zeros((2, 1)) + np.linspace(-0.4, 0.4, 5)
        at = project(found.matrix, across, down)
        levels = [float(np.median(sample(colour[:, :, channel], *at))) for channel in range(3)]
        red.append(levels[0] - max(levels[1:]) > _REDDER)
    return next((place for place, is_red in enumerate(reversed(red)) if not is_red), len(red))


def _decimals_of_display(grey: Grey, found: _Found) -> int:
    """Return how many digits stand after the point of a display, which is a dark dot between two of them."""
    bottom = glyphs.BEZEL + glyphs.CELL_HEIGHT - 0.16
    gaps = [glyphs.cell_centre(index)[0] - 0.5 for index in range(1, found.count)]
    ground = _level(grey, found, [(gap, bottom - 0.5) for gap in gaps])
    ink = float(np.quantile(grey, 0.02))
    darkness = [(ground - _level(grey, found, [(gap, bottom)])) / max(ground - ink, 1.0) for gap in gaps]
    darkest = int(np.argmax(darkness))
    return found.count - 1 - darkest if darkness[darkest] > _POINT_DARKER else 0


def _level(grey: Grey, found: _Found, places: list[tuple[float, float]]) -> float:
    x, y = np.array(places, dtype=float).T
    return float(np.median(sample(grey, *project(found.matrix, x[:, None], y[:, None]))))


def _unit(grey: Grey, found: _Found) -> str:
    """Return the unit printed right of the window, empty for none that is like one known."""
    left = glyphs.window_width(found.count)
    x = left + np.arange(round(2.4 * _PRINT)) / _PRINT
    y = glyphs.WINDOW_HEIGHT / 2 + (np.arange(round(1.2 * _PRINT)) / _PRINT - 0.6)
    patch = -sample(grey, *project(found.matrix, *np.meshgrid(x, y)))
    likeness = {unit: _likeness(patch, _printed(unit)) for unit in ("kWh", "m³")}
    best = max(likeness, key=lambda unit: likeness[unit])
    return best if likeness[best] > _LEAST_LIKE else ""


@lru_cache(maxsize=2)
def _printed(unit: str) -> Grey:
    """Return a unit as makers print it, the raised 3 a small one."""
    size = _PRINT_HEIGHT * _PRINT * 4
    font, small = ImageFont.load_default(size), ImageFont.load_default(0.62 * size)
    plain = unit.replace("³", "")
    width = font.getlength(plain) + (small.getlength("3") if plain != unit else 0)
    image = Image.new("L", (round(width), round(1.3 * size)))
    draw = ImageDraw.Draw(image)
    draw.text((0, 0.65 * size), plain, 255, font, anchor="lm")
    if plain != unit:
        draw.text((font.getlength(plain), 0.35 * size), "3", 255, small, anchor="lm")
    return np.asarray(image.crop(image.getbbox()).reduce(4), dtype=np.float32)


def _likeness(patch: Grey, template: Grey) -> float:
    """Return the best correlation of a template anywhere in a patch."""
    views = np.lib.stride_tricks.sliding_window_view(patch, template.shape).reshape(-1, template.size)
    return float((_unit_vectors(views) @ _unit_vectors(template.reshape(1, -1)).T).max())


def _unit_vectors(rows: Grey) -> Grey:
    clean = rows - rows.mean(axis=1, keepdims=True)
    result: Grey = clean / np.maximum(np.linalg.norm(clean, axis=1, keepdims=True), 1.0)
    return result


def _rotation(found: _Found) -> int:
    """Return the whole degrees clockwise that turn the lying picture upright."""
    corners = found.window.corners
    along = (corners[1] - corners[0]) + (corners[2] - corners[3])
    return round(90 * found.quarters - math.degrees(math.atan2(along[1], along[0]))) % 360


def _box(found: _Found, dials: int, lying: tuple[int, ...]) -> list[float]:
    """Return the box around window and dials in the lying picture: x, y, width, height as fractions."""
    width, height = glyphs.window_width(found.count), glyphs.WINDOW_HEIGHT
    points = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    for index in range(dials):
        x, y = glyphs.dial_centre(index, dials, found.count)
        points += [(x + a, y + b) for a in (-glyphs.DIAL_RADIUS, glyphs.DIAL_RADIUS) for b in (0, glyphs.DIAL_RADIUS)]
    across, down = np.array(points).T
    x, y = project(found.matrix, across, down)
    rows, columns = lying[:2] if found.quarters % 2 == 0 else lying[1::-1]
    x, y = x / columns, y / rows
    # Back through the quarter turns, each counterclockwise.
    for _ in range(found.quarters):
        x, y = y, 1 - x
    box = (x.min(), y.min(), np.ptp(x), np.ptp(y))
    return [round(float(np.clip(part, 0, 1)), 3) for part in box]
