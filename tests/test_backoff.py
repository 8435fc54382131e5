"""What keeps failing is asked less and less, by all meters together, until it works or a person asks."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from homeassistant.exceptions import HomeAssistantError
import pytest

from .house import House

FAILED = ("camera_error", "camera_status")
MINUTE = timedelta(minutes=1)
EVERY_MINUTE = {"normal": 60}


async def two_meters(house: House, **more: object) -> None:
    """Set two meters up that look through one camera."""
    await house.set_up()
    for name in ("One", "Two"):
        await house.add({**house.meter("water", **more), "title": name, "unique_id": name})


def statuses(house: House) -> set[tuple[str, str | None]]:
    return {house.status("one"), house.status("two")}


async def asked_in(house: House, minutes: int) -> int:
    """Let minutes pass one by one; return how often a camera that fails from now on was asked."""
    house.simulator.camera_fault("water", "status_500", count=100)
    for _ in range(minutes):
        await house.pass_time(MINUTE + timedelta(seconds=2))
    return 100 - house.simulator.faults_left("water")


async def test_a_camera_that_fails_is_asked_less_and_less(house: House) -> None:
    await two_meters(house, interval=EVERY_MINUTE)
    assert statuses(house) == {("ok", None)}
    assert await asked_in(house, 3) <= 3
    assert statuses(house) == {FAILED}
    assert await asked_in(house, 28) <= 4
    assert 1 <= await asked_in(house, 130) <= 3, "an hour is the longest pause"
    assert statuses(house) == {FAILED}


async def test_a_camera_that_works_again_is_asked_as_often_as_before(house: House) -> None:
    await two_meters(house, interval=EVERY_MINUTE)
    await asked_in(house, 10)
    house.break_camera("water", None)
    served = len(house.simulator.served("water"))
    for _ in range(12):
        await house.pass_time(MINUTE + timedelta(seconds=2))
    assert statuses(house) == {("ok", None)}
    assert len(house.simulator.served("water")) >= served + 4
    assert await asked_in(house, 3) >= 2, "what was before is forgotten"


async def test_a_person_does_not_wait_for_a_camera(house: House) -> None:
    await house.set_up("water")
    house.break_camera("water", "status_500")
    for _ in range(5):
        await house.pass_time()
    assert house.status() == FAILED
    calls = house.calls
    house.break_camera("water", None)
    await house.read_now()
    assert (house.status(), house.calls) == (("ok", None), calls + 1)
    await house.pass_time()
    assert house.calls == calls + 2


async def test_a_service_that_fails_is_asked_less_and_less(house: House) -> None:
    await two_meters(house)
    house.break_reader("overloaded")
    await house.pass_time()
    assert statuses(house) == {("reader_error", "reader_busy")}
    calls = [house.calls]
    for _ in range(20):
        await house.pass_time(timedelta(seconds=20))
        calls.append(house.calls)
    asked = [number for number, (one, other) in enumerate(pairwise(calls)) if other > one]
    pauses = [other - one for one, other in pairwise(asked)]
    assert pauses == sorted(pauses)
    assert len(asked) <= 5

    with pytest.raises(HomeAssistantError):
        await house.hass.services.async_call("button", "press", {"entity_id": "button.one_read_now"}, blocking=True)
    assert house.calls > calls[-1], "a person does not wait for it"
    house.break_reader(None)
    await house.hass.services.async_call("button", "press", {"entity_id": "button.one_read_now"}, blocking=True)
    assert house.status("one") == ("ok", None)


async def test_after_a_long_sleep_each_meter_is_read_once(house: House) -> None:
    await house.set_up("water", "electricity", "gas")
    assert house.calls == 3
    await house.pass_time(timedelta(hours=10))
    assert house.calls == 6
    await house.pass_time()
    assert house.calls == 9
