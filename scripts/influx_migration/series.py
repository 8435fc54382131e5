"""What is read: one field of one meter in a schema that is not ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol

CONFIDENCE: Final = "confidence"
"""The tag of the original system that says how a reading was judged."""
_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where a meter's readings stand."""

    bucket: str
    """Database of 1.x and 3, bucket of 2.x."""
    measurement: str
    value_field: str
    tags: Mapping[str, str] = field(default_factory=dict)
    """What picks the meter."""
    told: tuple[str, ...] = ()
    """Tags that say something about a reading."""

    def __str__(self) -> str:
        """Say it in one line."""
        picked = "".join(f",{name}={value}" for name, value in self.tags.items())
        return f"{self.bucket}: {self.measurement}{picked} {self.value_field}"


@dataclass(frozen=True, slots=True)
class Row:
    """One value with its time and what the tags told."""

    time: datetime
    value: Decimal
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """What one UTC day holds: one row for each millisecond, in order."""

    rows: list[Row]
    unusable: int
    """Values that are no number."""


class Source(Protocol):
    """A server that can be asked for the values of a span."""

    def span(self) -> tuple[datetime, datetime] | None:
        """Return the time of the first and the last value, or None if there is none."""

    def values(self, start: datetime, end: datetime) -> Iterator[tuple[int, Any, Mapping[str, str]]]:
        """Yield time in milliseconds, value as it was kept, and tags, from start to before end."""


def read_page(source: Source, day: date, start: datetime, end: datetime) -> Page:
    """Return one UTC day's rows inside a span; of several values of one millisecond the one that comes last counts."""
    first = datetime.combine(day, time.min, tzinfo=UTC)
    rows: dict[int, Row] = {}
    unusable = 0
    for moment, value, told in source.values(max(first, start), min(first + _DAY, end)):
        if (number := as_number(value)) is None:
            unusable += 1
        else:
            rows[moment] = Row(_EPOCH + moment * _MILLISECOND, number, told)
    return Page([rows[moment] for moment in sorted(rows)], unusable)


def as_number(value: object) -> Decimal | None:
    """Return what was kept as whole number, fraction or text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
