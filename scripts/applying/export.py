"""Writes stored meters as a meters.yaml that would make them again."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
import re
from typing import Any, Final

import yaml

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.description import describe_register, parse_meter
from custom_components.meter_vision.metering.models import Display, MeterKind, Register

from .stored import StoredMeter

_HEAD: Final = """\
# Written by scripts/meters export. Passwords are not in it: each is expected in the environment variable that stands
# in its place.
"""
_USUAL: Final = {
    "name": "main",
    "label": "",
    "decimals": 0,
    "dials": 0,
    "dial_decimals": 0,
    "dial_directions": "",
    "roll": "unknown",
    "multiplier": "1",
    "runs_backwards": False,
}


def export(meters: Iterable[StoredMeter]) -> str:
    """Return the text of a file."""
    described = {"meters": [_meter(meter) for meter in meters]}
    return _HEAD + yaml.safe_dump(described, allow_unicode=True, sort_keys=False, width=120)


def _meter(stored: StoredMeter) -> dict[str, Any]:
    data = stored.data
    meter = parse_meter(data)
    described: dict[str, Any] = {"name": stored.name, "kind": meter.kind.value, "camera": _camera(stored)}
    if light := data.get("light"):
        described["light"] = {"entity": light["entity"], "warm_up": light["warm_up"]}
    if meter.rotation:
        described["rotation"] = meter.rotation
    if meter.crop is not None:
        described["crop"] = [meter.crop.x, meter.crop.y, meter.crop.width, meter.crop.height]
    kept = data["registers"]
    described["registers"] = [_register(one, other) for one, other in zip(meter.registers, kept, strict=True)]
    if reader := data.get("reader"):
        described["reader"] = {key: reader[key] for key in ("model", "escalate_to") if key in reader}
    usual = CATALOGUE[MeterKind(meter.kind)].interval.total_seconds()
    spans = {"normal": usual} | {key: seconds for key, seconds in (data.get("interval") or {}).items() if seconds}
    described["interval"] = {key: _clock(timedelta(seconds=seconds)) for key, seconds in spans.items()}
    if data.get("pay_for_unchanged"):
        described["pay_for_unchanged"] = True
    if hours := data.get("quiet_hours"):
        described["quiet_hours"] = [hour[:5] for hour in hours]
    return described


def _camera(stored: StoredMeter) -> Any:
    camera = stored.data["camera"]
    if "entity_id" in camera:
        return camera["entity_id"]
    described = {"url": camera["url"]}
    if camera.get("username"):
        variable = re.sub(r"[^A-Z0-9]+", "_", stored.name.upper()).strip("_")
        described |= {"username": camera["username"], "password_env": f"METER_{variable}_PASSWORD"}
    return described if camera.get("verify_ssl", True) else {**described, "verify_ssl": False}


def _register(register: Register, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return a register without what is usual; its first reading and what else is stored with it stay."""
    described = {
        key: value
        for key, value in describe_register(register).items()
        if value is not None and value != _USUAL.get(key)
    }
    if register.display is Display.DIALS:
        described["whole_digits"] = 0
    return {**described, **{key: kept[key] for key in ("initial",) if kept.get(key)}}


def _clock(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
