"""Shows the pictures of a running flow in its forms, through signed addresses and only while it runs."""

from __future__ import annotations

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

_PICTURES: Final[HassKey[dict[str, dict[int, bytes]]]] = HassKey(f"{DOMAIN}_flow_pictures")
_KEPT: Final = 3
"""Pictures of a flow that can still be loaded: a dialog shows one, and may be slow to do so."""
_VALID: Final = timedelta(minutes=30)
_HIGHEST: Final = 420


class FlowPictureView(HomeAssistantView):
    """Serves the pictures of running flows to those who hold a signed address."""

    url = f"/api/{DOMAIN}/flow/{{flow_id}}/{{number}}.jpg"
    name = f"api:{DOMAIN}:flow_picture"

    async def get(self, request: web.Request, flow_id: str, number: str) -> web.Response:
        """Return one JPEG, or 404 once the flow has ended."""
        pictures = request.app[KEY_HASS].data[_PICTURES].get(flow_id, {})
        picture = pictures.get(int(number)) if number.isdecimal() else None
        if picture is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(body=picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def fit(picture: bytes) -> bytes:
    """Return a JPEG low enough, in pixels, that the fields below it can be seen with it. Runs in an executor."""
    with Image.open(BytesIO(picture)) as image:
        image.thumbnail((image.width, _HIGHEST))
        buffer = BytesIO()
        image.save(buffer, "JPEG")
        return buffer.getvalue()


@callback
def async_show_picture(hass: HomeAssistant, flow_id: str, picture: bytes) -> str:
    """Keep a JPEG for a flow and return the signed address under which its form can show it."""
    if _PICTURES not in hass.data:
        hass.data[_PICTURES] = {}
        hass.http.register_view(FlowPictureView())
    pictures = hass.data[_PICTURES].setdefault(flow_id, {})
    # A new number each time: a browser would show the old picture again under the same address.
    number = max(pictures, default=0) + 1
    pictures[number] = picture
    pictures.pop(number - _KEPT, None)
    return async_sign_path(hass, f"/api/{DOMAIN}/flow/{flow_id}/{number}.jpg", _VALID)


@callback
def async_drop_pictures(hass: HomeAssistant, flow_id: str) -> None:
    """Forget the pictures of a flow that has ended."""
    hass.data.get(_PICTURES, {}).pop(flow_id, None)
