"""What is exported follows another tariff and other gas factors by itself, without a reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.errors import StoreError

from .export.engine import Engine, running_engine
from .export.lines import Line
from .export.sink import Sink
from .house import CONFIRMED_AT, SHOWN, START, House
from .influx.shim import TOKEN
from .meters import redescribe
from .test_export import STEP, lines, read, set_up, settle, until


@pytest.fixture
def engine(socket_enabled: None, tmp_path: Path) -> Iterator[Engine]:
    """Return InfluxDB's engine behind the shim."""
    del socket_enabled
    with running_engine(tmp_path) as engine:
        yield engine


async def redescribed(house: House, **changes: Any) -> None:
    """Describe the meter's register otherwise, and wait until what follows is exported."""
    await redescribe(house.hass, house.entry, **changes)
    await settle(house)


async def sent(house: House) -> None:
    """Wait until everything is on the server."""
    assert house.entry is not None
    await until(lambda: not house.entry.runtime_data.store.database.outbox_state().waiting)  # type: ignore[union-attr]


def costs(sink: Sink) -> list[float]:
    """Return all costs on the server; their deltas add up to the last of them."""
    found = lines(sink, "utility_costs")
    assert sum(float(line.fields["delta"]) for line in found) == pytest.approx(float(found[-1].fields["cost"]))
    return [float(line.fields["cost"]) for line in found]


def used(house: House, name: str, key: str) -> float:
    """Return what has been used since the confirmed reading, in the meter's unit."""
    moved = float(house.state(f"sensor.{name}_reading")) - float(SHOWN[key])
    assert moved > 0.1
    return moved


def risen(found: list[Line]) -> float:
    """Return by how much the consumption has risen."""
    return float(found[-1].fields["consumption"]) - float(found[0].fields["consumption"])


async def test_another_tariff_rewrites_costs_and_days_without_a_reading(house: House, sink: Sink) -> None:
    house.registers["water"] = {"tariff": {"currency": "EUR", "price": "2"}}
    await set_up(house, sink, "water")
    for value in ("530.2708", "531.0708"):
        house.clock.tick(STEP)
        house.show("water", value)
        await read(house)
    await sent(house)
    known = {line.milliseconds: line for line in lines(sink, "water_meter")}
    before, total = costs(sink), used(house, "water_main", "water")
    assert before[-1] == pytest.approx(2 * total)

    accepted = sink.accepted
    await redescribed(house, tariff={"currency": "EUR", "price": "3"})
    await sent(house)
    assert costs(sink) == pytest.approx([1.5 * cost for cost in before])
    for rollup in ("water_daily", "water_monthly"):
        assert lines(sink, rollup)[-1].fields["cost"] == pytest.approx(3 * total)
    assert {line.milliseconds: line for line in lines(sink, "water_meter")} == known
    changed = sink.accepted - accepted
    assert changed <= len(costs(sink)) + 2  # no reading is sent again

    assert house.entry is not None
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await redescribed(house, label="cellar")
    await sent(house)
    assert sink.accepted == accepted + changed


async def test_a_tariff_that_changed_on_a_day_rewrites_what_came_after_it(house: House, sink: Sink) -> None:
    house.registers["water"] = {"tariff": {"currency": "EUR", "price": "2"}}
    await set_up(house, sink, "water")
    for hours, value in ((2, "531.0708"), (24, "532.0708")):  # the second one on the next day
        house.clock.move_to(START + timedelta(hours=hours))
        house.show("water", value)
        await read(house)
    await sent(house)
    before = costs(sink)

    versions = [{"price": "2"}, {"from": "2026-11-23", "price": "5"}]
    await redescribed(house, tariff={"currency": "EUR", "versions": versions})
    await sent(house)
    # Of 22 hours of even use the last four are on the next day, in the zone of the tests.
    after, (day, other) = costs(sink), lines(sink, "water_daily")[-2:]
    share = 4 / 22
    assert after[:-1] == before[:-1]
    assert after[-1] == pytest.approx(before[-1] + share * 3 * (used(house, "water_main", "water") - 1), rel=1e-3)
    assert float(day.fields["cost"]) + float(other.fields["cost"]) == pytest.approx(after[-1])


async def test_another_tariff_in_influxdb_itself(house: House, sink: Sink, engine: Engine) -> None:
    house.registers["water"] = {"tariff": {"currency": "EUR", "price": "2"}}
    server = {"url": engine.settings.url, "kind": "influxdb_1", "bucket_mode": "shared", "token": TOKEN}
    await set_up(house, sink, "water", **server)
    house.clock.tick(STEP)
    house.show("water", "530.4708")
    await read(house)
    await sent(house)
    asked = "SELECT last(cost) AS cost, count(cost) AS points, sum(delta) AS deltas FROM utility_costs"
    (before,) = engine.query(asked)
    assert before["cost"] == pytest.approx(2 * used(house, "water_main", "water"))

    await redescribed(house, tariff={"currency": "EUR", "price": "3", "standing_charge_per_day": "24"})
    await sent(house)
    (after,) = engine.query(asked)
    hours = (STEP + START - datetime.fromisoformat(CONFIRMED_AT)) / timedelta(hours=1)
    assert after["cost"] == pytest.approx(3 * used(house, "water_main", "water") + hours, abs=0.01)
    assert (after["points"], after["deltas"]) == (before["points"], pytest.approx(after["cost"]))
    (day,) = engine.query("SELECT last(cost) AS cost FROM water_daily", "utility_daily")
    assert day["cost"] == pytest.approx(after["cost"])


async def test_other_gas_factors_rewrite_readings_days_and_costs(house: House, sink: Sink) -> None:
    factor = {"from": "2026-11-01", "calorific_value": "10", "volume_correction": "1"}
    house.registers["gas"] = {"gas": [factor], "tariff": {"currency": "EUR", "price": "0.1"}}
    await set_up(house, sink, "gas")
    house.clock.tick(STEP)
    house.show("gas", "7312.986")
    await house.hass.services.async_call("button", "press", {"entity_id": "button.gas_read_now"}, blocking=True)
    await settle(house)
    await sent(house)
    before, cubic = lines(sink, "gas_meter"), used(house, "gas", "gas")
    assert costs(sink)[-1] == pytest.approx(cubic)
    assert risen(before) == pytest.approx(10 * cubic)

    await redescribed(house, gas=[{**factor, "volume_correction": "0.9"}])
    await sent(house)
    assert costs(sink)[-1] == pytest.approx(0.9 * cubic)
    after = lines(sink, "gas_meter")
    assert risen(after) == pytest.approx(9 * cubic)
    assert sum(float(line.fields.get("delta", 0)) for line in after) == pytest.approx(9 * cubic)
    assert [line.fields["reading"] for line in after] == [line.fields["reading"] for line in before]
    for rollup in ("gas_daily", "gas_monthly"):
        fields = lines(sink, rollup)[-1].fields
        assert (fields["consumption"], fields["cost"]) == (pytest.approx(9 * cubic), pytest.approx(0.9 * cubic))


async def test_a_crash_before_the_change_is_kept_sends_it_at_the_next_start(
    house: House, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.registers["water"] = {"tariff": {"currency": "EUR", "price": "2"}}
    await set_up(house, sink, "water")
    house.clock.tick(STEP)
    house.show("water", "530.4708")
    await read(house)
    await sent(house)
    total = used(house, "water_main", "water")
    with monkeypatch.context() as patch:
        patch.setattr(AccountStore, "commit", Mock(side_effect=StoreError(reason="disk full")))
        await redescribed(house, tariff={"currency": "EUR", "price": "3"})
        assert float(house.state("sensor.water_main_cost")) == pytest.approx(3 * total)
        assert costs(sink)[-1] == pytest.approx(2 * total)
    assert house.entry is not None
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await sent(house)
    assert costs(sink)[-1] == pytest.approx(3 * total)
