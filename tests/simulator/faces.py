"""Face plates as their makers print them, with the register's window left to the renderer.

A face is an RGBA picture of SCALE pixels for each drum width, with the top left corner of the register's window at
`window`, in drum widths.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
import math
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from .glyphs import BEZEL, CELL_HEIGHT, CELL_WIDTH, WINDOW_HEIGHT, cell_centre, dial_centre, window_width
from .meters import METERS, Colour, SimulatedMeter

SCALE: Final = 84
_BLACK: Final = (22, 22, 24)
_PRINT: Final = (48, 50, 54)
_RED: Final = (196, 32, 30)
_PLATE: Final = (236, 235, 228)


@dataclass(frozen=True, slots=True)
class Face:
    """A printed face and where its register is."""

    picture: Image.Image
    window: tuple[float, float]


class _Pen:
    """Draws in drum widths."""

    def __init__(self, size: tuple[float, float]) -> None:
        self.image = Image.new("RGBA", (round(size[0] * SCALE), round(size[1] * SCALE)))
        self.draw = ImageDraw.Draw(self.image)

    def box(self, box: tuple[float, float, float, float], colour: Colour, *, round_by: float = 0.0) -> None:
        """Fill x, y, width, height."""
        x, y, width, height = (side * SCALE for side in box)
        self.draw.rounded_rectangle((x, y, x + width, y + height), round_by * SCALE, fill=(*colour, 255))

    def disc(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        """Fill a circle."""
        x, y, r = centre[0] * SCALE, centre[1] * SCALE, radius * SCALE
        self.draw.ellipse((x - r, y - r, x + r, y + r), fill=(*colour, 255))

    def text(self, at: tuple[float, float], text: str, height: float, colour: Colour = _PRINT) -> None:
        """Write text centred at a point; the built-in font lacks the raised 3 of m³, so that is a small one."""
        font, small = ImageFont.load_default(height * SCALE), ImageFont.load_default(0.62 * height * SCALE)
        pieces = text.replace("³", "\0³\0").split("\0")
        fonts = [small if piece == "³" else font for piece in pieces]
        x, y = at[0] * SCALE, at[1] * SCALE
        x -= sum(f.getlength(piece.replace("³", "3")) for piece, f in zip(pieces, fonts, strict=True)) / 2
        for piece, f in zip(pieces, fonts, strict=True):
            shown = piece.replace("³", "3")
            self.draw.text((x, y - (0.3 * height * SCALE if f is small else 0)), shown, (*colour, 255), f, anchor="lm")
            x += f.getlength(shown)

    def star(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        """Fill a six-pointed star, the low-flow indicator."""
        points = []
        for corner in range(12):
            reach = radius * SCALE * (1.0 if corner % 2 else 0.45)
            angle = math.tau * corner / 12
            points.append((centre[0] * SCALE + reach * math.sin(angle), centre[1] * SCALE - reach * math.cos(angle)))
        self.draw.polygon(points, fill=(*colour, 255))

    def barcode(self, box: tuple[float, float, float, float], number: int) -> None:
        """Draw bars that belong to a number."""
        x, y, width, height = box
        self.box((x - 0.15, y - 0.1, width + 0.3, height + 0.2), (250, 250, 248))
        bars = f"{number * 2654435761 % 2**44:044b}"
        for index, bar in enumerate(bars):
            if bar == "1":
                self.box((x + index * width / len(bars), y, width / len(bars), height), _BLACK)


@lru_cache(maxsize=len(METERS))
def face(key: str) -> Face:
    """Return the printed face of a meter."""
    return {"water": _water, "electricity": _electricity, "gas": _gas}[key](METERS[key])


def register_centre(key: str, cells: int) -> tuple[float, float]:
    """Return the middle of a meter's window as fractions of its face."""
    printed = face(key)
    x, y = printed.window[0] + window_width(cells) / 2, printed.window[1] + WINDOW_HEIGHT / 2
    return x * SCALE / printed.picture.width, y * SCALE / printed.picture.height


def _window(pen: _Pen, meter: SimulatedMeter, at: tuple[float, float]) -> None:
    pen.box((*at, window_width(meter.cells), WINDOW_HEIGHT), _BLACK)
    if meter.lcd:
        inner = (window_width(meter.cells) - 2 * BEZEL, CELL_HEIGHT)
        pen.box((at[0] + BEZEL, at[1] + BEZEL, *inner), meter.drum_ground)
        point = at[0] + cell_centre(meter.whole_digits)[0] - 0.5
        pen.disc((point, at[1] + BEZEL + CELL_HEIGHT - 0.16), 0.06, meter.drum_ink)


def _water(meter: SimulatedMeter) -> Face:
    size, centre = (14.0, 14.0), (7.0, 7.0)
    pen = _Pen(size)
    pen.disc(centre, 6.95, (120, 96, 52))
    pen.disc(centre, 6.6, (38, 74, 140))
    pen.disc(centre, 5.95, _PLATE)
    at = (centre[0] - window_width(meter.cells) / 2, 4.6)
    _window(pen, meter, at)
    pen.text((7, 2.0), "AQUATERM", 0.62, (30, 60, 130))
    pen.text((7, 2.8), "Q3 2.5   R160   30 °C   MAP 16", 0.34)
    pen.text((7, 3.4), "N° 21 048213", 0.38)
    pen.text((at[0] + window_width(meter.cells) + 0.62, 5.55), "m³", 0.62)
    for index in range(meter.dials):
        x, y = dial_centre(index, meter.dials, meter.cells)
        label = f"x{10.0 ** -(index + 1):.{index + 1}f}"
        pen.text((at[0] + x, at[1] + y + 1.25), label, 0.3)
    pen.disc((7, 11.6), 0.42, _BLACK)
    pen.star((7, 11.6), 0.34, _RED)
    pen.text((4.3, 11.1), "CE M19", 0.32)
    pen.text((9.7, 11.1), "2019", 0.32)
    return Face(pen.image, at)


def _electricity(meter: SimulatedMeter) -> Face:
    pen = _Pen((14.0, 13.0))
    pen.box((0.1, 0.1, 13.8, 12.8), (86, 90, 94), round_by=1.2)
    pen.box((0.9, 0.9, 12.2, 10.4), _PLATE, round_by=0.4)
    at = (2.4, 2.6)
    _window(pen, meter, at)
    x, y = at[0] + cell_centre(meter.cells - 1)[0], at[1] + WINDOW_HEIGHT / 2
    edge = 0.09
    width, height = CELL_WIDTH + 2 * edge, CELL_HEIGHT + 2 * edge
    pen.box((x - width / 2, y - height / 2, width, height), _RED)
    pen.text((at[0] + window_width(meter.cells) + 0.95, 3.55), "kWh", 0.62)
    pen.text((6.1, 1.75), "VOLTARA  D3   three-phase meter", 0.46)
    pen.text((3.9, 5.5), "3x230/400 V", 0.4)
    pen.text((7.4, 5.5), "10(60) A", 0.4)
    pen.text((10.4, 5.5), "50 Hz", 0.4)
    pen.box((3.0, 6.3, 8.0, 0.75), (60, 60, 62))
    pen.box((3.1, 6.5, 7.8, 0.3), (196, 196, 190))
    pen.box((5.6, 6.5, 0.5, 0.3), _RED)
    pen.text((7.0, 7.55), "120 rev/kWh", 0.36)
    pen.text((4.2, 9.2), "Nr. 40 618 225", 0.46)
    pen.text((4.2, 10.2), "IEC 62053   Kl. 2", 0.34)
    pen.barcode((7.4, 8.7, 4.6, 1.4), 40_618_225)
    pen.disc((7.0, 12.1), 0.3, (40, 42, 44))
    return Face(pen.image, at)


def _gas(meter: SimulatedMeter) -> Face:
    pen = _Pen((15.0, 13.5))
    pen.box((0.1, 1.2, 14.8, 12.2), (206, 204, 196), round_by=1.0)
    for x in (2.2, 10.4):
        pen.box((x, 0.0, 2.4, 1.5), (150, 148, 140), round_by=0.2)
    pen.box((1.4, 3.0, 12.2, 8.6), (244, 243, 238), round_by=0.3)
    at = (2.3, 4.2)
    _window(pen, meter, at)
    pen.text((at[0] + window_width(meter.cells) + 1.0, 5.1), "m³", 0.62)
    pen.text((5.0, 3.6), "GASLINE  G4  E6", 0.44, (150, 90, 20))
    pen.text((7.2, 6.9), "Qmax 6 m³/h   Qmin 0.04 m³/h   pmax 0.5 bar", 0.38)
    pen.text((7.2, 7.6), "V 1.2 dm³   tb 15 °C   -25 °C..+55 °C", 0.34)
    pen.text((4.3, 9.2), "No. 7 734 0099 21", 0.44)
    pen.text((4.3, 10.1), "DE-21-MI002-PTB004", 0.32)
    pen.barcode((7.9, 8.6, 4.8, 1.5), 77_340_099)
    pen.disc((13.0, 3.5), 0.14, (60, 150, 60))
    return Face(pen.image, at)
