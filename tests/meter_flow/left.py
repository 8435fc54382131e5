"""What a dialog could leave behind when it is closed, as it was before it was opened and as it is afterwards."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
import sqlite3
import tempfile
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.util.async_ import get_scheduled_timer_handles

from custom_components.meter_vision.const import DOMAIN

_PICTURES = ("flow_pictures", "prepared_pictures")


async def left(hass: HomeAssistant) -> dict[str, Any]:
    """Return everything that has to be the same before and after."""
    return {
        "dialogs": [flow["flow_id"] for flow in hass.config_entries.subentries.async_progress()],
        "pictures": {name: dict(hass.data.get(f"{DOMAIN}_{name}", {})) for name in _PICTURES},
        "tasks": sorted(filter(_ours, map(repr, asyncio.all_tasks()))),
        "timers": sorted(
            f"{handle} {handle._args}"
            for handle in get_scheduled_timer_handles(hass.loop)
            if not handle.cancelled() and _ours(f"{handle} {handle._args}")
        ),
        "states": sorted(hass.states.async_entity_ids()),
        "entities": sorted(er.async_get(hass).entities),
        "devices": sorted(device.id for device in dr.async_get(hass).devices),
        "issues": sorted(ir.async_get(hass).issues),
        "meters": [dict(entry.subentries) for entry in hass.config_entries.async_entries(DOMAIN)],
        **await hass.async_add_executor_job(_on_disk, Path(hass.config.config_dir)),
    }


async def settled(hass: HomeAssistant) -> None:
    """Wait for everything in the background, also for what is just connecting.

    async_block_till_done takes a task for one that ends while it is being cancelled, and anyio cancels the task that
    connects, and takes that back, as soon as one of the addresses answers.
    """
    await hass.async_block_till_done(wait_background_tasks=True)
    while tasks := [task for task in asyncio.all_tasks() if task.get_name().startswith("check key of ")]:
        await asyncio.wait(tasks)
    await hass.async_block_till_done(wait_background_tasks=True)


def _ours(text: str) -> bool:
    return DOMAIN in text and "test_" not in text


def _on_disk(folder: Path) -> dict[str, Any]:
    rows: dict[str, int] = {}
    for path in (folder / ".storage").glob(f"{DOMAIN}.*.db"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            # What was paid for stays told and counted: it is the account's.
            for table in set(tables) - {"account", "sqlite_sequence"}:
                kept = f"{table} WHERE kind != 'dialog'" if table == "journal" else table
                rows[table] = database.execute(f"SELECT count(*) FROM {kept}").fetchone()[0]  # noqa: S608  from the schema
    found = [path for path in folder.rglob("*") if DOMAIN in path.name and not path.name.endswith(("-wal", "-shm"))]
    strays = [path.name for path in Path(tempfile.gettempdir()).iterdir() if DOMAIN in path.name]
    return {"rows": rows, "files": sorted(map(str, found)), "temporary": sorted(strays)}
