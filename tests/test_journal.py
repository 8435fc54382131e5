"""The journal of an account: what it keeps, for how long, and where."""

from __future__ import annotations

from datetime import timedelta
import logging
from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.meter_vision import backup, journal
from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.store.models import JournalRow, Kind

from .house import House
from .test_init import FAR_OFF, LONG_AGO, files_of

pytestmark = pytest.mark.usefixtures("socket_enabled")

DAILY = timedelta(days=1, seconds=1)


def rows(house: House, number: int = 0) -> tuple[JournalRow, ...]:
    """Return the journal of one meter of the house."""
    meter = list(house.entry.subentries)[number]
    return house.entry.runtime_data.store.database.journal(meter, LONG_AGO, FAR_OFF)


def pictures(house: House) -> list[Path]:
    """Return the pictures of the house, wherever they are."""
    return sorted(Path(house.hass.config.config_dir).rglob("*.jpg"))


def file_of(house: House) -> bytes:
    """Return what the account's file holds, without its log."""
    return Path(house.hass.config.path(".storage", f"{DOMAIN}.{house.entry.entry_id}.db")).read_bytes()


async def set_options(house: House, **changes: object) -> None:
    """Change options through their form, and wait for the account to be set up anew."""
    options = house.hass.config_entries.options
    menu = await options.async_init(house.entry.entry_id)
    assert (menu["type"], menu["menu_options"]) == (FlowResultType.MENU, ["spending", "prices", "journal"])
    form = await options.async_configure(menu["flow_id"], {"next_step_id": "journal"})
    filled = {str(key): key.description["suggested_value"] for key in form["data_schema"].schema}
    done = await options.async_configure(form["flow_id"], {**filled, **changes})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await house.settle()


async def test_options_have_defaults_and_leave_others_alone(house: House) -> None:
    await house.set_up("water", options={"other": 1})
    await set_options(house)
    assert house.entry.options == {"other": 1, "journal_days": 90, "journal_megabytes": 500, "pictures_in_backup": True}
    await set_options(house, journal_days=7)
    assert house.entry.options["journal_days"] == 7


async def test_old_looks_go_with_their_pictures_once_a_day(house: House) -> None:
    await house.set_up("water", options={"journal_days": 2})
    (first,) = pictures(house)
    await house.pass_time(DAILY)
    assert first in pictures(house)

    await house.pass_time(DAILY)
    assert first not in pictures(house)
    assert {house.entry.runtime_data.store.pictures.path(row.entry.picture) for row in rows(house)} == set(
        pictures(house)
    )
    assert all(row.entry.recorded_at > rows(house)[-1].entry.recorded_at - 2 * DAILY for row in rows(house))


async def test_pictures_beyond_the_size_go_at_the_next_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.set_up("water")
    for value in ("530.0910", "530.1110", "530.1310"):
        house.show("water", value)
        await house.pass_time()
    assert len(pictures(house)) == 4
    newest = rows(house)[-1].entry
    monkeypatch.setattr(journal, "_MEGABYTE", newest.picture_size + 4 * 1000 + 500)

    await set_options(house, journal_megabytes=10)
    assert len(pictures(house)) == 4

    monkeypatch.setattr(journal, "_MEGABYTE", (newest.picture_size + 4 * 1000 + 500) // 10)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    assert [path.name for path in pictures(house)] == [newest.picture]
    assert [row.entry.picture for row in rows(house)] == [None, None, None, newest.picture]


async def test_pictures_follow_the_option_into_and_out_of_backups(house: House) -> None:
    await house.set_up("water")
    (path,) = pictures(house)
    assert ".cache" not in path.parts

    await set_options(house, pictures_in_backup=False)
    (moved,) = pictures(house)
    assert moved == Path(house.hass.config.cache_path(DOMAIN, house.entry.entry_id, path.name))
    assert not path.parent.parent.exists()

    await set_options(house, pictures_in_backup=True)
    assert pictures(house) == [path]
    assert house.entry.runtime_data.store.pictures.path(path.name) == path


async def test_a_removed_meter_takes_its_pictures_along(house: House) -> None:
    await house.set_up("water", "gas")
    assert len(pictures(house)) == 2
    gone, stays = house.entry.subentries
    house.hass.config_entries.async_remove_subentry(house.entry, gone)
    await house.settle()
    assert [path.name.partition("-")[0] for path in pictures(house)] == [stays]


async def test_a_removed_account_leaves_no_file(house: House) -> None:
    await house.set_up("water")
    await set_options(house, pictures_in_backup=False)
    assert files_of(house.hass, house.entry)
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.settle()
    assert files_of(house.hass, house.entry) == pictures(house) == []


async def test_a_failing_camera_is_one_row_until_something_else_happens(house: House) -> None:
    await house.set_up("water")
    house.break_camera("water", "status_500")
    for _ in range(3):
        await house.pass_time()
    looked, failed = (row.entry for row in rows(house))
    assert (looked.kind, failed.kind, failed.outcome) == (Kind.LOOK, Kind.FAILURE, "camera_error")
    assert failed.detail.keys() == {"error", "camera", "status", "times"}
    assert (failed.detail["error"], failed.detail["status"], failed.detail["times"]) == ("camera_status", "500", 3)
    assert (failed.cost, failed.picture) == (None, None)

    house.break_camera("water", None)
    await house.pass_time()
    assert [row.entry.kind for row in rows(house)] == [Kind.LOOK, Kind.FAILURE, Kind.LOOK]


async def test_the_detailed_log_has_a_line_for_each_row(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """It says why a reading was held, what was measured and what it cost."""
    caplog.set_level(logging.DEBUG, "custom_components.meter_vision")
    await house.set_up("water")
    house.show("water", "900.0000")
    await house.read_now()
    house.break_camera("water", "status_500")
    with pytest.raises(HomeAssistantError):
        await house.read_now()
    *looks, failure = [text for record in caplog.records if (text := record.getMessage()).startswith("Water main: 2")]
    assert looks == [f"Water main: {row.entry}" for row in rows(house)[:-1]]
    held = next(line for line in looks if "held" in line)
    assert re.match(r"Water main: \S+ main look held: rule rate_too_high, confidence \w+, value 900\.0000, ", held)
    assert re.search(r"seen 900\.0000, .*, model claude-haiku-5-5, tokens \d+ \+ \d+$", held)
    assert re.match(r"Water main: \S+ main failure camera_error: .*error camera_status", failure)


async def test_an_answer_that_cannot_be_used_is_kept_with_its_picture_and_its_cost(house: House) -> None:
    await house.set_up("water")
    house.break_reader("refusal")
    await house.pass_time()
    await house.pass_time()
    failures = [row.entry for row in rows(house)[1:]]
    assert [(entry.kind, entry.detail["error"]) for entry in failures] == [(Kind.FAILURE, "reader_refused")] * 2
    assert all(entry.input_tokens and entry.cost for entry in failures)
    assert {path.name for path in pictures(house)} == {row.entry.picture for row in rows(house)}
    assert len(pictures(house)) == 3


async def test_no_picture_goes_while_a_backup_is_made(house: House) -> None:
    await house.set_up("water", options={"journal_days": 1})
    before = set(pictures(house))
    await backup.async_pre_backup(house.hass)
    await house.pass_time(DAILY * 2)
    await set_options(house, pictures_in_backup=False)
    assert before <= set(pictures(house))

    await backup.async_post_backup(house.hass)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    assert before.isdisjoint(pictures(house))
    assert all(".cache" in path.parts for path in pictures(house))


async def test_the_file_is_left_alone_while_a_backup_is_made(hass: HomeAssistant, house: House) -> None:
    await house.set_up("water")
    await backup.async_pre_backup(hass)
    before = file_of(house)
    await house.pass_time()
    await hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    await house.pass_time()
    assert file_of(house) == before

    await backup.async_post_backup(hass)
    assert file_of(house) != before
