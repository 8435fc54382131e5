"""The file and the recorder's database do not agree at a start: whichever is the older one, statistics end up right."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import Statistics as HourlyRows, StatisticsShortTerm
from homeassistant.helpers.recorder import session_scope
import pytest
from sqlalchemy import delete

from custom_components.meter_vision.const import DOMAIN

from .house import START, House
from .test_statistics_repair import (  # noqa: F401  fixtures
    GAS,
    MINUTE,
    Statistics,
    begin,
    consistent,
    enable_statistics,
    recorder_config,
)

pytestmark = pytest.mark.usefixtures("recorder_mock")


async def stop(house: House) -> Path:
    """Unload the account and return its file."""
    assert house.entry is not None
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    await house.settle()
    return Path(house.hass.config.path(".storage", f"{DOMAIN}.{house.entry.entry_id}.db"))


async def start(house: House) -> None:
    assert house.entry is not None
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()


async def test_older_file_is_put_back(house: House, tmp_path: Path) -> None:
    """What was read since then is known no more, but no hour keeps what does not follow from the readings."""
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    copyfile(await stop(house), tmp_path / "backup")
    await start(house)
    for minutes, value in ((62, "530.4000"), (122, "531.9000"), (152, "532.0000")):
        await statistics.until(minutes)
        await statistics.look(value)
    await statistics.until(186)
    gas = await statistics.rows("hour", GAS)

    copyfile(tmp_path / "backup", await stop(house))
    await start(house)
    assert house.total() == "530.3000"
    await statistics.look("532.2000")
    await statistics.until(246)

    assert house.total() == "532.2000"
    for period in ("5minute", "hour"):
        rows = await statistics.rows(period)
        consistent(rows)
        assert rows[-1]["state"] == 532.2
        assert all(row["change"] >= 0 for row in rows[1:])
    assert (await statistics.rows("hour", GAS))[: len(gas)] == gas
    assert statistics.pending is None


async def test_recorder_has_lost_hours(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    for hour in range(1, 6):
        await statistics.until(60 * hour + 2)
        await statistics.look(f"530.{hour + 3}000")
    await statistics.until(366)
    before = await statistics.states("hour")
    await stop(house)

    def lose() -> None:
        lost = [(START + minutes * MINUTE).timestamp() for minutes in (120, 300)]
        with session_scope(hass=house.hass) as session:
            for table in (HourlyRows, StatisticsShortTerm):
                session.execute(delete(table).where(table.start_ts >= lost[0], table.start_ts < lost[1]))

    await get_instance(house.hass).async_add_executor_job(lose)
    assert set(before) - set(await statistics.states("hour")) == {120, 180, 240}
    await start(house)
    await statistics.until(386)

    assert await statistics.states("hour") == before
    consistent(await statistics.rows("hour"))
    assert statistics.pending is None


async def test_rows_that_somebody_else_has_changed_are_put_right(house: House) -> None:
    """A crash between commit and repair leaves such rows as well."""
    statistics = Statistics(house)
    await house.set_up("water", "gas", pref_disable_polling=True)
    await begin(statistics)
    await statistics.until(126)
    before = {period: await statistics.rows(period) for period in ("5minute", "hour")}
    await stop(house)

    def spoil() -> None:
        with session_scope(hass=house.hass) as session:
            for table in (HourlyRows, StatisticsShortTerm):
                for row in session.query(table).where(table.state > 530, table.start_ts >= START.timestamp() + 1800):
                    row.state += 7
                    row.sum += 7

    await get_instance(house.hass).async_add_executor_job(spoil)
    assert await statistics.rows("5minute") != before["5minute"]
    await start(house)
    await statistics.until(146)

    for period, rows in before.items():
        assert (await statistics.rows(period))[: len(rows)] == rows
    assert statistics.pending is None
