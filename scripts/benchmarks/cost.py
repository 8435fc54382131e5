"""What a month of reading costs: further looks, the stronger model and pictures without change included."""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
import json
import math

from custom_components.meter_vision.metering.catalogue import rules_for
from custom_components.meter_vision.metering.claude import DEFAULT_MODEL, STRONGER_MODEL
from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.evidence import Manner
from custom_components.meter_vision.metering.judge import consider, unchanged, well_read
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import MeterKind, Reading, Signature, Usage
from custom_components.meter_vision.metering.photo import prepare
from custom_components.meter_vision.metering.pricing import PRICES, cost
from custom_components.meter_vision.metering.prompt import request_text, schema, system
from custom_components.meter_vision.metering.unchanged import Reference
from tests.simulator.meters import METERS
from tests.simulator.renderer import jpeg

from .house.demand import Demand, household
from .house.demand_file import from_file
from .house.looks import House
from .row import Row

TITLE = "A month of a meter, in US dollars"
_ANSWER_TOKENS = 150
_WEEK = timedelta(days=7)
_MONTH = timedelta(days=30)
_NOTICED = {True: 0.2, False: 0.1}
"""The smallest movement that is always noticed, in units of the last place: at dials, at drums."""
_NOTHING_KEPT = Signature(width=0, pixels=b"")
_INTERVALS = (5, 15, 60)
_ORIGINAL = "5618 + 297 tokens"
"""What the system before this one logged."""


def options(_parser: argparse.ArgumentParser) -> None:
    """Take --demand and --seed as they are."""


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """Yield tokens and money for a household week, or for the demand in a file."""
    read = _usage()
    price = cost(read) or Decimal(0)
    tokens = f"{read.input_tokens} + {read.output_tokens} tokens"
    yield Row("one routine read of the water meter", f"{tokens}, ${price:.5f}", "$0.00030", price <= Decimal("0.0003"))
    yield Row("the original system's read of a full 1080p picture", f"{_ORIGINAL}, $0.0213")
    yield from _by_model(read)
    if chosen.demand is not None:
        name, demand = chosen.demand.name, from_file(chosen.demand)
    else:
        name, demand = "made-up household", household(MeterKind.WATER, chosen.seed, _WEEK / timedelta(days=365))
    used = demand.values[-1] - demand.values[0]
    yield Row(f"{name}: used, and when nothing was", f"{used:.3f} {demand.register.unit}, {_idle(demand)}")
    for minutes in _INTERVALS:
        house = House(demand, timedelta(minutes=minutes), chosen.seed)
        for skips in (False, True):
            calls = _calls(house, skips=skips)
            yield from _rows(f"{name}, every {minutes} min", house, calls, read, skips=skips)


def _by_model(read: Usage) -> Iterator[Row]:
    """Yield what reading costs with each model whose price is known, every picture read and none twice."""
    for model in PRICES:
        price = cost(replace(read, model=model)) or Decimal(0)
        months = (f"{minutes} min ${price * (_MONTH // timedelta(minutes=minutes)):.2f}" for minutes in _INTERVALS)
        yield Row(f"routine with {model}: a read, and a month every", f"${price:.5f}, {', '.join(months)}")


def _rows(name: str, house: House, calls: Counter[Manner], read: Usage, *, skips: bool) -> Iterator[Row]:
    months = Decimal(str(house.intervals * house.interval / _MONTH))
    prices = {manner: _price(read, stronger=manner is Manner.STRONGER_MODEL) for manner in Manner}
    routine = calls[Manner.ROUTINE] * prices[Manner.ROUTINE] / months
    all_in = sum((number * prices[manner] for manner, number in calls.items()), Decimal(0)) / months
    aimed = house.interval == timedelta(minutes=15) and house.demand.kind is MeterKind.WATER
    name = f"{name}, {'unchanged pictures not read' if skips else 'every picture read'}"
    yield Row(f"{name}: reads of {house.intervals}", str(calls[Manner.ROUTINE]))
    if not skips:
        yield _money(f"{name}: routine", routine, "0.90" if aimed else "")
    yield _money(f"{name}: all-in", all_in, ("0.45" if skips else "1.30") if aimed else "")


def _idle(demand: Demand) -> str:
    """Return in how much of the time nothing was used: what is always in use cannot be skipped."""
    steps = zip(pairwise(demand.times), pairwise(demand.values), strict=True)
    still = sum(((end - begin) for (begin, end), (before, after) in steps if after == before), timedelta())
    return f"{100 * (still / (demand.times[-1] - demand.times[0])):.0f} % of the time"


def _money(figure: str, dollars: Decimal, target: str) -> Row:
    return Row(
        figure, f"${dollars:.2f}", f"${target}" if target else "", dollars <= Decimal(target) if target else None
    )


def _price(read: Usage, *, stronger: bool) -> Decimal:
    model = STRONGER_MODEL if stronger else DEFAULT_MODEL
    return cost(Usage(model=model, input_tokens=read.input_tokens, output_tokens=read.output_tokens)) or Decimal(0)


def _usage() -> Usage:
    """Return the tokens of one read of the simulated water meter: the picture exactly, the text by its length."""
    simulated = METERS["water"]
    meter = parse_meter(simulated.description())
    picture = prepare(jpeg(simulated, simulated.start), meter)
    text = system(meter.registers) + request_text(meter.registers) + json.dumps(schema(meter.registers))
    tokens = picture.tokens + math.ceil(len(text.encode()) / 3)
    return Usage(model=DEFAULT_MODEL, input_tokens=tokens, output_tokens=_ANSWER_TOKENS)


def _calls(house: House, *, skips: bool) -> Counter[Manner]:
    """Let the judge follow a house to its end and count the paid calls."""
    demand, calls = house.demand, Counter[Manner]()
    rules = rules_for(demand.kind, demand.register, house.interval)
    stands = Decimal(str(demand.values[0])).quantize(demand.register.resolution)
    state = JudgeState().anchored(Reading(value=stands, time=demand.times[0]))
    reference: Reference | None = None
    for index in range(house.intervals):
        time = house.time(index)
        if (
            skips
            and reference is not None
            and reference.may_stand_for(time)
            and _still(demand, reference, house, index)
        ):
            decision = unchanged(state, time, "0", reference.read_at)
            if decision is not None:
                state, reference = decision.state, reference.counted()
                continue
        manner: Manner | None = Manner.ROUTINE
        number = 0
        while manner is not None:
            calls[manner] += 1
            look = house.look(index, number, manner, state.votes.known(demand.register)).evidence
            decision = consider(state, look, rules)
            well = well_read(decision.verdict, look.captured_at)
            reference = Reference(signature=_NOTHING_KEPT, read_at=look.captured_at) if well else None
            state, manner, number = decision.state, decision.ask, number + 1
    return calls


def _still(demand: Demand, reference: Reference, house: House, index: int) -> bool:
    """Return whether what has been used since the picture that was read is too little to be seen."""
    moved = demand.at(house.time(index)) - demand.at(reference.read_at)
    return moved < _NOTICED[demand.register.dials > 0] * float(demand.register.resolution)
