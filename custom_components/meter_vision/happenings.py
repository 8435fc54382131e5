"""What automations are told of a register: each kind of event with the few facts that belong to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from .const import DOMAIN
from .metering.models import Outcome, Register
from .metering.usage import UsageEvent
from .record import TAKEN_BACK
from .register_state import RegisterState, Status
from .store.models import JournalEntry, Kind


class Happening(StrEnum):
    """What can happen to a register."""

    READING_ACCEPTED = "reading_accepted"
    READING_HELD = "reading_held"
    READING_CORRECTED = "reading_corrected"
    METER_REPLACED = "meter_replaced"
    USAGE_SPIKE = "usage_spike"
    LEAK_SUSPECTED = "leak_suspected"
    LEAK_CLEARED = "leak_cleared"


_OF_PERSONS: Final = {
    Kind.SET: Happening.READING_CORRECTED,
    Kind.CORRECT: Happening.READING_CORRECTED,
    Kind.RETRACT: Happening.READING_CORRECTED,
    Kind.NEW_METER: Happening.METER_REPLACED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that has happened to a register."""

    kind: Happening
    register: str
    facts: dict[str, Any] = field(default_factory=dict)
    """Numbers as such, times as text."""


def event_signal(meter: str, register: str) -> str:
    """Return the name of the signal by which the events of a register of a meter are told."""
    return f"{DOMAIN}_event_{meter}_{register}"


@callback
def async_tell(hass: HomeAssistant, meter: str, events: Iterable[Event]) -> None:
    """Tell of events of a meter's registers."""
    for event in events:
        async_dispatcher_send(hass, event_signal(meter, event.register), event)


def events_of(
    register: Register, state: RegisterState, entries: Iterable[JournalEntry], told: Iterable[UsageEvent]
) -> list[Event]:
    """Return what has happened to a register, given what the journal says and what is odd about its use.

    A reading that is held is not among them: further looks may follow at once.
    """
    kinds: list[Happening] = []
    for entry in entries:
        if entry.kind in _OF_PERSONS:
            kinds.append(_OF_PERSONS[entry.kind])
        elif entry.outcome == Outcome.ACCEPTED:
            kinds += [Happening.READING_CORRECTED] if TAKEN_BACK in entry.detail else []
            kinds.append(Happening.READING_ACCEPTED)
    events = [Event(kind=kind, register=register.name, facts=_of_reading(register, state)) for kind in kinds]
    return events + [
        Event(kind=Happening(event.value), register=register.name, facts=_of_use(register, state, event))
        for event in told
    ]


def held(register: Register, state: RegisterState) -> list[Event]:
    """Return what is told when no further look follows: that a reading is held, if it is."""
    if state.status is not Status.HELD:
        return []
    return [Event(kind=Happening.READING_HELD, register=register.name, facts={"rule": state.rule})]


def _of_reading(register: Register, state: RegisterState) -> dict[str, Any]:
    return {
        "reading": float(state.last.value),
        "reading_unit": register.unit,
        "taken_at": state.last.time.isoformat(),
        "consumption": float(state.consumption),
        "unit": state.unit,
        "confidence": state.confidence,
        "rule": state.rule,
    }


def _of_use(register: Register, state: RegisterState, event: UsageEvent) -> dict[str, Any]:
    leak, spike = state.use.usage.leak, state.use.usage.spike
    if event is UsageEvent.SPIKE and spike is not None:
        facts = {
            "since": spike.start.isoformat(),
            "used": three_figures(spike.used),
            "usual": three_figures(spike.usual),
        }
    elif event is UsageEvent.LEAK_SUSPECTED and leak is not None:
        facts = {"since": leak.since.isoformat(), "least_flow": three_figures(leak.least)}
    else:
        facts = {}
    return {**facts, "unit": register.consumption_unit}


def three_figures(amount: Decimal | float) -> float:
    """Return an amount as people read it, to three figures."""
    return float(f"{float(amount):.3g}")
