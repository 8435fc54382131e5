"""scripts/migrate_influxdb from one real InfluxDB 1.x to another, broken off and not."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from scripts.influx.influxql import query
from scripts.influx.server import Server
from scripts.influx_migration.command import main
from scripts.influx_setup.command import main as setup
from tests.repository import ROOT

from .servers import influxd, victoria_metrics
from .shim import TOKEN, Shim, shimmed

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=500)


class Sides:
    """A source and a target."""

    def __init__(self, source: str, target: Shim) -> None:
        """Begin with an empty source."""
        self.source = Server.at(source)
        self.target = target
        query(self.source, 'CREATE DATABASE "old"')

    def put(self, *lines: str) -> None:
        """Write lines into the source."""
        body = "\n".join(lines).encode()
        query_string = {"db": "old", "precision": "ms"}
        self.source.checked(self.source.ask("POST", "/write", query=query_string, body=body, media_type="text/plain"))

    def arguments(self, *more: str, schema: str = "meter_reading", zone: str = "Europe/Berlin") -> list[str]:
        """Return the command's arguments for a water meter."""
        both = ["--source-url", self.source.url, "--source-bucket", "old", "--target-url", self.target.url]
        return [schema, *both, "--kind", "water", "--meter-id", "main_water", "--time-zone", zone, *more]

    def found(self, bucket: str, measurement: str) -> list[dict[str, Any]]:
        """Return all points of a measurement of the target, tags too, in the order of time."""
        tables = query(Server.at(self.target.upstream), f'SELECT * FROM "{measurement}"', db=bucket, epoch="ms")  # noqa: S608
        return [row for table in tables for row in table.rows()]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INFLUX_TARGET_TOKEN", TOKEN)
    for name in ("SOURCE_TOKEN", "SOURCE_USER", "TARGET_READ_TOKEN", "URL", "ADMIN_TOKEN", "ADMIN_USER"):
        monkeypatch.delenv(f"INFLUX_{name}", raising=False)


@pytest.fixture
def sides(socket_enabled: None, tmp_path: Path) -> Iterator[Sides]:
    del socket_enabled
    with ExitStack() as stack:
        for name in ("source", "target"):
            (tmp_path / name).mkdir()
        source = stack.enter_context(influxd(tmp_path / "source"))
        target = stack.enter_context(influxd(tmp_path / "target"))
        assert setup(["--url", target]) == 0
        yield Sides(source, stack.enter_context(shimmed(target)))


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def first_writer(moment: datetime, total: float, confidence: str = "high", camera: str = "water_main") -> str:
    """Return a line as influxdb_writer.py wrote it."""
    tags = f"camera={camera},meter_type=water,confidence={confidence}"
    fields = f"value={total},total_reading={total},digital_reading={int(total)}i,api_input_tokens=1500i"
    return f"meter_reading,{tags} {fields} {milliseconds(moment)}"


def second_writer(moment: datetime, total: float) -> str:
    """Return a line as influx_logger.py wrote it, whose digital_reading is no whole number."""
    fields = f"total_reading={total},digital_reading={int(total)}.0,temperature_c=11.5"
    return f"meter_reading,meter=water_main,confidence=low {fields} {milliseconds(moment)}"


def test_the_first_writer_of_the_original_system(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    sides.put(
        first_writer(NOW - 3 * HOUR, 2271.5),
        first_writer(NOW - 2 * HOUR, 2271.6, "medium"),
        first_writer(NOW - HOUR, 2271.85),
        first_writer(NOW - HOUR, 99.0, camera="another"),
    )
    assert main(sides.arguments("--camera", "water_main")) == 0
    points = sides.found("water_meter", "water_meter")
    assert [(point["reading"], point["confidence"]) for point in points] == [(2271.5, 1), (2271.6, 0.5), (2271.85, 1)]
    assert [point["delta"] for point in points] == [None, 0.1, 0.25]
    assert [point["flow_rate"] for point in points] == [None, 0.1, 0.25]
    assert points[0] == {
        "time": milliseconds(NOW - 3 * HOUR),
        "meter_id": "main_water",
        "register": "main",
        "site": "home",
        "unit": "m³",
        "reading": 2271.5,
        "consumption": 2271.5,
        "delta": None,
        "flow_rate": None,
        "confidence": 1,
        "estimated": 0,
        "camera": "water_main",
        "source": "history",
    }
    assert "0 differ" in capsys.readouterr().out


def test_the_second_writer_of_the_original_system(sides: Sides) -> None:
    sides.put(second_writer(NOW - 2 * HOUR, 5), second_writer(NOW - HOUR, 5.25))
    assert main(sides.arguments("--meter", "water_main")) == 0
    points = sides.found("water_meter", "water_meter")
    assert [(point["reading"], point["confidence"]) for point in points] == [(5, 0), (5.25, 0)]


def test_numbers_of_every_type_are_found(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    """Servers allow another type in another week, and answer only one of them if they are not asked for all."""
    weeks = [NOW - timedelta(days=days) for days in (60, 45, 30, 15)]
    tags = "meter_reading,meter=water_main"
    for moment, value in zip(weeks, ("1.5", "2i", '"3.5"', '"none"'), strict=True):
        sides.put(f"{tags} total_reading={value} {milliseconds(moment)}")
    assert main(sides.arguments("--meter", "water_main")) == 0
    assert [point["reading"] for point in sides.found("water_meter", "water_meter")] == [1.5, 2, 3.5]
    assert "no numbers: 1" in capsys.readouterr().out


def test_home_assistants_own_export(sides: Sides) -> None:
    for hours, value in ((3, 1500), (2, 1750), (1, 2000)):
        moment = milliseconds(NOW - hours * HOUR)
        sides.put(
            f'L,domain=sensor,entity_id=water_total value={value},state_class_str="total" {moment}',
            f"L,domain=sensor,entity_id=other value=1 {moment}",
        )
    own = ["--entity", "sensor.water_total", "--measurement", "L", "--factor", "0.001"]
    assert main(sides.arguments(*own, schema="home_assistant")) == 0
    assert [point["reading"] for point in sides.found("water_meter", "water_meter")] == [1.5, 1.75, 2]


def test_what_is_older_than_the_bucket_keeps_becomes_days_and_months(sides: Sides) -> None:
    """Two readings on each of 40 days across the change of the clocks, long ago."""
    start = datetime(LONG_AGO.year - 1, 10, 1, 6, tzinfo=UTC)
    moments = [start + timedelta(hours=12 * number) for number in range(80)]
    sides.put(*(first_writer(moment, 100 + number / 8) for number, moment in enumerate(moments)))
    assert main(sides.arguments("--camera", "water_main")) == 0
    assert not sides.found("water_meter", "water_meter")
    daily = sides.found("utility_daily", "water_daily")
    # Berlin's midnights: 22:00 UTC in summer, 23:00 from the day after the last Sunday of October on.
    hours = [datetime.fromtimestamp(point["time"] / 1000, UTC).hour for point in daily]
    assert hours == sorted(hours)
    assert set(hours) == {22, 23}
    assert len(daily) == 40
    assert [point["readings"] for point in daily] == [2] * 40
    assert sum(point["consumption"] for point in daily) == pytest.approx(79 / 8)
    longest = max(daily, key=lambda point: point["consumption"])
    assert longest["consumption"] == pytest.approx(25 / 24 * 0.25, abs=1e-5)
    monthly = sides.found("utility_daily", "water_monthly")
    assert [point["readings"] for point in monthly] == [62, 18]
    assert sum(point["consumption"] for point in monthly) == pytest.approx(79 / 8)


def fill(sides: Sides, days: int) -> None:
    """Put a reading into the source for every quarter of an hour."""
    count = days * 96
    moments = [NOW - HOUR / 4 * (count - number) for number in range(count)]
    lines = [first_writer(moment, round(1000 + number * 0.013, 3)) for number, moment in enumerate(moments)]
    # A gap of some days across which nothing is known; of ten days the last two and a half are whole.
    sides.put(*(line for number, line in enumerate(lines) if not count // 5 < number < count // 5 + 500))


def everything(sides: Sides) -> list[list[dict[str, Any]]]:
    return [
        sides.found(bucket, measurement)
        for bucket, measurement in (
            ("water_meter", "water_meter"),
            ("utility_daily", "water_daily"),
            ("utility_daily", "water_monthly"),
        )
    ]


def test_killed_again_and_again_it_ends_as_if_nothing_had_been(sides: Sides, tmp_path: Path) -> None:
    fill(sides, 40)
    assert main(sides.arguments("--camera", "water_main", "--cursor", "whole.json")) == 0
    expected = everything(sides)
    assert [len(points) for points in expected[:1]] == [40 * 96 - 499]
    for database in ("water_meter", "utility_daily"):
        query(Server.at(sides.target.upstream), f'DROP DATABASE "{database}"; CREATE DATABASE "{database}"')
    sides.target.pause = 0.02
    command = [sys.executable, "-m", "scripts.influx_migration", *sides.arguments("--camera", "water_main")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    kills = 0
    for target in (3, 11, 30, 50):
        wanted = sides.target.writes + target
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)  # noqa: S603
            while process.poll() is None and sides.target.writes < wanted:
                time.sleep(0.002)
            kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
        if process.returncode == 0:
            break
    assert kills >= 2
    sides.target.pause = 0
    assert main(sides.arguments("--camera", "water_main")) == 0
    assert everything(sides) == expected


def test_into_victoria_metrics(socket_enabled: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It takes any bucket and any token, keeps no text, and counts in another language."""
    del socket_enabled
    with ExitStack() as stack:
        for name in ("source", "target"):
            (tmp_path / name).mkdir()
        source = stack.enter_context(influxd(tmp_path / "source"))
        flags = ("-retentionPeriod=5y", "-search.latencyOffset=0s", "-dedup.minScrapeInterval=1ms")
        target = Shim("", stack.enter_context(victoria_metrics(tmp_path / "target", *flags)))
        sides = Sides(source, target)
        fill(sides, 10)
        assert main(sides.arguments("--camera", "water_main")) == 0
        assert main(sides.arguments("--camera", "water_main", "--cursor", "again.json")) == 0
    said = capsys.readouterr().out
    assert said.count(f"{10 * 96 - 499} points of readings") == 2
    assert said.count("0 differ") == 2


def test_a_target_that_goes_away_is_gone_on_with(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sides, 10)
    sides.target.refuse_after = 4
    assert main(sides.arguments("--camera", "water_main")) == 2
    assert "was not written (503)" in capsys.readouterr().err
    sides.target.refuse_after = None
    assert main(sides.arguments("--camera", "water_main")) == 0
    assert "going on at" in capsys.readouterr().err
    assert len(sides.found("water_meter", "water_meter")) == 10 * 96 - 499


def test_a_dry_run_writes_nothing(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sides, 10)
    assert main(sides.arguments("--camera", "water_main", "--dry-run")) == 0
    said = capsys.readouterr()
    assert f"{10 * 96 - 499} readings" in said.out
    assert "100 %" in said.err
    assert sides.target.writes == 0
    assert not list(Path().glob("migration*"))


def test_points_that_are_lost_are_found(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sides, 10)
    main(sides.arguments("--camera", "water_main"))
    day = (NOW - timedelta(days=1)).date()
    span = f"time >= '{day}T12:00:00Z' AND time < '{day}T13:00:00Z'"
    query(Server.at(sides.target.upstream), f'DELETE FROM "water_meter" WHERE {span}', db="water_meter")  # noqa: S608
    capsys.readouterr()
    assert main(sides.arguments("--camera", "water_main")) == 1
    assert f"{day}: 96 in the source, 92 in the target" in capsys.readouterr().out


def test_a_cursor_of_another_migration_is_refused(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sides, 10)
    assert main(sides.arguments("--camera", "water_main")) == 0
    assert main(sides.arguments("--camera", "water_main", "--factor", "10")) == 2
    assert "belongs to another migration (factor)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--camera", "nobody"], "nothing is there to copy: old: meter_reading,camera=nobody total_reading"),
        (["--camera", "water_main", "--shared"], "bucket utility is not there; scripts/setup_influxdb makes it"),
        (["--camera", "water_main", "--raw-days", "800"], "does not keep points that are so old; --raw-days"),
    ],
)
def test_what_cannot_be_done(sides: Sides, more: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    sides.put(first_writer(LONG_AGO, 1), first_writer(NOW - HOUR, 2))
    assert main(sides.arguments(*more)) == 2
    assert expected in capsys.readouterr().err


def test_a_target_that_is_too_old_is_said(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    sides.put(first_writer(NOW, 2271.5))
    sides.target.url = sides.target.upstream  # the engine itself, which has no write API of 2.x
    assert main(sides.arguments("--camera", "water_main")) == 2
    assert "points are written to 1.8 or newer" in capsys.readouterr().err


def test_a_wrong_token_is_said_and_not_shown(
    sides: Sides, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sides.put(first_writer(NOW - HOUR, 2))
    monkeypatch.setenv("INFLUX_TARGET_TOKEN", "user:wrong-token")
    assert main(sides.arguments("--camera", "water_main")) == 2
    said = capsys.readouterr()
    assert "does not let the token in" in said.err
    assert "wrong-token" not in said.out + said.err
