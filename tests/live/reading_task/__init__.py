"""An integration with two AI Task entities that read pictures."""

from __future__ import annotations

from pathlib import Path
import sys
from typing import Any

from homeassistant.components.ai_task import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.empty_config_schema("reading_task")


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Add the entities, which are the test suite's."""
    await hass.data[DATA_COMPONENT].async_add_entities(await hass.async_add_import_executor_job(_entities))
    return True


def _entities() -> list[Any]:
    sys.path.append(str(Path(__file__).resolve().parents[3]))
    from tests.ai_task_entity import ReadingEntity  # noqa: PLC0415  Home Assistant does not know where the tests are

    return [ReadingEntity("Reader"), ReadingEntity("Second")]
