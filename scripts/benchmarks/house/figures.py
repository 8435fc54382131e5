"""One contender through one meter's years, and the figures that come out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
import math
import random

from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner

from .contenders import Contender, Judge
from .demand import Demand
from .misreads import SHARE, Misread, chosen, episodes, observed, shown

PAUSE = timedelta(seconds=30)


@dataclass
class Accepted:
    """A published look."""

    time: datetime
    error: Decimal
    allowed: Decimal
    """The learnt flow times the interval when it was published."""
    beyond_window: bool
    """Wrong by an episode's misreading, and lower than before or higher than the learnt flow allows."""
    taken_back: bool = False


@dataclass
class Run:
    """What happened, and what is still open while it happens."""

    intervals: int = 0
    calls: int = 0
    impossible: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    repairs: list[float] = field(default_factory=list)
    """Intervals from the first look that contradicted what was published to its repair."""
    right_looks: int = 0
    published_late: int = 0
    inexact: int = 0
    """Right looks that were published while the total was not exact."""
    recoveries: list[float] = field(default_factory=list)
    """Intervals from the end of each episode until the total was right again."""
    contradicted_at: int | None = None
    waiting: list[int] = field(default_factory=list)
    episode_ended: int | None = None


class Race:
    """The same house, with the same dice, for every contender."""

    def __init__(self, demand: Demand, interval: timedelta, seed: int) -> None:
        """Fix when the episodes are."""
        self.demand, self.interval, self.seed = demand, interval, seed
        self.tolerance = demand.register.resolution * (2 if demand.register.dials else 1)
        end = demand.times[-1]
        self.episodes = episodes(random.Random(f"episodes/{seed}"), demand.times[0], end)  # noqa: S311

    def run(self, contender: Contender) -> Run:
        """Let a contender read the meter until the demand ends."""
        run, dice = Run(), random.Random(f"looks/{self.seed}")  # noqa: S311
        misreads: dict[int, Misread] = {}
        time = self.demand.times[0] + self.interval
        while time < self.demand.times[-1] - self.interval:
            episode = next((i for i, (start, end) in enumerate(self.episodes) if start <= time < end), None)
            if episode is not None and episode not in misreads:
                misreads[episode] = chosen(dice, shown(self.demand.at(time), self.demand.register, dice))
            self._interval(run, contender, dice, time, None if episode is None else misreads[episode])
            time += self.interval
        return run

    def _interval(
        self, run: Run, contender: Contender, dice: random.Random, time: datetime, systematic: Misread | None
    ) -> None:
        run.intervals += 1
        manner: Manner | None = Manner.ROUTINE
        right = False
        while manner is not None:
            run.calls += 1
            look, looked_right = self._look(contender, dice, time, manner, systematic)
            right |= looked_right
            manner = self._see(run, contender, look, right=looked_right, in_episode=systematic is not None)
            time += PAUSE
        self._follow(run, contender, time - PAUSE, right=right, in_episode=systematic is not None)

    def _look(
        self, contender: Contender, dice: random.Random, time: datetime, manner: Manner, systematic: Misread | None
    ) -> tuple[Evidence, bool]:
        positions = shown(self.demand.at(time), self.demand.register, dice)
        misread = systematic
        if dice.random() < SHARE:
            misread = chosen(dice, positions)
        if misread is not None:
            positions = misread.spoil(positions)
        observation = observed(positions)
        decoded = decode(observation, contender.register())
        value = None if decoded is None else decoded.value
        right = value is not None and abs(self._error(value, time)) <= self.tolerance
        return Evidence(decoded=decoded, observation=observation, captured_at=time, manner=manner), right

    def _see(self, run: Run, contender: Contender, look: Evidence, *, right: bool, in_episode: bool) -> Manner | None:
        before = contender.published
        decoded = look.decoded
        contradicts = right and not in_episode and decoded is not None and decoded.value < before - self.tolerance
        if contradicts and run.contradicted_at is None:
            run.contradicted_at = run.intervals
        accepted, manner = contender.see(look)
        for correction in contender.corrected:
            for one in run.accepted:
                one.taken_back |= correction.first <= one.time <= correction.latest
        if accepted:
            self._accepted(run, contender, look, before, in_episode=in_episode)
            # A look and the total, each within the tolerance of the other and of the truth, are as exact as it gets.
            if right and abs(self._error(contender.published, look.captured_at)) > 2 * self.tolerance:
                run.inexact += 1
        return manner

    def _accepted(self, run: Run, contender: Contender, look: Evidence, before: Decimal, *, in_episode: bool) -> None:
        elapsed = look.captured_at - (run.accepted[-1].time if run.accepted else look.captured_at - self.interval)
        moved = contender.published - before
        possible = self.demand.ceiling * Decimal(str(elapsed / timedelta(hours=1)))
        # A correction moves the total without any use.
        run.impossible += moved > possible + self.tolerance and not contender.corrected
        judge = contender if isinstance(contender, Judge) else None
        usual = possible if judge is None else judge.limit(elapsed)
        error = self._error(contender.published, look.captured_at)
        wrong = in_episode and abs(error) > max(self.tolerance, abs(self._error(before, look.captured_at)))
        beyond = wrong and not -self.tolerance <= moved <= usual + self.tolerance
        allowed = self.demand.ceiling if judge is None else judge.limit(self.interval)
        run.accepted.append(Accepted(look.captured_at, error, allowed, beyond))

    def _follow(self, run: Run, contender: Contender, time: datetime, *, right: bool, in_episode: bool) -> None:
        """Note at the end of an interval what became right."""
        exact = abs(self._error(contender.published, time)) <= self.tolerance
        now = run.intervals
        if run.contradicted_at is not None and self._error(contender.published, time) <= self.tolerance:
            run.repairs.append(now - run.contradicted_at)
            run.contradicted_at = None
        if right and not in_episode:
            run.right_looks += 1
            run.waiting.append(now)
        if exact:
            run.waiting.clear()
        else:
            run.published_late += sum(now - since == 2 for since in run.waiting)  # noqa: PLR2004
        if in_episode:
            run.episode_ended = None
        elif run.episode_ended is None and run.accepted and self._after_episode(time):
            run.episode_ended = now
        if run.episode_ended and exact:
            run.recoveries.append(now - run.episode_ended)
            run.episode_ended = 0

    def _after_episode(self, time: datetime) -> bool:
        return any(end <= time < end + self.interval * 2 for _, end in self.episodes)

    def _error(self, value: Decimal, time: datetime) -> Decimal:
        """Return by how much a value is above what stands on the meter."""
        register = self.demand.register
        stands = math.floor(self.demand.at(time) / float(register.resolution)) * register.resolution
        return value - stands
