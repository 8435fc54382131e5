"""The line protocol as data: measurements, tags, fields and buckets. Whoever writes or reads points agrees here.

A point is known by measurement, tags and time. What may change about it is a field, so that a correction replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from ..metering.models import Confidence, MeterKind


class Bucket(StrEnum):
    """Where points are kept, when each kind has a bucket of its own."""

    WATER = "water_meter"
    ELECTRICITY = "electric_meter"
    GAS = "gas_meter"
    COSTS = "utility_costs"
    DAILY = "utility_daily"


class BucketMode(StrEnum):
    """Whether each kind of point has a bucket of its own, or all but the daily ones share one."""

    SEPARATE = "separate"
    SHARED = "shared"


SHARED: Final = "utility"
"""The one bucket of all points but the daily ones."""
RETENTION: Final = timedelta(days=365)
"""How long every bucket but `utility_daily` keeps its points; that one keeps them for ever."""
CONFIDENCE: Final[Mapping[Confidence, float]] = {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.5, Confidence.LOW: 0.0}
METER_BUCKETS: Final[Mapping[MeterKind, Bucket]] = {
    MeterKind.WATER: Bucket.WATER,
    MeterKind.ELECTRICITY: Bucket.ELECTRICITY,
    MeterKind.GAS: Bucket.GAS,
}

ACCOUNT: Final = "_account"
"""The tag `meter_id` of points that belong to no meter."""
ALL_REGISTERS: Final = "_all"
"""The tag `register` of points that belong to no register."""
TAGS: Final[Mapping[str, str]] = {
    "meter_id": "The meter's short name, fixed when it was added",
    "register": "Which of its registers, usually `main`",
    "site": "The house",
    "unit": "What consumption and delta count in; of costs the currency",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a measurement; numbers are always written as floats."""

    name: str
    meaning: str
    text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one kind of point holds."""

    name: str
    meaning: str
    bucket: Bucket | None
    """None: the bucket of the meter's kind."""
    fields: tuple[Field, ...]

    @property
    def texts(self) -> frozenset[str]:
        """Names of the fields that hold text."""
        return frozenset(field.name for field in self.fields if field.text)

    @property
    def names(self) -> frozenset[str]:
        """Names of all fields."""
        return frozenset(field.name for field in self.fields)


def _reading(name: str, meaning: str, bucket: Bucket, rate: Field) -> Measurement:
    return Measurement(
        name=name,
        meaning=meaning,
        bucket=bucket,
        fields=(
            Field("reading", "What stands on the meter, in the register's own unit"),
            Field("consumption", "The continuous total"),
            Field("delta", "What was used since the point before"),
            rate,
            Field("confidence", "1.0 high, 0.5 medium, 0.0 low"),
            Field("estimated", "1 if no reading holds at this time and the values lie between others, else 0"),
            Field("camera", "Where the picture came from", text=True),
            Field("source", "camera, person, interpolated or history", text=True),
        ),
    )


def _rollup(name: str, meaning: str) -> Measurement:
    return Measurement(
        name=name,
        meaning=meaning,
        bucket=Bucket.DAILY,
        fields=(
            Field("consumption", "What was used in the period"),
            Field("total", "The continuous total at its end"),
            Field("cost", "What that cost, with the standing charge"),
            Field("readings", "How many readings fell into it"),
            Field("estimated", "1 if no reading fell into it, else 0"),
            Field("minimum_rate", "The lowest use per hour between two readings"),
            Field("maximum_rate", "The highest use per hour between two readings"),
        ),
    )


WATER: Final = _reading(
    "water_meter",
    "Readings of water meters",
    Bucket.WATER,
    Field("flow_rate", "Average use since the point before, per hour"),
)
ELECTRICITY: Final = _reading(
    "electric_meter",
    "Readings of electricity meters",
    Bucket.ELECTRICITY,
    Field("power", "Average power since the point before, in W"),
)
GAS: Final = _reading(
    "gas_meter",
    "Readings of gas meters",
    Bucket.GAS,
    Field("flow_rate", "Average use since the point before, per hour"),
)
QUALITY: Final = Measurement(
    name="meter_quality",
    meaning="Every look with its verdict, accepted or not",
    bucket=None,
    fields=(
        Field("accepted", "1 if the reading was published, else 0"),
        Field("held", "1 if it waits for confirmation, else 0"),
        Field("rejected", "1 if it was turned down, else 0"),
        Field("unreadable", "1 if nothing could be read, else 0"),
        Field("confidence", "1.0 high, 0.5 medium, 0.0 low"),
        Field("margin", "By how much the best value beats the next one"),
        Field("input_tokens", "What was sent"),
        Field("output_tokens", "What came back"),
        Field("api_cost", "What the call cost, in USD"),
        Field("rule", "The rule that decided", text=True),
        Field("model", "The model that looked", text=True),
    ),
)
COSTS: Final = Measurement(
    name="utility_costs",
    meaning="What the consumption costs",
    bucket=Bucket.COSTS,
    fields=(
        Field("cost", "The running total"),
        Field("delta", "What was added since the point before"),
        Field("price", "The price of one unit"),
        Field("standing", "How much of delta is the standing charge"),
        Field("month_to_date", "What the month has cost so far"),
        Field("forecast", "What it will have cost at its end"),
    ),
)
STATUS: Final = Measurement(
    name="export_status",
    meaning="How the account stands",
    bucket=Bucket.COSTS,
    fields=(
        Field("backlog", "Points that wait"),
        Field("oldest_age", "How long the first of them has been waiting, in seconds"),
        Field("dead_letters", "Points that the server refused"),
        Field("api_cost_month", "What Claude has cost this month, in USD"),
        Field("api_budget", "What it may cost in a month, in USD"),
        Field("cost_budget", "What consumption may cost in a month"),
    ),
)
READINGS: Final[Mapping[MeterKind, Measurement]] = {
    MeterKind.WATER: WATER,
    MeterKind.ELECTRICITY: ELECTRICITY,
    MeterKind.GAS: GAS,
}
DAILY: Final[Mapping[MeterKind, Measurement]] = {
    MeterKind.WATER: _rollup("water_daily", "A day of a water meter"),
    MeterKind.ELECTRICITY: _rollup("electric_daily", "A day of an electricity meter"),
    MeterKind.GAS: _rollup("gas_daily", "A day of a gas meter"),
}
"""Stamped at the local midnight with which the day began."""
MONTHLY: Final[Mapping[MeterKind, Measurement]] = {
    MeterKind.WATER: _rollup("water_monthly", "A month of a water meter"),
    MeterKind.ELECTRICITY: _rollup("electric_monthly", "A month of an electricity meter"),
    MeterKind.GAS: _rollup("gas_monthly", "A month of a gas meter"),
}
"""Stamped at the local midnight of the month's first day."""
MEASUREMENTS: Final = (
    *READINGS.values(),
    QUALITY,
    COSTS,
    STATUS,
    *DAILY.values(),
    *MONTHLY.values(),
)


def bucket_name(bucket: Bucket, mode: BucketMode) -> str:
    """Return the name of the bucket on the server."""
    return SHARED if mode is BucketMode.SHARED and bucket is not Bucket.DAILY else bucket.value


def bucket_names(mode: BucketMode) -> tuple[str, ...]:
    """Return all buckets that have to be there."""
    return tuple(dict.fromkeys(bucket_name(bucket, mode) for bucket in Bucket))
