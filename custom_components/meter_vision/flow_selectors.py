"""The selectors that Home Assistant has none like: drawn by this integration's own script in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from homeassistant.helpers.selector import Selector, make_selector_config_schema
import voluptuous as vol

UI: Final = "ui"
"""In a value: the page has drawn the selector. Without it nobody has seen it."""
_FRACTION: Final = vol.All(vol.Coerce(float), vol.Range(0, 1))


class PageSelector(Selector[Mapping[str, Any]]):
    """A field that nobody sees; its value is true in a page that can draw the others."""

    selector_type = "meter_vision_page"
    CONFIG_SCHEMA = make_selector_config_schema()

    def __call__(self, data: Any) -> bool:
        """Return whether the page has the script."""
        return data is True


class ViewSelectorConfig(TypedDict):
    """What the selector shows."""

    image: str
    """Signed address of the whole picture as it lies."""
    prepared: str
    """Path under which the page gets what would be sent to the reader."""


class ViewSelector(Selector[ViewSelectorConfig]):
    """Turns a picture upright and puts the box around the register."""

    selector_type = "meter_vision_view"
    CONFIG_SCHEMA = make_selector_config_schema({vol.Required("image"): str, vol.Required("prepared"): str})
    _VALUE: Final = vol.Schema(
        {
            vol.Required("rotation"): vol.Coerce(float),
            vol.Required("crop"): vol.Any(None, vol.All([_FRACTION], vol.Length(4, 4))),
            vol.Optional(UI, default=False): bool,
        }
    )

    def __call__(self, data: Any) -> dict[str, Any]:
        """Return rotation in degrees, crop as fractions or None, and whether a person has seen them."""
        value: dict[str, Any] = self._VALUE(data)
        return value
