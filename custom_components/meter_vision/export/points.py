"""Makes points of the schema, and lines of points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import math
from typing import Final

from ..metering.models import MeterKind
from ..store.models import OutgoingPoint
from .client import client_library
from .schema import METER_BUCKETS, BucketMode, Measurement, bucket_name

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

type Value = Decimal | float | str | None
"""Of a field; None and what is no finite number is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The tags of one register's points; none may be empty, for a tag that is missing makes another series."""

    kind: MeterKind | None
    """None: the points belong to no meter."""
    meter_id: str
    register: str
    site: str
    unit: str

    def __post_init__(self) -> None:
        """Refuse tags that a server would drop or change."""
        for name, value in self.tags.items():
            if not value.strip() or not value.isprintable():
                message = f"the tag {name} is empty or not printable"
                raise ValueError(message)

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags by name."""
        return {"meter_id": self.meter_id, "register": self.register, "site": self.site, "unit": self.unit}


def build(
    measurement: Measurement, series: Series, time: datetime, fields: Mapping[str, Value], mode: BucketMode
) -> OutgoingPoint | None:
    """Return a point, None if it has no number to tell. Imports influxdb-client, so it belongs into an executor."""
    if unknown := fields.keys() - measurement.names:
        message = f"{measurement.name} has no field {', '.join(sorted(unknown))}"
        raise ValueError(message)
    library = client_library()
    point = library.Point(measurement.name).time(milliseconds(time), library.WritePrecision.MS)
    for name, tag in series.tags.items():
        point.tag(name, tag)
    numbers = 0
    for name, value in fields.items():
        if name in measurement.texts:
            if value:
                point.field(name, str(value).replace("\n", " "))
        elif (number := _finite(value)) is not None:
            point.field(name, number)
            numbers += 1
    if not numbers:
        return None
    return OutgoingPoint(bucket=_bucket(measurement, series.kind, mode), line=point.to_line_protocol(), time=time)


def milliseconds(time: datetime) -> int:
    """Return an aware time as milliseconds since 1970, cut off; the library's own way goes through a float."""
    return (time - _EPOCH) // _MILLISECOND


def _finite(value: Value) -> float | None:
    """Return a number as a float: an int would make the server refuse every float after it."""
    number = None if value is None else float(value)
    return number if number is not None and math.isfinite(number) else None


def _bucket(measurement: Measurement, kind: MeterKind | None, mode: BucketMode) -> str:
    bucket = measurement.bucket or (None if kind is None else METER_BUCKETS[kind])
    if bucket is None:
        message = f"{measurement.name} belongs to a meter"
        raise ValueError(message)
    return bucket_name(bucket, mode)
