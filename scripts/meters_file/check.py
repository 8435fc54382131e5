"""Everything that can be wrong with a meters.yaml, with its place and how to mend it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
import json
from pathlib import Path
import re
from typing import Any, Final

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.description import MAX_LEAK_HOURS, parse_meter, parse_register
from custom_components.meter_vision.metering.errors import LayoutError, MeteringError
from custom_components.meter_vision.metering.models import Display, MeterKind, Roll
from custom_components.meter_vision.metering.tariff_description import TariffError, parse_tariff
from custom_components.meter_vision.metering.typed import parse_value

from .document import Document, Place, Problem
from .keys import CAMERA, INITIAL, INTERVAL, LIGHT, METER, READER, REGISTER, Keys
from .secrets import literal_secrets
from .words import parse_clock, parse_interval, parse_time

_TEXTS: Final = Path(__file__).parents[2] / "custom_components" / "meter_vision" / "translations" / "en.json"
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=1)
_LONGEST_WARM_UP: Final = 60
_ENTITY: Final = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_TO_WRITE: Final = {
    "display": f"write one of {', '.join(Display)}",
    "roll": f"write one of {', '.join(Roll)}",
    "rotation": "write degrees clockwise, as a number",
    "leak_hours": f"write whole hours, 0 to {MAX_LEAK_HOURS}",
}
"""For what the dialog lets nobody get wrong."""
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def problems(document: Document) -> list[Problem]:
    """Return everything that is wrong, in the order of the file."""
    found = [Problem(place, f"`{place[-1]}` stands here twice", "keep one of them") for place in document.twice]
    found += literal_secrets(document.data)
    data = document.data
    meters = data.get("meters") if isinstance(data, dict) else None
    if not isinstance(meters, list) or not meters:
        found.append(Problem((), "no meters are described", "begin with `meters:` and a list"))
        return found
    found += _unknown(data, Keys(required=("meters",)), ())
    names: dict[str, int] = {}
    for number, meter in enumerate(meters):
        place: Place = ("meters", number)
        if not isinstance(meter, dict):
            found.append(Problem(place, "this is no meter", "describe it by keys: name, kind, camera, registers"))
            continue
        found += _meter(meter, place)
        name = str(meter.get("name", "")).strip().casefold()
        if name and names.setdefault(name, number) != number:
            found.append(Problem((*place, "name"), "another meter has this name", "names tell meters apart"))
    return sorted(set(found), key=lambda problem: (document.line(problem.place), problem.what))


def _meter(meter: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    yield from _unknown(meter, METER, place)
    if "name" in meter and not str(meter["name"] or "").strip():
        yield Problem((*place, "name"), "the name is empty", "write what the meter is called")
    if meter.get("kind") not in list(MeterKind):
        if "kind" in meter:
            yield Problem((*place, "kind"), "this is no kind of meter", "write water, electricity or gas")
        return
    checks: dict[str, Callable[[Any, Place], Iterator[Problem]]] = {
        "camera": _camera,
        "light": _light,
        "reader": lambda reader, here: _mapping(reader, READER, here),
        "interval": _interval,
        "quiet_hours": _quiet_hours,
        "pay_for_unchanged": _switch,
    }
    for key, check in checks.items():
        if meter.get(key) is not None:
            yield from check(meter[key], (*place, key))
    yield from _registers(meter, place)


def _registers(meter: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    kind, registers, sound = MeterKind(meter["kind"]), meter.get("registers"), True
    if not isinstance(registers, list) or not registers:
        if "registers" in meter:
            yield Problem((*place, "registers"), "this is no list", "begin each register with a dash")
        return
    for number, register in enumerate(registers):
        here: Place = (*place, "registers", number)
        if not isinstance(register, dict):
            yield Problem(here, "this is no register", "describe it by keys: unit, display, whole_digits ...")
            return
        found = list(_register(register, kind, here))
        sound = sound and not found
        yield from found
    if sound:
        yield from _whole(meter, place)


def _whole(meter: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    """Check what only shows once all registers are right: rotation, crop, and names of registers."""
    try:
        parse_meter(meter)
    except LayoutError as err:
        reason = err.placeholders["reason"]
        key = reason if reason in meter else "registers"
        yield Problem((*place, key), *_layout_texts(reason))


def _register(register: Mapping[str, Any], kind: MeterKind, place: Place) -> Iterator[Problem]:
    yield from _unknown(register, REGISTER, place)
    tariff = register.get("tariff")
    if tariff is not None and (wrong := list(_tariff(tariff, (*place, "tariff")))):
        yield from wrong
        return
    try:
        parsed = parse_register(register, kind)
    except LayoutError as err:
        reason = err.placeholders["reason"]
        what, mend = _layout_texts(reason)
        if reason == "unit":
            mend = f"write one of {', '.join(CATALOGUE[kind].units)}"
        yield Problem((*place, reason) if reason in register else place, what, mend)
        return
    if (initial := register.get("initial")) is None:
        return
    here: Place = (*place, "initial")
    if wrong := list(_mapping(initial, INITIAL, here)):
        yield from wrong
        return
    try:
        parse_value(str(initial["value"]), parsed)
    except MeteringError:
        yield Problem((*here, "value"), "the register cannot show this value", "write the figures that stand on it")
    try:
        parse_time(initial["time"])
    except ValueError:
        yield Problem((*here, "time"), "this is no time with an offset", "write it like 2026-11-01T08:00:00+01:00")


def _tariff(tariff: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(tariff, dict):
        yield Problem(place, "this is no tariff", "describe it by keys: currency, price ...")
        return
    try:
        parse_tariff(tariff)
    except TariffError as err:
        reason, where = err.placeholders["reason"], err.placeholders["where"]
        here = (*place, where) if where in tariff else place
        yield Problem(
            here,
            f"the tariff is wrong: {reason} {where}".strip().replace("_", " "),
            "docs/examples shows how it is written",
        )


def _camera(camera: Any, place: Place) -> Iterator[Problem]:
    if isinstance(camera, str):
        if not _ENTITY.fullmatch(camera) or camera.partition(".")[0] not in {"camera", "image"}:
            yield Problem(place, "this is no camera", "write an entity like camera.cellar, or keys: url, username ...")
        return
    yield from _mapping(camera, CAMERA, place)
    if not isinstance(camera, dict):
        return
    if sum(camera.get(key) is not None for key in ("host", "url", "url_env")) != 1:
        yield Problem(place, "it does not say where the camera is", "write one of host, url and url_env")
    if camera.get("auth", "none") not in {"none", "basic", "digest"}:
        yield Problem((*place, "auth"), "this is no way to log in", "write none, basic or digest, or leave it out")
    for key in ("url_env", "password_env"):
        if key in camera and not _VARIABLE.fullmatch(str(camera[key])):
            yield Problem((*place, key), "this is no name of a variable", "write its name, like CELLAR_PASSWORD")
    if "password_env" in camera and not camera.get("username"):
        yield Problem((*place, "password_env"), "there is a password for nobody", "write the `username` too")


def _light(light: Any, place: Place) -> Iterator[Problem]:
    yield from _mapping(light, LIGHT, place)
    if not isinstance(light, dict):
        return
    entity, warm_up = str(light.get("entity", "")), light.get("warm_up", 0)
    if entity and (not _ENTITY.fullmatch(entity) or entity.partition(".")[0] not in {"light", "switch"}):
        yield Problem((*place, "entity"), "this is no lamp", "write an entity like light.cellar or switch.cellar")
    if isinstance(warm_up, bool) or not isinstance(warm_up, int | float) or not 0 <= warm_up <= _LONGEST_WARM_UP:
        yield Problem((*place, "warm_up"), "this is no number of seconds", f"write 0 to {_LONGEST_WARM_UP}")


def _interval(interval: Any, place: Place) -> Iterator[Problem]:
    yield from _mapping(interval, INTERVAL, place)
    if not isinstance(interval, dict):
        return
    known: dict[str, timedelta] = {}
    for key in ("shortest", "normal", "longest"):
        if interval.get(key) is None:
            continue
        try:
            known[key] = parse_interval(interval[key])
        except ValueError:
            known[key] = timedelta(0)
        if not _SHORTEST <= known[key] <= _LONGEST:
            yield Problem((*place, key), "this is no interval", 'write "00:15:00"; from a minute to a day')
            return
    if list(known.values()) != sorted(known.values()):
        yield Problem(place, "shortest, normal and longest are out of order", "each is at least the one before")


def _quiet_hours(hours: Any, place: Place) -> Iterator[Problem]:
    try:
        begin, end = map(parse_clock, hours)
    except TypeError, ValueError:
        yield Problem(place, "these are no two times of day", 'write ["23:00", "05:00"]')
        return
    if begin == end:
        yield Problem(place, "the quiet hours begin when they end", "leave them out, or write two different times")


def _switch(value: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(place, "this is neither yes nor no", "write true or false")


def _mapping(data: Any, keys: Keys, place: Place) -> Iterator[Problem]:
    if isinstance(data, dict):
        yield from _unknown(data, keys, place)
    else:
        yield Problem(place, "keys are expected here", f"write {', '.join(keys.all)}, each with its value")


def _unknown(data: Mapping[Any, Any], keys: Keys, place: Place) -> Iterator[Problem]:
    for key in data:
        if str(key) in keys.all or str(key) in keys.secret:
            continue
        close = get_close_matches(str(key), keys.all, 1)
        yield Problem((*place, key), f"`{key}` is not known here", f"is it `{close[0]}`?" if close else "remove it")
    for key in keys.required:
        if data.get(key) is None:
            yield Problem(place, f"`{key}` is missing", f"add `{key}: ...`")


def _layout_texts(reason: str) -> tuple[str, str]:
    """Return what is wrong and how to mend it, in the words of the dialog."""
    text = _dialog_texts().get(f"layout_{reason}") or _TO_WRITE.get(reason, "look at docs/meters.md")
    return f"`{reason}` is not right", text


@cache
def _dialog_texts() -> dict[str, str]:
    texts: dict[str, str] = json.loads(_TEXTS.read_text(encoding="utf-8"))["config_subentries"]["meter"]["error"]
    return texts
