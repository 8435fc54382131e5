"""One observation after the other through the judge; the next row answers a request for a further look."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from custom_components.meter_vision.metering.decode import Decoded, decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Outcome, Verdict

from .history import Row, decoded_value
from .meter import ReplayedMeter


@dataclass
class Replayed:
    """What became of a row."""

    verdict: Verdict
    seen: Decimal | None
    """What the row shows, None where nothing of it can be read."""
    published: Decimal | None
    """What stands as the meter's reading after the row, None before the first."""
    asked: bool
    correction: bool
    """Whether the row took back earlier ones."""
    taken_back: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the row's value was published."""
        return self.verdict.outcome is Outcome.ACCEPTED


def replay(meter: ReplayedMeter, rows: Sequence[Row]) -> list[Replayed]:
    """Return what became of each row."""
    state = JudgeState()
    if meter.initial is not None:
        state = state.anchored(meter.initial)
    replayed: list[Replayed] = []
    manner = Manner.ROUTINE
    for row in rows:
        decoded = _decoded(row, state, meter)
        look = Evidence(decoded=decoded, captured_at=row.time, manner=manner, observation=row.observation)
        decision = consider(state, look, meter.rules)
        state = decision.state
        for correction in decision.corrected:
            for earlier, result in zip(rows, replayed, strict=False):
                result.taken_back |= result.accepted and correction.first <= earlier.time <= correction.latest
        replayed.append(
            Replayed(
                verdict=decision.verdict,
                seen=None if decoded is None else decoded.value,
                published=None if state.last is None else state.last.value,
                asked=decision.ask is not None,
                correction=bool(decision.corrected),
            )
        )
        manner = decision.ask or Manner.ROUTINE
    return replayed


def _decoded(row: Row, state: JudgeState, meter: ReplayedMeter) -> Decoded | None:
    if row.value is not None:
        return decoded_value(row.value, meter.register)
    return None if row.observation is None else decode(row.observation, state.votes.known(meter.register))
