"""Compares what Home Assistant says with what the household used: pure functions over collected facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from .facts import Facts

HOURS: Final = 2
"""Full hours that the recorder must have compiled."""
_READINGS_MISSED: Final = 3
"""A meter is up to date if its latest reading is younger than this many intervals."""
_NOT_A_VALUE: Final = ("unknown", "unavailable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check of one thing: what was compared, and whether it holds."""

    check: str
    passed: bool
    told: str

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{'ok    ' if self.passed else 'FAILED'} {self.check}: {self.told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the owner of a meter knows about it."""

    unit: str
    least: Decimal
    """One unit of the last position."""
    interval: timedelta


def check_all(facts: Facts, truths: Mapping[str, Truth]) -> list[Result]:
    """Run every check over the facts; `truths` by the meter's name."""
    results = [
        check(name, meter, truths[name], datetime.fromisoformat(facts["now"]))
        for name, meter in facts["meters"].items()
        for check in METER_CHECKS
    ]
    return [*results, dashboard(facts), validation(facts), paid_calls(facts), log(facts)]


def readings(name: str, meter: Facts, truth: Truth, now: datetime) -> Result:
    """`reading` and `consumption` are what the meter showed when the latest picture was taken."""
    states = meter["states"]
    time = datetime.fromisoformat(states["last_reading"]["state"])
    taken, shown = _picture(meter, time)
    off = {key: abs(Decimal(states[key]["state"]) - shown) for key in ("reading", "consumption")}
    told = f"{states['reading']['state']} {truth.unit}, truth {shown} at {taken:%H:%M:%S}, off by {max(off.values())}"
    late = now - time
    if late > _READINGS_MISSED * truth.interval:
        return Result(check=f"{name}: reading", passed=False, told=f"{told}; {late} old")
    return Result(check=f"{name}: reading", passed=max(off.values()) <= truth.least, told=told)


def status(name: str, meter: Facts, _truth: Truth, _now: datetime) -> Result:
    """Every attempt to read the meter ended well."""
    seen = [row["state"] for row in meter["status"] if row["state"] not in _NOT_A_VALUE]
    bad = sorted({state for state in seen if state not in ("ok", "waiting")})
    told = ", ".join(bad) or f"{meter['states']['status']['state']} throughout"
    return Result(check=f"{name}: status", passed=not bad and seen[-1:] == ["ok"], told=told)


def units(name: str, meter: Facts, truth: Truth, _now: datetime) -> Result:
    """Sensors and statistics count in the unit printed on the meter."""
    attributes = [meter["states"][key]["attributes"] for key in ("reading", "consumption")]
    stored = [row["statistics_unit_of_measurement"] for row in meter["statistic"]] or [None]
    found = {*(each.get("unit_of_measurement") for each in attributes), *stored}
    told = f"{', '.join(sorted(map(str, found)))} where the meter says {truth.unit}"
    return Result(check=f"{name}: unit", passed=found == {truth.unit}, told=told)


def hours(name: str, meter: Facts, truth: Truth, _now: datetime) -> Result:
    """At each full hour's end the statistics stand at the last picture published before it."""
    check = f"{name}: hourly statistics"
    rows = meter["hours"]
    first = next(iter(_values(meter["consumption"])), None)
    if first is None or len(rows) <= HOURS:
        return Result(check=check, passed=False, told=f"{len(rows)} rows, more than {HOURS} are needed")
    told, worst = [], Decimal(0)
    for row, shown in zip(rows, _at_the_ends(meter), strict=True):
        # The sum counts from the first state on.
        off = max(abs(_decimal(row["state"]) - shown), abs(_decimal(row["sum"]) + first - shown))
        worst = max(worst, off)
        told.append(f"{datetime.fromisoformat(row['end']):%H:%M} +{_decimal(row['sum'])} (truth +{shown - first})")
    gaps = _gaps(rows)
    told += [f"nothing from {gap}" for gap in gaps]
    return Result(check=check, passed=worst <= truth.least and not gaps, told="; ".join(told))


METER_CHECKS: Final[tuple[Callable[[str, Facts, Truth, datetime], Result], ...]] = (readings, status, units, hours)


def dashboard(facts: Facts) -> Result:
    """Every meter stands on the Energy dashboard."""
    sources = facts["energy"]["preferences"]["energy_sources"]
    there = {source["stat_energy_from"] for source in sources}
    wanted = {meter["entities"]["consumption"] for meter in facts["meters"].values()}
    lacking = sorted(wanted - there)
    told = f"lacks {', '.join(lacking)}" if lacking else f"has {', '.join(sorted(wanted))}"
    return Result(check="Energy dashboard", passed=not lacking, told=told)


def validation(facts: Facts) -> Result:
    """Home Assistant's own validation of the Energy dashboard finds nothing."""
    found = facts["energy"]["validation"]
    issues = [issue for group in found["energy_sources"] for issue in group]
    told = "; ".join(f"{issue['type']} {issue['affected_entities']}" for issue in issues) or "no issue"
    return Result(check="Energy validation", passed=bool(found["energy_sources"]) and not issues, told=told)


def paid_calls(facts: Facts) -> Result:
    """The API was asked once for each reading and each trial in a flow, and nothing else was paid for."""
    counted = sum(meter["states"]["api_cost"]["attributes"]["calls"] for meter in facts["meters"].values())
    expected = counted + facts["trial_calls"]
    told = f"{facts['paid_calls']}, of which {counted} by the meters and {facts['trial_calls']} by their flows"
    return Result(check="paid calls", passed=facts["paid_calls"] == expected, told=told)


def log(facts: Facts) -> Result:
    """Home Assistant's log has no complaint by or about the integration."""
    lines = facts["log"]
    return Result(check="log", passed=not lines, told="; ".join(lines[:3]) or "no complaint")


def _picture(meter: Facts, time: datetime) -> tuple[datetime, Decimal]:
    """Return the picture that was asked for at that time: the first one taken from then on, and what it showed."""
    for picture in meter["pictures"]:
        if (taken := datetime.fromisoformat(picture["time"])) >= time:
            return taken, Decimal(picture["value"])
    message = f"no picture was taken after {time}"
    raise LookupError(message)


def _at_the_ends(meter: Facts) -> Iterator[Decimal]:
    """Yield for each hourly row what stood on the last picture whose reading was published in time."""
    written = [(datetime.fromisoformat(row["written"]), row["state"]) for row in meter["last_reading"]]
    for row in meter["hours"]:
        end = datetime.fromisoformat(row["end"])
        last = [state for at, state in written if at < end and state not in _NOT_A_VALUE][-1]
        yield _picture(meter, datetime.fromisoformat(last))[1]


def _gaps(rows: list[dict[str, Any]]) -> list[str]:
    return [before["end"] for before, after in pairwise(rows) if before["end"] != after["start"]]


def _values(rows: list[dict[str, str]]) -> Iterator[Decimal]:
    return (Decimal(row["state"]) for row in rows if row["state"] not in _NOT_A_VALUE)


def _decimal(number: float) -> Decimal:
    """Return a statistics value as it was meant: sums of floats carry dust."""
    return Decimal(str(round(number, 6)))
