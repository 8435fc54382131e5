"""A backup made by Home Assistant while a meter is being read."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
import tarfile

from homeassistant.components.backup.const import DATA_MANAGER
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import JournalRow

from .house import House
from .test_init import FAR_OFF, LONG_AGO
from .test_journal import rows

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def make_backup(hass: HomeAssistant) -> None:
    """Have Home Assistant make a backup of all that is its own."""
    await hass.data[DATA_MANAGER].async_create_backup(
        agent_ids=["backup.local"],
        include_addons=None,
        include_all_addons=False,
        include_database=False,
        include_folders=None,
        include_homeassistant=True,
        name="Sunday",
        password=None,
    )


def unpacked(folder: Path, target: Path) -> Path:
    """Unpack the only backup of a folder and return what it holds of Home Assistant's."""
    (backup,) = folder.glob("*.tar")
    with tarfile.open(backup) as outer:
        name = next(name for name in outer.getnames() if name.endswith("homeassistant.tar.gz"))
        with tarfile.open(fileobj=BytesIO(outer.extractfile(name).read())) as inner:
            inner.extractall(target, filter="data")
    return target / "data"


def restored(folder: Path, target: Path, entry_id: str, meter: str) -> tuple[list[JournalRow], set[str]]:
    """Unpack the only backup of a folder and return the journal in it, with the names of its pictures."""
    store = AccountStore.open(unpacked(folder, target) / ".storage" / f"{DOMAIN}.{entry_id}.db")
    kept = list(store.journal(meter, LONG_AGO, FAR_OFF))
    store.close()
    return kept, {path.name for path in target.rglob("*.jpg")}


@pytest.mark.parametrize("in_backup", [True, False])
async def test_a_backup_holds_what_was_known(
    hass: HomeAssistant,
    house: House,
    tmp_path: Path,
    in_backup: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    assert await async_setup_component(hass, "backup", {})
    await hass.async_block_till_done()
    entry = await house.set_up("water", options={"pictures_in_backup": in_backup})
    before = rows(house)

    made = asyncio.create_task(make_backup(hass))
    house.show("water", "530.1000")
    await house.read_now()
    await made
    await house.settle()
    assert len(rows(house)) > len(before), "reads go on"

    kept, pictures = await hass.async_add_executor_job(
        restored, Path(hass.config.path("backups")), tmp_path / "restored", entry.entry_id, before[0].meter
    )
    assert kept[: len(before)] == list(before)
    assert ({row.entry.picture for row in before} <= pictures) == in_backup
