"""What is kept over restarts, whatever has become of the file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.const import DOMAIN

from .test_init import FAR_OFF, LONG_AGO, quiet_account, set_reading, set_up

pytestmark = pytest.mark.usefixtures("socket_enabled")

TOTAL = "sensor.cellar_consumption"


@pytest.fixture
async def entry(hass: HomeAssistant) -> AsyncIterator[MockConfigEntry]:
    """An account whose meter was set to 531.2 and that is unloaded again."""
    await set_up(hass, entry := quiet_account("Cellar"))
    await set_reading(hass, "sensor.cellar_reading", "531.2")
    assert await hass.config_entries.async_unload(entry.entry_id)
    return entry


def file_of(hass: HomeAssistant, entry: MockConfigEntry) -> Path:
    return Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}.db"))


def change(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        """UPDATE state SET data = json_set(data, '$.registers.main.consumption', 'much')""",
        """UPDATE state SET data = json_set(data, '$.registers.main.last', NULL)""",
        """UPDATE state SET data = json_set(data, '$.registers.main.status', 'new')""",
        """UPDATE state SET data = json_set(data, '$.registers', json_array())""",
        """UPDATE reading SET time = 9223372036854775807 - time""",
        "DELETE FROM reading",
    ],
)
async def test_state_that_makes_no_sense_begins_anew(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    change(file_of(hass, entry), statement)
    await set_up(hass, entry)

    assert hass.states.get(TOTAL).state == "530.0708"
    assert "cannot be used" in caplog.text
    await set_reading(hass, "sensor.cellar_reading", "531.3")
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.states.get(TOTAL).state == "531.3000"


async def test_damaged_file_is_set_aside_and_said(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    file_of(hass, entry).write_bytes(b"SQLite format 3\0" + bytes(5000))
    await set_up(hass, entry)

    assert hass.states.get(TOTAL).state == "530.0708"
    (aside,) = file_of(hass, entry).parent.glob("*.damaged-*")
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"store_damaged_{entry.entry_id}")
    assert issue.translation_placeholders["file"] == aside.name

    await hass.config_entries.async_remove(entry.entry_id)
    assert not aside.exists()
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"store_damaged_{entry.entry_id}") is None


async def test_newer_file_is_refused_and_left_alone(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    change(file_of(hass, entry), "PRAGMA user_version = 99")
    before = file_of(hass, entry).read_bytes()
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert "99" in entry.reason
    assert file_of(hass, entry).read_bytes() == before


async def test_nothing_is_shown_that_could_not_be_written(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await set_up(hass, entry)
    change(file_of(hass, entry), "CREATE TRIGGER full BEFORE INSERT ON reading BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(ServiceValidationError, match="full"):
        await set_reading(hass, "sensor.cellar_reading", "540")
    assert hass.states.get(TOTAL).state == "531.2000"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"store_unwritable_{entry.entry_id}")
    assert issue.translation_placeholders == {"account": entry.title, "reason": "full"}

    change(file_of(hass, entry), "DROP TRIGGER full")
    await set_reading(hass, "sensor.cellar_reading", "540")
    assert hass.states.get(TOTAL).state == "540.0000"
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"store_unwritable_{entry.entry_id}") is None


async def test_a_commit_writes_no_more_readings_than_have_changed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await set_up(hass, entry)
    meter = next(iter(entry.subentries))
    store = entry.runtime_data.store
    change(
        file_of(hass, entry),
        "CREATE TABLE written (n INTEGER)",
        "CREATE TRIGGER count AFTER INSERT ON reading BEGIN INSERT INTO written VALUES (1); END",
    )
    for value in ("531.3", "531.4", "531.5"):
        await set_reading(hass, "sensor.cellar_reading", value)
    with sqlite3.connect(file_of(hass, entry)) as connection:
        assert connection.execute("SELECT count(*) FROM written").fetchone() == (3,)
    connection.close()
    values = [reading.value for reading in store.database.readings(meter)["main"]]
    assert values == ["530.0708", "531.2000", "531.3000", "531.4000", "531.5000"]


async def test_what_a_person_does_stands_in_the_journal(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await set_up(hass, entry)
    target = {"entity_id": "sensor.cellar_reading"}
    for action, data in (
        ("correct_reading", {"value": "531.1"}),
        ("retract_reading", {}),
        ("set_reading", {"value": "0.5", "new_meter": True}),
    ):
        await hass.services.async_call(DOMAIN, action, {**target, **data}, blocking=True)
    rows = entry.runtime_data.store.database.journal(next(iter(entry.subentries)), LONG_AGO, FAR_OFF)
    assert [(row.entry.kind, str(row.entry.value)) for row in rows] == [
        ("set", "531.2000"),
        ("correct", "531.1000"),
        ("retract", "530.0708"),
        ("new_meter", "0.5000"),
    ]


OLD: dict[str, Any] = {
    "unit": "m³",
    "initial": {"value": "530.0708", "time": "2026-11-22T08:00:00+00:00"},
    "last": {"value": "531.5000", "time": "2026-11-22T10:00:00+00:00"},
    "consumption": "531.5000",
    "judge": {
        "spans": [["531.5000", "2026-11-22T10:00:00+00:00", "2026-11-22T10:00:00+00:00", 1]],
        "taken_back": [],
        "taken_back_at": None,
        "sightings": [],
        "held_since": None,
        "fruitless": 0,
        "picture": None,
        "flow": {"seen": 0, "peaks": [["0", "0", None]] * 3},
        "votes": [0, 0],
    },
    "status": "ok",
    "rule": "in_window",
    "error": None,
    "confidence": "high",
    "attempted_at": "2026-11-22T10:00:00+00:00",
    "spending": {
        "calls": 7,
        "input_tokens": 70,
        "output_tokens": 7,
        "cost": "0.1",
        "unpriced_calls": 0,
        "month": "2026-11",
        "month_tokens": 77,
    },
}
"""What version 0.1 wrote for a meter."""


async def test_what_version_0_1_kept_is_taken_over(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    entry = quiet_account("Cellar")
    key = f"{DOMAIN}.{entry.entry_id}"
    meter = next(iter(entry.subentries))
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": {meter: OLD}}
    await set_up(hass, entry)

    assert hass.states.get(TOTAL).state == "531.5000"
    assert hass.states.get("sensor.claude_tokens_this_month").state == "77"
    assert key not in hass_storage
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.states.get(TOTAL).state == "531.5000"
