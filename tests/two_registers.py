"""A camera that sees two registers, one above the other, each at a value that a test chooses."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from aiohttp import web
from PIL import Image

from .camera_server import Camera
from .simulator.meters import METERS
from .simulator.renderer import picture

_SIZE: Final = (960, 540)
_DRUMS: Final = METERS["electricity"]
DAY: Final[dict[str, Any]] = {"name": "day", "label": "upper"}
NIGHT: Final[dict[str, Any]] = {"name": "night", "label": "lower"}
LAYOUT: Final[dict[str, Any]] = {"unit": "kWh", "display": "drums", "whole_digits": 6, "decimals": 1}


class TwoRegisters:
    """What stands on both, and the camera in front of them."""

    def __init__(self, camera: Camera, day: str, night: str) -> None:
        """Let the camera deliver pictures of both."""
        self.day, self.night = Decimal(day), Decimal(night)
        self.night_hidden = False
        self._taken = 0
        camera.handler = self._deliver

    async def _deliver(self, _request: web.Request) -> web.Response:
        self._taken += 1
        return web.Response(body=self.jpeg(self._taken), content_type="image/jpeg")

    def jpeg(self, seed: int = 0) -> bytes:
        """Return a picture of both."""
        whole = Image.new("RGB", (_SIZE[0], 2 * _SIZE[1]))
        for row, value in enumerate((self.day, self.night)):
            whole.paste(picture(_DRUMS, value, seed=2 * seed + row).resize(_SIZE), (0, row * _SIZE[1]))
        if self.night_hidden:
            whole.paste((128, 128, 128), (0, _SIZE[1], _SIZE[0], 2 * _SIZE[1]))
        buffer = BytesIO()
        whole.save(buffer, "JPEG", quality=92)
        return buffer.getvalue()
