"""The values that stand on a meter now: the picture's, if what is known of the meter agrees, or a person's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import sys
from typing import Any, Final

from custom_components.meter_vision.metering.catalogue import hard_ceiling
from custom_components.meter_vision.metering.errors import MeteringError
from custom_components.meter_vision.metering.models import Register
from custom_components.meter_vision.metering.typed import parse_value
from scripts.meters_file.load import DescribedMeter
from scripts.meters_file.words import parse_time

_FRESH: Final = timedelta(minutes=30)
"""How old the file's value may be to be taken where the picture says nothing."""
_HOUR: Final = timedelta(hours=1)


class NoValueError(Exception):
    """Nobody knows what stands on the meter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Where values come from."""

    given: Mapping[str, str]
    """By the name of a meter, or meter/register: what a person has read just now."""
    trusted: bool = False
    """Take what was read from the picture where the file names no value to compare it with."""
    now: Callable[[], datetime]
    """The clock: a picture is seen minutes after the command began when others were read before it."""

    def choose(self, described: DescribedMeter, place: int, seen: Any) -> str:
        """Return the value of a register; `seen` is what the dialog suggests; raise NoValueError."""
        register = described.meter.registers[place]
        names = (f"{described.name}/{register.name}", *((described.name,) if place == 0 else ()))
        for name in names:
            if name in self.given:
                return self.given[name]
        read = _parsed(seen, register)
        initial = described.data["registers"][place].get("initial")
        if initial is None:
            return self._without_initial(names[0], read)
        known = parse_value(str(initial["value"]), register)
        passed = self.now() - parse_time(initial["time"]).astimezone(UTC)
        if read is None:
            if timedelta(0) <= passed <= _FRESH:
                return str(known)
            raise NoValueError(f"the picture cannot be read, and the file's value is not of now; {_say(names[0])}")
        if not _agrees(described, register, read - known, passed):
            raise NoValueError(
                f"the picture shows {read}, which does not follow from the file's {known}; {_say(names[0])}"
            )
        return str(read)

    def _without_initial(self, name: str, read: Decimal | None) -> str:
        if read is not None and self.trusted:
            return str(read)
        if sys.stdin.isatty():
            shown = "" if read is None else f" [{read}]"
            typed = input(f"What does {name} show now?{shown} ").strip() or ("" if read is None else str(read))
            if typed:
                return typed
        reason = (
            "the picture cannot be read" if read is None else f"the picture shows {read}, which nobody has confirmed"
        )
        raise NoValueError(f"{reason}; {_say(name)}")


def _agrees(described: DescribedMeter, register: Register, moved: Decimal, passed: timedelta) -> bool:
    """Whether a register can have moved so far in the time since the file's value was read."""
    if moved < 0:
        return register.runs_backwards
    hours = max(Decimal(passed / _HOUR), Decimal(0))
    return moved <= hard_ceiling(described.meter.kind, register) * hours + register.resolution


def _parsed(seen: Any, register: Register) -> Decimal | None:
    try:
        return parse_value(str(seen or ""), register)
    except MeteringError:
        return None


def _say(name: str) -> str:
    return f"say what stands on the meter with --value '{name}=...'"
