"""One reading made while a meter is being set up, by the same way as every later one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from homeassistant.core import HomeAssistant

from .metering.decode import decode
from .metering.models import Meter, Observation, Photo, Position, PreparedPhoto, Register
from .metering.photo import prepare
from .metering.ports import MeterReader
from .metering.prompt import PROBLEMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a reader saw in a picture."""

    observation: Observation
    value: Decimal | None
    """In the register's unit, before its multiplier; None where the positions do not decide."""
    shown: str
    """The positions as they stand on the meter, `?` for those that could not be read."""

    @property
    def problems(self) -> str:
        """What the reader said was in the way, in the words of the request only."""
        return ", ".join(problem.replace("_", " ") for problem in self.observation.problems if problem in PROBLEMS)


async def async_prepare(hass: HomeAssistant, photo: Photo, meter: Meter) -> PreparedPhoto:
    """Return the picture as it is sent, or raise PhotoError."""
    return await hass.async_add_executor_job(prepare, photo.content, meter)


async def async_try(hass: HomeAssistant, reader: MeterReader, prepared: PreparedPhoto, register: Register) -> Trial:
    """Make one paid reading; raise ReaderError or AnswerError."""
    observation = (await reader.read(prepared, (register,))).observations[register.name]
    decoded = None
    if observation.readable and None not in observation.wheels + observation.dials:
        decoded = await hass.async_add_executor_job(decode, observation, register)
    value = decoded.value if decoded is not None and decoded.decisive else None
    return Trial(observation=observation, value=value, shown=_shown(observation, register))


def _shown(observation: Observation, register: Register) -> str:
    """Return the positions as figures with the point where the register has it."""
    figures = [_figure(position) for position in (*observation.wheels, *observation.dials)]
    point = len(figures) - register.places
    return "".join(figures[:point]) + ("." + "".join(figures[point:]) if register.places else "")


def _figure(position: Position) -> str:
    return "?" if position is None else str(int(position))
