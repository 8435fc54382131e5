"""Those who decide what is published: this project's judge and two that stand for what others do."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from custom_components.meter_vision.metering.consumption import step
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import Correction, consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Outcome, Reading, Register
from custom_components.meter_vision.metering.window import Rules


class Contender(Protocol):
    """Sees one look after the other."""

    first: Reading
    published: Decimal
    corrected: tuple[Correction, ...]
    """What the latest look took back."""

    def see(self, look: Evidence) -> tuple[bool, Manner | None]:
        """Return whether the look is published, and which further look is wanted."""
        ...

    def register(self) -> Register:
        """Return the register as it is known by now."""
        ...

    def limit(self, elapsed: timedelta) -> Decimal:
        """Return the most that may be used in a time as far as it is known."""
        ...


class Judge:
    """The judge under test."""

    def __init__(self, first: Reading, rules: Rules) -> None:
        """Begin at a confirmed reading."""
        self.first = first
        self.rules = rules
        self.state = JudgeState().anchored(first)
        self.published = self.total = first.value
        self.corrected: tuple[Correction, ...] = ()

    def see(self, look: Evidence) -> tuple[bool, Manner | None]:
        """Follow the judge."""
        decision = consider(self.state, look, self.rules)
        self.state, self.corrected = decision.state, decision.corrected
        accepted = decision.verdict.outcome is Outcome.ACCEPTED
        if accepted and decision.verdict.reading is not None:
            self.total += step(self.published, decision.verdict.reading.value, self.rules.register)
            self.published = decision.verdict.reading.value
        return accepted, decision.ask

    def register(self) -> Register:
        """Return the register with the drum's habit once it is learnt."""
        return self.state.votes.known(self.rules.register)

    def limit(self, elapsed: timedelta) -> Decimal:
        """Return the learnt flow times a time."""
        return self.rules.limit(self.state.flow, elapsed)


class Baseline:
    """One look an interval, and a rule that knows the last published value only."""

    def __init__(self, first: Reading, rules: Rules, rule: Callable[[Decimal, Decimal], bool]) -> None:
        """Begin at a confirmed reading; `rule` says whether a step is allowed, given the most that is."""
        self.first = first
        self.rules = rules
        self.rule = rule
        self.published, self.time = first.value, first.time
        self.corrected: tuple[Correction, ...] = ()

    def see(self, look: Evidence) -> tuple[bool, Manner | None]:
        """Publish what the rule allows."""
        if look.decoded is None or not look.decoded.decisive:
            return False, None
        moved = look.decoded.value - self.published
        if not self.rule(moved, self.limit(self.rules.interval)):
            return False, None
        self.published, self.time = look.decoded.value, look.captured_at
        return True, None

    def register(self) -> Register:
        """Return the register as described."""
        return self.rules.register

    def limit(self, elapsed: timedelta) -> Decimal:
        """Return the fixed limit times a time."""
        return self.rules.ceiling * Decimal(str(elapsed / timedelta(hours=1)))


def rising(moved: Decimal, _most: Decimal) -> bool:
    """Publish everything that rises."""
    return moved >= 0


def fixed_limit(moved: Decimal, most: Decimal) -> bool:
    """Publish what neither falls nor rises by more than fits into one interval, whatever the time since."""
    return 0 <= moved <= most
