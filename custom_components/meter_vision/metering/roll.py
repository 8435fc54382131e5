"""Learning how the drum next to the dials moves, from looks whose value is settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from .models import Observation, Register, Roll

_TELLING: Final = (3.0, 8.0)
"""Where the first dial must stand for the two habits to be told apart."""
_FIGURES: Final = 10
_ENOUGH: Final = 12
_MAJORITY: Final = 0.9
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class RollVotes:
    """How many looks spoke for each habit."""

    continuous: int = 0
    late: int = 0

    @property
    def roll(self) -> Roll:
        """The habit that is known by now."""
        total = self.continuous + self.late
        if total < _ENOUGH:
            return Roll.UNKNOWN
        if self.continuous >= _MAJORITY * total:
            return Roll.CONTINUOUS
        return Roll.LATE if self.late >= _MAJORITY * total else Roll.UNKNOWN

    def known(self, register: Register) -> Register:
        """Return the register with the habit that was learnt, unless its owner has said which it is."""
        return replace(register, roll=self.roll) if register.roll is Roll.UNKNOWN else register

    def add(self, observation: Observation | None) -> RollVotes:
        """Return the votes after one more look; a telling one decides for the nearer habit."""
        if observation is None or not observation.dials or not observation.wheels:
            return self
        drum, dial = observation.wheels[-1], observation.dials[0]
        if drum is None or dial is None or not _TELLING[0] <= dial <= _TELLING[1]:
            return self
        turned = drum % 1
        with_dial = abs(turned - dial / _FIGURES)
        resting = min(turned, 1 - turned)
        votes = self if self.continuous + self.late < _MOST else RollVotes(self.continuous // 2, self.late // 2)
        if with_dial < resting:
            return replace(votes, continuous=votes.continuous + 1)
        return replace(votes, late=votes.late + 1)
