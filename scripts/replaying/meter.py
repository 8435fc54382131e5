"""The one meter of a meters.yaml that is replayed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from custom_components.meter_vision.metering.catalogue import CATALOGUE, rules_for
from custom_components.meter_vision.metering.models import Reading, Register
from custom_components.meter_vision.metering.window import Rules
from scripts.meters_file.load import described as describe
from scripts.meters_file.words import parse_interval, parse_time


@dataclass(frozen=True)
class ReplayedMeter:
    """A register, what holds for it, and the reading somebody confirmed."""

    register: Register
    rules: Rules
    initial: Reading | None


def load_meter(data: Mapping[str, Any]) -> ReplayedMeter:
    """Return the only register of the only meter; raise ValueError or LayoutError."""
    meters = data.get("meters")
    if not isinstance(meters, list) or len(meters) != 1:
        raise ValueError("one meter can be replayed, under `meters`")
    described = meters[0]
    meter = describe(described).meter
    if len(meter.registers) != 1:
        raise ValueError("one register can be replayed")
    interval = (described.get("interval") or {}).get("normal")
    usual = CATALOGUE[meter.kind].interval
    rules = rules_for(meter.kind, meter.register, usual if interval is None else parse_interval(interval))
    initial = described["registers"][0].get("initial")
    return ReplayedMeter(meter.register, rules, None if initial is None else _initial(initial, meter.register))


def _initial(data: Mapping[str, Any], register: Register) -> Reading:
    try:
        value = Decimal(str(data["value"])).quantize(register.resolution)
        return Reading(value=value, time=parse_time(data["time"]))
    except InvalidOperation, KeyError, TypeError:
        raise ValueError("`initial` needs a value and a time") from None
