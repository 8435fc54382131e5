"""From the picture to the server: points of readings, verdicts and corrections, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.meter_vision.const import DOMAIN

from .export.lines import Line, parse
from .export.sink import READ_TOKEN, WRITE_TOKEN, Fault, Sink
from .house import START, House
from .meters import account

EXPORT: dict[str, Any] = {
    "kind": "influxdb_2",
    "org": "home",
    "token": WRITE_TOKEN,
    "bucket_mode": "separate",
    "site": "home",
    "verify": True,
    "ca_file": None,
}
STEP: Final = timedelta(minutes=10)  # between reads by hand; shorter than the interval, or timers would read as well


async def set_up(house: House, sink: Sink, *keys: str, options: dict[str, Any] | None = None, **changes: Any) -> Any:
    """Set an account up that exports."""
    entry = account(*map(house.meter, keys), base_url=house.simulator.api_url, options=options or {})
    house.entry = entry
    entry.add_to_hass(house.hass)
    export = {**EXPORT, "url": sink.url, **changes}
    house.hass.config_entries.async_update_entry(entry, data={**entry.data, "export": export})
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await settle(house)
    return entry


async def settle(house: House) -> None:
    """Wait for reads; the task that sends never ends."""
    await house.hass.async_block_till_done()
    assert house.entry is not None
    async with asyncio.timeout(30):
        for coordinator in house.entry.runtime_data.coordinators.values():
            while coordinator._running is not None or coordinator.data.attempted_at is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    await house.hass.async_block_till_done()


async def until(condition: Callable[[], object]) -> None:
    """Wait for what happens in another thread; the clock may be moved meanwhile, so the waits are counted."""
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail("this has not come about in a minute")


async def read(house: House) -> None:
    """Press the water meter's button and wait for the reading."""
    await house.read_now()
    await settle(house)


def lines(sink: Sink, measurement: str) -> list[Line]:
    """Return the points of a measurement on the server by time."""
    found = [parse(f"{series} {values} {stamp}") for (_, series, stamp), values in sink.points.items()]
    return sorted((line for line in found if line.measurement == measurement), key=lambda line: line.milliseconds)


def issues(hass: HomeAssistant) -> set[str]:
    """Return the kinds of issue of the export that there are."""
    return {
        issue.translation_key or ""
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


async def test_readings_and_verdicts_reach_the_server(house: House, sink: Sink) -> None:
    await set_up(house, sink, "water", "electricity")
    await until(lambda: len(lines(sink, "meter_quality")) == 2)

    (first, *_), (electricity, *_) = lines(sink, "water_meter"), lines(sink, "electric_meter")
    assert first.tags == {"meter_id": "water_main", "register": "main", "site": "home", "unit": "m³"}
    assert electricity.tags["unit"] == "kWh"
    quality = {line.tags["meter_id"]: line.fields for line in lines(sink, "meter_quality")}
    assert quality["water_main"]["accepted"] == 1
    assert float(quality["water_main"]["input_tokens"]) > 500

    house.clock.tick(STEP)
    house.show("water", "530.2708")
    await read(house)
    await until(lambda: len(lines(sink, "meter_quality")) == 3)

    latest = lines(sink, "water_meter")[-1]
    value = float(house.total())
    assert value == pytest.approx(530.2708, abs=0.0002)
    assert (latest.fields["reading"], latest.fields["consumption"]) == (value, value)
    assert latest.fields["camera"] == "127.0.0.1"
    assert latest.fields["delta"] == pytest.approx(0.2, abs=0.0003)
    await until(lambda: lines(sink, "water_daily")[-1].fields["total"] == value)
    assert lines(sink, "water_daily")[-1].fields["consumption"] == pytest.approx(0.2, abs=0.0003)
    buckets = {bucket for bucket, _, _ in sink.points}
    assert buckets - {"utility_costs"} == {"water_meter", "electric_meter", "utility_daily"}


async def test_how_the_account_stands_is_told_every_quarter_of_an_hour(house: House, sink: Sink) -> None:
    entry = await set_up(house, sink, "water", options={"cost_budget": 80})
    await until(lambda: lines(sink, "water_meter"))
    await until(lambda: not entry.runtime_data.store.database.outbox_state().waiting)
    house.clock.move_to(START + timedelta(minutes=16))
    async_fire_time_changed(house.hass, START + timedelta(minutes=16))
    await until(lambda: lines(sink, "export_status"))

    status = lines(sink, "export_status")[0]
    assert status.tags == {"meter_id": "_account", "register": "_all", "site": "home", "unit": "points"}
    assert (status.fields["backlog"], status.fields["dead_letters"]) == (0, 0)
    assert 0 < float(status.fields["api_cost_month"]) < 0.01
    assert (status.fields["api_budget"], status.fields["cost_budget"]) == (5, 80)
    await settle(house)


async def test_points_wait_for_a_server_that_is_away_and_survive_a_restart(house: House, sink: Sink) -> None:
    sink.faults.extend([Fault(503, "starting", retry_after="900")] * 5)
    entry = await set_up(house, sink, "water")
    await until(lambda: entry.runtime_data.exporter.status.outbox.waiting)
    backlog = int(house.state("sensor.claude_points_waiting_for_influxdb"))
    assert backlog >= 4
    assert sink.points == {}

    assert await house.hass.config_entries.async_unload(entry.entry_id)
    sink.faults.clear()
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: lines(sink, "water_meter"))
    await until(lambda: len(sink.points) == backlog)
    await until(lambda: house.state("sensor.claude_last_export") not in {"unknown", "unavailable"})
    await until(lambda: house.state("sensor.claude_points_waiting_for_influxdb") == "0")

    assert datetime.fromisoformat(house.state("sensor.claude_last_export")) >= START
    assert float(house.state("sensor.claude_longest_wait_for_influxdb")) == 0


async def test_corrections_rewrite_their_points(house: House, sink: Sink) -> None:
    await set_up(house, sink, "water")
    for value in ("530.2708", "530.4708"):
        house.clock.tick(STEP)
        house.show("water", value)
        await read(house)
    await until(lambda: len(lines(sink, "water_meter")) == 4)
    times = [line.milliseconds for line in lines(sink, "water_meter")]
    target = {"entity_id": "sensor.water_main_reading"}

    await house.hass.services.async_call(
        DOMAIN,
        "retract_reading",
        {**target, "time": datetime.fromtimestamp(times[-2] / 1000 + 1, UTC).isoformat()},
        blocking=True,
    )
    await until(lambda: any(line.fields["estimated"] for line in lines(sink, "water_meter")))

    found = lines(sink, "water_meter")
    assert [line.milliseconds for line in found] == times
    assert [line.fields["estimated"] for line in found[-2:]] == [1, 0]
    assert sum(float(line.fields.get("delta", 0)) for line in found) == pytest.approx(
        float(found[-1].fields["consumption"]) - float(found[0].fields["consumption"])
    )


async def test_a_dead_token_asks_for_another_and_a_missing_bucket_is_named(house: House, sink: Sink) -> None:
    entry = await set_up(house, sink, "water", token=READ_TOKEN)
    await until(lambda: list(entry.async_get_active_flows(house.hass, {SOURCE_REAUTH})))
    (flow,) = entry.async_get_active_flows(house.hass, {SOURCE_REAUTH})
    assert flow["step_id"] == "reauth_export"

    sink.buckets.remove("water_meter")
    done = await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"token": WRITE_TOKEN})
    assert done["errors"] == {"base": "export_bucket"}
    sink.buckets.add("water_meter")
    done = await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"token": WRITE_TOKEN})
    await house.hass.async_block_till_done()
    await until(lambda: lines(sink, "water_meter"))


async def test_a_missing_bucket_raises_an_issue_that_goes_away(house: House, sink: Sink) -> None:
    sink.buckets.remove("water_meter")
    entry = await set_up(house, sink, "water")
    await until(lambda: "export_bucket_missing" in issues(house.hass))
    await until(lambda: lines(sink, "water_daily"))

    sink.buckets.add("water_meter")
    await house.hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: lines(sink, "water_meter"))
    await until(lambda: "export_bucket_missing" not in issues(house.hass))


async def test_a_day_of_waiting_raises_an_issue(house: House, sink: Sink) -> None:
    sink.faults.extend([Fault(503, retry_after="1")] * 3)
    entry = await set_up(house, sink, "water")
    await until(lambda: entry.runtime_data.exporter.status.outbox.waiting)
    assert issues(house.hass) == set()
    assert await house.hass.config_entries.async_unload(entry.entry_id)
    house.clock.tick(timedelta(hours=25))

    sink.faults.clear()
    sink.faults.extend([Fault(503, retry_after="1")])
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: "export_outbox_old" in issues(house.hass))
    await until(lambda: "export_outbox_old" not in issues(house.hass))


@pytest.mark.parametrize("choice", ["retry", "drop"])
async def test_refused_points_are_sent_again_or_forgotten(
    house: House, sink: Sink, hass_client: ClientSessionGenerator, choice: str
) -> None:
    assert await async_setup_component(house.hass, "repairs", {})
    sink.partial = {"water_meter,": (422, "partial write: field type conflict")}
    entry = await set_up(house, sink, "water")
    await until(lambda: "export_dead_letters" in issues(house.hass))
    sink.partial = {}

    client = await hass_client()
    start = {"handler": DOMAIN, "issue_id": f"export_dead_letters_{entry.entry_id}"}
    flow = await (await client.post("/api/repairs/issues/fix", json=start)).json()
    assert flow["type"] == "menu"
    assert "field type conflict" in flow["description_placeholders"]["message"]
    answer = await client.post(f"/api/repairs/issues/fix/{flow['flow_id']}", json={"next_step_id": choice})
    assert answer.status == HTTPStatus.OK

    await until(lambda: not entry.runtime_data.store.database.outbox_state().dead)
    await until(lambda: not entry.runtime_data.store.database.outbox_state().waiting)
    assert bool(lines(sink, "water_meter")) is (choice == "retry")
    assert "export_dead_letters" not in issues(house.hass)


async def test_the_past_can_be_sent_later(house: House, sink: Sink) -> None:
    entry = await set_up(house, sink, "water")
    await until(lambda: lines(sink, "water_meter"))
    known = dict(sink.points)
    sink.points.clear()

    answer = await house.hass.services.async_call(
        DOMAIN,
        "export_history",
        {"entity_id": "sensor.water_main_reading"},
        blocking=True,
        return_response=True,
    )
    (points,) = answer["points"].values()
    await until(lambda: len(sink.points) == points)
    await until(lambda: not entry.runtime_data.exporter.status.outbox.waiting)

    assert sink.points.keys() >= known.keys()


async def test_without_an_export_there_is_no_past_to_send(house: House) -> None:
    await house.set_up("water")
    with pytest.raises(ServiceValidationError, match="exports nothing"):
        await house.hass.services.async_call(
            DOMAIN, "export_history", {"entity_id": "sensor.water_main_reading"}, blocking=True
        )


async def test_what_found_no_room_is_made_again(house: House, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.faults.extend([Fault(503, retry_after="900")] * 50)
    entry = await set_up(house, sink, "water")
    await until(lambda: entry.runtime_data.exporter.status.outbox.waiting)
    monkeypatch.setattr(entry.runtime_data.store.database, "_most_waiting", 1)
    house.clock.tick(STEP)
    house.show("water", "530.2708")
    await read(house)
    assert entry.runtime_data.store.database.missed().keys() == set(entry.subentries)
    value = float(house.total())
    assert value == pytest.approx(530.2708, abs=0.0002)

    sink.faults.clear()
    await house.hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: any(line.fields["reading"] == value for line in lines(sink, "water_meter")))
    await until(lambda: not entry.runtime_data.store.database.missed())
    assert len(lines(sink, "meter_quality")) >= 2


async def test_ending_the_export_removes_its_sensors_and_removing_the_account_leaves_nothing(
    house: House, sink: Sink
) -> None:
    entry = await set_up(house, sink, "water")
    await until(lambda: lines(sink, "water_meter"))
    await until(lambda: not entry.runtime_data.store.database.outbox_state().waiting)
    sent = len(sink.seen)

    data = {key: value for key, value in entry.data.items() if key != "export"}
    house.hass.config_entries.async_update_entry(entry, data=data)
    await house.hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    entities = er.async_entries_for_config_entry(er.async_get(house.hass), entry.entry_id)
    assert not [entity for entity in entities if "_export_" in entity.unique_id]

    await house.hass.config_entries.async_remove(entry.entry_id)
    left = Path(house.hass.config.path(".storage")).glob(f"*{entry.entry_id}*")  # noqa: ASYNC240
    assert [*left] == []
    assert len(sink.seen) == sent


async def test_a_meter_keeps_its_short_name(house: House, sink: Sink) -> None:
    entry = await set_up(house, sink, "water", "water")
    names = [subentry.data["meter_id"] for subentry in entry.subentries.values()]
    assert sorted(names) == ["water_main", "water_main_2"]
    (subentry, _) = entry.subentries.values()
    house.hass.config_entries.async_update_subentry(entry, subentry, title="Cellar")
    await house.hass.async_block_till_done()
    assert [subentry.data["meter_id"] for subentry in entry.subentries.values()] == names


async def test_diagnostics_tell_about_the_export_and_no_secret(
    house: House, sink: Sink, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(house.hass, "diagnostics", {})
    entry = await set_up(house, sink, "water")
    await until(lambda: entry.runtime_data.exporter.status.last_success is not None)

    told = await get_diagnostics_for_config_entry(house.hass, hass_client, entry)

    assert told["export"]["waiting"] >= 0
    assert told["export"]["last_success"]
    assert WRITE_TOKEN not in str(told)
    assert told["data"]["export"]["token"] == "**REDACTED**"
