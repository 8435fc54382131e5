"""What automations are told, and the sensors of what is odd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from freezegun import freeze_time
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
import pytest

from .house import House
from .typed import TypedMeter, local

EVENTS = "event.water_events"

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def typed(hass: HomeAssistant) -> Iterator[TypedMeter]:
    """A meter that is not set up yet."""
    with freeze_time(local("2026-11-23T00:00"), tick=True) as clock:
        yield TypedMeter(hass, clock)


@pytest.fixture
def told(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Every event of any meter from now on: its attributes."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()

    @callback
    def listen(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new is not None and new.domain == "event" and new.attributes.get("event_type") and new.state not in seen:
            seen.add(new.state)  # after a restart the latest event is shown again
            found.append(dict(new.attributes))

    hass.bus.async_listen("state_changed", listen)
    return found


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [event["event_type"] for event in told]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_looks(house: House, told: list[dict[str, Any]]) -> None:
    await house.set_up("water", pref_disable_polling=True)
    house.show("water", "530.1000")
    await house.read_now()
    await house.settle()
    assert kinds(told) == ["reading_accepted"]
    usual = {"event_type", "event_types", "friendly_name"}
    facts = {key: value for key, value in told[0].items() if key not in usual}
    assert facts.pop("taken_at").startswith("2026-11-22T12:")
    assert facts.pop("rule")
    assert facts == {
        "reading": 530.1,
        "reading_unit": "m³",
        "consumption": 530.1,
        "unit": "m³",
        "confidence": house.state("sensor.water_main_confidence"),
    }
    assert house.state("event.water_main_events") != "unknown"


async def test_a_surprise_is_told_of_once_however_often_it_is_looked_at(
    house: House, told: list[dict[str, Any]]
) -> None:
    await house.set_up("water", pref_disable_polling=True)
    house.show("water", "930.1000")
    await house.read_now()
    await house.settle()
    assert house.calls > 1
    assert kinds(told) == ["reading_held"]
    assert told[0]["rule"] == house.rule()


async def test_what_a_person_does(typed: TypedMeter, told: list[dict[str, Any]]) -> None:
    await typed.set_up("100", "2026-11-22T23:00")
    await typed.say("101")
    await typed.act("correct_reading", value="102")
    assert typed.state("event.events").attributes["reading"] == 102
    await typed.act("retract_reading")
    assert typed.state("event.events").attributes["consumption"] == 100
    await typed.say("3", new_meter=True)
    assert kinds(told) == ["reading_corrected"] * 3 + ["meter_replaced"]
    assert (told[-1]["reading"], told[-1]["consumption"]) == (3, 100)


async def test_a_leak_is_told_of_and_shown_until_it_is_over(typed: TypedMeter, told: list[dict[str, Any]]) -> None:
    await typed.set_up("100", "2026-11-23T00:00")
    value = await typed.run("2026-11-23T00:00", [0.0, 0.5] + [0.6] * 22, 100)
    assert typed.state("binary_sensor.leak").state == "off"
    value = await typed.run("2026-11-23T06:00", [0.6], value)
    leak = typed.state("binary_sensor.leak")
    assert (leak.state, leak.attributes["least_flow"]) == ("on", 0.002)
    (suspected,) = (event for event in told if event["event_type"] == "leak_suspected")
    assert suspected["since"].startswith("2026-11-22T23:15:0")
    assert (suspected["least_flow"], suspected["unit"]) == (0.002, "m³")
    value = await typed.run("2026-11-23T06:15", [0.6], value)
    await typed.run("2026-11-23T06:30", [0.0], value)
    assert typed.state("binary_sensor.leak").state == "off"
    assert [kind for kind in kinds(told) if "leak" in kind] == ["leak_suspected", "leak_cleared"]


async def test_a_leak_outlives_a_restart(typed: TypedMeter, told: list[dict[str, Any]]) -> None:
    entry = await typed.set_up("100", "2026-11-23T00:00")
    await typed.run("2026-11-23T00:00", [0.5] * 24, 100)
    before = typed.state("binary_sensor.leak")
    await typed.hass.config_entries.async_reload(entry.entry_id)
    await typed.hass.async_block_till_done()
    after = typed.state("binary_sensor.leak")
    assert (after.state, after.attributes) == ("on", before.attributes)
    assert kinds(told).count("leak_suspected") == 1


@pytest.mark.parametrize(("hours", "there"), [(None, True), (0, False), (3, True)])
async def test_hours_are_chosen(typed: TypedMeter, hours: int | None, *, there: bool) -> None:
    await typed.set_up("100", "2026-11-23T00:00", leak_hours=hours)
    assert (typed.hass.states.get("binary_sensor.water_leak") is not None) is there
    await typed.run("2026-11-23T00:00", [0.5] * 12, 100)
    if there:
        assert typed.state("binary_sensor.leak").state == ("on" if hours == 3 else "off")


async def test_unusual_use_is_told_of(typed: TypedMeter, told: list[dict[str, Any]]) -> None:
    """Two weeks of ten litres every three hours, then a hose at night."""
    await typed.set_up("100", "2026-11-23T00:00")
    value = await typed.run("2026-11-23T00:00", [10.0] * (8 * 15 + 1), 100, minutes=180)
    assert "usage_spike" not in kinds(told)
    value = await typed.run("2026-12-08T03:00", [90.0], value)
    assert typed.state("binary_sensor.unusually_high_use").state == "on"
    spike = told[-1]
    assert (spike["event_type"], spike["used"], spike["unit"]) == ("usage_spike", 0.09, "m³")
    assert 0 < spike["usual"] < 0.02
    await typed.run("2026-12-08T03:15", [0.0] * 7, value)
    assert typed.state("binary_sensor.unusually_high_use").state == "off"


async def test_flow_rate(typed: TypedMeter) -> None:
    await typed.set_up("100", "2026-11-23T00:00")
    assert typed.state("sensor.flow_rate").state == "unknown"
    await typed.run("2026-11-23T00:00", [50.0], 100)
    flow = typed.state("sensor.flow_rate")
    assert float(flow.state) == 0.2
    assert flow.attributes["unit_of_measurement"] == "m³/h"
