"""How often leaks and unusually high use are told of in simulated households, rightly and wrongly."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from custom_components.meter_vision.metering.ledger import KEPT
from custom_components.meter_vision.metering.ledger_columns import Total, packed
from custom_components.meter_vision.metering.models import MeterKind, Reading
from custom_components.meter_vision.metering.usage import Usage, UsageEvent, UsageRules

from .house.demand import Demand, household
from .row import Row

TITLE = "Alarms in simulated households: leaks and unusually high use"
INTERVAL = timedelta(minutes=15)
_AFTERMATH = timedelta(days=1)
"""So long after a leak its alarms still belong to it."""


@dataclass
class Told:
    """When what was told of a household."""

    events: dict[UsageEvent, list[datetime]] = field(default_factory=lambda: {event: [] for event in UsageEvent})
    delays: list[tuple[float, timedelta | None]] = field(default_factory=list)
    """m³ per hour of each leak, and how long it took to suspect it."""


def options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen for this section."""
    parser.add_argument("--households", type=int, default=4, help="alarms: how many of each kind, a year each")
    parser.add_argument("--leak-hours", type=int, help="alarms: how long water has to run")


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """Yield the figures of each kind of meter."""
    for kind in (MeterKind.WATER, MeterKind.GAS):
        demands = [household(kind, f"alarms {number}", 1.0) for number in range(chosen.households)]
        told = [_told(demand, chosen.leak_hours) for demand in demands]
        both = list(zip(demands, told, strict=True))
        spikes = sum(_without_leak(demand, one, UsageEvent.SPIKE) for demand, one in both)
        if kind is MeterKind.WATER:
            false = sum(_without_leak(demand, one, UsageEvent.LEAK_SUSPECTED) for demand, one in both)
            yield Row("water: leaks suspected where there was none, a year", _yearly(false, chosen), "1")
            yield from _found(told)
        yield Row(f"{kind}: unusually high use without a leak, a year", _yearly(spikes, chosen))


def _told(demand: Demand, hours: int | None) -> Told:
    rules = UsageRules.of(demand.kind, demand.register, INTERVAL, UTC, hours)
    told = Told()
    usage = Usage()
    totals = packed([])
    time = demand.times[0]
    while time < demand.times[-1]:
        value = Decimal(str(demand.at(time))).quantize(demand.register.resolution)
        latest = Total(reading=Reading(value=value, time=time), consumption=value)
        totals = totals.with_one_more(latest).since(time - KEPT)
        usage, events = usage.after(totals, rules)
        for event in events:
            told.events[event].append(time)
        time += INTERVAL
    suspected = told.events[UsageEvent.LEAK_SUSPECTED]
    for before, leak in pairwise([None, *demand.leaks]):
        if leak is None or (before is not None and leak.start <= before.end):
            continue  # the one before goes on as another
        found = [time for time in suspected if leak.start <= time <= leak.end]
        told.delays.append((leak.per_hour, found[0] - leak.start if found else None))
    return told


def _without_leak(demand: Demand, told: Told, event: UsageEvent) -> int:
    """Return how often was told of an event while nothing leaked."""
    return sum(
        not any(leak.start <= time <= leak.end + _AFTERMATH for leak in demand.leaks) for time in told.events[event]
    )


def _found(told: list[Told]) -> Iterator[Row]:
    delays = [delay for one in told for delay in one.delays]
    for size in sorted({size for size, _ in delays}):
        found = [delay for other, delay in delays if other == size]
        hours = [delay / timedelta(hours=1) for delay in found if delay is not None]
        longest = f", after {max(hours):.1f} h at most" if hours else ""
        yield Row(f"water: leaks of {1000 * size:g} L/h found", f"{len(hours)} of {len(found)}{longest}")


def _yearly(events: int, chosen: argparse.Namespace) -> str:
    return f"{events / chosen.households:.2f}"
