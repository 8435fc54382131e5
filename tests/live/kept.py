"""What an account keeps on disk, looked up beside the running Home Assistant: its settings, database and pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
import json
from pathlib import Path
import sqlite3
from typing import Any, Final

from .folder import DOMAIN

_TRIES: Final = 60
_PAUSE: Final = 0.5


class KeptError(Exception):
    """What should be kept is not, or what should be gone is."""


class Kept:
    """The configuration folder of a running Home Assistant."""

    def __init__(self, folder: Path) -> None:
        """Look into this folder."""
        self._folder = folder
        self._storage = folder / ".storage"

    def entry(self) -> dict[str, Any]:
        """Return the account as it is stored."""
        entries = json.loads((self._storage / "core.config_entries").read_text())["data"]["entries"]
        return next((entry for entry in entries if entry["domain"] == DOMAIN), {})

    def meter(self, name: str) -> dict[str, Any]:
        """Return the data of a meter, empty if there is none of this name."""
        meters: list[dict[str, Any]] = self.entry().get("subentries", [])
        return next((meter["data"] for meter in meters if meter["title"] == name), {})

    def meter_id(self, name: str) -> str:
        """Return the id under which a meter's rows and pictures are kept."""
        return next(str(meter["subentry_id"]) for meter in self.entry()["subentries"] if meter["title"] == name)

    def pictures_of(self, meter_id: str) -> list[str]:
        """Return the pictures of a meter's journal."""
        return [name for name in self.files() if name.startswith(f"{meter_id}-")]

    def rows_of(self, meter_id: str) -> dict[str, int]:
        """Return how many rows each table has of a meter."""
        (path,) = self._storage.glob(f"{DOMAIN}.*.db")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            with_meter = [
                table
                for table in tables
                if "meter" in {column[1] for column in database.execute(f"PRAGMA table_info({table})")}
            ]
            return {
                table: database.execute(f"SELECT count(*) FROM {table} WHERE meter = ?", (meter_id,)).fetchone()[0]  # noqa: S608  names from the schema
                for table in with_meter
            }

    def choose_model(self, model: str) -> None:
        """Have a model read every meter, as an account does that was set up long ago."""
        path = self._storage / "core.config_entries"
        stored = json.loads(path.read_text())
        next(entry for entry in stored["data"]["entries"] if entry["domain"] == DOMAIN)["data"]["model"] = model
        path.write_text(json.dumps(stored))

    def damage(self) -> None:
        """Write over the account's database, as a failing memory card does."""
        (path,) = self._storage.glob(f"{DOMAIN}.*.db")
        path.write_bytes(b"\xff" * path.stat().st_size)

    def files(self) -> list[str]:
        """Return every file of the integration: databases and what belongs to them, and pictures."""
        found = [*self._storage.glob(f"{DOMAIN}*")]
        for folder in (self._folder / DOMAIN, self._folder / ".cache" / DOMAIN):
            found += [path for path in folder.rglob("*") if path.is_file()]
        return sorted(path.name for path in found)

    async def wait_until(self, told: str, true: Callable[[], bool]) -> None:
        """Wait until something is so, for what is stored is written some time later; raise KeptError if it never is."""
        for _ in range(_TRIES):
            if await asyncio.to_thread(true):
                return
            await asyncio.sleep(_PAUSE)
        message = f"it did not become so: {told}"
        raise KeptError(message)
