"""Shows the pictures of a running flow in its forms: by signed address, or to its own selector; only while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from typing import Final

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey
from PIL import Image

from .const import DOMAIN
from .metering.errors import PhotoError
from .metering.models import Crop, Meter, MeterKind
from .metering.photo import prepare

_KEPT: Final = 3
"""Pictures of a flow that can still be loaded: a dialog shows one, and may be slow to do so."""
_VALID: Final = timedelta(minutes=30)
_HIGHEST: Final = 420
_SIDES: Final = ("x", "y", "width", "height")


@dataclass(slots=True)
class _Pictures:
    """What a running flow shows."""

    shown: dict[int, bytes] = field(default_factory=dict)
    photo: bytes = b""
    """The camera's picture, of which the selector asks for parts."""


_PICTURES: Final[HassKey[dict[str, _Pictures]]] = HassKey(f"{DOMAIN}_flow_pictures")


class FlowPictureView(HomeAssistantView):
    """Serves the pictures of running flows to those who hold a signed address."""

    url = f"/api/{DOMAIN}/flow/{{flow_id}}/{{number}}.jpg"
    name = f"api:{DOMAIN}:flow_picture"

    async def get(self, request: web.Request, flow_id: str, number: str) -> web.Response:
        """Return one JPEG, or 404 once the flow has ended."""
        pictures = request.app[KEY_HASS].data[_PICTURES].get(flow_id)
        shown = {} if pictures is None else {str(known): picture for known, picture in pictures.shown.items()}
        return _jpeg(shown[number]) if number in shown else web.Response(status=HTTPStatus.NOT_FOUND)


class FlowPreparedView(HomeAssistantView):
    """Shows a person who moves the box what would be sent to the reader."""

    url = f"/api/{DOMAIN}/flow/{{flow_id}}/prepared"
    name = f"api:{DOMAIN}:flow_prepared"

    async def get(self, request: web.Request, flow_id: str) -> web.Response:
        """Return the JPEG for rotation and box, 404 once the flow has ended, 400 for a box that cannot be."""
        hass = request.app[KEY_HASS]
        pictures = hass.data[_PICTURES].get(flow_id)
        if pictures is None or not pictures.photo:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            prepared = await hass.async_add_executor_job(prepare, pictures.photo, _seen(request.query))
        except PhotoError, KeyError, ValueError:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        return _jpeg(prepared.content)


def _seen(query: Mapping[str, str]) -> Meter:
    """Return a meter that lies in the picture as a query says, or raise KeyError or ValueError."""
    x, y, width, height = (float(query[side]) for side in _SIDES)
    if not (0 <= x < x + width <= 1 and 0 <= y < y + height <= 1):
        raise ValueError(query)
    rotation = float(query["rotation"]) % 360
    return Meter(name="", kind=MeterKind.WATER, registers=(), rotation=rotation, crop=Crop(x, y, width, height))


def _jpeg(content: bytes) -> web.Response:
    return web.Response(body=content, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def fit(picture: bytes, highest: int = _HIGHEST) -> bytes:
    """Return a JPEG low enough, in pixels, that the fields below it can be seen with it. Runs in an executor."""
    with Image.open(BytesIO(picture)) as image:
        image.thumbnail((image.width, highest))
        buffer = BytesIO()
        image.save(buffer, "JPEG")
        return buffer.getvalue()


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Serve the pictures of flows from now on."""
    hass.data[_PICTURES] = {}
    hass.http.register_view(FlowPictureView())
    hass.http.register_view(FlowPreparedView())


@callback
def async_show_picture(hass: HomeAssistant, flow_id: str, picture: bytes) -> str:
    """Keep a JPEG for a flow and return the signed address under which its form can show it."""
    pictures = hass.data[_PICTURES].setdefault(flow_id, _Pictures()).shown
    # A new number each time: a browser would show the old picture again under the same address.
    number = max(pictures, default=0) + 1
    pictures[number] = picture
    pictures.pop(number - _KEPT, None)
    return async_sign_path(hass, f"/api/{DOMAIN}/flow/{flow_id}/{number}.jpg", _VALID)


@callback
def async_offer_photo(hass: HomeAssistant, flow_id: str, photo: bytes) -> str:
    """Keep the camera's picture for a flow and return the path under which its selector gets parts of it."""
    hass.data[_PICTURES].setdefault(flow_id, _Pictures()).photo = photo
    return f"/api/{DOMAIN}/flow/{flow_id}/prepared"


@callback
def async_drop_pictures(hass: HomeAssistant, flow_id: str) -> None:
    """Forget the pictures of a flow that has ended."""
    hass.data[_PICTURES].pop(flow_id, None)
