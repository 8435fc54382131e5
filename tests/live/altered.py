"""The checks' own checks: with truth, unit, crop or rotation altered, they must fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal

from .checks import Result, Truth, check_all
from .facts import Facts
from .setups import Setup

_OFFSET = 3
"""Units of the last position by which the truth is moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """Something made wrong, and the check that must notice it."""

    name: str
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredSetup(Alteration):
    """A meter set up with something wrong, which goes through the flows and is read like any other."""

    key: str
    """The meter in the household."""
    setup: Setup


def altered_setups(setups: Sequence[Setup]) -> list[AlteredSetup]:
    """Return meters with a crop beside the register, a picture lying on its side, and another unit."""
    water, electricity, gas = setups
    left, _, width, height = gas.crop or (0.0, 0.0, 1.0, 1.0)
    cellar = water.altered("Water lying on its side", rotation=(water.rotation + 90) % 360, crop=None)
    return [
        AlteredSetup(
            name="crop beside the register", check="status", key="gas",
            setup=gas.altered("Gas beside its register", crop=(left, 1 - height, width, height)),
        ),
        AlteredSetup(name="rotation by 90°", check="status", key="water", setup=cellar),
        AlteredSetup(
            name="unit MWh instead of kWh", check="unit", key="electricity",
            setup=electricity.altered("Electricity in another unit", register={**electricity.register, "unit": "MWh"}),
        ),
    ]  # fmt: skip


def self_tests(facts: Facts, truths: Mapping[str, Truth]) -> Iterator[Result]:
    """Yield for each alteration of good facts whether the checks notice it."""
    for name, meter in facts["meters"].items():
        truth = truths[name]
        moved = deepcopy(facts)
        for picture in moved["meters"][name]["pictures"]:
            picture["value"] = str(Decimal(picture["value"]) + _OFFSET * truth.least)
        for check in ("reading", "hourly statistics"):
            yield noticed(f"{name}: truth moved", f"{name}: {check}", check_all(moved, truths))
        other = {**truths, name: replace(truth, unit="gal")}
        yield noticed(f"{name}: unit altered", f"{name}: unit", check_all(facts, other))
        lost = deepcopy(facts)
        del lost["meters"][name]["hours"][1]
        yield noticed(f"{name}: hour lost", f"{name}: hourly statistics", check_all(lost, truths))
        absent = deepcopy(facts)
        sources = absent["energy"]["preferences"]["energy_sources"]
        sources[:] = [each for each in sources if each["stat_energy_from"] != meter["entities"]["consumption"]]
        yield noticed(f"{name}: not on the dashboard", "Energy dashboard", check_all(absent, truths))
    yield noticed("one call more", "paid calls", check_all({**facts, "paid_calls": facts["paid_calls"] + 1}, truths))
    yield noticed("a line in the log", "log", check_all({**facts, "log": ["ERROR"]}, truths))


def noticed(alteration: str, check: str, results: Sequence[Result]) -> Result:
    """Return whether the one check that must notice an alteration failed."""
    result = next(each for each in results if each.check == check)
    told = f"noticed by {check!r}" if not result.passed else f"{check!r} still says {result.told}"
    return Result(check=f"self-test, {alteration}", passed=not result.passed, told=told)
