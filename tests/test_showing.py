"""What is known about a meter reaches its entities once for each look, a few of them at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
import gc

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
import pytest

from custom_components.meter_vision import account
from custom_components.meter_vision.metering.models import PreparedPhoto

from .house import House


@contextmanager
def written(hass: HomeAssistant) -> Iterator[Counter[str]]:
    """Count how often the state of each sensor of the water meter is written, changed or not."""
    times = Counter[str]()

    @callback
    def count(event: Event) -> None:
        if "sensor.water_main" in event.data["entity_id"]:
            times[event.data["entity_id"]] += 1

    stop = [
        hass.bus.async_listen(EVENT_STATE_CHANGED, count),
        # The reports of unchanged states are for listeners that filter them only.
        hass.bus.async_listen(EVENT_STATE_REPORTED, count, event_filter=callback(lambda _data: True)),
    ]
    yield times
    for each in stop:
        each()


async def test_state_of_every_sensor_is_written_once_for_a_look(hass: HomeAssistant, house: House) -> None:
    await house.set_up("water")
    house.show("water", "530.2000")
    with written(hass) as times:
        await house.pass_time()
    assert house.total() == "530.2000"
    assert len(times) >= 8
    assert {name: number for name, number in times.items() if number > 1} == {}


async def test_state_of_every_sensor_is_written_once_for_a_failure(hass: HomeAssistant, house: House) -> None:
    await house.set_up("water")
    house.break_camera("water", "status_500")
    for _ in range(2):
        with written(hass) as times:
            await house.pass_time()
        assert house.status()[0] != "ok"
        assert len(times) >= 8
        assert {name: number for name, number in times.items() if number > 1} == {}


async def test_home_assistant_goes_on_between_a_few_states(house: House, hass: HomeAssistant) -> None:
    entry = await house.set_up("water")
    (coordinator,) = entry.runtime_data.coordinators.values()
    with written(hass) as times:
        showing = hass.async_create_task(coordinator.async_show())
        at_a_time = []
        while not showing.done():
            before = times.total()
            await asyncio.sleep(0)
            at_a_time.append(times.total() - before)
        assert sum(at_a_time) >= 8
        assert max(at_a_time) <= 4


async def test_listener_that_fails_leaves_the_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = list[str]()
    # The test plugin has it raise what it ought to log.
    monkeypatch.setattr("homeassistant.util.logging.log_exception", lambda described: logged.append(described()))
    entry = await house.set_up("water")
    (coordinator,) = entry.runtime_data.coordinators.values()
    told = list[str]()

    @callback
    def fail() -> None:
        told.append("failing")
        message = "out of order"
        raise RuntimeError(message)

    stop = [coordinator.async_add_listener(fail), coordinator.async_add_listener(lambda: told.append("next"))]
    await coordinator.async_show()
    for each in stop:
        each()
    assert told == ["failing", "next"]
    assert logged == ["A listener of Water main failed"]


async def test_listener_that_has_gone_meanwhile_is_left_alone(house: House, hass: HomeAssistant) -> None:
    entry = await house.set_up("water")
    (coordinator,) = entry.runtime_data.coordinators.values()
    told = list[str]()
    stop = coordinator.async_add_listener(lambda: told.append("gone"))
    showing = hass.async_create_task(coordinator.async_show())
    stop()
    await showing
    assert told == []


async def test_picture_that_is_forgotten_leaves_the_memory(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_MOST_PICTURES", 1)
    entry = await house.set_up("water", "electricity")
    coordinators = entry.runtime_data.coordinators.values()
    for coordinator in coordinators:
        await coordinator.async_read_now()
    states = [coordinator.data for coordinator in coordinators]
    assert all(state.picture_taken_at is not None for state in states)
    assert [state.picture is not None for state in states].count(True) == 1
    gc.collect()
    assert len({id(found) for found in gc.get_objects() if isinstance(found, PreparedPhoto) and found.content}) == 1
