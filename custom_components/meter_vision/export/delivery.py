"""Takes points out of the outbox to the server, one round at a time, and deletes what has arrived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Event
from typing import Final, Protocol

from ..store.models import WaitingPoint
from .answers import Answer, Problem, Step, is_suspicious, meaning

FEWEST_LINES: Final = 500
"""A request in ordinary times."""
MOST_LINES: Final = 10_000
"""A request while a long backlog goes out; some 2 MB."""
_GROWTH: Final = 4
_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=5)
LOOK_AGAIN: Final = timedelta(minutes=15)
"""After what a person has to mend: in case it was mended on the server."""
_PATIENCE: Final = 5
"""Rounds that the server may fail over the same points before one of them is suspected."""
_MOST_FAILURES: Final = 24
"""Failures without a success in between that a search for one bad line may bring; half of 10,000 lines is 14 away."""
_MOST_REFUSED: Final = 200
"""Refused lines without a success in between; more are not the lines' fault."""


class Outbox(Protocol):
    """Where the points wait."""

    def waiting(self, limit: int, *, without: Collection[str] = ()) -> list[WaitingPoint]:
        """Return the first points, leaving out some buckets."""
        ...

    def delete_waiting(self, ids: Sequence[int]) -> None:
        """Delete what has arrived."""
        ...

    def refuse_waiting(self, ids: Sequence[int], message: str, failed_at: datetime) -> None:
        """Set apart what the server refuses."""
        ...


class Sink(Protocol):
    """Where the points go."""

    def write(self, bucket: str, lines: Sequence[str], now: datetime) -> Answer:
        """Send lines and return what the server made of them."""
        ...

    def is_up(self) -> bool:
        """Return whether the server answers at all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How a round went."""

    delivered: int
    refused: int
    problem: Problem | None
    message: str
    pause: timedelta | None
    """How long to wait before the next one; None: until there are new points."""
    again: timedelta | None = None
    """When to look again at the latest, if there are no new points before."""


@dataclass(slots=True)
class _Tally:
    """What has become of the points of one round."""

    delivered: list[int] = field(default_factory=list)
    refused: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    suspects: list[tuple[int, str]] = field(default_factory=list)
    """Single lines that the server stumbled over; guilty once another line gets through."""
    failures: int = 0
    """Requests since the last success."""
    refusals: int = 0
    """Lines refused since the last success."""
    stopped: Answer | None = None
    skipped: Answer | None = None

    def succeed(self, chunk: Sequence[WaitingPoint]) -> None:
        """Note points that arrived, and that the server works."""
        self.delivered += (point.id for point in chunk)
        for number, message in self.suspects:
            self.refused[message].append(number)
        self.suspects.clear()
        self.failures = self.refusals = 0


class Delivery:
    """Knows what is being waited for between rounds. Blocks; one thread at a time."""

    def __init__(
        self,
        outbox: Outbox,
        sink: Sink,
        jitter: Callable[[timedelta], timedelta],
        *,
        most_lines: int = MOST_LINES,
    ) -> None:
        """Take any part of a duration as `jitter`, so that not all installations come back at once."""
        self._outbox = outbox
        self._sink = sink
        self._jitter = jitter
        self._most = most_lines
        self._limit = min(FEWEST_LINES, most_lines)
        self._missing: dict[str, datetime] = {}
        """Buckets that are not there, and when to look again."""
        self._failed_rounds = 0
        self._stopping = Event()
        self._stumbles = 0
        """Rounds in a row that ended with an error of the server itself."""

    def round(self, now: datetime) -> Round:
        """Send the first points of the outbox, at most one request's worth for each bucket."""
        self._missing = {bucket: until for bucket, until in self._missing.items() if until > now}
        points = self._outbox.waiting(self._limit, without=[*self._missing])
        tally = _Tally()
        for bucket, group in _by_bucket(points).items():
            self._deliver(bucket, group, tally, now)
            if tally.stopped is not None:
                break
        self._record(tally, now)
        return self._concluded(tally, len(points), now)

    def stop(self) -> None:
        """Send no further request; from any thread."""
        self._stopping.set()

    def _deliver(self, bucket: str, points: Sequence[WaitingPoint], tally: _Tally, now: datetime) -> None:
        """Write points in order, in ever smaller parts where a line is in the way."""
        parts = [points]
        while parts and not self._stopping.is_set():
            part = parts.pop()
            answer = self._sink.write(bucket, [point.line for point in part], now)
            step = meaning(answer).step
            if step is Step.DELIVERED:
                tally.succeed(part)
                continue
            tally.failures += 1
            suspected = is_suspicious(answer) and self._stumbles >= _PATIENCE and tally.failures <= _MOST_FAILURES
            if step is Step.SKIP_BUCKET:
                self._missing[bucket] = now + LOOK_AGAIN
                tally.skipped = answer
                return
            if not (step is Step.SPLIT or suspected):
                tally.stopped = answer
                return
            if len(part) > 1:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
                self._shrink(answer, len(part))
            elif not self._refuse(part[0], answer, tally, suspected=suspected):
                return

    def _refuse(self, point: WaitingPoint, answer: Answer, tally: _Tally, *, suspected: bool) -> bool:
        """Note a line that the server refuses; return False if it refuses so many that the lines are not at fault."""
        if suspected:
            tally.suspects.append((point.id, answer.message))
            return True
        tally.refused[answer.message].append(point.id)
        tally.refusals += 1
        if tally.refusals < _MOST_REFUSED:
            return True
        tally.stopped = Answer(status=None, problem=Problem.REFUSED, message=answer.message)
        return False

    def _shrink(self, answer: Answer, lines: int) -> None:
        """Never again send as much as was too large."""
        if answer.status == HTTPStatus.CONTENT_TOO_LARGE:
            self._most = max(lines // 2, 1)
            self._limit = min(self._limit, self._most)

    def _record(self, tally: _Tally, now: datetime) -> None:
        """Write down once what the round did; a crash before that means to write the same points again."""
        if tally.delivered:
            self._outbox.delete_waiting(tally.delivered)
        for message, ids in tally.refused.items():
            self._outbox.refuse_waiting(ids, message, now)

    def _concluded(self, tally: _Tally, found: int, now: datetime) -> Round:
        answer = tally.stopped or tally.skipped
        refused = sum(map(len, tally.refused.values()))
        if tally.stopped is not None:
            pause: timedelta | None = self._pause(tally.stopped)
        else:
            self._failed_rounds = self._stumbles = 0
            full = found == self._limit
            self._limit = min(self._limit * _GROWTH, self._most) if full else min(FEWEST_LINES, self._most)
            pause = timedelta(0) if full or tally.suspects else None
        return Round(
            delivered=len(tally.delivered),
            refused=refused,
            problem=self._problem(answer),
            message="" if answer is None else answer.message,
            pause=pause,
            again=min((until - now for until in self._missing.values()), default=None),
        )

    def _problem(self, answer: Answer | None) -> Problem | None:
        if answer is not None:
            return meaning(answer).problem
        return Problem.BUCKET_MISSING if self._missing else None

    def _pause(self, answer: Answer) -> timedelta:
        """Return a random part of a pause that doubles with every failure, at least what the server asks for."""
        self._limit = min(FEWEST_LINES, self._most)
        if meaning(answer).step is Step.ASK:
            return LOOK_AGAIN
        self._stumbles = self._stumbles + 1 if is_suspicious(answer) and self._sink.is_up() else 0
        longest = min(_FIRST_PAUSE * 2 ** min(self._failed_rounds, 20), _LONGEST_PAUSE)
        self._failed_rounds += 1
        return max(self._jitter(longest), answer.retry_after or timedelta(0))


def _by_bucket(points: Sequence[WaitingPoint]) -> dict[str, list[WaitingPoint]]:
    groups: dict[str, list[WaitingPoint]] = defaultdict(list)
    for point in points:
        groups[point.bucket].append(point)
    return groups
