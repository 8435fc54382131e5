"""Fixtures that every test may use."""

from collections.abc import Iterator
import threading

from homeassistant.helpers.entity import Entity
from hypothesis import settings
import pytest

# Found before Home Assistant puts its own custom_components package in front.
from custom_components.meter_vision import client
from custom_components.meter_vision.const import DOMAIN

from .export.sink import Sink, serving
from .house import house  # noqa: F401
from .simulator.fixtures import simulator, simulator_processes  # noqa: F401

_PATIENCE = 30

# How long an example takes says nothing on a busy machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def threads_ended() -> Iterator[None]:
    """Wait for the thread of pictures that ends with Home Assistant, as a busy machine lets it."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(DOMAIN):
            thread.join(_PATIENCE)


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest, threads_ended: None) -> None:
    """Let Home Assistant find this integration, in the tests that start one."""
    if "hass" in request.fixturenames:
        if "recorder_mock" in request.fixturenames:
            request.getfixturevalue("recorder_mock")
        request.getfixturevalue("enable_custom_integrations")
    del threads_ended  # named so that it is cleaned up after Home Assistant has stopped


@pytest.fixture(autouse=True)
def no_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes longer than most tests, and only saves time later."""
    monkeypatch.setattr(client, "rehearse", lambda: None)


@pytest.fixture
def sink(socket_enabled: None) -> Iterator[Sink]:
    """Return a running server that takes everything."""
    del socket_enabled
    with serving(Sink()) as running:
        yield running


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give every test a configuration folder of its own, for what is kept there is kept in real files."""
    return hass_tmp_config_dir


@pytest.fixture
def entity_registry_enabled_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable also what is disabled at first, as the fixture of this name in Home Assistant's own tests does."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)
