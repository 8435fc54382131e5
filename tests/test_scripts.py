"""The project's own commands."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
import os
from pathlib import Path
import shutil
import subprocess
import sys
from types import ModuleType

from packaging.requirements import Requirement
import pytest

from tests.repository import ROOT, name_of, own_files

COMMANDS = [path for path in own_files() if path.parent == ROOT / "scripts" and not path.suffix]
IDENTIFIED = (
    "pyproject.toml", "uv.lock", "hacs.json", "README.md", "CHANGELOG.md", "scripts/setup",
    "custom_components/meter_vision", ".github", "docs",
)  # fmt: skip
"""What scripts/release_check compares."""
IN_ENVIRONMENT = (
    """#!/usr/bin/env -S bash -c '"${0%/*}/setup" && """
    """exec "$(realpath "${0%/*}/..")/.venv/bin/python" "$0" "$@"'"""
)
"""How a command of one file runs in the project's environment and not in the system's Python."""


def load(name: str) -> ModuleType:
    """Return a command as a module."""
    loader = SourceFileLoader(name, str(ROOT / "scripts" / name))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the project and return how it ended."""
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize("path", COMMANDS, ids=name_of)
def test_commands_can_be_run(path: Path) -> None:
    assert os.access(path, os.X_OK)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    told = f"`scripts/{path.name}`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert first in {"#!/usr/bin/env bash", IN_ENVIRONMENT, *(() if told else ("#!/usr/bin/env python3",))}


@pytest.mark.parametrize("path", COMMANDS, ids=name_of)
def test_commands_say_what_they_are_for_and_do_nothing_else(path: Path) -> None:
    """Those that are no more than the beginning of a Python program leave it to that."""
    text = path.read_text(encoding="utf-8")
    if "--help ] || exec awk" in text:
        told = run(path, "--help")
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout.startswith(text.splitlines()[1].removeprefix("# "))
        assert "set -" not in told.stdout
    else:
        assert "argparse" in text or text.rstrip().endswith('"$@"')


@pytest.mark.parametrize(
    ("constraint", "installed", "expected"),
    [
        ("aiohttp==3.14.5", "3.14.5", []),
        ("aiohttp==3.14.5", "3.14.6", ["aiohttp 3.14.6 is installed, Home Assistant allows ==3.14.5"]),
        ("AIOHTTP>=3.14", "3.13.9", ["AIOHTTP 3.13.9 is installed, Home Assistant allows >=3.14"]),
        ("aiohttp>=3.14", "3.15.0b1", []),
        ("enum34==1000000000.0.0", "3.14.5", []),
    ],
)
def test_packages_outside_the_constraints_are_named(constraint: str, installed: str, expected: list[str]) -> None:
    check = load("check_constraints")
    assert check.violations([Requirement(constraint)], {"aiohttp": installed}) == expected


def test_constraints_are_read_as_pip_reads_them() -> None:
    text = "# a comment\n\naiohttp==1.0  # held back\nuvloop==2 ; sys_platform == 'nowhere'\n"
    assert load("check_constraints").constraints(text) == [Requirement("aiohttp==1.0")]


def test_the_environment_is_within_the_constraints() -> None:
    assert run(sys.executable, "scripts/check_constraints").returncode == 0


def test_tests_and_other_checks_are_counted_together(tmp_path: Path) -> None:
    report = tmp_path / "tests.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2"/></testsuites>')
    tally = load("tally").tally
    assert tally(report, 3, 1) == "8 passed, 3 failed"
    assert tally(tmp_path / "missing.xml", 3, 1) == "3 passed, 1 failed"


def test_system_packages_are_listed_in_one_place() -> None:
    listed = run("scripts/system_packages", "--list", "demo", "browser")
    assert {"faketime", "chromium"} <= set(listed.stdout.split())
    assert run("scripts/system_packages", "--list", "nothing").returncode == 1


@pytest.mark.parametrize(("language", "file"), [("python", "scripts/release_check"), ("shell", ".ci/run")])
def test_files_are_found_by_their_first_line(language: str, file: str) -> None:
    listed = {kind: run("scripts/files", kind).stdout.split() for kind in ("python", "shell")}
    assert [kind for kind, files in listed.items() if file in files] == [language]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of everything that must agree in a release."""
    for name in IDENTIFIED:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, target)
    return tmp_path


def release_check(root: Path, *arguments: str) -> tuple[int, str]:
    """Return how the release check ends for a copy, and what it says."""
    ended = run(sys.executable, "scripts/release_check", "--root", root, *arguments)
    return ended.returncode, ended.stdout


def test_a_release_that_agrees_passes(copy: Path) -> None:
    assert release_check(copy, "--tag", "v0.1.0") == (0, "Everything agrees.\n")


MANIFEST = "custom_components/meter_vision/manifest.json"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (MANIFEST, '"version": "0.1.0"', '"version": "0.1.1"', "manifest.json: version"),
        (MANIFEST, "@meter-vision", "@somebody", "manifest.json: codeowners"),
        (MANIFEST, "meter-vision/issues", "meter-vision-2/issues", "manifest.json: issue_tracker"),
        (MANIFEST, "anthropic>=2.3.0,<3", "anthropic>=2.4,<3", "manifest.json: anthropic"),
        ("hacs.json", "2026.11.0", "2026.10.0", "hacs.json: homeassistant"),
        ("CHANGELOG.md", "## [0.1.0]", "## [0.0.9]", "CHANGELOG.md: its newest version"),
        ("CHANGELOG.md", "com/meter-vision/", "com/somebody/", "CHANGELOG.md:"),
        ("README.md", "github.com/meter-vision/meter-vision", "github.com/somebody/meter-vision", "README.md:"),
        ("README.md", "Home Assistant 2026.11", "Home Assistant 2026.9", "README.md: does not say"),
        ("scripts/setup", "oldest=3.14.2", "oldest=3.14.0", "scripts/setup:"),
        ("pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"', "uv.lock:"),
        ("pyproject.toml", "meter-vision/meter-vision", "somebody/meter-vision", "README.md:"),
        ("pyproject.toml", "homeassistant==2026.11.0", "homeassistant==2026.11.1", "pyproject.toml:"),
        ("docs/blueprints/spike.yaml", "min_version: 2026.11.0", "min_version: 2026.9.0", "spike.yaml: min_version"),
        ("docs/automations.md", "%2Fspike.yaml)", "%2Fpeak.yaml)", "docs/automations.md: imports"),
        (".github/workflows/container.yml", "2026.11.0", "2026.12.0", "container.yml: starts Home Assistant"),
    ],
)
def test_a_release_that_disagrees_is_refused(copy: Path, file: str, old: str, new: str, said: str) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    code, output = release_check(copy)
    assert code == 1
    assert said in output


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".github/workflows/more.yml", "on: push\nif: github.repository == 'somebody/meter-vision'\n"),
        ("docs/more.md", "See <https://github.com/somebody/ha-meter-vision/wiki>.\n"),
        (
            "docs/more.md",
            "https://my.home-assistant.io/redirect/hacs_repository/?owner=somebody&repository=meter-vision\n",
        ),
        ("docs/blueprints/leak.yaml", "blueprint:\n  source_url: https://example.org/leak.yaml\n"),
        ("docs/blueprints/leak.yaml", "blueprint:\n  name: Leak\n"),
    ],
)
def test_another_identity_is_found_wherever_it_stands(copy: Path, file: str, text: str) -> None:
    (copy / file).parent.mkdir(parents=True, exist_ok=True)
    (copy / file).write_text(text, encoding="utf-8")
    code, output = release_check(copy)
    assert code == 1
    assert file in output


def test_another_tag_is_refused(copy: Path) -> None:
    assert release_check(copy, "--tag", "v9.9.9")[0] == 1
