"""The task that keeps hourly values of InfluxDB 2.x after the year of the readings is over."""

from typing import Final

from custom_components.meter_vision.export.schema import READINGS, SHARED, Bucket as Name

from .layout import Bucket

TASK: Final = "meter_vision_hourly"
# The first hour of a range is cut off unless the range begins with an hour; late readings come within days.
_HEAD: Final = """import "date"

option task = {{name: "{task}", every: 1h, offset: 5m}}

since = date.truncate(t: -3d, unit: 1h)
"""
_HOURLY: Final = """
from(bucket: "{bucket}")
    |> range(start: since)
    |> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "consumption")
    |> aggregateWindow(every: 1h, fn: last, createEmpty: false, timeSrc: "_start")
    |> set(key: "_measurement", value: "{hourly}")
    |> to(bucket: "{daily}", org: "{org}")
"""


def flux(buckets: tuple[Bucket, ...], org: str) -> str:
    """Return the task: the last total of each hour, of every kind of meter."""
    shared = any(bucket.name == SHARED for bucket in buckets)
    quoted = org.replace("\\", "\\\\").replace('"', '\\"')
    parts = [
        _HOURLY.format(
            bucket=SHARED if shared else reading.bucket,
            measurement=reading.name,
            hourly=reading.name.replace("_meter", "_hourly"),
            daily=Name.DAILY,
            org=quoted,
        )
        for reading in READINGS.values()
    ]
    return _HEAD.format(task=TASK) + "".join(parts)
