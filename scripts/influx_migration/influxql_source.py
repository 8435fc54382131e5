"""Reads through InfluxQL: InfluxDB 1.x, 2.x and 3."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scripts.influx.influxql import identifier, query, text
from scripts.influx.server import Server

from .series import Wanted

_TYPES: Final = ("float", "integer", "string")
"""All that a number can have been kept as. Without a type only one of them would be answered, and the rest left out."""


@dataclass(frozen=True, slots=True)
class InfluxQLSource:
    """One meter's values on a server."""

    server: Server
    wanted: Wanted

    def span(self) -> tuple[datetime, datetime] | None:
        """Return the time of the first and the last value, or None if there is none."""
        times = []
        for kept in _TYPES:
            for order in ("ASC", "DESC"):
                statement = self._select(f"{identifier(self.wanted.value_field)}::{kept}", [], f"{order} LIMIT 1")
                times += [row[0] for series in self._query(statement) for row in series.values]
        if not times:
            return None
        first, last = (datetime.fromtimestamp(time / 1000, UTC) for time in (min(times), max(times)))
        return first, last

    def values(self, start: datetime, end: datetime) -> Iterator[tuple[int, Any, Mapping[str, str]]]:
        """Yield time in milliseconds, value as it was kept, and tags, from start to before end."""
        columns = ", ".join(f"{identifier(self.wanted.value_field)}::{kept} AS v_{kept}" for kept in _TYPES)
        told = "".join(f", {identifier(tag)}::tag" for tag in self.wanted.told)
        span = [f"time >= {_nanoseconds(start)}", f"time < {_nanoseconds(end)}"]
        for series in self._query(self._select(columns + told, span, "ASC")):
            for row in series.rows():
                kept = (row[f"v_{kind}"] for kind in _TYPES)
                value = next((value for value in kept if value is not None), None)
                yield row["time"], value, {tag: row[tag] for tag in self.wanted.told if row.get(tag)}

    def _select(self, columns: str, span: list[str], order: str) -> str:
        picked = [f"{identifier(name)} = {text(value)}" for name, value in self.wanted.tags.items()]
        where = " AND ".join([*span, *picked])
        table = identifier(self.wanted.measurement)
        return f"SELECT {columns} FROM {table} WHERE {where} ORDER BY time {order}"  # noqa: S608  all of it is quoted

    def _query(self, statement: str) -> Iterator[Any]:
        return iter(query(self.server, statement, db=self.wanted.bucket, epoch="ms"))


def _nanoseconds(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000_000 + time.microsecond * 1_000
