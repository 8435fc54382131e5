"""What the judge remembers from look to look: plain, frozen and kept over restarts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

from .consumption import step
from .evidence import Sighting
from .flow import Flow
from .models import Reading, Register
from .roll import RollVotes

UNSETTLED: Final = timedelta(hours=12)
"""How long an accepted reading can still turn out to have been wrong; longer than one reflection lasts."""
_FEWEST_SPANS: Final = 2
_MOST_SPANS: Final = 120
_MOST_SIGHTINGS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An accepted value, from the first look that showed it to the latest."""

    value: Decimal
    first: datetime
    latest: datetime
    looks: int = 1

    def to_data(self) -> list[Any]:
        """Return plain data."""
        return [str(self.value), self.first.isoformat(), self.latest.isoformat(), self.looks]

    @classmethod
    def from_data(cls, data: list[Any]) -> Self:
        """Return what `to_data` gave."""
        value, first, latest, looks = data
        return cls(
            value=Decimal(value),
            first=datetime.fromisoformat(first),
            latest=datetime.fromisoformat(latest),
            looks=int(looks),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeState:
    """Everything a verdict depends on beside the look itself."""

    spans: tuple[Span, ...] = ()
    """Accepted values, oldest first; those that can still turn out to be wrong, and one before them."""
    sightings: tuple[Sighting, ...] = ()
    """What surprised since the last accepted look, oldest first."""
    held_since: datetime | None = None
    fruitless: int = 0
    """Regular looks since the last accepted one."""
    picture: str | None = None
    """Fingerprint of the latest picture."""
    flow: Flow = field(default_factory=Flow)
    votes: RollVotes = field(default_factory=RollVotes)

    @property
    def last(self) -> Reading | None:
        """The last accepted reading, None before the first."""
        return Reading(value=self.spans[-1].value, time=self.spans[-1].latest) if self.spans else None

    def anchored(self, reading: Reading) -> JudgeState:
        """Return the state after a person has said what stands on the meter; what was learnt stays."""
        span = Span(value=reading.value, first=reading.time, latest=reading.time)
        return replace(self, spans=(span,), sightings=(), held_since=None, fruitless=0)

    def sighted(self, sighting: Sighting) -> JudgeState:
        """Return the state with one more surprise; of many, the first ones and the latest are kept."""
        sightings = (*self.sightings, sighting)
        if len(sightings) > _MOST_SIGHTINGS:
            half = _MOST_SIGHTINGS // 2
            sightings = sightings[:half] + sightings[-half:]
        return replace(self, sightings=sightings, held_since=self.held_since or sighting.time)

    def accepted(self, value: Decimal, time: datetime, register: Register) -> JudgeState:
        """Return the state after a value was accepted: all doubts are settled, and old steps are learnt from."""
        last = self.spans[-1] if self.spans else None
        if last is not None and last.value == value:
            span = replace(last, latest=max(last.latest, time), looks=last.looks + 1)
            spans = (*self.spans[:-1], span)
        else:
            spans = (*self.spans, Span(value=value, first=time, latest=time))
        flow, spans = _settled(self.flow, spans, time, register)
        return replace(self, spans=spans, flow=flow, sightings=(), held_since=None, fruitless=0)

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "spans": [span.to_data() for span in self.spans],
            "sightings": [sighting.to_data() for sighting in self.sightings],
            "held_since": None if self.held_since is None else self.held_since.isoformat(),
            "fruitless": self.fruitless,
            "picture": self.picture,
            "flow": self.flow.to_data(),
            "votes": [self.votes.continuous, self.votes.late],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave; raise KeyError, TypeError, ValueError or InvalidOperation for anything else."""
        held_since = data["held_since"]
        return cls(
            spans=tuple(Span.from_data(span) for span in data["spans"]),
            sightings=tuple(Sighting.from_data(sighting) for sighting in data["sightings"]),
            held_since=None if held_since is None else datetime.fromisoformat(held_since),
            fruitless=int(data["fruitless"]),
            picture=data["picture"],
            flow=Flow.from_data(data["flow"]),
            votes=RollVotes(*data["votes"]),
        )


def _settled(flow: Flow, spans: tuple[Span, ...], time: datetime, register: Register) -> tuple[Flow, tuple[Span, ...]]:
    """Return the flow with what was learnt from steps that can no longer be wrong, and the other spans."""
    while len(spans) > _FEWEST_SPANS and (spans[1].first < time - UNSETTLED or len(spans) > _MOST_SPANS):
        before, after = spans[0], spans[1]
        flow = flow.add(Decimal(0), before.first, before.latest)
        flow = flow.add(step(before.value, after.value, register), before.latest, after.first)
        spans = spans[1:]
    return flow, spans
