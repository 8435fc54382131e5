"""The pages for whoever runs it name menus, notices and tests as they are."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Any

from PIL import Image, ImageChops
import pytest

from tests.repository import PACKAGE, ROOT

EN = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))
METER = EN["config_subentries"]["meter"]["step"]
PAGES = sorted((ROOT / "docs").glob("*.md"))
GUIDES = [ROOT / "README.md", *PAGES]
OF_OTHERS = {
    "Settings", "Devices & services", "Meter Vision", "⋮", "Reconfigure", "Configure", "System", "Backups", "Repairs",
    "Media", "Add integration", "Edit dashboard", "Add card", "By card", "Manual", "Dashboards", "New", "Import",
    "Tools", "Statistics", "Download diagnostics", "Rename", "Delete", "System options", "Backup now", "Next", "Submit",
}  # fmt: skip
"""What a path through the menus may name besides our own texts: Home Assistant's and Grafana's."""
FIELDS_AND_FILES = {"start", "new_meter"}


def texts(part: Any = EN) -> Iterator[str]:
    """Yield every text."""
    if isinstance(part, str):
        yield part
    else:
        for inner in part.values():
            yield from texts(inner)


def read(page: Any) -> str:
    """Return a page with its lines joined, without code."""
    text = re.sub(r"```.*?```|`[^`]*`", "code", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(text.split())


def slanted(page: Any) -> list[str]:
    """Return what stands in italics: names on the screen, most of all."""
    return re.findall(r"(?<![*\w])\*(?=\S)([^*]+?)(?<=\S)\*(?![*\w])", read(page).replace("**", ""))


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_paths_through_menus_name_what_is_there(page: Any) -> None:
    known = OF_OTHERS | set(texts())
    paths = [parts for path in slanted(page) if len(parts := re.split(r" (?:→|>) ", path.rstrip("."))) > 1]
    assert [name for path in paths for name in path if name not in known] == []


@pytest.mark.parametrize("page", ["runbook.md", "credentials.md"])
def test_names_in_the_guides_are_those_on_the_screen(page: str) -> None:
    known = OF_OTHERS | set(texts()) | FIELDS_AND_FILES
    shown = [name for name in slanted(ROOT / "docs" / page) if name not in known and "→" not in name]
    # A text with a name in it is told with …, and two fields beside each other in one go.
    patterns = [re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(text)) + r"\.?") for text in known if text]
    assert [
        name
        for name in shown
        if not any(pattern.fullmatch(name) for pattern in patterns)
        and not all(part in known for part in name.split(" … "))
        and not any(text.startswith(name) for text in known)
    ] == []


def test_every_notice_is_in_the_runbook_and_no_other() -> None:
    table = read(ROOT / "docs" / "runbook.md").partition("## Notices")[2].partition("## The meter")[0]
    told = set(re.findall(r"\| ([^|]*?) \| [^|]*? (?=\|)", table.partition("|---|---| ")[2]))
    titles = {re.sub(r"\{\w+\}", "…", issue["title"]) for issue in EN["issues"].values()}
    assert told == titles


@pytest.mark.parametrize(
    ("page", "before", "told"),
    [
        ("README.md", "*Reconfigure meter*, the gear", METER["reconfigure"]["menu_options"]),
        ("README.md", "*Configure*, the gear", EN["options"]["step"]["init"]["menu_options"]),
        ("docs/costs.md", "Everything else stands under", METER["prices"]["sections"]["more"]["data"]),
    ],
)
def test_tables_name_every_entry_of_a_menu_or_form_and_no_other(page: str, before: str, told: dict[str, str]) -> None:
    rows = (ROOT / page).read_text(encoding="utf-8").partition(before)[2].partition("|---|---|\n")[2]
    named = [line.split("|")[1].strip() for line in rows.partition("\n\n")[0].splitlines()]
    assert named == list(told.values())


def test_what_is_rarely_needed_of_a_register_is_explained() -> None:
    page = read(ROOT / "docs" / "meters.md")
    assert [name for name in METER["register"]["sections"]["rare"]["data"].values() if f"**{name}**" not in page] == []


def test_every_page_is_found_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"](docs/{page.name})" not in readme] == []


def test_the_tests_of_the_threat_model_are_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_picture_of_trust_tells_what_the_judge_does(tmp_path: Path) -> None:
    loader = SourceFileLoader("draw_trust", str(ROOT / "scripts" / "draw_trust"))
    drawing = module_from_spec(spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = drawing
    loader.exec_module(drawing)
    told = drawing.story()
    for quarter in drawing.GLARE:
        assert set(told.at(quarter).rules) == {"rate_too_high"}
        assert told.at(quarter).total == told.at(drawing.GLARE[0] - 1).total
    assert len(told.at(drawing.GLARE[0]).rules) == 3
    slip, back = told.at(drawing.SLIP), drawing.repaired(told)
    assert (slip.rules, slip.total - slip.true) == (("in_window",), drawing.BY_SLIP)
    assert (back.quarter, back.total) == (drawing.SLIP + 1, back.true)
    assert all(total <= back.total for quarter, total in told.evening if quarter <= back.quarter)
    assert told.rounds[-1].total == told.rounds[-1].true

    drawn = tmp_path / "trust.png"
    subprocess.run([sys.executable, ROOT / "scripts" / "draw_trust", drawn], check=True)  # noqa: S603  our own
    with Image.open(drawn) as new, Image.open(ROOT / "docs/images/trust.png") as kept:
        difference = ImageChops.difference(new.convert("L"), kept.convert("L"))
        assert (new.size, max(value for _, value in difference.getcolors(256))) == (kept.size, 0)


def test_every_script_that_a_page_calls_is_there() -> None:
    for page in (*GUIDES, ROOT / "CONTRIBUTING.md"):
        called = set(re.findall(r"(?<![\w/])(scripts/\w+)", page.read_text(encoding="utf-8")))
        assert [script for script in sorted(called) if not (ROOT / script).exists()] == [], page
