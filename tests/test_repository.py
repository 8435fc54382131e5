"""Rules of the house that a reader of one file cannot see: nothing private, nothing unpinned, no dead link."""

import ast
from pathlib import Path
import re
import tomllib
from typing import Any

from packaging.requirements import Requirement
import pytest
import yaml

from tests.repository import PACKAGE, ROOT, name_of, own_files, own_python, package_modules, tree

TEXT_FILES = [path for path in own_files() if b"\0" not in path.read_bytes()[:4096]]
MARKDOWN = [path for path in own_files() if path.suffix == ".md"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

PRIVATE = {
    "a path of somebody's machine": re.compile(r"(?<![\w.}~])/(?:work|root|home|Users)/\w"),
    "an API key": re.compile(r"sk-ant-[\w-]{24,}"),
    "a private key": re.compile(r"BEGIN [A-Z ]*PRIVATE KEY"),
    "a token": re.compile(r"\b(?:gh[pousr]_\w{30,}|AKIA[0-9A-Z]{16}|[\w-]{80,}==)"),
}
LARGEST_PICTURE = 150_000
"""Bytes; the documentation is part of every clone."""

LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+?)(?:#([\w-]+))?\)|(?:src|href)=\"([^\"#]+)\"")


@pytest.mark.parametrize("path", TEXT_FILES, ids=name_of)
def test_nothing_private_is_published(path: Path) -> None:
    if path.name == "uv.lock":
        return
    text = path.read_text(encoding="utf-8")
    assert not [what for what, pattern in PRIVATE.items() if pattern.search(text)]


@pytest.mark.parametrize("path", package_modules(), ids=name_of)
def test_the_integration_logs_lazily_and_never_prints(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        assert getattr(node.func, "id", None) != "print"
        if isinstance(node.func, ast.Attribute) and node.func.attr in LOG_METHODS and "LOG" in ast.unparse(node.func):
            assert isinstance(node.args[0], ast.Constant), f"line {node.lineno}: a format and its arguments"


def test_pictures_in_the_documentation_are_small() -> None:
    pictures = [path for path in own_files() if path.suffix in {".png", ".jpg", ".svg"} and "docs" in path.parts]
    assert not [name_of(path) for path in pictures if path.stat().st_size > LARGEST_PICTURE]


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor, source in LINK.findall(path.read_text(encoding="utf-8")):
        place = target or source
        if "://" in place or place.startswith("mailto:"):
            continue
        if place.startswith("#"):
            assert place[1:] in anchors(path), place
            continue
        assert (path.parent / place).exists(), place
        assert not anchor or anchor in anchors(path.parent / place), f"{place}#{anchor}"


def locked() -> dict[str, str]:
    """Return the versions in uv.lock by name."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"]: package["version"] for package in lock["package"] if "virtual" not in package["source"]}


def test_requirements_are_those_of_the_lock() -> None:
    lines = (ROOT / "requirements_test.txt").read_text(encoding="utf-8").splitlines()
    exported = {(found := Requirement(line)).name: str(found.specifier).removeprefix("==") for line in lines}
    assert exported == locked(), "run scripts/lock"


def test_every_requirement_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for requirement in map(Requirement, project["dependency-groups"]["dev"]):
        (part,) = requirement.specifier
        assert part.operator == "=="
        assert locked()[requirement.name.lower()] == part.version


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows_may_do_little_and_run_pinned_actions(path: Path) -> None:
    workflow: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            action = step.get("uses", "")
            assert not action or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)
            assert not action.startswith("actions/checkout@") or step["with"]["persist-credentials"] is False
            assert "${{" not in step.get("run", ""), "an expression in a script is an injection"


def test_the_workflow_runs_what_people_run() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands == ["bash .ci/run"]


def test_every_python_file_says_what_it_is_for() -> None:
    assert not [name_of(path) for path in own_python() if path.stat().st_size and not ast.get_docstring(tree(path))]


def test_the_integration_is_its_files() -> None:
    """The Python files of the integration are all there is: no build step, nothing generated."""
    allowed = {".py", ".json", ".yaml", ".png", ".js"}
    assert {path.suffix for path in own_files() if path.is_relative_to(PACKAGE)} <= allowed


def test_the_readme_names_its_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "scripts/demo" in readme
    assert "scripts/test" in readme


def test_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project["project"]["license"] == "MIT"
    assert text.startswith("MIT License")
    assert "The Meter Vision authors" in text
