"""A lamp is on while a picture is taken, and what it was before afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.meter_vision.lighting import LightError, lit

LAMP = {"entity": "light.cellar", "warm_up": 0}


class Lamp:
    """A lamp that can be broken."""

    def __init__(self, hass: HomeAssistant, state: str = "off") -> None:
        """Hang it up."""
        self.hass = hass
        self.broken = ""
        self.calls: list[str] = []
        hass.states.async_set("light.cellar", state)
        for service in ("turn_on", "turn_off"):
            hass.services.async_register("light", service, self._switch)

    async def _switch(self, call: ServiceCall) -> None:
        self.calls.append(call.service)
        if self.broken == call.service:
            message = "no power"
            raise HomeAssistantError(message)
        self.hass.states.async_set(call.data["entity_id"], call.service.removeprefix("turn_"))

    @property
    def state(self) -> str:
        """Whether it is on or off."""
        state = self.hass.states.get("light.cellar")
        assert state is not None
        return state.state


@pytest.fixture
def lamp(hass: HomeAssistant) -> Iterator[Lamp]:
    """Yield a lamp that is off."""
    return Lamp(hass)


async def test_on_for_the_picture_and_off_again(hass: HomeAssistant, lamp: Lamp) -> None:
    async with lit(hass, LAMP):
        assert lamp.state == "on"
    assert lamp.state == "off"
    with pytest.raises(ValueError, match="camera"):
        async with lit(hass, LAMP):
            raise ValueError("camera")
    assert (lamp.state, lamp.calls) == ("off", ["turn_on", "turn_off"] * 2)


async def test_lamp_that_is_on_stays_on(hass: HomeAssistant) -> None:
    lamp = Lamp(hass, "on")
    async with lit(hass, LAMP):
        pass
    assert (lamp.state, lamp.calls) == ("on", [])


async def test_no_lamp(hass: HomeAssistant, lamp: Lamp) -> None:
    async with lit(hass, None):
        assert lamp.calls == []


async def test_lamp_that_cannot_be_switched(hass: HomeAssistant, lamp: Lamp, caplog: pytest.LogCaptureFixture) -> None:
    lamp.broken = "turn_on"
    with pytest.raises(LightError):
        async with lit(hass, LAMP):
            pytest.fail("no light, no picture")
    lamp.broken = "turn_off"
    async with lit(hass, LAMP):
        pass
    assert "light.cellar could not be switched off again" in caplog.text
    with pytest.raises(LightError):
        async with lit(hass, LAMP | {"entity": "light.gone"}):
            pytest.fail("no light, no picture")


async def test_meters_share_a_lamp(hass: HomeAssistant, lamp: Lamp) -> None:
    seen = []

    async def picture() -> None:
        async with lit(hass, LAMP):
            await asyncio.sleep(0.01)
            seen.append(lamp.state)

    await asyncio.gather(*(picture() for _ in range(3)))
    assert (seen, lamp.state) == (["on"] * 3, "off")


async def test_dialog_closed_while_the_lamp_is_on(hass: HomeAssistant, lamp: Lamp) -> None:
    async def picture() -> None:
        async with lit(hass, LAMP | {"warm_up": 30}):
            pytest.fail("closed before")

    task = hass.async_create_task(picture())
    await asyncio.sleep(0.01)
    assert lamp.state == "on"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert lamp.state == "off"
