"""The thread in which pictures are prepared."""

from __future__ import annotations

import os
import sys
from threading import get_native_id

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.picture_thread import PictureThread


def niceness() -> int:
    """Return how far the thread that asks stands back."""
    return os.getpriority(os.PRIO_PROCESS, get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell threads apart")
async def test_whoever_waits_for_a_core_goes_before_pictures(hass: HomeAssistant) -> None:
    before = niceness()
    thread = PictureThread(hass, MockConfigEntry(domain=DOMAIN))
    assert await thread.async_run(niceness) == max(before, 10)
    assert niceness() == before
    assert await hass.async_add_executor_job(niceness) == before
    await hass.async_stop()
