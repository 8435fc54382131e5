"""The soak's plan and its comparison: what agrees is silent, and each thing that is spoiled is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
import subprocess
import sys
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.meter_vision.store.models import Kind as Row

from .export.lines import Line
from .soak import compare
from .soak.facts import Facts, Kept, Look, MeterFacts, Row as Hour, Shown, unforeseen
from .soak.machine import Machine
from .soak.plan import MACHINE, QUIET, Kind, Planned, plan

START = datetime(2026, 10, 24, 20, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
_WRONG = {"reading": 1.0, "estimated": 0.0}
ZONE = ZoneInfo("Europe/Berlin")
_WRITER = """
import sys, time, sqlite3
for line in sys.stdin:
    try:
        database = sqlite3.connect(sys.argv[1])
        database.execute("CREATE TABLE IF NOT EXISTS t (x)")
        database.executemany("INSERT INTO t VALUES (?)", [("x" * 5000,)] * 50)
        database.commit()
        said = "written"
    except sqlite3.OperationalError as err:
        said = str(err)
    print(f"{time.time()}|{time.monotonic()}|{said}", flush=True)
"""


def _value(number: int) -> Decimal:
    return Decimal("100.000") + number * Decimal("0.025")


def _point(measurement: str, time: datetime, **fields: float | str) -> Line:
    milliseconds = (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return Line(measurement, {"meter_id": "water"}, fields, milliseconds)


def _ms(quarters: int) -> int:
    return _point("", START + quarters * QUARTER).milliseconds


def _meter() -> MeterFacts:
    """Return what a meter leaves that was read every quarter of an hour for eight hours."""
    times = [START + number * QUARTER for number in range(33)]
    hours = [START + timedelta(hours=number) for number in range(1, 9)]
    used = [_value(4 * number) for number in range(1, 9)]
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    return MeterFacts(
        key="water",
        name="Water",
        least=Decimal("0.001"),
        price=Decimal(4),
        shown=[Shown(time=time + timedelta(seconds=2), value=_value(number)) for number, time in enumerate(times)],
        kept=[Kept(time=time, value=_value(number), said=False) for number, time in enumerate(times)],
        looks=[Look(time=time, kind=Row.LOOK, outcome="accepted") for time in times],
        hours=[Hour(end=end, state=value, sum=value - used[0]) for end, value in zip(hours, used, strict=True)],
        short=[Hour(end=START + timedelta(minutes=20), state=_value(1), sum=Decimal(0))],
        cost_hours=[
            Hour(end=end, state=(value - used[0]) * 4, sum=(value - used[0]) * 4)
            for end, value in zip(hours, used, strict=True)
        ],
        exported_since=START,
        points=[
            *(
                _point("water_meter", time, reading=float(_value(number)), estimated=0.0)
                for number, time in enumerate(times)
            ),
            *(_point("meter_quality", time, accepted=1.0) for time in times),
            _point("water_daily", midnight - timedelta(days=1), consumption=0.2),
            _point("water_daily", midnight, consumption=0.6),
        ],
        until=times[-1],
        state=_value(32),
    )


def _facts(meter: MeterFacts, **more: Any) -> Facts:
    return Facts(**{"meters": [meter], "deviations": [], "troubles": [], "traces": [], **more})


def _without(rows: Any, index: int) -> Any:
    return [row for number, row in enumerate(rows) if number != index % len(rows)]


def _changed(rows: Any, index: int, **changes: Any) -> Any:
    return [replace(row, **changes) if number == index % len(rows) else row for number, row in enumerate(rows)]


def test_what_agrees_is_silent() -> None:
    assert list(compare.differences(_facts(_meter()), ZONE)) == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda meter: {"kept": _changed(meter.kept, 5, value=_value(7))}, "reading 100.175"),
        (lambda meter: {"hours": _changed(meter.hours, 3, state=_value(17))}, "hour until"),
        (lambda meter: {"hours": _changed(meter.hours, 3, sum=Decimal(9))}, "sum rises"),
        (lambda meter: {"hours": _without(meter.hours, 3)}, "no hour between"),
        (lambda meter: {"short": _changed(meter.short, 0, state=_value(9))}, "five minutes until"),
        (lambda meter: {"cost_hours": _changed(meter.cost_hours, 2, sum=Decimal(9))}, "cost until"),
        (lambda _meter: {"cost_hours": []}, "no cost statistic"),
        (lambda meter: {"points": _without(meter.points, 4)}, "no point of the reading"),
        (lambda meter: {"points": _without(meter.points, 40)}, "no point of the verdict"),
        (
            lambda meter: {"points": _changed(meter.points, 4, fields={"reading": 1.0, "estimated": 0.0})},
            "expected 100",
        ),
        (
            lambda meter: {
                "points": [*meter.points, _point("water_meter", START + timedelta(minutes=1), estimated=0.0)]
            },
            "a point without reading",
        ),
        (
            lambda meter: {"points": [*meter.points, _point("meter_quality", START + MINUTE)]},
            "a verdict's point without look",
        ),
        (lambda meter: {"points": _changed(meter.points, -1, fields={"consumption": 0.7})}, "the days add up to"),
        (lambda meter: {"points": _without(meter.points, -1)}, "days ["),
        (lambda meter: {"points": _changed(meter.points, -1, milliseconds=1)}, "a day begins at"),
        (lambda meter: {"kept": [*meter.kept[:9], *meter.kept[14:]], "looks": []}, "nothing known between"),
        (lambda _meter: {"state": _value(20)}, "shows 100.500 at the end"),
        (lambda _meter: {"state": None}, "shows None at the end"),
    ],
)
def test_what_is_spoiled_is_noticed(spoil: Callable[[MeterFacts], dict[str, Any]], told: str) -> None:
    meter = _meter()
    found = list(compare.differences(_facts(replace(meter, **spoil(meter))), ZONE))
    assert any(told in text for text in found), found


def test_a_trace_is_noticed() -> None:
    assert list(compare.differences(_facts(_meter(), traces=['File "x"']), ZONE)) == ['log: File "x"']


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        ('ERROR (MainThread) [homeassistant] Error doing job\n  File "custom_components/meter_vision/a.py"', 1),
        ('WARNING (MainThread) [custom_components.meter_vision] Disk\n  File "custom_components/meter_vision/a.py"', 0),
        ('ERROR (Recorder) [homeassistant.components.recorder] Disk\n  File "homeassistant/a.py"', 0),
        ("WARNING (MainThread) [frame] Detected that custom integration 'meter_vision' does", 1),
    ],
)
def test_unforeseen_errors_of_a_log(entry: str, counts: int) -> None:
    stamp = "2026-10-25 00:34:58.524+00:00"
    log = f"{stamp} INFO (MainThread) [a] first\n{stamp} {entry}\n{stamp} INFO (MainThread) [a] last\n"
    assert unforeseen(log) == [f"{stamp} {entry}"] * counts


def test_what_was_hidden_by_something_is_no_silence() -> None:
    meter = _meter()
    gap = replace(meter, kept=[*meter.kept[:9], *meter.kept[16:]], looks=[])
    trouble = Planned(kind=Kind.CAMERA, what="slow", start=START + 9 * QUARTER, end=START + 14 * QUARTER, meter="water")
    assert any("nothing known" in text for text in compare.differences(_facts(gap), ZONE))
    found = compare.differences(_facts(gap, troubles=[trouble]), ZONE)
    assert not any("nothing known" in text for text in found)
    other = replace(trouble, meter="gas")
    assert any("nothing known" in text for text in compare.differences(_facts(gap, troubles=[other]), ZONE))


def test_what_was_read_before_the_export_was_set_up_needs_no_points() -> None:
    meter = _meter()
    later = [line for line in meter.points if line.measurement == "water_daily" or line.milliseconds > _ms(5)]
    assert list(compare.exported(replace(meter, points=later)))
    assert not list(compare.exported(replace(meter, points=later, exported_since=START + 5 * QUARTER + MINUTE)))


def test_between_readings_far_apart_a_row_lies_between_them() -> None:
    meter = _meter()
    gap = replace(meter, kept=[*meter.kept[:9], *meter.kept[18:]], hours=_changed(meter.hours, 2, state=_value(10)))
    assert not list(compare._rows("hour", [gap.hours[2]], gap, timedelta(hours=1)))
    beyond = replace(gap, hours=_changed(gap.hours, 2, state=_value(30)))
    assert list(compare._rows("hour", [beyond.hours[2]], beyond, timedelta(hours=1)))


def test_a_wrong_clock_moves_what_is_expected() -> None:
    deviations = [(START + 4 * QUARTER, timedelta(hours=2)), (START + 6 * QUARTER, timedelta())]
    assert [compare.shown(deviations, START + number * QUARTER) - START for number in (3, 4, 6)] == [
        3 * QUARTER,
        4 * QUARTER + timedelta(hours=2),
        6 * QUARTER,
    ]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("length", [timedelta(hours=3), timedelta(hours=48)])
def test_a_plan_has_every_kind_in_order_and_ends_early(seed: int, length: timedelta) -> None:
    streams = plan(seed, START, length, ("water", "electricity", "gas"))
    assert {each.kind for stream in streams for each in stream} == set(Kind)
    assert {each.kind for each in streams[0]} == set(MACHINE)
    for stream in streams:
        assert all(one.end <= other.start for one, other in pairwise(stream))
        assert stream[0].start >= START
        assert stream[-1].end <= START + length - QUIET
    assert streams == plan(seed, START, length, ("water", "electricity", "gas"))
    assert streams != plan(seed + 1, START, length, ("water", "electricity", "gas"))


def test_a_machine_tells_a_process_the_wrong_time_and_that_its_disk_is_full(tmp_path: Path) -> None:
    with Machine.made(tmp_path) as machine:
        environment = machine.environment({"LD_PRELOAD": ""})
        with subprocess.Popen(  # noqa: S603  our own script
            [sys.executable, "-c", _WRITER, str(tmp_path / "database")],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip

            def ask() -> tuple[float, float, str]:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write("\n")
                process.stdin.flush()
                wall, even, said = process.stdout.readline().strip().split("|")
                return float(wall), float(even), said

            first = ask()
            machine.set_clock(timedelta(hours=-2), START)
            machine.fill_disk(full=True)
            second = ask()
            machine.set_clock(timedelta(), START)
            machine.fill_disk(full=False)
            third = ask()
    assert [said for _, _, said in (first, second, third)] == ["written", "database or disk is full", "written"]
    assert -7201 < second[0] - first[0] < -7000
    assert 0 <= third[0] - first[0] < 200
    assert first[1] <= second[1] <= third[1] < first[1] + 200
