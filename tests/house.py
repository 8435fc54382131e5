"""A house under test: the simulator's meters, held at values, and an account that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import logging
from typing import Any, Final

from freezegun import freeze_time
from homeassistant.config_entries import ConfigSubentry, ConfigSubentryData
from homeassistant.core import HomeAssistant
import homeassistant.util.dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.meter_vision import coordinator

from .meters import API_KEY, account, meter
from .simulator.fixtures import Simulator
from .simulator.meters import METERS

START: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""When the tests begin; by day, so that the cameras see colours."""
CONFIRMED_AT: Final = "2026-11-22T08:00:00+00:00"
INTERVAL: Final = timedelta(minutes=15)
SHOWN: Final = {"water": "530.0708", "electricity": "41873.4", "gas": "7312.486"}
"""What the meters show when the tests begin, and what a person confirmed four hours before."""


@dataclass(slots=True)
class House:
    """Controls the simulator's servers and looks at Home Assistant's states."""

    hass: HomeAssistant
    simulator: Simulator
    clock: Any
    entry: MockConfigEntry | None = field(default=None)
    registers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What else is to be said of a meter's register, by meter."""

    def meter(self, key: str, **more: Any) -> ConfigSubentryData:
        """Return a meter of the simulator as the flow would store it."""
        description = METERS[key].description()
        return meter(
            description["name"],
            description["kind"],
            {**description["registers"][0], **self.registers.get(key, {})},
            initial=SHOWN[key],
            at=CONFIRMED_AT,
            **{
                "rotation": description["rotation"],
                "crop": description["crop"],
                "camera": {"url": self.simulator.snapshot_url(key), "auth": "none"},
                # Most tests hold a meter still and count calls; tests/test_screening.py has it as it comes.
                "pay_for_unchanged": True,
                **more,
            },
        )

    async def set_up(self, *keys: str, api_key: str = API_KEY, **more: Any) -> MockConfigEntry:
        """Set an account up with meters, and wait until all have been read."""
        self.entry = account(*map(self.meter, keys), base_url=self.simulator.api_url, api_key=api_key, **more)
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()
        return self.entry

    async def add(self, described: ConfigSubentryData) -> None:
        """Add a meter, as its flow does at its end, and wait until it has been read."""
        assert self.entry is not None
        self.hass.config_entries.async_add_subentry(self.entry, ConfigSubentry(**described))
        await self.settle()

    async def settle(self) -> None:
        """Wait for everything that is under way."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def pass_time(self, time: timedelta = INTERVAL + timedelta(seconds=20)) -> None:
        """Let time pass, and wait for what it sets off."""
        self.clock.move_to(dt_util.utcnow() + time)
        async_fire_time_changed(self.hass)
        await self.settle()

    async def read_now(self) -> None:
        """Press the water meter's button."""
        await self.hass.services.async_call(
            "button", "press", {"entity_id": "button.water_main_read_now"}, blocking=True
        )

    def show(self, key: str, value: str) -> None:
        """Hold a meter at a value, in daylight."""
        self.simulator.hold(key, value=value, time=START)

    def break_camera(self, key: str, fault: str | None) -> None:
        """Give a camera a fault, None: repair it."""
        self.simulator.camera_fault(key, fault)

    def break_reader(self, fault: str | None, **more: Any) -> None:
        """Give the reader a fault in place of any other, None: repair it."""
        self.simulator.clear_api_faults()
        if fault is not None:
            self.simulator.api_fault(fault, **more)

    @property
    def calls(self) -> int:
        """How often the reader was asked to read, whether it answered or not."""
        return sum(call["endpoint"] == "messages" for call in self.simulator.calls()["log"])

    def state(self, entity_id: str) -> str:
        """Return an entity's state."""
        state = self.hass.states.get(entity_id)
        assert state is not None, entity_id
        return state.state

    def status(self, name: str = "water_main") -> tuple[str, str | None]:
        """Return a meter's status and what went wrong."""
        state = self.hass.states.get(f"sensor.{name}_status")
        return state.state, state.attributes["error"]

    def rule(self, name: str = "water_main") -> str | None:
        """Return the rule that decided about a meter's latest look."""
        return self.hass.states.get(f"sensor.{name}_status").attributes["rule"]

    @property
    def models(self) -> list[str]:
        """The line of the model that each call asked for."""
        log = self.simulator.calls()["log"]
        return [call["model"].split("-")[1] for call in log if call["endpoint"] == "messages"]

    def total(self, name: str = "water_main") -> str:
        """Return a meter's consumption."""
        return self.state(f"sensor.{name}_consumption")


@pytest.fixture
def house(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """A house with working cameras and a working reader, whose key never shows in a log."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(coordinator, "PAUSE", timedelta())
    # Ticking, for otherwise nothing that sleeps or has a timeout ever ends.
    with freeze_time(START, tick=True) as clock:
        house = House(hass, simulator, clock)
        for key, value in SHOWN.items():
            house.show(key, value)
        yield house
    assert API_KEY not in caplog.text
