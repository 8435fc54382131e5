"""InfluxDB's own engine to write to, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from urllib.request import urlopen

from custom_components.meter_vision.export.schema import BucketMode
from custom_components.meter_vision.export.settings import ServerKind
from tests.influx.servers import influxd
from tests.influx.shim import TOKEN, shimmed

from .conftest import settings

BUCKETS: Final = ("utility", "utility_daily")
type Rows = list[dict[str, object]]


class Engine:
    """InfluxDB 1.6 and what stands in front of it."""

    def __init__(self, own: str, url: str) -> None:
        """Make the databases."""
        self.own = own
        self.settings = settings(url, kind=ServerKind.INFLUXDB_1, bucket_mode=BucketMode.SHARED, token=TOKEN)
        for bucket in BUCKETS:
            self.query(f"CREATE DATABASE {bucket} WITH DURATION {'365d' if bucket == 'utility' else 'INF'}")

    def query(self, text: str, database: str = "utility") -> Rows:
        """Ask in InfluxQL; return rows by column."""
        parameters = urlencode({"q": text, "db": database, "epoch": "ms"})
        with urlopen(f"{self.own}/query", parameters.encode()) as answer:  # noqa: S310  our own server
            result = json.load(answer)["results"][0]
        assert "error" not in result, result
        series = result.get("series", [])
        return [dict(zip(one["columns"], row, strict=True)) for one in series for row in one["values"]]


@contextmanager
def running_engine(folder: Path) -> Iterator[Engine]:
    """Run both."""
    with influxd(folder) as own, shimmed(own) as shim:
        yield Engine(own, shim.url)
