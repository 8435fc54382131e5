"""How far a migration has come, in a file, so that it goes on there after it was broken off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
import json
import os
from pathlib import Path
from typing import Self

from scripts.influx.server import InfluxError


@dataclass(slots=True, kw_only=True)
class Cursor:
    """What is done: every UTC day before `day` is on the target."""

    path: Path
    what: Mapping[str, str]
    """Which migration this is; another one needs another file."""
    start: datetime
    end: datetime
    since: datetime
    """When readings begin to give points of their own. All three stay as they were at the beginning."""
    day: date
    again: date | None = None
    """From when on to read once more after an interruption, without writing, to go on with days and months."""
    readings: dict[date, int] = field(default_factory=dict)
    """Points of readings that were written, by UTC day."""
    periods: int = 0
    """Points of days that were written."""
    seen: int = 0
    unusable: int = 0

    @classmethod
    def load(cls, path: Path, what: Mapping[str, str]) -> Self | None:
        """Return what a file says; None if there is none; raise InfluxError if it is about something else."""
        if not path.exists():
            return None
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            found = cls(
                path=path,
                what=kept["what"],
                **{name: datetime.fromisoformat(kept[name]) for name in ("start", "end", "since")},
                day=date.fromisoformat(kept["day"]),
                again=date.fromisoformat(kept["again"]) if kept["again"] else None,
                readings={date.fromisoformat(day): count for day, count in kept["readings"].items()},
                periods=kept["periods"],
                seen=kept["seen"],
                unusable=kept["unusable"],
            )
        except (KeyError, TypeError, ValueError) as err:
            raise InfluxError(f"{path} is no cursor of a migration ({err}); remove it to begin again") from None
        if found.what != what:
            changed = ", ".join(
                sorted(name for name in {**found.what, **what} if found.what.get(name) != what.get(name))
            )
            raise InfluxError(f"{path} belongs to another migration ({changed}); give another file with --cursor")
        return found

    def save(self) -> None:
        """Keep it, whole or not at all."""
        kept = {
            "what": dict(self.what),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "since": self.since.isoformat(),
            "day": self.day.isoformat(),
            "again": None if self.again is None else self.again.isoformat(),
            "readings": {day.isoformat(): count for day, count in self.readings.items()},
            "periods": self.periods,
            "seen": self.seen,
            "unusable": self.unusable,
        }
        temporary = self.path.with_name(f"{self.path.name}.new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
