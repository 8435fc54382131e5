"""Camera and image entities that fetch a picture from an address, as a camera's own integration would."""

from __future__ import annotations

from typing import override

from homeassistant.components.camera import Camera
from homeassistant.components.image import ImageEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component


async def _fetch(hass: HomeAssistant, url: str) -> bytes:
    async with async_get_clientsession(hass).get(url, raise_for_status=True) as response:
        return await response.read()


class TestCamera(Camera):
    """A camera entity."""

    __test__ = False
    _attr_name = "Cellar"

    def __init__(self, url: str) -> None:
        """Keep the address of the snapshot."""
        super().__init__()
        self._url = url

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes:
        """Return a picture."""
        return await _fetch(self.hass, self._url)


class TestImage(ImageEntity):
    """An image entity."""

    __test__ = False
    _attr_name = "Cellar"
    _attr_content_type = "image/jpeg"

    def __init__(self, hass: HomeAssistant, url: str) -> None:
        """Keep the address of the picture."""
        super().__init__(hass)
        self._url = url

    @override
    async def async_image(self) -> bytes:
        """Return a picture."""
        return await _fetch(self.hass, self._url)


async def add_camera(hass: HomeAssistant, url: str) -> str:
    """Add a camera entity that shows what is at an address, and return its id."""
    assert await async_setup_component(hass, "camera", {})
    await hass.data["camera"].async_add_entities([TestCamera(url)])
    return "camera.cellar"


async def add_image(hass: HomeAssistant, url: str) -> str:
    """Add an image entity that shows what is at an address, and return its id."""
    assert await async_setup_component(hass, "image", {})
    await hass.data["image"].async_add_entities([TestImage(hass, url)])
    return "image.cellar"
