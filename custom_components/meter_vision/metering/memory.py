"""What the judge remembers from look to look: plain, frozen and kept over restarts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, Self

from .consumption import step
from .evidence import Manner, Sighting
from .flow import Flow
from .models import Reading, Register
from .roll import RollVotes

UNSETTLED: Final = timedelta(hours=12)
"""How long an accepted reading can still turn out to have been wrong; longer than one reflection lasts."""
FEW_LOOKS: Final = 3
"""So many accepted looks may each have been a mistake of its own."""
MANY_LOOKS: Final = 12
"""More looks than use leaves a value for while the meter counts."""
_FEWEST_SPANS: Final = 2
_MOST_SPANS: Final = 120
_MOST_SIGHTINGS: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An accepted value, from the first look that showed it to the latest."""

    value: Decimal
    first: datetime
    latest: datetime
    looks: int = 1
    """How many of the looks were clear: one that history resolved is no evidence for itself."""

    def to_data(self) -> list[Any]:
        """Return plain data."""
        first = self.first.isoformat()
        latest = first if self.latest is self.first else self.latest.isoformat()
        return [str(self.value), first, latest, self.looks]

    @classmethod
    def from_data(cls, data: list[Any]) -> Self:
        """Return what `to_data` gave."""
        value, begin, end, looks = data
        first = datetime.fromisoformat(begin)
        # Most values are seen once: there are thousands, and one time takes half the room of two.
        latest = first if end == begin else datetime.fromisoformat(end)
        return cls(value=Decimal(value), first=first, latest=latest, looks=int(looks))


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeState:
    """Everything a verdict depends on beside the look itself."""

    spans: tuple[Span, ...] = ()
    """Accepted values, oldest first; those that can still turn out to be wrong, and one before them."""
    taken_back: tuple[Span, ...] = ()
    """What the latest correction took back, as long as that may itself turn out to be a mistake."""
    taken_back_at: datetime | None = None
    stood: Reading | None = None
    """The last reading before the latest corrections that were made with few accepted looks in between."""
    doubted_at: datetime | None = None
    """Since when accepted values go on from looks that were too low and that no mistake explained."""
    sightings: tuple[Sighting, ...] = ()
    """What surprised since the last accepted look, oldest first."""
    settled: tuple[Sighting, ...] = ()
    """What had surprised before the latest accepted look, for as long as that may turn out to be wrong."""
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

    @property
    def open_again(self) -> tuple[Sighting, ...]:
        """What had surprised and was settled by a reading that has been taken back since."""
        last = self.last
        return tuple(sighting for sighting in self.settled if last is None or sighting.time > last.time)

    @property
    def open_still(self) -> tuple[Sighting, ...]:
        """What surprised since the last accepted value, and before it as well if a single look has shown that."""
        if len(self.spans) < _FEWEST_SPANS or self.spans[-1].looks > 1:
            return self.sightings
        before = self.spans[-2].latest
        return (*(sighting for sighting in self.settled if sighting.time > before), *self.sightings)

    @property
    def in_doubt_since(self) -> datetime | None:
        """Since when readings are in doubt: as was noted, or those after a correction as long as they are few."""
        at = self.taken_back_at
        few = at is not None and looks_at(span for span in self.spans if span.first >= at) <= FEW_LOOKS
        return at if few and self.doubted_at is None else self.doubted_at

    def flow_until(self, time: datetime, register: Register) -> Flow:
        """Return what is known of the flow if the readings accepted until a time are right."""
        flow = self.flow
        for before, after in pairwise(span for span in self.spans if span.first <= time):
            flow = _learnt(flow, before, after, register)
        return flow

    def before(self, time: datetime) -> Reading | None:
        """Return the last of the readings that were accepted before a time, None if none was."""
        earlier = [span for span in self.spans if span.first < time]
        return Reading(value=earlier[-1].value, time=earlier[-1].latest) if earlier else None

    def passed_over(self, since: datetime) -> tuple[JudgeState, tuple[Span, ...]]:
        """Return the state without the values accepted since a time, and these; what was taken back stays so."""
        doubted = tuple(span for span in self.spans if span.first >= since)
        state = replace(self, spans=self.spans[: len(self.spans) - len(doubted)], doubted_at=None)
        if since == self.taken_back_at:
            state = replace(state, taken_back=(), taken_back_at=None, stood=None)
        return state, doubted

    def readings_since(self, time: datetime) -> tuple[Reading, ...]:
        """Return the readings that count since a time, the first and the latest of each value."""
        times = [(span.value, at) for span in self.spans for at in sorted({span.first, span.latest}) if at >= time]
        return tuple(Reading(value=value, time=at) for value, at in times)

    def anchored(self, reading: Reading) -> JudgeState:
        """Return the state after a person has said what stands on the meter; what was learnt stays."""
        span = Span(value=reading.value, first=reading.time, latest=reading.time)
        return JudgeState(spans=(span,), picture=self.picture, flow=self.flow, votes=self.votes)

    def without(self, first: int, time: datetime) -> JudgeState:
        """Return the state in which the accepted values from an index on have been taken back."""
        kept, wrong = self.spans[:first], self.spans[first:]
        state = replace(self, spans=kept)
        at = self.taken_back_at
        state = replace(state, stood=self.stood if self.few_since_stood else self.last)
        one_more = at is not None and wrong[0].first >= at and looks_at(wrong) <= FEW_LOOKS and not self._held_good(at)
        return state if one_more else replace(state, taken_back=wrong, taken_back_at=time)

    def _held_good(self, at: datetime) -> bool:
        """Return whether a correction of few looks at a time has been followed by many."""
        since = [span for span in self.spans if span.first >= at]
        return looks_at(self.taken_back) <= FEW_LOOKS and looks_at(since) > MANY_LOOKS

    @property
    def few_since_stood(self) -> bool:
        """Return whether what was accepted since corrections began may each have been misread.

        A value that stood before as well, and has gone on since, counts with all its looks.
        """
        stood = self.stood
        return stood is not None and looks_at(span for span in self.spans if span.latest > stood.time) <= FEW_LOOKS

    def restored(self, until: datetime) -> tuple[JudgeState, tuple[Span, ...]]:
        """Return the state in which the latest correction is undone, and the values that stood instead until a time.

        What few looks showed does not come back: the total goes on above it in one step, and if that step turns out to
        be a mistake, it has to be as large as the fall after it.
        """
        at = self.taken_back_at
        if at is None:
            return self, ()
        before = tuple(span for span in self.spans if span.first < at)
        instead = tuple(span for span in self.spans if at <= span.first < until)
        after = tuple(span for span in self.spans if span.first >= max(at, until))
        few = looks_at(self.taken_back) <= FEW_LOOKS
        spans = before + (() if few and before else self.taken_back) + after
        return replace(self, spans=spans, taken_back=(), taken_back_at=None, stood=None), instead

    def sighted(self, sighting: Sighting) -> JudgeState:
        """Return the state with one more surprise; of many, those of all hours are kept."""
        sightings = (*self.sightings, sighting)
        if len(sightings) > _MOST_SIGHTINGS:
            sightings = _without_one(sightings)
        return replace(self, sightings=sightings, held_since=self.held_since or sighting.time)

    def accepted(self, value: Decimal, time: datetime, register: Register, *, clear: bool = True) -> JudgeState:
        """Return the state after a value was accepted: all doubts are settled, and old steps are learnt from."""
        last = self.spans[-1] if self.spans else None
        if last is not None and last.value == value and time not in {self.taken_back_at, self.doubted_at}:
            span = replace(last, latest=max(last.latest, time), looks=last.looks + clear)
            spans = (*self.spans[:-1], span)
        else:
            spans = (*self.spans, Span(value=value, first=time, latest=time, looks=int(clear)))
        flow, spans = _settled(self.flow, spans, time, register)
        surprises = (*self.settled, *self.sightings)[-_MOST_SIGHTINGS:]
        settled = tuple(one for one in surprises if time - one.time <= UNSETTLED)
        state = replace(self, spans=spans, flow=flow, sightings=(), settled=settled, held_since=None, fruitless=0)
        if self.taken_back_at is not None and time - self.taken_back_at > UNSETTLED:
            state = replace(state, taken_back=(), taken_back_at=None, stood=None)
        if self.doubted_at is not None and time - self.doubted_at > UNSETTLED:
            state = replace(state, doubted_at=None)
        return state

    def stood_until(self, time: datetime) -> JudgeState:
        """Return the state in which the last value is known to have stood until a time; that counts as no look."""
        span = replace(self.spans[-1], latest=max(self.spans[-1].latest, time))
        return replace(self, spans=(*self.spans[:-1], span))

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "spans": [span.to_data() for span in self.spans],
            "taken_back": [span.to_data() for span in self.taken_back],
            "taken_back_at": _text(self.taken_back_at),
            "stood": None if self.stood is None else [str(self.stood.value), self.stood.time.isoformat()],
            "doubted_at": _text(self.doubted_at),
            "sightings": [sighting.to_data() for sighting in self.sightings],
            "settled": [sighting.to_data() for sighting in self.settled],
            "held_since": _text(self.held_since),
            "fruitless": self.fruitless,
            "picture": self.picture,
            "flow": self.flow.to_data(),
            "votes": [self.votes.continuous, self.votes.late],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave; raise KeyError, TypeError, ValueError or InvalidOperation for anything else."""
        return cls(
            spans=tuple(Span.from_data(span) for span in data["spans"]),
            taken_back=tuple(Span.from_data(span) for span in data["taken_back"]),
            taken_back_at=_time(data["taken_back_at"]),
            stood=_reading(data.get("stood")),
            doubted_at=_time(data.get("doubted_at")),
            sightings=tuple(Sighting.from_data(sighting) for sighting in data["sightings"]),
            settled=tuple(Sighting.from_data(sighting) for sighting in data.get("settled", ())),
            held_since=_time(data["held_since"]),
            fruitless=int(data["fruitless"]),
            picture=data["picture"],
            flow=Flow.from_data(data["flow"]),
            votes=RollVotes(*data["votes"]),
        )


def looks_at(spans: Iterable[Span]) -> int:
    """Return how many looks have shown some values."""
    return sum(span.looks for span in spans)


def _without_one(sightings: tuple[Sighting, ...]) -> tuple[Sighting, ...]:
    """Return the surprises without one that others are near to, of the manner that most of them are of.

    The first one and the latest are kept, so that looks of other times of day are.
    """
    inner = range(1, len(sightings) - 1)
    regular = [index for index in inner if sightings[index].manner is Manner.ROUTINE]
    further = [index for index in inner if sightings[index].manner is not Manner.ROUTINE]
    many = regular if len(regular) >= len(further) else further
    index = min(many, key=lambda i: sightings[i + 1].time - sightings[i - 1].time)
    before = sightings[index - 1]
    before = replace(before, regular=before.regular + sightings[index].regular)
    return (*sightings[: index - 1], before, *sightings[index + 1 :])


def _settled(flow: Flow, spans: tuple[Span, ...], time: datetime, register: Register) -> tuple[Flow, tuple[Span, ...]]:
    """Return the flow with what was learnt from steps that can no longer be wrong, and the other spans."""
    while len(spans) > _FEWEST_SPANS and (spans[1].first < time - UNSETTLED or len(spans) > _MOST_SPANS):
        flow = _learnt(flow, spans[0], spans[1], register)
        spans = spans[1:]
    return flow, spans


def _learnt(flow: Flow, before: Span, after: Span, register: Register) -> Flow:
    """Return the flow with what was counted from the beginning of a value to the beginning of the next."""
    flow = flow.add(Decimal(0), before.first, before.latest)
    return flow.add(step(before.value, after.value, register), before.latest, after.first)


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _reading(data: list[str] | None) -> Reading | None:
    return None if data is None else Reading(value=Decimal(data[0]), time=datetime.fromisoformat(data[1]))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
