"""What a meter's earlier pictures say about the next one: refused, without change, or worth a paid look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .metering.errors import PictureRefusedError
from .metering.evidence import Evidence, Manner
from .metering.gate import needed, refusal
from .metering.judge import consider, unchanged, well_read
from .metering.memory import JudgeState
from .metering.models import Meter, Photo, PreparedPhoto
from .metering.photo import fingerprint, prepare, prepare_differently
from .metering.unchanged import MOST_CHANGE, Reference, change
from .metering.window import Rules
from .record import Judgement
from .register_state import RegisterState

TRIED_AGAIN: Final = timedelta(days=1)
"""After so long without a reading a refused picture is read all the same: no threshold blocks a meter for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """A picture that was looked at for nothing."""

    photo: Photo
    prepared: PreparedPhoto
    manner: Manner
    fingerprint: str
    """Equal for the same picture sent again by the camera."""
    change: float | None
    """By how much the register differs from the picture that was read; None: not comparable."""
    judgements: Mapping[str, Judgement] | None = None
    """What it says without having been read, None if it has to be."""

    @property
    def evidence(self) -> Evidence:
        """Return what it is worth before anything in it is read."""
        return Evidence(
            decoded=None,
            captured_at=self.photo.captured_at,
            manner=self.manner,
            light=self.prepared.light,
            picture=self.fingerprint,
        )


def screen(photo: Photo, meter: Meter, manner: Manner, reference: Reference | None) -> Screened:
    """Prepare a picture and compare it; raise PhotoError. Runs in an executor."""
    preparation = prepare_differently if manner is Manner.PREPARED_DIFFERENTLY else prepare
    prepared = preparation(photo.content, meter)
    compared = None
    if manner is Manner.ROUTINE and reference is not None and prepared.signature is not None:
        compared = change(reference.signature, prepared.signature)
    return Screened(photo=photo, prepared=prepared, manner=manner, fingerprint=fingerprint(photo), change=compared)


class Screening:
    """Remembers one meter's pictures; a restart forgets them, which costs one look."""

    def __init__(self, rules: Mapping[str, Rules], *, compares: bool) -> None:
        """Begin without a picture; without comparing, only the very same picture is not read again."""
        self._rules = rules
        self._compares = compares
        self._reference: Reference | None = None
        self._tried_at: datetime | None = None

    def reference(self, time: datetime) -> Reference | None:
        """Return what a picture of that time may be compared with."""
        return self._reference if self._reference is not None and self._reference.may_stand_for(time) else None

    def screened(self, screened: Screened, registers: Mapping[str, RegisterState]) -> Screened:
        """Return the picture with what it says without being read; raise PictureRefusedError."""
        self._refuse(screened, registers)
        if screened.manner is not Manner.ROUTINE:
            return screened
        known = {name: register.judge for name, register in registers.items()}
        return replace(screened, judgements=self._same_again(screened, known) or self._unchanged(screened, known))

    def learn(self, screened: Screened, judgements: Mapping[str, Judgement]) -> None:
        """Take a picture that was read as the one to compare with, if all registers were read well in it."""
        time, signature = screened.photo.captured_at, screened.prepared.signature
        read = all(well_read(judgement.decision.verdict, time) for judgement in judgements.values())
        self._reference = None
        if self._compares and read and judgements.keys() == self._rules.keys() and signature is not None:
            self._reference = Reference(signature=signature, read_at=time)

    def _refuse(self, screened: Screened, registers: Mapping[str, RegisterState]) -> None:
        """Raise PictureRefusedError for a picture that nobody could read, but let one a day through."""
        quality, time = screened.prepared.quality, screened.photo.captured_at
        reason = None if quality is None else refusal(quality)
        if quality is None or reason is None:
            return
        known = [register.last.time for register in registers.values()]
        latest = max(known if self._tried_at is None else [*known, self._tried_at])
        if time - latest < TRIED_AGAIN:
            raise PictureRefusedError(reason=reason.value, **needed(quality))
        self._tried_at = time

    def _same_again(self, screened: Screened, known: Mapping[str, JudgeState]) -> dict[str, Judgement] | None:
        """Return that a camera sent what it had sent before, None if it did not."""
        evidence = screened.evidence
        if any(state.picture != evidence.picture for state in known.values()):
            return None
        return {
            name: Judgement(evidence=evidence, known=state, decision=consider(state, evidence, self._rules[name]))
            for name, state in known.items()
        }

    def _unchanged(self, screened: Screened, known: Mapping[str, JudgeState]) -> dict[str, Judgement] | None:
        """Return that all registers stand where they stood, None if the picture has to be read."""
        time = screened.photo.captured_at
        reference = self.reference(time)
        if reference is None or screened.change is None or screened.change > MOST_CHANGE:
            return None
        judgements = {}
        for name, state in known.items():
            decision = unchanged(state, time, str(screened.change), reference.read_at)
            if decision is None:
                return None
            judgements[name] = Judgement(evidence=screened.evidence, known=state, decision=decision)
        self._reference = reference.counted()
        return judgements
