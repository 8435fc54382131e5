"""An account in front of a water meter, and the dialog that adds a meter to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.meter_vision import coordinator
from custom_components.meter_vision.const import DOMAIN
from tests.meters import account
from tests.simulator.fixtures import Simulator

from .dialog import VALUE, MeterDialog, hold


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let further looks follow at once."""
    monkeypatch.setattr(coordinator, "PAUSE", timedelta())


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Let the dialogs reach the simulator."""


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> ConfigEntry:
    """Return an account that is set up, in front of a water meter that stands still."""
    assert await async_setup_component(hass, "http", {})
    hold(simulator, VALUE)
    entry = account(base_url=simulator.api_url)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


@pytest.fixture
async def dialog(hass: HomeAssistant, entry: ConfigEntry) -> AsyncIterator[MeterDialog]:
    """Yield the open dialog of a new meter; whatever a test does, nothing of it stays behind."""
    dialog = MeterDialog(hass, entry)
    await dialog.add()
    yield dialog
    if not dialog.done:
        dialog.close()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not hass.config_entries.subentries.async_progress()
    assert not any(hass.data.get(f"{DOMAIN}_flow_pictures", {}).values())
