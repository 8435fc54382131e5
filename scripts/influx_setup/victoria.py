"""VictoriaMetrics: it takes any bucket, so only how long it keeps points can be wrong."""

from collections.abc import Iterator
from datetime import timedelta
import re
from typing import Final

from custom_components.meter_vision.export.schema import RETENTION
from scripts.influx.server import Server

from .layout import shown
from .step import Step

_FLAG: Final = re.compile(r'flag\{name="retentionPeriod", *value="([^"]*)"')
_HOURS: Final = {"h": 1, "d": 24, "w": 168, "": 31 * 24, "M": 31 * 24, "y": 365 * 24}
_USUAL: Final = "1"
"""Months, if nothing is said."""


def steps(server: Server) -> Iterator[Step]:
    """Yield the one thing that can be wrong, and what is different about this server."""
    yield Step(
        what="buckets and tokens", note="nothing to do: it makes what is written to, and has no tokens of its own"
    )
    flag = _FLAG.search(server.get("/metrics").content.decode(errors="replace"))
    kept = parse_period(flag[1] if flag else _USUAL)
    what = f"points kept {shown(kept)}"
    if kept < RETENTION:
        yield Step(what=what, lacking="too short; start it with -retentionPeriod=100y, for the daily values stay")
    else:
        yield Step(what=what, note="that goes for the daily values too, which stay for ever elsewhere")


def parse_period(text: str) -> timedelta:
    """Return a retention as -retentionPeriod says it; a bare number means months."""
    found = re.fullmatch(r"([\d.]+)([hdwMy]?)", text)
    return timedelta(hours=float(found[1]) * _HOURS[found[2]]) if found else timedelta(0)
