"""What goes into the file and comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple


class Kind(StrEnum):
    """What a row of the journal tells of."""

    LOOK = "look"
    FAILURE = "failure"
    """A look that came to no verdict."""
    COMPARED = "compared"
    """A picture that showed no change and was not read."""
    SET = "set"
    CORRECT = "correct"
    RETRACT = "retract"
    NEW_METER = "new_meter"
    DIALOG = "dialog"
    """A call that a dialog made; it is a row of the account."""


OF_ACCOUNT: Final = "_account"
"""In place of a meter, of rows that belong to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """What happened to one register: a look with its verdict, or what a person said."""

    register: str
    time: datetime
    """When the picture was taken, or what time the person meant; aware UTC."""
    recorded_at: datetime
    kind: Kind
    outcome: str | None = None
    rule: str | None = None
    confidence: str | None = None
    value: Decimal | None = None
    """The register's value in its own unit."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """The verdict's numbers; JSON."""
    evidence: Mapping[str, Any] | None = None
    """What was seen and how, enough to judge it again; JSON."""
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    """US dollars."""
    picture: str | None = None
    """Name of the file, without folder."""
    picture_size: int = 0
    """Bytes."""

    def __str__(self) -> str:
        """Return what it tells in one line, for the log."""
        named = {"rule": self.rule, "confidence": self.confidence, "value": self.value, **self.detail}
        if self.model is not None:
            named |= {"model": self.model, "tokens": f"{self.input_tokens} + {self.output_tokens}"}
        told = [f"{name} {value}" for name, value in named.items() if value is not None]
        what = " ".join(filter(None, (self.register, self.kind, self.outcome)))
        return f"{self.time.isoformat(timespec='seconds')} {what}{': ' if told else ''}{', '.join(told)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """An entry as it is kept."""

    id: int
    meter: str
    entry: JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPoint:
    """One line of line protocol, timestamp in milliseconds, for one bucket."""

    bucket: str
    line: str
    time: datetime
    """The time of the point; with its series it is what a rewrite replaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsChange:
    """How the readings that a register goes on from differ from those kept before."""

    register: str
    gone: tuple[datetime, ...] = ()
    """Times of readings that no longer count."""
    put: tuple[tuple[datetime, Mapping[str, Any]], ...] = ()
    """New readings, or those in place of others of the same time, as JSON data."""
    anew: bool = False
    """Whether all that were kept before are gone."""


class KeptReading(NamedTuple):
    """A reading that a register goes on from, as little is made of it as can be, for there are thousands."""

    time: int
    """Microseconds since 1970."""
    value: str
    trusted: bool = False
    new_meter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """What is known of a register's local day, for it outlives the readings that it came from."""

    register: str
    first: date
    data: Mapping[str, Any]
    """JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What belongs together: after a crash all of it is there, or none."""

    meter: str
    recorded_at: datetime
    """From when the points wait."""
    state: Mapping[str, Any] | None = None
    """The meter's new state as JSON data; None leaves the old one."""
    terms: Mapping[str, Any] | None = None
    """How its registers count and are charged, as JSON data; None leaves what is kept."""
    readings: tuple[ReadingsChange, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    points: tuple[OutgoingPoint, ...] = ()
    days: tuple[DayRow, ...] = ()
    """Days that are new, or in place of what was known of them."""


@dataclass(frozen=True, slots=True)
class WaitingPoint:
    """A line in the outbox."""

    id: int
    bucket: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A line that the server refused for what it is."""

    id: int
    bucket: str
    line: str
    message: str
    """What the server said."""
    failed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxState:
    """How the outbox stands."""

    waiting: int
    """Lines."""
    oldest: datetime | None
    """Since when the first of them has been waiting."""
    dead: int
    """Lines that were refused."""
    missed: datetime | None
    """Time of the earliest point that found the outbox full; it is made again from the journal."""
