"""A meter watched by the judge, look after look."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import Decision, consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Display, Observation, Reading, Register
from custom_components.meter_vision.metering.window import Rules

NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
INTERVAL: Final = timedelta(minutes=15)
LITRES: Final = Register(unit="L", display=Display.LCD, whole_digits=6)
RULES: Final = Rules(register=LITRES, ceiling=Decimal(5000), interval=INTERVAL)
BACKWARDS: Final = Rules(
    register=Register(unit="kWh", display=Display.LCD, whole_digits=6, runs_backwards=True),
    ceiling=Decimal(40),
    interval=INTERVAL,
)


def seen(value: int) -> Observation:
    return Observation(wheels=tuple(float(figure) for figure in f"{value:06d}"))


@dataclass
class Meter:
    """A judge and what it has decided."""

    state: JudgeState
    time: datetime = NOON
    rules: Rules = RULES

    def look(
        self, value: int | None, manner: Manner = Manner.ROUTINE, after: timedelta = INTERVAL, **more: object
    ) -> Decision:
        """Look once, an interval later."""
        self.time += after
        decoded = None if value is None else decode(seen(value), self.rules.register)
        look = Evidence(decoded=decoded, captured_at=self.time, manner=manner, **more)  # type: ignore[arg-type]
        decision = consider(self.state, look, self.rules)
        self.state = decision.state
        return decision

    def round(self, value: int | None, after: timedelta = INTERVAL, **more: object) -> list[Decision]:
        """Look as often as the judge asks for."""
        made = [self.look(value, after=after, **more)]
        while (ask := made[-1].ask) is not None:
            made.append(self.look(value, ask, timedelta(seconds=20), **more))
        return made


def meter(value: int = 100_000, rules: Rules = RULES) -> Meter:
    """Return a meter that has stood still for an hour."""
    begun = Meter(JudgeState().anchored(Reading(value=Decimal(value), time=NOON)), rules=rules)
    for _ in range(4):
        begun.look(value)
    return begun


def rules_of(decisions: list[Decision]) -> list[str]:
    return [decision.verdict.rule for decision in decisions]
