"""What is there afterwards: readings and journal of the account, the recorder's rows, the points on the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
import re
import sqlite3
from typing import Any, Final

from custom_components.meter_vision.store.models import Kind
from tests.export.lines import Line, parse
from tests.export.sink import Sink

from .plan import Planned

_MICROSECONDS: Final = 1_000_000
_ENTRY: Final = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
_OURS: Final = "custom_components/meter_vision/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A reading the account goes on from, by the wall clock of the machine."""

    time: datetime
    value: Decimal
    said: bool
    """By a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A row of the journal about a picture."""

    time: datetime
    kind: Kind
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the statistics: where a sensor stood at the end of an hour or of five minutes."""

    end: datetime
    state: Decimal
    sum: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture a camera has served, on the right clock, and what stood on the meter in it."""

    time: datetime
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is compared."""

    meters: Sequence[MeterFacts]
    deviations: Sequence[tuple[datetime, timedelta]]
    """From when, on the right clock, the machine's wall clock was wrong by how much."""
    troubles: Sequence[Planned]
    """What went wrong, with the times on the right clock at which it really began and ended."""
    traces: Sequence[str]
    """Lines of the logs that speak of an error nobody has foreseen in the integration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFacts:
    """Everything about one meter, each in the order of time."""

    key: str
    name: str
    least: Decimal
    """One unit of the last position."""
    price: Decimal
    shown: Sequence[Shown]
    kept: Sequence[Kept]
    looks: Sequence[Look]
    hours: Sequence[Row]
    short: Sequence[Row]
    cost_hours: Sequence[Row]
    exported_since: datetime
    """When the export was set up; what was known before is not sent by itself."""
    points: Sequence[Line]
    until: datetime
    """When it was looked at."""
    state: Decimal | None
    """The sensor's last state, None if it had none."""

    def measured(self, ending: str) -> list[Line]:
        """Return the points of a measurement, by the end of its name, in the order of time."""
        found = [line for line in self.points if line.measurement.endswith(ending)]
        return sorted(found, key=lambda line: line.milliseconds)


def unforeseen(log: str) -> list[str]:
    """Return the entries of a log that tell of an error with the integration in its traceback, or of old ways."""
    entries = _ENTRY.split(log)
    return [
        entry.strip()
        for entry in entries
        if (" ERROR (" in entry.partition("\n")[0] and _OURS in entry) or "Detected that custom integration" in entry
    ]


def kept(account: Path, meter: str) -> Iterator[Kept]:
    """Yield the readings of a meter."""
    query = "SELECT data FROM reading WHERE meter = ? ORDER BY time"
    for (data,) in _rows(account, query, meter):
        reading = json.loads(data)
        time = datetime.fromisoformat(reading["time"]).astimezone(UTC)
        yield Kept(time=time, value=Decimal(reading["value"]), said=reading.get("trusted", False))


def looks(account: Path, meter: str) -> Iterator[Look]:
    """Yield what the journal says of a meter's pictures."""
    query = "SELECT time, kind, outcome FROM journal WHERE meter = ? ORDER BY id"
    for time, kind, outcome in _rows(account, query, meter):
        yield Look(time=_time(time / _MICROSECONDS), kind=Kind(kind), outcome=outcome)


def statistics(recorder: Path, statistic: str, *, short: bool = False) -> Iterator[Row]:
    """Yield the recorder's hourly or five-minute rows of a statistic."""
    table, seconds = ("statistics_short_term", 300) if short else ("statistics", 3600)
    query = f"""
        SELECT start_ts, state, sum FROM {table} JOIN statistics_meta meta ON meta.id = metadata_id
        WHERE statistic_id = ? ORDER BY start_ts"""  # noqa: S608  two tables of the recorder's own
    for start, state, total in _rows(recorder, query, statistic):
        yield Row(end=_time(start + seconds), state=decimal(state), sum=decimal(total))


def last_state(recorder: Path, entity_id: str) -> Decimal | None:
    """Return the last number an entity showed."""
    query = """
        SELECT state FROM states JOIN states_meta meta USING (metadata_id)
        WHERE meta.entity_id = ? AND state NOT IN ('unknown', 'unavailable') ORDER BY state_id DESC LIMIT 1"""
    for (state,) in _rows(recorder, query, entity_id):
        return Decimal(state)
    return None


def points(sink: Sink, meter_id: str) -> list[Line]:
    """Return a meter's points on the server."""
    lines = [parse(f"{series} {values} {stamp}") for (_, series, stamp), values in sink.points.items()]
    return [line for line in lines if line.tags.get("meter_id") == meter_id]


def decimal(number: float) -> Decimal:
    """Return a number as it was meant: sums of floats carry dust."""
    return Decimal(str(round(number, 6)))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _rows(path: Path, query: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()
