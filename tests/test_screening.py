"""What is not paid for: pictures that nobody can read, and pictures that show no change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .house import INTERVAL, SHOWN, START, House

WATER = SHOWN["water"]


async def set_up(house: House, **more: Any) -> None:
    """Set the water meter up as it comes."""
    await house.set_up()
    await house.add(house.meter("water", pay_for_unchanged=False, **more))


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [({"brightness": 0.002}, "black"), ({"blur": 30.0}, "blurred")],
)
async def test_a_picture_nobody_can_read_costs_nothing_and_says_why(
    house: House, conditions: dict[str, float], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(house)
    house.show("water", "530.2000")
    house.simulator.conditions("water", **conditions)
    await house.pass_time()

    assert house.status() == (reason, f"photo_{reason}")
    assert house.state("binary_sensor.water_main_problem") == "on"
    assert (house.total(), house.calls) == (WATER, 1)
    assert "needed" in caplog.text
    house.simulator.conditions("water")
    await house.pass_time()
    assert house.status() == ("ok", None)
    assert (house.total(), house.calls) == ("530.2000", 2)


async def test_a_refused_picture_is_read_once_a_day(house: House) -> None:
    """Whatever the thresholds are, no meter is blocked for good."""
    await set_up(house)
    house.simulator.conditions("water", blur=30.0)
    for calls in (1, 1, 1, 2, 2, 2, 3):
        assert house.calls == calls
        await house.pass_time(timedelta(hours=11))
    assert house.status()[0] == "blurred"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_picture_without_change_confirms_the_reading_for_nothing(house: House) -> None:
    await set_up(house)
    taken_at = house.state("sensor.water_main_last_reading")
    cost = house.state("sensor.water_main_api_cost")
    await house.pass_time()

    assert (house.status(), house.rule()) == (("ok", None), "unchanged")
    assert house.state("sensor.water_main_last_reading") > taken_at
    assert house.state("sensor.water_main_confidence") == "medium"
    assert (house.total(), house.calls) == (WATER, 1)
    assert house.state("sensor.water_main_api_cost") == cost
    house.show("water", "530.0709")
    await house.pass_time()
    assert (house.total(), house.rule(), house.calls) == ("530.0709", "in_window", 2)


async def test_what_was_not_read_is_in_the_journal_without_cost_and_picture(house: House) -> None:
    await set_up(house)
    await house.pass_time()
    assert house.entry is not None
    (meter,) = house.entry.runtime_data.coordinators
    rows = house.entry.runtime_data.store.database.journal(meter, START, START + timedelta(days=1))
    read, compared = sorted((row.entry for row in rows), key=lambda entry: entry.time)
    assert (read.kind, compared.kind, compared.rule) == ("look", "compared", "unchanged")
    assert read.picture is not None
    assert (compared.picture, compared.model, compared.cost, compared.input_tokens) == (None, None, None, 0)


async def test_a_meter_at_rest_is_read_every_six_hours(house: House) -> None:
    await set_up(house)
    for _ in range(23):
        await house.pass_time()
        assert house.rule() == "unchanged"
    assert house.calls == 1
    await house.pass_time(timedelta(minutes=30))
    assert (house.rule(), house.calls) == ("confirmed", 2)
    await house.pass_time()
    assert (house.rule(), house.calls) == ("unchanged", 2)


async def test_no_more_than_24_pictures_in_a_row_go_unread(house: House) -> None:
    await set_up(house, interval={"normal": 300})
    for _ in range(24):
        await house.pass_time(timedelta(minutes=5, seconds=10))
    assert (house.rule(), house.calls) == ("unchanged", 1)
    await house.pass_time(timedelta(minutes=5, seconds=10))
    assert (house.rule(), house.calls) == ("confirmed", 2)


async def test_nothing_is_compared_while_a_value_is_held(house: House) -> None:
    await set_up(house)
    house.show("water", "630.0708")
    await house.pass_time()
    assert (house.status(), house.calls) == (("held", None), 4)
    await house.pass_time()
    assert (house.status(), house.calls) == (("held", None), 5)
    house.show("water", "530.0708")
    await house.pass_time()
    assert (house.status(), house.calls) == (("ok", None), 6)


async def test_the_very_same_picture_is_never_paid_for_twice(house: House) -> None:
    await house.set_up("water")
    house.break_camera("water", "frozen")
    await house.pass_time()
    assert (house.status(), house.rule(), house.calls) == (("ok", None), "same_picture", 1)
    for _ in range(2):
        await house.pass_time(timedelta(hours=13))
    assert (house.status(), house.rule(), house.calls) == (("held", None), "stuck_picture", 1)


async def test_who_wants_to_pays_for_every_picture(house: House) -> None:
    await house.set_up("water")
    for calls in (2, 3):
        await house.pass_time(INTERVAL + timedelta(seconds=20))
        assert (house.rule(), house.calls) == ("confirmed", calls)
