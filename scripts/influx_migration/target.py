"""The server that gets the points, through influxdb-client, and how many of them it has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import batched
from pathlib import Path
from typing import Any, Final, Self

from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from custom_components.meter_vision.export.client import client_library
from custom_components.meter_vision.export.schema import Measurement
from custom_components.meter_vision.store.models import OutgoingPoint
from scripts.influx.influxql import identifier, query as influxql, text
from scripts.influx.kind import Kind
from scripts.influx.server import InfluxError, Server

from .flux_source import query as flux, string

_BATCH: Final = 1_000
_TIMEOUT: Final = 60_000
_DAY: Final = timedelta(days=1)
_REASONS: Final = {
    401: "does not let the token in",
    403: "may not be written with this token",
    404: "is not there; scripts/setup_influxdb makes it",
}
_COUNTED: Final = """from(bucket: {bucket})
    |> range(start: {start}T00:00:00Z, stop: {end}T00:00:00Z)
    |> filter(fn: (r) => r._measurement == {measurement} and r._field == {field} and {identity})
    |> group()
    |> aggregateWindow(every: 1d, fn: count, createEmpty: false, timeSrc: "_start")
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A connection that only writes."""

    writer: Any
    org: str

    @classmethod
    def at(cls, server: Server, *, token: str, org: str, ca: Path | None) -> Self:
        """Return the target behind a server's address."""
        trusted: dict[str, Any] = {} if ca is None else {"ssl_ca_cert": str(ca)}
        client = client_library().InfluxDBClient(
            url=server.url, token=token, org=org, timeout=_TIMEOUT, enable_gzip=True, **trusted
        )
        return cls(client.write_api(write_options=SYNCHRONOUS), org)

    def write(self, points: Iterable[OutgoingPoint]) -> None:
        """Write points; return only when the server has them all, raise InfluxError otherwise."""
        lines: dict[str, list[str]] = {}
        for point in points:
            lines.setdefault(point.bucket, []).append(point.line)
        for bucket, all_lines in lines.items():
            for batch in batched(all_lines, _BATCH, strict=False):
                self._write(bucket, list(batch))

    def _write(self, bucket: str, lines: list[str]) -> None:
        try:
            self.writer.write(bucket=bucket, org=self.org, record=lines, write_precision="ms")
        except ApiException as err:
            said = str(err.message or err.reason).strip()
            reason = _REASONS.get(err.status, f"was not written ({err.status})")
            if "beyond retention policy" in said:
                reason = "does not keep points that are so old; --raw-days says how far back readings go"
            raise InfluxError(f"bucket {bucket} {reason}: {said}") from None
        except HTTPError as err:
            raise InfluxError(f"the target could not be reached: {err}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Asks the target how many values of one field it has."""

    server: Server
    kind: Kind
    org: str
    bucket: str
    measurement: Measurement
    tags: Mapping[str, str]

    def by_day(self, field: str, days: Sequence[date]) -> dict[date, int]:
        """Return the number on each of these UTC days, which are in order and without gaps."""
        if not days:
            return {}
        if self.kind is Kind.VICTORIA_METRICS:
            return self._samples(field, days)
        if self.kind is Kind.V2:
            return self._flux(field, days)
        picked = [f"{identifier(name)} = {text(value)}" for name, value in self.tags.items()]
        span = [f"time >= '{days[0]}T00:00:00Z'", f"time < '{days[-1] + _DAY}T00:00:00Z'"]
        table, where = identifier(self.measurement.name), " AND ".join(picked + span)
        statement = f"SELECT count({identifier(field)}) FROM {table} WHERE {where} GROUP BY time(1d) fill(none)"  # noqa: S608
        found = influxql(self.server, statement, db=self.bucket, epoch="s")
        rows = [row for series in found for row in series.values]
        return {datetime.fromtimestamp(second, UTC).date(): count for second, count in rows}

    def _flux(self, field: str, days: Sequence[date]) -> dict[date, int]:
        query = _COUNTED.format(
            bucket=string(self.bucket),
            start=days[0],
            end=days[-1] + _DAY,
            measurement=string(self.measurement.name),
            field=string(field),
            identity=" and ".join(f"r[{string(name)}] == {string(value)}" for name, value in self.tags.items()),
        )
        rows = flux(self.server, self.org, query)
        return {datetime.fromisoformat(row["_time"]).date(): int(row["_value"]) for row in rows}

    def _samples(self, field: str, days: Sequence[date]) -> dict[date, int]:
        """Ask VictoriaMetrics, whose span of a day includes its end but not its beginning."""
        # What has just been written is not found before it is flushed.
        self.server.ask("GET", "/internal/force_flush")
        picked = ",".join(f"{name}={string(value)}" for name, value in self.tags.items())
        ends = [datetime.combine(day, time.min, tzinfo=UTC) + _DAY - timedelta(milliseconds=1) for day in days]
        found = self.server.get(
            "/api/v1/query_range",
            query=f"count_over_time({self.measurement.name}_{field}{{{picked}}}[1d])",
            start=ends[0].timestamp(),
            end=ends[-1].timestamp(),
            step="1d",
            nocache=1,
        ).json["data"]["result"]
        values = [value for series in found for value in series["values"]]
        return {datetime.fromtimestamp(float(second), UTC).date(): int(count) for second, count in values}
