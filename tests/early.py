"""Loaded before every other pytest plugin.

Home Assistant refuses to run if httpx was imported before it, and pytest-homeassistant-custom-component 0.13.375
expects a name in a package that 2026.11 moved into one of its modules. Both go when the plugin catches up.
"""

from homeassistant.components import logger
from homeassistant.components.logger import helpers

if not hasattr(logger, "_clear_logger_overwrites"):
    logger._clear_logger_overwrites = helpers._clear_logger_overwrites  # type: ignore[attr-defined]
