"""InfluxDB 3 Core: databases, whose retention is fixed when they are made."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from scripts.influx.server import Server

from .layout import Bucket
from .step import Step

_MOST: Final = 5
"""Databases that 3 Core allows."""
_PATH: Final = "/api/v3/configure/database"
_NAME: Final = "iox::database"
_OWN: Final = "_internal"


def steps(server: Server, buckets: tuple[Bucket, ...]) -> Iterator[Step]:
    """Yield the databases and what 3 Core cannot do."""
    rows = server.get(_PATH, format="json").json
    there = {str(row[_NAME]) for row in rows if not row.get("deleted")} - {_OWN}
    missing = [bucket for bucket in buckets if bucket.name not in there]
    room = _MOST - len(there)
    for bucket in buckets:
        if bucket.name in there:
            yield Step(what=str(bucket), note="there; its retention was fixed when it was made and is not compared")
        elif len(missing) > room:
            lacking = f"there is none, and 3 Core allows {_MOST} databases: {len(there)} are there"
            yield Step(what=str(bucket), lacking=f"{lacking}; --shared needs two only")
        else:
            yield Step(what=str(bucket), lacking="there is none", mend=partial(_make, server, bucket))
    yield Step(
        what="tokens",
        note="3 Core has admin tokens only; give Home Assistant and Grafana one each (influxdb3 create token --admin)",
    )


def _make(server: Server, bucket: Bucket) -> None:
    retention = {} if bucket.kept is None else {"retention_period": f"{bucket.kept.days}d"}
    server.send("POST", _PATH, {"db": bucket.name, **retention})
