"""What the pages say about commands is what the commands know, and does what the pages say."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
import re

import pytest

from scripts.applying.command import main as meters
from scripts.influx.influxql import query
from scripts.influx.server import Server
from scripts.influx_migration.command import main as migrate
from scripts.influx_setup.command import main as setup
from tests.repository import ROOT

from .servers import influxd


def section(page: str, heading: str) -> str:
    """Return a section of a page, the whole page for an empty heading."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.split(r"^## ", text.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0] if heading else text


@pytest.mark.parametrize(
    ("page", "heading", "command", "subcommands"),
    [
        ("influxdb.md", "The set-up script", setup, [[]]),
        ("influxdb.md", "Readings from elsewhere", migrate, [["meter_reading"], ["home_assistant"]]),
        ("many_meters.md", "", meters, [["apply"]]),
    ],
)
def test_every_option_and_variable_that_is_named_exists(
    page: str,
    heading: str,
    command: Callable[[Sequence[str]], int],
    subcommands: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words in (*subcommands, []):
        with pytest.raises(SystemExit):
            command([*words, "--help"])
    known = capsys.readouterr().out
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+|(?:INFLUX|HASS)_[A-Z_]+", section(page, heading)))
    assert named
    assert not [name for name in named if name not in known]


@pytest.mark.usefixtures("socket_enabled")
def test_the_runbook_deletes_only_what_was_written_since_the_backup(tmp_path: Path) -> None:
    """The shell of InfluxDB 1 carries out each line of its text by itself, so half a statement would be a whole one."""
    found = re.findall(r'influx -database (\w+) -execute "([^"]*)"', section("runbook.md", "Restoring a backup"))
    ((database, text),) = found
    with influxd(tmp_path) as url:
        server = Server.at(url)
        query(server, f"CREATE DATABASE {database}")
        for meter in ("water_main", "gas"):
            for day in (18, 21, 25):
                line = f"utility_costs,meter_id={meter} delta=0.5 {_seconds(day)}".encode()
                where = {"db": database, "precision": "s"}
                server.checked(server.ask("POST", "/write", query=where, body=line, media_type="text/plain"))
        for statement in text.split("\n"):
            query(server, statement, db=database)
        (table,) = query(server, "SELECT delta, meter_id FROM utility_costs", db=database, epoch="s")
    left = {(row["meter_id"], row["time"]) for row in table.rows()}
    kept = {"gas": (18, 21, 25), "water_main": (18, 25)}
    assert left == {(meter, _seconds(day)) for meter, days in kept.items() for day in days}


def _seconds(day: int) -> int:
    """Return the noon of a day of November 2026."""
    return int(datetime(2026, 11, day, 12, tzinfo=UTC).timestamp())
