"""One contender through one meter's years, and the figures that come out.

A look is right within one tolerance of the truth, and it is published when the total is within one tolerance of the
look: what is a confirmation leaves the total as it is, so that two tolerances may lie between the total and the truth.
The total is right when it is that near to a right look of the interval, or within one tolerance of the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
import math

from custom_components.meter_vision.metering.evidence import Manner
from custom_components.meter_vision.metering.models import Reading

from .contenders import Contender
from .looks import House, Seen

UNSETTLED = timedelta(hours=12)
"""For how long a reading that was too high may come to light."""
MISREAD_EACH = 3
"""So many published looks may each have been misread, so that a lower one may be true."""


@dataclass
class Accepted:
    """A published look."""

    time: datetime
    value: Decimal
    error: Decimal
    added: Decimal
    """By how much more it was wrong than what stood before."""
    allowed: Decimal
    """The learnt flow times the time since what stood before, and the tolerance of a look."""
    beyond_window: bool = False
    """From an episode, and further up than the window allows, or further down than the truth after a false high."""
    lower: bool = False
    """From an episode, and lower than what was right before, as the truth is after a false high: nobody could tell."""
    taken_back: bool = False


@dataclass
class Run:
    """What happened, and what is still open while it happens."""

    intervals: int = 0
    calls: int = 0
    impossible: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    repairs: list[int] = field(default_factory=list)
    """Intervals from the first look that contradicted what was published to its repair."""
    right_looks: int = 0
    published_late: int = 0
    inexact: int = 0
    """Right looks that were accepted while the total was not right."""
    recoveries: list[int] = field(default_factory=list)
    """Intervals from the end of each episode until the total was right again."""
    contradicted_at: int | None = None
    contradicted: list[Accepted] = field(default_factory=list)
    """What the first look that contradicts says is too high."""
    waiting: list[int] = field(default_factory=list)
    episode_ended: int | None = None
    in_episode: bool = False


class Race:
    """The same house, with the same looks, for every contender."""

    def __init__(self, house: House) -> None:
        """Take the house."""
        self.house = house

    def run(self, contender: Contender) -> Run:
        """Let a contender read the meter until the demand ends."""
        run = Run()
        for index in range(self.house.intervals):
            self._interval(run, contender, index)
        return run

    def _interval(self, run: Run, contender: Contender, index: int) -> None:
        run.intervals += 1
        in_episode = self.house.episode(self.house.time(index)) is not None
        manner: Manner | None = Manner.ROUTINE
        looks: list[Seen] = []
        while manner is not None:
            seen = self.house.look(index, len(looks), manner, contender.register())
            looks.append(seen)
            manner = self._see(run, contender, looks, in_episode=in_episode)
        run.calls += len(looks)
        self._follow(run, contender, looks, in_episode=in_episode)

    def _see(self, run: Run, contender: Contender, looks: Sequence[Seen], *, in_episode: bool) -> Manner | None:
        """Show the latest of an interval's looks."""
        seen = looks[-1]
        before, look, tolerance = contender.published, seen.evidence, self.house.tolerance
        # Two looks that are right, each within the tolerance of the truth, do not contradict each other.
        if look.decoded is not None and seen.right and not in_episode and run.contradicted_at is None:
            highest = look.decoded.value + 2 * tolerance
            if highest < before:
                run.contradicted_at = run.intervals
                run.contradicted = [one for one in run.accepted if one.value > highest and not one.taken_back]
        standing = [self._latest(run, contender), self._latest(run, contender, most_error=tolerance)]
        limits = [contender.limit(look.captured_at - last.time) for last in standing]
        recent = self._recent(run, self._surprised_since(run, looks)) if in_episode else []
        accepted, manner = contender.see(look)
        for correction in contender.corrected:
            for one in run.accepted:
                one.taken_back |= correction.first <= one.time <= correction.latest
        kept = self._latest(run, contender)
        if accepted:
            one = self._accepted(run, contender, look.captured_at)
            if in_episode:
                self._from_episode(one, contender, [*zip(standing, limits, strict=True)], kept, recent)
            run.inexact += seen.right and not self._is_right(contender, look.captured_at, looks)
        return manner

    def _accepted(self, run: Run, contender: Contender, time: datetime) -> Accepted:
        """Note what was published."""
        tolerance, base = self.house.tolerance, self._latest(run, contender)
        base_error = self._error_of(base)
        most = contender.limit(max(time - base.time, self.house.interval)) + tolerance
        # Hours are fractions: what is exactly as much as can be must not be more.
        possible = round(self.house.demand.ceiling * Decimal(str((time - base.time) / timedelta(hours=1))), 6)
        run.impossible += contender.published - base.value > possible + tolerance
        error = self._error(contender, time)
        one = Accepted(time, contender.published, error, added=abs(error) - abs(base_error), allowed=most)
        run.accepted.append(one)
        return one

    def _from_episode(
        self,
        one: Accepted,
        contender: Contender,
        before: Sequence[tuple[Reading, Decimal]],
        kept: Reading,
        recent: Sequence[Accepted],
    ) -> None:
        """Note whether an episode's value is a surprise to what stood before, in whichever direction.

        `before`: what stood, and how much more would have surprised nobody then. `kept`: what still stands of it; a
        value above surprises only if it is too much for that as well.
        """
        tolerance = self.house.tolerance
        if abs(one.error) <= tolerance:
            return
        bases = (*before, (kept, contender.limit(one.time - kept.time)))
        moved = [(one.value - last.value, limit + tolerance) for last, limit in bases]
        lower = all(by < -tolerance for by, _ in moved[:-1])
        like_truth = lower and one.added <= one.allowed and self._as_after_a_false_high(one, contender, recent)
        one.beyond_window = all(by > most for by, most in moved) or (lower and not like_truth)
        one.lower = like_truth

    def _as_after_a_false_high(self, one: Accepted, contender: Contender, recent: Sequence[Accepted]) -> bool:
        """Return whether the truth after a false high would look the same, whoever judges it.

        It goes on from a reading before, and what stands above it are either few looks, or but for the latest few, a
        rise as large as the fall came before them: use only adds, it makes the rise larger than the mistake and the
        fall smaller.
        """
        tolerance = self.house.tolerance
        below = [index for index, other in enumerate(recent) if other.value <= one.value + tolerance]
        if not below:
            return False
        base = recent[below[-1]]
        if one.value - base.value > contender.limit(one.time - base.time) + tolerance:
            return False
        above = recent[below[-1] + 1 :]
        fall = min((other.value for other in above[-1 - MISREAD_EACH :]), default=one.value) - one.value
        to_above = recent[: below[-1] + 2]
        return len(above) <= MISREAD_EACH or any(
            after.value - before.value >= fall - 2 * tolerance for before, after in pairwise(to_above)
        )

    def _surprised_since(self, run: Run, looks: Sequence[Seen]) -> datetime:
        """Return the first regular look since the last one that was published, of which these are the latest."""
        time = looks[0].evidence.captured_at
        if not run.accepted:
            return time
        return time - max(0, math.ceil((time - run.accepted[-1].time) / self.house.interval) - 1) * self.house.interval

    def _recent(self, run: Run, time: datetime) -> list[Accepted]:
        """Return the readings that stand and may still turn out to have been too high, and one before them."""
        recent: list[Accepted] = []
        for one in reversed(run.accepted):
            if one.taken_back:
                continue
            recent.append(one)
            if one.time < time - UNSETTLED:
                break
        return recent[::-1]

    def _latest(self, run: Run, contender: Contender, most_error: Decimal | None = None) -> Reading:
        """Return the latest reading that stands, of those that were not too high if the most error is given."""
        for one in reversed(run.accepted):
            if not one.taken_back and (most_error is None or one.error <= most_error):
                return Reading(value=one.value, time=one.time)
        return contender.first

    def _follow(self, run: Run, contender: Contender, looks: Sequence[Seen], *, in_episode: bool) -> None:
        """Note at the end of an interval, of which these are the looks, what became right."""
        time, now = looks[-1].evidence.captured_at, run.intervals
        total_is_right = self._is_right(contender, time, looks)
        taken_back = bool(run.contradicted) and all(one.taken_back for one in run.contradicted)
        if run.contradicted_at is not None and (taken_back or total_is_right or self._error(contender, time) <= 0):
            run.repairs.append(now - run.contradicted_at)
            run.contradicted_at = None
        if any(look.right for look in looks):
            run.right_looks += 1
            run.waiting.append(now)
        if total_is_right:
            run.waiting.clear()
        else:
            run.published_late += sum(now - since == 2 for since in run.waiting)  # noqa: PLR2004
        if run.in_episode and not in_episode:
            run.episode_ended = now
        run.in_episode = in_episode
        if run.episode_ended is not None and not in_episode and total_is_right:
            run.recoveries.append(now - run.episode_ended)
            run.episode_ended = None

    def _is_right(self, contender: Contender, time: datetime, looks: Sequence[Seen]) -> bool:
        """Return whether the total is within the tolerance of the truth, or of a look that is."""
        values = [one.evidence.decoded.value for one in looks if one.right and one.evidence.decoded is not None]
        near = any(abs(contender.published - value) <= self.house.tolerance for value in values)
        return near or self.house.is_right(contender.published, time)

    def _error(self, contender: Contender, time: datetime) -> Decimal:
        return self.house.error(contender.published, time)

    def _error_of(self, reading: Reading) -> Decimal:
        return self.house.error(reading.value, reading.time)
