"""Killed between any two steps and started again: nothing is lost, nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
import json
from pathlib import Path
from shutil import copytree
import subprocess
import sys
from typing import Any

import pytest

from .crash.life import Act, Plan
from .house import SHOWN, START
from .repository import ROOT
from .simulator.fixtures import Simulator

type Live = Callable[[Plan], Any]
FIRST, SECOND, CORRECTED, SPIKE = "530.1000", "530.3000", "530.2000", "532.3000"


@pytest.fixture(scope="module")
def zygote() -> Iterator[Live]:
    """A program that starts lives."""
    command = [sys.executable, "-m", "tests.crash.zygote"]
    with subprocess.Popen(  # noqa: S603  our own program
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:

        def lead(plan: Plan) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asdict(plan)) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield lead
        process.terminate()


def at(clock: str, **more: Any) -> Act:
    return Act(time=f"2026-11-22T{clock}+00:00", **more)


BEFORE = (at("12:00:30", read=True), at("12:05:10"))
LOOK = at("12:07:00", read=True, armed=True)
CORRECTION = at("12:13:00", action="correct_reading", data={"value": CORRECTED}, armed=True)
AFTER = (at("12:21:00", read=True), at("12:25:10"), at("12:30:10"))


def plan(folder: Path, simulator: Simulator, acts: tuple[Act, ...], die_at: int = -1) -> Plan:
    return Plan(
        folder=str(folder),
        api_url=simulator.api_url,
        snapshot_url=simulator.snapshot_url("water"),
        description=simulator.description("water"),
        initial=SHOWN["water"],
        acts=acts,
        die_at=die_at,
    )


def consistent(told: dict[str, Any]) -> None:
    """Check what holds after every life: one row for each look, its picture, and statistics that follow."""
    assert len({(kind, time) for kind, time, _ in told["journal"]}) == len(told["journal"])
    assert told["pictures"] == told["files"]
    assert len({time for time, _ in told["readings"]}) == len(told["readings"])
    differences = {round(state - total, 4) for _, state, total in told["rows"]}
    assert len(differences) == 1, told["rows"]
    assert told["rows"][-1][1] == float(told["total"])


def dying(
    lead: Live,
    simulator: Simulator,
    folder: Path,
    *,
    before: tuple[Act, ...],
    act: Act,
    after: tuple[Act, ...],
    first: str = FIRST,
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield, for each step at which the act was interrupted, what the next life told."""
    (unharmed := folder / "unharmed").mkdir()
    simulator.hold("water", value=first, time=START)
    assert lead(plan(unharmed, simulator, before)) not in ("killed", "failed")
    simulator.hold("water", value=SECOND, time=START)
    step = 0
    while True:
        place = copytree(unharmed, folder / str(step))
        ended = lead(plan(place, simulator, (act,), step))
        assert ended != "failed"
        told = lead(plan(place, simulator, after))
        yield step, told
        if ended != "killed":
            assert step == ended["steps"] > 0
            return
        step += 1


@pytest.mark.timeout(1800)
def test_killed_while_reading(zygote: Live, simulator: Simulator, tmp_path: Path) -> None:
    committed = []
    for step, told in dying(zygote, simulator, tmp_path, before=BEFORE, act=LOOK, after=AFTER):
        consistent(told)
        assert told["total"] == SECOND, step
        values = [value for _, value in told["readings"]]
        assert values[:2] == [SHOWN["water"], FIRST]
        assert set(values[2:]) == {SECOND}
        committed.append(len(told["journal"]))
    assert len(committed) > 15
    assert sorted(committed) == committed, "once a look is committed it stays"
    assert set(committed) == {2, 3}


@pytest.mark.timeout(1800)
def test_killed_while_correcting(zygote: Live, simulator: Simulator, tmp_path: Path) -> None:
    before = (*BEFORE, at("12:07:00", read=True), at("12:10:10"))
    after = (at("12:25:10"), at("12:30:10"))
    outcomes = []
    for _, told in dying(zygote, simulator, tmp_path, before=before, act=CORRECTION, after=after):
        consistent(told)
        kinds = [kind for kind, _, _ in told["journal"]]
        assert told["total"] == (CORRECTED if "correct" in kinds else FIRST)
        outcomes.append("correct" in kinds)
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


@pytest.mark.timeout(1800)
def test_killed_while_a_look_takes_back_what_was_too_high(zygote: Live, simulator: Simulator, tmp_path: Path) -> None:
    lives = []
    for step, told in dying(zygote, simulator, tmp_path, before=BEFORE, act=LOOK, after=AFTER, first=SPIKE):
        consistent(told)
        assert told["total"] == SECOND, step
        assert max(state for _, state, _ in told["rows"]) == float(SECOND), step
        assert [outcome for _, _, outcome in told["journal"]].count("held") == 1, step
        lives.append(len(told["journal"]))
    assert len(lives) > 25
    assert sorted(lives) == lives, "once a look is committed it stays"
