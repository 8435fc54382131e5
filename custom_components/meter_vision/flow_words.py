"""Single words in the language of the house, for texts that are put together here."""

from __future__ import annotations

from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN


async def async_words(hass: HomeAssistant, key: str) -> Mapping[str, str]:
    """Return the texts of a selector's options by option."""
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    prefix = f"component.{DOMAIN}.selector.{key}.options."
    return {name.removeprefix(prefix): text for name, text in texts.items() if name.startswith(prefix)}
