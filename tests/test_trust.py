"""`scripts/bench trust`: the judge beside what others do, over two simulated weeks."""

import argparse
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
import random

import pytest

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence
from custom_components.meter_vision.metering.models import MeterKind, Reading
from custom_components.meter_vision.metering.window import Rules
from scripts.benchmarks import trust
from scripts.benchmarks.house.contenders import Judge
from scripts.benchmarks.house.demand import START, from_file, household
from scripts.benchmarks.house.misreads import observed, shown


@pytest.fixture(scope="module")
def figures() -> dict[str, list[str]]:
    """Return each figure of the judge and of the two baselines."""
    chosen = argparse.Namespace(demand=None, seed=5, years=14 / 365)
    return {row.figure: [value.strip() for value in row.value.split("|")] for row in trust.rows(chosen)}


@pytest.mark.parametrize("kind", ["water", "gas"])
def test_the_judge_publishes_what_is_true_and_nothing_else(figures: dict[str, list[str]], kind: str) -> None:
    def of(figure: str) -> list[str]:
        return figures[f"{kind}: {figure}"]

    assert of("published that the house could not have used")[0] == "0"
    assert of("of them not repaired within 2 intervals")[0] == "0"
    assert of("of them above learnt flow x interval")[0] == "0"
    shares = [float(share.removesuffix(" %")) for share in of("right looks published within 2 intervals")]
    assert shares[0] >= 99.5
    assert max(shares[1:]) < shares[0], "what others do blocks the truth"
    assert float(of("paid calls for each interval")[0]) <= 1.15


def test_idle_meter_asks_for_nothing() -> None:
    register = CATALOGUE[MeterKind.WATER].default_register
    rules = Rules(register=register, ceiling=Decimal(5), interval=trust.INTERVAL)
    judge = Judge(Reading(value=Decimal("530.0708"), time=START), rules)
    dice, value, asked = random.Random(7), 530.0708, 0  # noqa: S311  a simulation
    for number in range(1, 1001):
        value += dice.uniform(0.0005, 0.03) * (dice.random() > 0.7)
        observation = observed(shown(value, register, dice))
        look = Evidence(
            decoded=decode(observation, judge.register()),
            observation=observation,
            captured_at=START + number * trust.INTERVAL,
        )
        _, ask = judge.see(look)
        asked += ask is not None
    assert asked < 10
    assert float(judge.total) == pytest.approx(value, abs=0.0004)


def test_demand_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "demand.csv"
    rows = [f"{(START + timedelta(hours=hour)).isoformat()},{530 + hour / 100}" for hour in range(48)]
    file.write_text("\n".join(["time,value", *rows]), encoding="utf-8")
    demand = from_file(file)
    assert (demand.kind, demand.ceiling) == (MeterKind.WATER, 5)
    assert demand.at(START + timedelta(minutes=90)) == pytest.approx(530.015)


def test_demand_is_the_same_for_the_same_seed() -> None:
    assert household(MeterKind.WATER, 3, 0.02) == household(MeterKind.WATER, 3, 0.02)
    assert household(MeterKind.WATER, 3, 0.02) != household(MeterKind.WATER, 4, 0.02)
