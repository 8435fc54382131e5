"""An older backup is put back: what is shown, exported and asked for follows from the file that is there now."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from shutil import copyfile

from homeassistant.setup import async_setup_component
import pytest

from custom_components.meter_vision.const import DOMAIN

from .export.sink import Sink
from .house import House
from .test_backup import make_backup, unpacked
from .test_export import STEP, lines, read, set_up, settle, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


def file_of(house: House) -> Path:
    """Return where the account's file is."""
    return Path(house.hass.config.path(".storage", f"{DOMAIN}.{house.entry.entry_id}.db"))


async def look(house: House, value: str) -> None:
    """Let some time pass, and the water meter be read at a value."""
    house.clock.tick(STEP)
    house.show("water", value)
    await read(house)


async def sent(house: House) -> None:
    """Wait until nothing waits any more."""
    database = house.entry.runtime_data.store.database
    await until(lambda: not database.outbox_state().waiting)


async def test_exported_points_follow_the_older_file(house: House, sink: Sink) -> None:
    """Only one delta tells of the lost time twice, and docs/runbook.md says how to be rid of that."""
    entry = await set_up(house, sink, "water")
    await look(house, "530.2000")
    await sent(house)
    assert await house.hass.config_entries.async_unload(entry.entry_id)
    backup = file_of(house).with_suffix(".backup")
    copyfile(file_of(house), backup)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await settle(house)
    for value in ("530.5000", "530.9000"):
        await look(house, value)
    await sent(house)
    lost = lines(sink, "water_meter")[-2:]
    assert [line.fields["consumption"] for line in lost] == [530.5, 530.9]

    assert await house.hass.config_entries.async_unload(entry.entry_id)
    copyfile(backup, file_of(house))
    house.show("water", "531.2000")
    house.clock.tick(STEP)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    assert house.total() == "530.2000"
    await settle(house)
    assert house.total() == "531.2000"
    await sent(house)

    points = lines(sink, "water_meter")
    assert [line.fields["consumption"] for line in points][-4:] == [530.2, 530.5, 530.9, 531.2]
    assert lost == points[-3:-1], "what was read then was true"
    assert points[-1].fields["delta"] == pytest.approx(1)
    day = lines(sink, "water_daily")[-1].fields
    assert (day["total"], day["consumption"]) == (531.2, pytest.approx(531.2 - 530.0708))
    month = lines(sink, "water_monthly")[-1].fields
    assert (month["total"], month["consumption"]) == (531.2, pytest.approx(531.2 - 530.0708))
    assert entry.runtime_data.store.database.outbox_state().dead == 0


async def test_a_backup_made_while_meters_are_read_is_put_back(house: House, tmp_path: Path) -> None:
    """As Home Assistant does it: everything is replaced while nothing runs."""
    hass = house.hass
    assert await async_setup_component(hass, "backup", {})
    await hass.async_block_till_done()
    entry = await house.set_up("water")
    making = asyncio.create_task(make_backup(hass))
    during = []
    while not making.done() or not during:
        during.append(f"530.{1000 + 100 * len(during)}")
        await look(house, during[-1])
    await making
    await look(house, after := str(Decimal(during[-1]) + Decimal("0.2")))
    assert house.total() == after
    restored = unpacked(Path(hass.config.path("backups")), tmp_path)

    assert await hass.config_entries.async_unload(entry.entry_id)
    for companion in ("", "-wal", "-shm"):
        path = file_of(house).with_name(file_of(house).name + companion)
        path.unlink(missing_ok=True)
        if (kept := restored / ".storage" / path.name).exists():
            copyfile(kept, path)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert house.total() in {"530.0708", *during}, "a whole commit"
    await settle(house)
    await look(house, after)
    assert (house.total(), house.status()) == (after, ("ok", None))
