"""One reading made while a meter is being set up, by the same way as every later one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from homeassistant.core import HomeAssistant

from .metering.decode import Decoded, decode
from .metering.models import UNREADABLE, Meter, Observation, Photo, Position, PreparedPhoto, Register, Usage
from .metering.photo import prepare
from .metering.ports import MeterReader
from .metering.prompt import PROBLEMS

_SURE: Final = 0.3
"""Figures by which a position may differ from where the value would put it, and still be beyond doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a reader saw of one register in a picture."""

    observation: Observation
    value: Decimal | None
    """In the register's unit, before its multiplier; None where the positions do not decide."""
    shown: str
    """The positions as they stand on the meter, `?` for those that could not be read."""
    marked: str
    """The same as text for a page, the uncertain positions in bold."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What the reader said was in the way, in the words of the request only."""
        return tuple(problem for problem in self.observation.problems if problem in PROBLEMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What one call saw of every register, and what it took."""

    by_register: Mapping[str, Trial]
    usage: Usage

    @property
    def undecided(self) -> Sequence[Trial]:
        """The registers whose value a person has to say."""
        return [trial for trial in self.by_register.values() if trial.value is None]


async def async_prepare(hass: HomeAssistant, photo: Photo, meter: Meter) -> PreparedPhoto:
    """Return the picture as it is sent, or raise PhotoError."""
    return await hass.async_add_executor_job(prepare, photo.content, meter)


async def async_try(hass: HomeAssistant, reader: MeterReader, prepared: PreparedPhoto, meter: Meter) -> Trials:
    """Make one paid reading; raise ReaderError or AnswerError."""
    look = await reader.read(prepared, meter.registers)
    trials = {
        register.name: await hass.async_add_executor_job(_trial, look.observations[register.name], register)
        for register in meter.registers
    }
    return Trials(by_register=trials, usage=look.usage)


def _trial(observation: Observation, register: Register) -> Trial:
    """Return what an observation comes to. Runs in an executor."""
    positions = (*observation.wheels, *observation.dials)
    whole = observation.readable and None not in positions
    decoded = decode(observation, register) if whole else None
    figures = [_figure(position) for position in positions]
    sure = [position is not None for position in positions] if decoded is None else _sure(decoded, register)
    marked = [figure if known else f"**{figure}**" for figure, known in zip(figures, sure, strict=True)]
    return Trial(
        observation=observation,
        value=decoded.value if decoded is not None and decoded.decisive else None,
        shown=_with_point(figures, register),
        # Neighbours in bold are one piece of bold text.
        marked=_with_point(marked, register).replace("****", ""),
    )


def _sure(decoded: Decoded, register: Register) -> list[bool]:
    """Return for each position whether it is where its value puts it, and every value that may be true agrees."""
    count = len(decoded.residuals)
    numbers = [f"{int(candidate.value.scaleb(register.places)):0{count}d}" for candidate in decoded.candidates]
    agreed = [len(set(figures)) == 1 for figures in zip(*numbers, strict=True)] if numbers else [True] * count
    return [abs(residual or 0.0) <= _SURE and same for residual, same in zip(decoded.residuals, agreed, strict=True)]


def _with_point(figures: list[str], register: Register) -> str:
    """Return figures with the point where the register has it."""
    point = len(figures) - register.places
    return "".join(figures[:point]) + ("." + "".join(figures[point:]) if register.places else "")


def _figure(position: Position) -> str:
    return UNREADABLE if position is None else str(int(position))
