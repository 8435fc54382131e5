"""What a described meter answers to the fields of the dialog, by their names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.models import Display, GasFactor, Register
from scripts.meters_file.load import DescribedMeter
from scripts.meters_file.words import parse_clock, parse_interval

_MINUTE: Final = timedelta(minutes=1)
_WHOLE_PICTURE: Final = (0.0, 0.0, 1.0, 1.0)


class NoSecretError(Exception):
    """A variable of the environment that is named in the file and not set."""


def answers(described: DescribedMeter, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers that hold for the whole dialog."""
    return {
        "name": described.name,
        "kind": described.meter.kind.value,
        **_camera(described.data["camera"], environment),
        **_light(described.data.get("light")),
        **_view(described),
        **_settings(described),
        "energy": False,
    }


def register_answers(described: DescribedMeter, place: int) -> dict[str, Any]:
    """Return the answers about the first, second ... register."""
    register = described.meter.registers[place]
    return {
        "name": register.name,
        "label": register.label or None,
        "unit": register.unit,
        "display": register.display.name.lower(),
        **_places(register),
        "dial_directions": " ".join(register.dial_directions) or None,
        "roll": register.roll.value,
        "multiplier": f"{register.multiplier:f}",
        "runs_backwards": register.runs_backwards,
        "gas": [_gas_factor(factor) for factor in register.gas] or None,
        "hard_ceiling": None if register.hard_ceiling is None else f"{register.hard_ceiling:f}",
        "another": place + 1 < len(described.meter.registers),
    }


def _gas_factor(factor: GasFactor) -> dict[str, str]:
    """Return a factor as the dialog takes it: from a day on, in this computer's zone."""
    return {
        "from": f"{factor.since.astimezone():%Y-%m-%d}",
        "calorific_value": f"{factor.calorific_value:f}",
        "volume_correction": f"{factor.volume_correction:f}",
    }


def _places(register: Register) -> dict[str, int | None]:
    """Return the counts that the dialog shows for a display; it hides the others."""
    shows_dials = register.display in (Display.DIALS, Display.DRUMS_AND_DIALS)
    shows_decimals = register.display in (Display.DRUMS, Display.LCD)
    return {
        "whole_digits": None if register.display is Display.DIALS else register.whole_digits,
        "decimals": register.decimals if shows_decimals else None,
        "dials": register.dials if shows_dials else None,
        "dial_decimals": register.dial_decimals if register.display is Display.DIALS else None,
    }


def _camera(camera: Any, environment: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(camera, str):
        return {"camera": camera, "url": None, "username": None, "password": None}
    username, variable = camera.get("username"), camera.get("password_env")
    return {
        "camera": None,
        "url": _from(environment, camera["url_env"]) if "url_env" in camera else camera.get("url") or camera["host"],
        "preset": camera.get("preset", "search"),
        "username": username,
        "password": None if variable is None else _from(environment, variable),
        "verify_ssl": camera.get("verify_ssl", True),
    }


def _from(environment: Mapping[str, str], variable: str) -> str:
    if not (value := environment.get(variable)):
        raise NoSecretError(f"{variable} is not set in the environment")
    return value


def _light(light: Any) -> dict[str, Any]:
    return {"light": None} if light is None else {"light": light["entity"], "warm_up": light.get("warm_up", 0)}


def _view(described: DescribedMeter) -> dict[str, Any]:
    crop = described.meter.crop
    parts = _WHOLE_PICTURE if crop is None else (crop.x, crop.y, crop.width, crop.height)
    numbers = {name: round(part * 100, 2) for name, part in zip(("left", "top", "width", "height"), parts, strict=True)}
    return {"rotation": described.meter.rotation, **numbers}


def _settings(described: DescribedMeter) -> dict[str, Any]:
    quiet = described.data.get("quiet_hours")
    begin, end = (None, None) if quiet is None else (f"{parse_clock(hour):%H:%M:%S}" for hour in quiet)
    ceiling = described.meter.registers[0].hard_ceiling
    reader, bounds = described.data.get("reader") or {}, described.data.get("interval") or {}
    spans = {key: parse_interval(bounds[key]) / _MINUTE for key in ("shortest", "longest") if bounds.get(key)}
    return {
        "interval": normal_interval(described) / _MINUTE,
        **dict.fromkeys(("shortest", "longest")),
        **spans,
        "quiet_from": begin,
        "quiet_until": end,
        "model": reader.get("model", "account"),
        "escalate_to": reader.get("escalate_to", "stronger"),
        "pay_for_unchanged": described.data.get("pay_for_unchanged", False),
        "hard_ceiling": None if ceiling is None else f"{ceiling:f}",
        "leak_hours": described.meter.registers[0].leak_hours,
    }


def normal_interval(described: DescribedMeter) -> timedelta:
    """Return the interval that is asked for, or the usual one of the kind."""
    interval = (described.data.get("interval") or {}).get("normal")
    return CATALOGUE[described.meter.kind].interval if interval is None else parse_interval(interval)
