"""Reads through Flux: InfluxDB 2.x."""

from collections.abc import Iterator, Mapping
import csv
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from typing import Any, Final

from scripts.influx.server import InfluxError, Server

from .series import Wanted

_BEGIN: Final = "1970-01-01T00:00:00Z"
_END: Final = "2200-01-01T00:00:00Z"
_PICKED: Final = """from(bucket: {bucket})
    |> range(start: {start}, stop: {end})
    |> filter(fn: (r) => {picked})
"""
# Cast before the tables are put together: whole numbers and fractions in one table are an error.
_VALUES: Final = """    |> toFloat()
    |> keep(columns: [{columns}])
    |> group()
    |> sort(columns: ["_time"])
"""
_EDGE: Final = """    |> {edge}()
    |> keep(columns: ["_time"])
    |> group()
    |> sort(columns: ["_time"], desc: {descending})
    |> limit(n: 1)
"""


@dataclass(frozen=True, slots=True)
class FluxSource:
    """One meter's values on a server."""

    server: Server
    org: str
    wanted: Wanted

    def span(self) -> tuple[datetime, datetime] | None:
        """Return the time of the first and the last value, or None if there is none."""
        times = []
        for edge, descending in (("first", "false"), ("last", "true")):
            picked = self._select(_BEGIN, _END)
            found = query(self.server, self.org, picked + _EDGE.format(edge=edge, descending=descending))
            times += [_time(row["_time"]) for row in found]
        return (min(times), max(times)) if times else None

    def values(self, start: datetime, end: datetime) -> Iterator[tuple[int, Any, Mapping[str, str]]]:
        """Yield time in milliseconds, value as it was kept, and tags, from start to before end."""
        columns = ", ".join(json.dumps(name) for name in ("_time", "_value", *self.wanted.told))
        text = self._select(_written(start), _written(end)) + _VALUES.format(columns=columns)
        for row in query(self.server, self.org, text):
            told = {tag: row[tag] for tag in self.wanted.told if row.get(tag)}
            yield _milliseconds(_time(row["_time"])), row["_value"], told

    def _select(self, start: str, end: str) -> str:
        tests = {"_measurement": self.wanted.measurement, "_field": self.wanted.value_field, **self.wanted.tags}
        picked = " and ".join(f"r[{string(name)}] == {string(value)}" for name, value in tests.items())
        return _PICKED.format(bucket=string(self.wanted.bucket), start=start, end=end, picked=picked)


def query(server: Server, org: str, text: str) -> Iterator[dict[str, str]]:
    """Yield the rows of all tables of an answer; raise InfluxError, also for what fails in the middle of it."""
    body = json.dumps({"query": text, "type": "flux", "dialect": {"header": True, "annotations": []}}).encode()
    answer = server.checked(server.ask("POST", "/api/v2/query", query={"org": org}, body=body))
    header: list[str] | None = None
    for cells in csv.reader(answer.content.decode().splitlines()):
        if not any(cells):
            header = None
        elif header is None:
            header = cells
        else:
            row = dict(zip(header, cells, strict=False))
            if row.get("error"):
                raise InfluxError(f"the server broke a query off: {row['error']}")
            yield row


def string(value: str) -> str:
    """Return a string as Flux quotes it; `${` would begin an expression."""
    return json.dumps(value, ensure_ascii=False).replace("${", "\\${")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp()) * 1_000 + time.microsecond // 1_000
