"""A meter that mostly stands still: it must not cost further looks."""

from datetime import timedelta
from decimal import Decimal
import random

from custom_components.meter_vision.metering.catalogue import CATALOGUE, rules_for
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence
from custom_components.meter_vision.metering.models import MeterKind, Observation, Reading

from .contenders import Judge
from .demand import START
from .misreads import positions_of

_INTERVAL = timedelta(minutes=15)
_LOOKS = 3000
_WITHOUT_FLOW = 0.7
_SHAKE = 0.2
"""Figures by which each dial is seen off where it stands, either way."""


def further_looks(seed: int) -> Decimal:
    """Return for how many of a hundred regular looks a further one is asked for, in 70 of which nothing flows."""
    register = CATALOGUE[MeterKind.WATER].default_register
    rules = rules_for(MeterKind.WATER, register, _INTERVAL)
    dice = random.Random(f"idle/{seed}")  # noqa: S311  a simulation
    value = dice.uniform(100, 900)
    judge = Judge(Reading(value=Decimal(str(round(value, 4))), time=START), rules)
    asked = 0
    for number in range(1, _LOOKS + 1):
        value += dice.uniform(0.0005, 0.03) * (dice.random() > _WITHOUT_FLOW)
        wheels, dials = positions_of(value, register)
        seen = tuple(round(dial + dice.uniform(-_SHAKE, _SHAKE), 1) % 10 for dial in dials)
        observation = Observation(wheels=tuple(round(wheel, 1) % 10 for wheel in wheels), dials=seen)
        look = Evidence(
            decoded=decode(observation, judge.register()),
            observation=observation,
            captured_at=START + number * _INTERVAL,
        )
        asked += judge.see(look)[1] is not None
    return Decimal(asked) * 100 / _LOOKS
