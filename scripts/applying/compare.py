"""What a described meter and a stored one do not agree in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from custom_components.meter_vision.metering.description import describe_meter, parse_meter
from custom_components.meter_vision.metering.errors import LayoutError
from scripts.meters_file.load import DescribedMeter
from scripts.meters_file.words import parse_clock, parse_interval

from .answers import normal_interval

CAMERA: Final = ("user", "camera")
VIEW: Final = ("look", "picture")
REGISTER: Final = ("register",)
TARIFF: Final = ("tariff",)
SETTINGS: Final = ("settings", "interval")
"""The choices of the change dialog by which each part is reached; whichever it offers."""
_CHOICES: Final = {"hard_ceiling": SETTINGS, "leak_hours": ("alarms",), "tariff": TARIFF}
"""Of what belongs to a register and is asked for elsewhere."""
_RARE: Final[tuple[tuple[str, str, Callable[[Any], object]], ...]] = (
    ("interval", "shortest", parse_interval),
    ("interval", "longest", parse_interval),
    ("reader", "escalate_to", str),
)
_AFTER: Final = 0.002
"""By how much fractions of the picture may differ: the dialog rounds them."""


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One thing that is to be changed."""

    what: str
    before: str
    after: str
    choices: tuple[str, ...]
    field: str = ""
    """The form's field, where an older dialog may not have it."""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.what}: {self.before} -> {self.after}"


def differences(
    described: DescribedMeter, stored: Mapping[str, Any], environment: Mapping[str, str]
) -> list[Difference]:
    """Return what would have to be changed in Home Assistant."""
    found = list(_camera(described.data["camera"], stored.get("camera") or {}, environment))
    light, kept_light = described.data.get("light"), stored.get("light")
    wanted_light = None if light is None else (light["entity"], float(light.get("warm_up", 0)))
    known_light = None if kept_light is None else (kept_light["entity"], float(kept_light["warm_up"]))
    found += _unlike("light", known_light, wanted_light, CAMERA)
    found += _layout(described, stored)
    seconds = (stored.get("interval") or {}).get("normal")
    known = None if seconds is None else timedelta(seconds=seconds)
    found += _unlike("interval", known, normal_interval(described), SETTINGS)
    found += _rare(described, stored)
    unchanged = (bool(data.get("pay_for_unchanged", False)) for data in (stored, described.data))
    found += [replace(each, field="pay_for_unchanged") for each in _unlike("pay_for_unchanged", *unchanged, SETTINGS)]
    found += _unlike("quiet_hours", _hours(stored), _hours(described.data), SETTINGS)
    models = [(data.get("reader") or {}).get("model") for data in (stored, described.data)]
    found += _unlike("reader.model", models[0], models[1], SETTINGS)
    return found


def _rare(described: DescribedMeter, stored: Mapping[str, Any]) -> list[Difference]:
    """Compare what not every dialog asks for."""
    found = []
    for group, key, parsed in _RARE:
        known, wanted = ((data.get(group) or {}).get(key) for data in (stored, described.data))
        unlike = _unlike(f"{group}.{key}", known and parsed(known), wanted and parsed(wanted), SETTINGS)
        found += [replace(difference, field=key) for difference in unlike]
    return found


def _layout(described: DescribedMeter, stored: Mapping[str, Any]) -> list[Difference]:
    try:
        known, wanted = describe_meter(parse_meter(stored)), describe_meter(described.meter)
    except LayoutError as err:
        return [Difference("registers", f"unusable ({err.placeholders['reason']})", "as described", REGISTER)]
    found = _unlike("kind", known["kind"], wanted["kind"], REGISTER)
    found += _unlike("rotation", known["rotation"], wanted["rotation"], VIEW)
    if not _same_crop(known["crop"], wanted["crop"]):
        found += _unlike("crop", known["crop"], wanted["crop"], VIEW)
    one, other = (meter["registers"] for meter in (known, wanted))
    if len(one) != len(other):
        return found + _unlike("registers", len(one), len(other), REGISTER)
    for before, after in zip(one, other, strict=True):
        for key in sorted(before.keys() | after.keys()):
            choices = _CHOICES.get(key, REGISTER)
            unlike = _unlike(f"registers.{after['name']}.{key}", before.get(key), after.get(key), choices)
            found += [replace(each, field=key) if choices == REGISTER else each for each in unlike]
    return found


def _camera(wanted: Any, known: Mapping[str, Any], environment: Mapping[str, str]) -> list[Difference]:
    """Compare all but the password, which nobody gets to see."""
    if isinstance(wanted, str):
        return _unlike("camera", known.get("entity_id") or _origin(known.get("url")), wanted, CAMERA)
    url = environment.get(wanted["url_env"], "") if "url_env" in wanted else wanted.get("url")
    if "url_env" in wanted:
        differs = known.get("url") != url
        return [Difference("camera.url", "another", f"that in {wanted['url_env']}", CAMERA)] if differs else []
    if url is not None:
        found = _unlike("camera.url", known.get("url") or known.get("entity_id"), url, CAMERA)
    else:
        host = wanted["host"].rpartition("//")[2].partition("/")[0].partition(":")[0]
        found = _unlike("camera.host", urlsplit(known.get("url") or "").hostname, host.lower(), CAMERA)
    found += _unlike("camera.username", known.get("username"), wanted.get("username"), CAMERA)
    return found + _unlike("camera.verify_ssl", known.get("verify_ssl", True), wanted.get("verify_ssl", True), CAMERA)


def _origin(url: str | None) -> str | None:
    return None if url is None else f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"


def _unlike(what: str, before: Any, after: Any, choices: tuple[str, ...]) -> list[Difference]:
    return [] if before == after else [Difference(what, _shown(before), _shown(after), choices)]


def _same_crop(one: list[float] | None, other: list[float] | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(abs(a - b) <= _AFTER for a, b in zip(one, other, strict=True))


def _hours(data: Mapping[str, Any]) -> tuple[str, ...] | None:
    hours = data.get("quiet_hours")
    return None if hours is None else tuple(f"{parse_clock(hour):%H:%M}" for hour in hours)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "as written" if value else "none"
    return "none" if value is None else " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
