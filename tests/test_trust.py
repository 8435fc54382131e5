"""`scripts/bench trust`: the judge beside what others do, over two simulated weeks."""

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from custom_components.meter_vision.metering.catalogue import rules_for
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import Correction
from custom_components.meter_vision.metering.models import MeterKind, Reading, Register
from scripts.benchmarks import trust
from scripts.benchmarks.house.contenders import Baseline, Judge, fixed_limit, rising
from scripts.benchmarks.house.demand import START, Demand, household
from scripts.benchmarks.house.demand_file import from_file
from scripts.benchmarks.house.figures import Accepted, Race, Run
from scripts.benchmarks.house.idle import further_looks
from scripts.benchmarks.house.looks import House, Seen
from scripts.benchmarks.row import Row
from scripts.replaying.history import decoded_value

INTERVAL = timedelta(minutes=15)


def chosen(**more: object) -> argparse.Namespace:
    return argparse.Namespace(**{"demand": None, "seed": 5, "years": 14 / 365, "minutes": 15.0} | more)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Return each figure of the judge and of the two baselines."""
    return list(trust.rows(chosen()))


def test_every_target_is_reached(rows: list[Row]) -> None:
    assert [row.figure for row in rows if row.reached is False] == []
    assert sum(row.reached is True for row in rows) == 8 * len(MeterKind) + 1


@pytest.mark.parametrize("kind", list(MeterKind))
def test_what_others_do_blocks_the_truth(rows: list[Row], kind: MeterKind) -> None:
    row = next(row for row in rows if row.figure.startswith(f"{kind}: right looks published within"))
    judge, *others = (float(share) for share in row.value.split("|"))
    assert min(others) < 50
    assert judge >= 99.5


def test_measures_see_what_goes_wrong() -> None:
    """The contender that publishes what rises misses nearly every target, and the same measures say so."""
    demand = household(MeterKind.GAS, 5, 30 / 365)
    race = Race(House(demand, INTERVAL, 5))
    first = Reading(value=Decimal(str(demand.values[0])).quantize(demand.register.resolution), time=demand.times[0])
    rules = rules_for(demand.kind, demand.register, INTERVAL)
    run = race.run(Baseline(first, rules, rising))
    assert run.impossible > 0
    assert run.contradicted_at is not None
    assert run.published_late > run.right_looks / 2
    assert any(abs(one.error) > one.allowed for one in run.accepted)
    assert race.run(Baseline(first, rules, fixed_limit)).impossible == 0
    assert race.run(Judge(first, rules)).published_late == 0


@pytest.mark.parametrize(
    ("values", "lower", "expected"),
    [
        # Either few looks stand above it, or a rise as large as the fall came before them.
        (["530.000", "530.400", "530.400"], "530.200", True),
        (["530.000", "530.300", "530.300", "530.300", "530.300", "530.300"], "530.100", True),
        # Each of the rises is smaller than the fall.
        (["530.000", "530.100", "530.200", "530.300", "530.400", "530.500"], "530.050", False),
        # Few looks showed the last value, and a rise as large as what is left of the fall came before.
        (["530.000", "530.300", *["530.500"] * 4, "530.800"], "530.400", True),
        (["530.000", "530.300", *["530.500"] * 4, "530.800"], "530.150", False),
        # It does not go on from anything that stood before.
        (["530.000", "530.400"], "529.000", False),
    ],
)
def test_low_values_count_unless_the_truth_after_a_false_high_looks_like_them(
    values: list[str],
    lower: str,
    expected: bool,  # noqa: FBT001
) -> None:
    demand = household(MeterKind.GAS, 5, 7 / 365)
    race = Race(House(demand, INTERVAL, 5))
    rules = rules_for(demand.kind, demand.register, INTERVAL)
    judge = Judge(Reading(value=Decimal(values[0]), time=START), rules)
    recent = [
        Accepted(START + number * INTERVAL, Decimal(value), Decimal(0), added=Decimal(0), allowed=Decimal(1))
        for number, value in enumerate(values)
    ]
    one = Accepted(START + len(values) * INTERVAL, Decimal(lower), Decimal(-1), added=Decimal(0), allowed=Decimal(1))
    last = Reading(value=recent[-1].value, time=recent[-1].time)
    race._from_episode(one, judge, [(last, judge.limit(one.time - last.time))], last, recent)
    assert (one.beyond_window, one.lower) == (not expected, expected)


@pytest.mark.parametrize(("kept", "beyond"), [("530.000", True), ("532.000", False)])
def test_a_high_value_surprises_if_what_is_not_taken_back_for_it_is_too_low_as_well(kept: str, *, beyond: bool) -> None:
    demand = household(MeterKind.GAS, 5, 7 / 365)
    race = Race(House(demand, INTERVAL, 5))
    low = Reading(value=Decimal("530.100"), time=START)
    judge = Judge(low, rules_for(demand.kind, demand.register, INTERVAL))
    one = Accepted(START + INTERVAL, Decimal("532.500"), Decimal("0.3"), added=Decimal(0), allowed=Decimal(1))
    race._from_episode(one, judge, [(low, judge.limit(INTERVAL))], Reading(value=Decimal(kept), time=START), [])
    assert one.beyond_window is beyond


@dataclass
class Scripted:
    """A contender that publishes what a list says, and takes back as it says."""

    first: Reading
    script: list[tuple[str, timedelta | None]]
    published: Decimal = Decimal(0)
    corrected: tuple[Correction, ...] = ()

    def see(self, look: Evidence) -> tuple[bool, Manner | None]:
        """Publish the next value."""
        value, since = self.script.pop(0)
        self.published = Decimal(value)
        taken = () if since is None else (look.captured_at - since,)
        self.corrected = tuple(Correction(value=Decimal(0), first=at, latest=look.captured_at) for at in taken)
        return True, None

    def register(self) -> Register:
        """Return the household's."""
        return household(MeterKind.GAS, 1, 0.01).register

    def limit(self, elapsed: timedelta) -> Decimal:
        """Return one an hour."""
        return Decimal(str(elapsed / timedelta(hours=1)))


@pytest.mark.parametrize(
    ("since", "repairs"),
    [
        pytest.param(2 * INTERVAL, [0, 1], id="all of it is, and the next mistake is one of its own"),
        pytest.param(None, [2], id="only what is published changes"),
        pytest.param(INTERVAL, [2], id="a part of what was contradicted stays"),
    ],
)
def test_what_is_contradicted_is_repaired_when_it_is_taken_back(since: timedelta | None, repairs: list[int]) -> None:
    register = household(MeterKind.GAS, 1, 0.01).register
    demand = Demand(register, MeterKind.GAS, [START, START + 8 * INTERVAL], [10.0] * 2)
    race = Race(House(demand, INTERVAL, 1))
    first = Reading(value=Decimal("10.000"), time=START)
    script = [("10.500", None), ("10.500", None), ("10.100", since), ("10.100", None), ("10.000", None)]
    contender, run = Scripted(first, script), Run()
    for index in range(len(script)):
        seen = Seen(
            Evidence(decoded=decoded_value(first.value, register), captured_at=race.house.time(index)),
            right=index > 1,
        )
        run.intervals += 1
        race._see(run, contender, [seen], in_episode=False)
        race._follow(run, contender, [seen], in_episode=False)
    assert run.repairs == repairs


@pytest.mark.parametrize(
    ("total", "looks", "expected"),
    [
        ("10.001", [], True),
        ("10.002", [], False),
        # A look within the tolerance of the truth, and the total within the tolerance of the look.
        ("10.002", ["10.001"], True),
        ("10.002", ["11.000", "10.001"], True),
        ("10.003", ["10.001"], False),
        # Near to the total, but not to the truth.
        ("10.002", ["10.002"], False),
    ],
)
def test_total_is_right_within_the_tolerance_of_a_look_that_is(
    total: str,
    looks: list[str],
    expected: bool,  # noqa: FBT001
) -> None:
    register = household(MeterKind.GAS, 1, 0.01).register
    race = Race(House(Demand(register, MeterKind.GAS, [START, START + 3 * INTERVAL], [10.0005, 10.0005]), INTERVAL, 3))
    contender = Judge(Reading(value=Decimal(total), time=START), rules_for(MeterKind.GAS, register, INTERVAL))
    seen = [
        Seen(Evidence(decoded=decoded_value(value, register), captured_at=START), race.house.is_right(value, START))
        for value in map(Decimal, looks)
    ]
    assert race._is_right(contender, START, seen) is expected


@pytest.mark.parametrize("seed", [1, 2])
def test_idle_meter_asks_for_nothing(seed: int) -> None:
    assert further_looks(seed) < 1


def written(tmp_path: Path, values: list[float], step: timedelta) -> Path:
    file = tmp_path / "demand.csv"
    rows = [f"{(START + number * step).isoformat()},{value}" for number, value in enumerate(values)]
    file.write_text("\n".join(["time,value", *rows]), encoding="utf-8")
    return file


def test_demand_of_a_file(tmp_path: Path) -> None:
    demand = from_file(written(tmp_path, [530 + hour / 100 for hour in range(48)], timedelta(hours=1)))
    assert (demand.kind, demand.ceiling) == (MeterKind.WATER, 5)
    assert demand.at(START + timedelta(minutes=90)) == pytest.approx(530.015)


@pytest.mark.parametrize(
    ("values", "step", "unit"),
    [
        ([530.0, 530.2, 530.2, 533.0], timedelta(hours=1), "m³"),
        ([1200.0, 1209.0, 1230.5, 1230.5], timedelta(hours=1), "kWh"),
        ([530_000.0, 530_250.0, 531_000.0, 531_000.0], timedelta(hours=1), "L"),
        ([3e6, 3.01e6, 3.04e6, 3.04e6], timedelta(hours=1), "Wh"),
        ([1.0, 900_000.0, 1.8e6, 2.7e6], timedelta(hours=1), "kWh"),
    ],
)
def test_unit_follows_from_the_values(tmp_path: Path, values: list[float], step: timedelta, unit: str) -> None:
    demand = from_file(written(tmp_path, values, step))
    assert demand.register.unit == unit
    fastest = max(after - before for before, after in pairwise(values))
    assert float(demand.ceiling) >= fastest


def test_uses_are_summed_and_a_register_that_starts_again_goes_on(tmp_path: Path) -> None:
    uses = from_file(written(tmp_path, [0.1, 0.0, 0.3, 0.0], timedelta(minutes=1)))
    assert uses.values == pytest.approx([0.1, 0.1, 0.4, 0.4])
    readings = [9990 + number / 100 for number in range(1500)] + [0.0, 0.5]
    assert from_file(written(tmp_path, readings, timedelta(hours=1))).values[-1] == pytest.approx(10_005.49)


@pytest.mark.parametrize(
    "text", ["", "time,value\n", "time,value\n2026-01-01,1\n2026-01-02,2\n", "time,value\nnow,1\n"]
)
def test_file_that_is_no_demand(tmp_path: Path, text: str) -> None:
    file = tmp_path / "demand.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=r"demand\.csv"):
        from_file(file)


@pytest.mark.parametrize(("minutes", "flow"), [(1.0, 0.02), (60.0, 0.0)])
def test_other_intervals_and_a_house_without_use(tmp_path: Path, minutes: float, flow: float) -> None:
    values = [530 + flow * hour for hour in range(24 * 8)]
    file = written(tmp_path, values if flow else values[:2] + values, timedelta(hours=1))
    rows = list(trust.rows(chosen(demand=file, minutes=minutes * 5)))
    assert [row.figure for row in rows if row.reached is False] == []


def test_demand_is_the_same_for_the_same_seed() -> None:
    assert household(MeterKind.WATER, 3, 0.02) == household(MeterKind.WATER, 3, 0.02)
    assert household(MeterKind.WATER, 3, 0.02) != household(MeterKind.WATER, 4, 0.02)


def test_looks_are_the_same_for_whoever_asks() -> None:
    demand = Demand(
        household(MeterKind.GAS, 1, 0.01).register,
        MeterKind.GAS,
        [START, datetime(2025, 2, 1, tzinfo=UTC)],
        [10.0, 20.0],
    )
    one, other = House(demand, INTERVAL, 3), House(demand, INTERVAL, 3)
    looks = [(index, number) for index in range(200) for number in range(2)]
    seen = [one.look(*look, Manner.ROUTINE, demand.register) for look in looks]
    assert [other.look(*look, Manner.ROUTINE, demand.register) for look in reversed(looks)] == seen[::-1]
