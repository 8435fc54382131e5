"""What a look brings as evidence, and which looks belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from typing import Any, Final, Self

from .consumption import step
from .decode import Decoded
from .flow import Flow
from .models import Observation, Reading
from .window import Rules

OTHER_TIME_OF_DAY: Final = timedelta(hours=10)
"""Apart enough for the sun, a lamp or a reflection to have gone."""
OTHER_LIGHT: Final = 50.0
"""Difference in mean brightness, of 255 levels, between lamp and daylight or day and infrared."""
_LATEST_SURPRISES: Final = 3
"""Of which most have to agree with a value to make it suspect."""
_DAY: Final = timedelta(days=1)

type Most = Callable[[datetime, datetime], Decimal]
"""The most that can be counted from one time to another."""


class Manner(StrEnum):
    """How a look was come by."""

    ROUTINE = "routine"
    PREPARED_DIFFERENTLY = "prepared_differently"
    STRONGER_MODEL = "stronger_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One look at one picture."""

    decoded: Decoded | None
    """None where no position could be read."""
    captured_at: datetime
    """Aware UTC."""
    manner: Manner = Manner.ROUTINE
    observation: Observation | None = None
    light: float | None = None
    """Mean brightness of the picture, 0 to 255."""
    picture: str | None = None
    """A fingerprint: equal for the same picture sent again by the camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A value that surprised, as evidence for itself."""

    value: Decimal
    time: datetime
    manner: Manner
    light: float | None = None
    picture: str | None = None
    regular: int = 0
    """How many regular looks it stands for: itself, and those after it that have been forgotten."""

    @classmethod
    def of(cls, look: Evidence, value: Decimal) -> Self:
        """Return the surprising value of a look."""
        return cls(
            value=value,
            time=look.captured_at,
            manner=look.manner,
            light=look.light,
            picture=look.picture,
            regular=int(look.manner is Manner.ROUTINE),
        )

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "value": str(self.value),
            "time": self.time.isoformat(),
            "manner": self.manner.value,
            "light": self.light,
            "picture": self.picture,
            "regular": self.regular,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave."""
        manner = Manner(data["manner"])
        return cls(
            value=Decimal(data["value"]),
            time=datetime.fromisoformat(data["time"]),
            manner=manner,
            light=data["light"],
            picture=data["picture"],
            regular=int(data.get("regular", manner is Manner.ROUTINE)),
        )


def agree(
    earlier: Sighting, value: Decimal, time: datetime, flow: Flow, rules: Rules, *, most: Most | None = None
) -> bool:
    """Return whether a register seen at the earlier value can show the other one at a later time.

    What surprises may be more than was ever counted: then `most` says how much that can be.
    """
    moved, backwards = step(earlier.value, value, rules.register), rules.register.runs_backwards
    if moved < -rules.tolerance and not backwards:
        return False
    window = rules.plausible(flow, earlier.time, time)
    if most is not None:
        window = max(window, most(earlier.time, time))
    return (abs(moved) if backwards else moved) <= window


def cluster(
    sightings: Sequence[Sighting], flow: Flow, rules: Rules, *, most: Most | None = None
) -> tuple[Sighting, ...]:
    """Return the most that agree with the latest sighting and one with the next, oldest first, each picture once.

    Of as many, those that need the least use.
    """
    latest = sightings[-1]
    chains: list[tuple[Sighting, ...]] = [(latest,)]
    for earlier in reversed(sightings[:-1]):
        following = [
            chain
            for chain in chains
            if earlier.picture is None or all(earlier.picture != sighting.picture for sighting in chain)
            if agree(earlier, chain[0].value, chain[0].time, flow, rules, most=most)
        ]
        if following:
            chains.append((earlier, *max(following, key=lambda chain: _weight(chain, rules))))
    return max(chains, key=lambda chain: _weight(chain, rules))


def _weight(chain: Sequence[Sighting], rules: Rules) -> tuple[int, Decimal]:
    """Return how much a chain of sightings says: how many they are, and how little use they need."""
    return len(chain), -abs(step(chain[0].value, chain[-1].value, rules.register))


def uncontradicted(sightings: Sequence[Sighting], flow: Flow, rules: Rules) -> list[Sighting]:
    """Return those that no two later and lower ones speak against that agree with each other."""
    standing = []
    for index, sighting in enumerate(sightings):
        lower = [s for s in sightings[index + 1 :] if step(sighting.value, s.value, rules.register) < -rules.tolerance]
        if not _two_agree(lower, flow, rules):
            standing.append(sighting)
    return standing


def _two_agree(sightings: Sequence[Sighting], flow: Flow, rules: Rules) -> bool:
    """Return whether any two of them, of different pictures, show what one register can have shown."""
    return any(
        (earlier.picture is None or earlier.picture != later.picture)
        and agree(earlier, later.value, later.time, flow, rules)
        for earlier, later in combinations(sightings, 2)
    )


def suspected(one: Sighting, last: Reading, sightings: Sequence[Sighting], flow: Flow, rules: Rules) -> bool:
    """Return whether a look goes on from earlier ones that were too high: time alone does not make that value true."""
    standing = uncontradicted(sightings, flow, rules)
    higher = [s for s in standing if step(last.value, s.value, rules.register) > rules.tolerance][-_LATEST_SURPRISES:]
    agreeing = sum(agree(sighting, one.value, one.time, flow, rules) for sighting in higher)
    return agreeing > 0 and agreeing * 2 >= len(higher)


def looked_at_anew(sightings: Iterable[Sighting]) -> bool:
    """Return whether the value was also seen in another preparation and by the stronger model."""
    return {Manner.PREPARED_DIFFERENTLY, Manner.STRONGER_MODEL} <= {sighting.manner for sighting in sightings}


def independent(sightings: Sequence[Sighting]) -> bool:
    """Return whether the evidence differs in light or time of day, in preparation and in the model."""
    if not looked_at_anew(sightings):
        return False
    return any(_in_other_light(one, other) for i, one in enumerate(sightings) for other in sightings[:i])


def _in_other_light(one: Sighting, other: Sighting) -> bool:
    apart = abs(one.time - other.time) % _DAY
    if min(apart, _DAY - apart) >= OTHER_TIME_OF_DAY:
        return True
    return one.light is not None and other.light is not None and abs(one.light - other.light) >= OTHER_LIGHT
