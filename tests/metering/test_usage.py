"""Leaks and unusually high use, over hours and simulated households."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from typing import Final

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.ledger import KEPT
from custom_components.meter_vision.metering.ledger_columns import Total, packed
from custom_components.meter_vision.metering.models import MeterKind, Reading, Register
from custom_components.meter_vision.metering.usage import Usage, UsageEvent, UsageRules
from scripts.benchmarks.house.demand import Leak, household

START: Final = datetime(2026, 11, 23, tzinfo=UTC)
INTERVAL: Final = timedelta(minutes=15)
WATER: Final = CATALOGUE[MeterKind.WATER].default_register
RULES: Final = UsageRules.of(MeterKind.WATER, WATER, INTERVAL, UTC)


def run(
    uses: list[int], rules: UsageRules = RULES, *, minutes: int = 15, usage: Usage | None = None
) -> tuple[Usage, list[str]]:
    """Return what is known after uses of so many tenths of a litre in each interval, and what was told of when."""
    usage = usage or Usage()
    totals = packed([total(0, 0)])
    told = []
    value = 0
    for number, use in enumerate(uses, 1):
        value += use
        totals = totals.with_one_more(total(value, number * minutes))
        usage, events = usage.after(totals, rules)
        told += [f"{number * minutes / 60:g} {event}" for event in events]
    return usage, told


def total(tenths: int, minute: float) -> Total:
    value = Decimal(tenths) / 10_000
    return Total(reading=Reading(value=value, time=START + timedelta(minutes=minute)), consumption=value)


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        pytest.param([5] * 23, [], id="not yet six hours"),
        pytest.param([5] * 24, ["6 leak_suspected"], id="two litres an hour for six hours"),
        pytest.param([5] * 100, ["6 leak_suspected"], id="told of once"),
        pytest.param([5] * 23 + [0] + [5] * 23, [], id="one standstill"),
        pytest.param([2] * 100, [], id="what two looks may differ by"),
        pytest.param([5] * 30 + [0], ["6 leak_suspected", "7.75 leak_cleared"], id="mended"),
        pytest.param([5] * 30 + [2], ["6 leak_suspected", "7.75 leak_cleared"], id="mended, as good as still"),
        pytest.param([0] * 50 + [5000] + [0] * 50, [], id="a single large use"),
        pytest.param(
            [5] * 24 + [0] + [5] * 24,
            ["6 leak_suspected", "6.25 leak_cleared", "12.25 leak_suspected"],
            id="comes back",
        ),
    ],
)
def test_leak(uses: list[int], expected: list[str]) -> None:
    assert run(uses)[1] == expected


def test_what_is_said_of_a_leak() -> None:
    usage, _ = run([0, 0, 40, 5] + [12] * 40)
    assert usage.leak is not None
    assert usage.leak.since == START + timedelta(minutes=30)
    assert usage.leak.least == Decimal("0.0048")


@pytest.mark.parametrize(
    ("hours", "interval", "places", "expected"),
    [
        pytest.param(None, 15, 4, 6.0, id="as it is"),
        pytest.param(None, 60, 4, 24.0, id="read every hour"),
        pytest.param(None, 15, 3, 24.0, id="litres"),
        pytest.param(None, 15, 2, 48.0, id="ten litres"),
        pytest.param(3, 15, 4, 3.0, id="a person's choice"),
        pytest.param(0, 15, 4, None, id="none"),
    ],
)
def test_how_long_it_has_to_run(hours: int | None, interval: int, places: int, expected: float | None) -> None:
    register = Register(unit="m³", display=WATER.display, whole_digits=5, dials=places, dial_decimals=places)
    if places < 4:
        register = Register(
            unit="m³", display=CATALOGUE[MeterKind.GAS].default_register.display, whole_digits=5, decimals=places
        )
    rules = UsageRules.of(MeterKind.WATER, register, timedelta(minutes=interval), UTC, hours)
    assert rules.leak_after == (None if expected is None else timedelta(hours=expected))


@pytest.mark.parametrize("kind", [MeterKind.GAS, MeterKind.ELECTRICITY])
def test_what_runs_for_days_is_no_leak(kind: MeterKind) -> None:
    rules = UsageRules.of(kind, CATALOGUE[kind].default_register, INTERVAL, UTC)
    assert run([5] * 200, rules)[0].leak is None


def test_nobody_knows_what_ran_while_nothing_was_read() -> None:
    usage, told = run([5] * 30)
    totals = [total(5 * number, 15 * number) for number in range(31)]
    later = [total(1000 + 5 * number, 1000 + 15 * number) for number in range(10)]
    for number in range(len(later)):
        usage, events = usage.after(packed([*totals, *later[: number + 1]]), RULES)
        told += events
    assert told == ["6 leak_suspected"]
    assert Usage().after(packed([*totals[:20], *later]), RULES)[0].leak is None


def test_a_correction_takes_a_leak_back() -> None:
    usage, _ = run([5] * 30)
    corrected = [total(0, 15 * number) for number in range(31)]
    usage, events = usage.after(packed(corrected), RULES)
    assert events == (UsageEvent.LEAK_CLEARED,)
    assert usage.leak is None


def household_day(night: int = 0) -> list[int]:
    """Return a day's uses: fifty litres from seven to eight and from 19 to 20, and something all night."""
    day = [0] * 96
    for slot in (28, 29, 30, 31, 76, 77, 78, 79):
        day[slot] = 125
    return [use + (night if slot < 20 else 0) for slot, use in enumerate(day)]


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        pytest.param(household_day() * 16, [], id="every day alike"),
        pytest.param(household_day() * 10 + [700] * 4, [], id="not before two weeks"),
        pytest.param(
            household_day() * 16 + [700] * 4, ["384.25 usage_spike"], id="a hose at night, as soon as it is much"
        ),
        pytest.param(
            household_day() * 16 + [700] * 4 + [0] * 8 + [700] * 4,
            ["384.25 usage_spike", "387.25 usage_spike"],
            id="twice",
        ),
        pytest.param(household_day() * 16 + [100] * 4, [], id="a little at night"),
        pytest.param(household_day() * 16 + [0] * 28 + [350] * 4, [], id="more in the morning than usual"),
        pytest.param(household_day() * 16 + [0] * 28 + [500] * 4, ["392 usage_spike"], id="far more"),
    ],
)
def test_spike(uses: list[int], expected: list[str]) -> None:
    assert run(uses)[1] == expected


def test_what_is_said_of_a_spike() -> None:
    usage, _ = run(household_day() * 16 + [0] * 28 + [500] * 4)
    assert usage.spike is not None
    assert usage.spike.start == START + timedelta(days=16, hours=7)
    assert usage.spike.used == Decimal("0.2")
    assert round(usage.spike.usual, 2) == 0.05


def test_what_is_corrected_within_a_day_is_never_learnt() -> None:
    usage, _ = run(household_day() * 15 + [5000] * 20)
    assert max(usage.profile.most) < 0.06
    assert usage.learnt_until == START + timedelta(days=14, hours=5)


@given(st.lists(st.sampled_from([0, 1, 2, 3, 5, 50, 800]), min_size=1, max_size=80))
def test_alarms_come_in_turn_and_stand_with_the_state(uses: list[int]) -> None:
    usage, told = run(uses)
    leaks = [event.split()[1] for event in told if "leak" in event]
    assert leaks == ["leak_suspected", "leak_cleared"] * (len(leaks) // 2) + ["leak_suspected"] * (len(leaks) % 2)
    assert (usage.leak is not None) == (len(leaks) % 2 == 1)
    assert Usage.from_data(json.loads(json.dumps(usage.to_data()))) == usage


@given(uses=st.lists(st.integers(0, 9), min_size=30, max_size=60), cut=st.integers(1, 29))
def test_a_restart_changes_nothing(uses: list[int], cut: int) -> None:
    totals = packed([total(0, 0)])
    usage, restarted = Usage(), Usage()
    for number in range(1, len(uses) + 1):
        totals = totals.with_one_more(total(sum(uses[:number]), number * 15))
        usage, events = usage.after(totals, RULES)
        restarted, same = restarted.after(totals, RULES)
        if number == cut:
            restarted = Usage.from_data(json.loads(json.dumps(restarted.to_data())))
        assert events == same
    assert restarted == usage


@pytest.mark.parametrize("seed", [1, 2])
def test_a_simulated_household(seed: int) -> None:
    """Half a year as a camera reads it: every leak is found within the day, and hardly anything else is called one."""
    demand = household(MeterKind.WATER, f"test {seed}", 0.5)
    usage, told = Usage(), []
    totals = packed([])
    time = demand.times[0]
    while time < demand.times[-1]:
        value = Decimal(str(demand.at(time))).quantize(WATER.resolution)
        latest = Total(reading=Reading(value=value, time=time), consumption=value)
        totals = totals.with_one_more(latest).since(time - KEPT)
        usage, events = usage.after(totals, RULES)
        told += [(time, event) for event in events]
        time += INTERVAL
    suspected = [time for time, event in told if event is UsageEvent.LEAK_SUSPECTED]
    for leak in demand.leaks:
        assert any(leak.start < time < leak.start + timedelta(hours=7) for time in suspected)
    assert len(suspected) <= len(demand.leaks) + 1
    spikes = [time for time, event in told if event is UsageEvent.SPIKE and not _within(time, demand.leaks)]
    assert len(spikes) <= 6


def _within(time: datetime, leaks: list[Leak]) -> bool:
    return any(leak.start <= time <= leak.end + timedelta(days=1) for leak in leaks)
