"""A wall clock that was ahead, as computers without a battery have it, and then is put right."""

from __future__ import annotations

from datetime import datetime, timedelta

import homeassistant.util.dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.meter_vision.store.models import Kind

from .house import INTERVAL, START, House

AHEAD = timedelta(hours=2, minutes=20)


async def put_clock(house: House, time: datetime) -> None:
    house.clock.move_to(time)
    async_fire_time_changed(house.hass, dt_util.utcnow())
    await house.read_now()
    await house.settle()


def last_reading(house: House) -> datetime:
    return datetime.fromisoformat(house.state("sensor.water_main_last_reading"))


async def test_readings_of_a_clock_that_was_ahead_block_nothing(house: House) -> None:
    entry = await house.set_up("water")
    house.show("water", "530.1000")
    await put_clock(house, START + AHEAD)
    assert last_reading(house) >= START + AHEAD

    house.show("water", "530.1200")
    await put_clock(house, START + INTERVAL)

    assert abs(last_reading(house) - (START + INTERVAL)) < timedelta(minutes=1)
    assert house.total() == "530.1200"
    assert house.status() == ("ok", None)
    (subentry,) = entry.subentries.values()
    journal = entry.runtime_data.store.database.journal(
        subentry.subentry_id, START - timedelta(days=1), START + timedelta(days=1)
    )
    assert Kind.RETRACT in [row.entry.kind for row in journal]

    house.show("water", "530.1400")
    await put_clock(house, START + 2 * INTERVAL)
    assert house.total() == "530.1400"
    ledger = entry.runtime_data.coordinators[subentry.subentry_id].data.registers["main"].ledger
    assert [str(each.reading.value) for each in ledger.entries] == ["530.0708", "530.0708", "530.1200", "530.1400"]


async def test_what_a_person_said_while_the_clock_was_ahead_stands(house: House) -> None:
    entry = await house.set_up("water")
    house.show("water", "540.0000")
    house.clock.move_to(START + AHEAD)
    await house.hass.services.async_call(
        "meter_vision", "set_reading", {"entity_id": "sensor.water_main_reading", "value": "540.0000"}, blocking=True
    )
    await house.settle()
    house.show("water", "540.0200")
    await put_clock(house, START + INTERVAL)

    assert house.state("sensor.water_main_reading") == "540.0200"
    (subentry,) = entry.subentries.values()
    ledger = entry.runtime_data.coordinators[subentry.subentry_id].data.registers["main"].ledger
    said = [each for each in ledger.entries if each.trusted]
    assert [str(each.reading.value) for each in said] == ["530.0708", "540.0000"]
    assert said[-1].reading.time <= START + INTERVAL + timedelta(minutes=1)


async def test_a_clock_put_back_by_seconds_changes_nothing(house: House) -> None:
    entry = await house.set_up("water")
    (subentry,) = entry.subentries.values()
    coordinator = entry.runtime_data.coordinators[subentry.subentry_id]
    before = coordinator.data.registers["main"].ledger.entries
    house.show("water", "530.0708")
    await put_clock(house, START - timedelta(seconds=20))
    assert coordinator.data.registers["main"].ledger.entries[: len(before)] == before


async def test_a_clock_that_was_ahead_when_the_meter_was_set_up(house: House) -> None:
    """Even the confirmed first reading is from a time to come."""
    entry = await house.set_up("water")
    house.show("water", "530.1200")
    await put_clock(house, START - timedelta(days=3))
    assert house.total() == "530.1200"
    (subentry,) = entry.subentries.values()
    ledger = entry.runtime_data.coordinators[subentry.subentry_id].data.registers["main"].ledger
    assert ledger.entries[-1].reading.time < START - timedelta(days=2)
