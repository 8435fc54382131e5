"""What docs/influxdb.md and docs/many_meters.md say about the commands is what the commands know."""

from collections.abc import Callable, Sequence
import re

import pytest

from scripts.applying.command import main as meters
from scripts.influx_migration.command import main as migrate
from scripts.influx_setup.command import main as setup
from tests.repository import ROOT


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
