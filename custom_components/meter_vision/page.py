"""Brings the script that draws the dialogs' own selectors into Home Assistant's pages."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import DOMAIN as FRONTEND, add_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .flow_picture import async_register_views

_SCRIPT: Final = Path(__file__).parent / "frontend" / "meter-vision.js"
_URL: Final = f"/{DOMAIN}/{_SCRIPT.name}"


async def async_setup_page(hass: HomeAssistant) -> None:
    """Serve the script and the pictures of dialogs; pages that are already open do without the script."""
    async_register_views(hass)
    await hass.http.async_register_static_paths([StaticPathConfig(_URL, str(_SCRIPT), cache_headers=True)])
    if FRONTEND in hass.config.components:
        add_extra_js_url(hass, f"{_URL}?v={await hass.async_add_executor_job(_version)}")


def _version() -> str:
    """Return what changes with the script, so that no browser keeps an old one."""
    return sha256(_SCRIPT.read_bytes()).hexdigest()[:12]
