"""What one routine read of a 1920 x 1080 picture asks of the machine and of the account."""

from collections.abc import Iterator
from decimal import Decimal
import json
import math
from statistics import median
import time

from custom_components.meter_vision.metering.claude import DEFAULT_MODEL
from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.models import Usage
from custom_components.meter_vision.metering.photo import prepare
from custom_components.meter_vision.metering.pricing import cost
from custom_components.meter_vision.metering.prompt import request_text, schema, system
from tests.simulator.meters import METERS, SimulatedMeter
from tests.simulator.renderer import jpeg

from .row import Row

TITLE = "One read of a 1920 x 1080 picture"
_ROUNDS = 15
_ANSWER_TOKENS = 150  # a recorded answer of nine positions with its scene
_MOST_TIME, _MOST_PICTURE, _MOST_TEXT = 60, 1400, 800
"""Milliseconds, tokens, tokens."""
_READS_A_MONTH = 2920  # every 15 minutes


def rows() -> Iterator[Row]:
    """Yield time, tokens and money for each simulated meter."""
    for simulated in METERS.values():
        yield from _meter_rows(simulated)


def _meter_rows(simulated: SimulatedMeter) -> Iterator[Row]:
    meter = parse_meter(simulated.description())
    content = jpeg(simulated, simulated.start)
    prepared = prepare(content, meter)
    spent = []
    for _ in range(_ROUNDS):
        started = time.thread_time()
        prepare(content, meter)
        spent.append(time.thread_time() - started)
    text = system(meter.registers) + request_text(meter.registers) + json.dumps(schema(meter.registers))
    text_tokens = math.ceil(len(text.encode()) / 3)
    tokens = prepared.tokens + text_tokens
    dollars = cost(Usage(model=DEFAULT_MODEL, input_tokens=tokens, output_tokens=_ANSWER_TOKENS)) or Decimal(0)
    milliseconds, monthly = median(spent) * 1000, dollars * _READS_A_MONTH
    name = simulated.key
    yield Row(f"{name}: prepare, processor time, median", f"{milliseconds:.0f} ms", "60 ms", milliseconds <= _MOST_TIME)
    yield Row(f"{name}: picture", f"{prepared.tokens} tokens", "1400 tokens", prepared.tokens <= _MOST_PICTURE)
    yield Row(f"{name}: text", f"{text_tokens} tokens", "800 tokens", text_tokens <= _MOST_TEXT)
    yield Row(f"{name}: price with {DEFAULT_MODEL}", f"${dollars:.5f}", "$0.00030", dollars <= Decimal("0.0003"))
    yield Row(f"{name}: a month, every 15 minutes", f"${monthly:.2f}", "$0.90", monthly <= Decimal("0.90"))
