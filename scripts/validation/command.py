"""The command: find out what each file is, check it, and print what is wrong."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
import sys

from scripts.dashboards.check_provisioning import check_provisioning
from scripts.dashboards.findings import Finding
from scripts.meters_file.check import problems
from scripts.meters_file.document import DocumentError, load

from .environment import check_env

_ROOT = Path(__file__).parents[2]
_USUAL = (_ROOT / "grafana-provisioning", Path("meters.yaml"), Path(".env"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Check files and folders; return 1 if anything is wrong, 2 if one of them is not there."""
    parser = argparse.ArgumentParser(
        prog="scripts/validate_config",
        description="Says what is wrong with configuration files, where, and how to mend it.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="a meters.yaml, an .env, a folder of Grafana's provisioning (those of the repository and of this folder)",
    )
    given = parser.parse_args(arguments).paths
    paths = given or [path for path in _USUAL if path.exists()]
    if missing := [path for path in paths if not path.exists()]:
        print(f"error: there is no {missing[0]}", file=sys.stderr)
        return 2
    found = [finding for path in paths for finding in _check(path)]
    for finding in found:
        print(finding)
    print(f"{len(paths)} checked, {len(found)} to mend")
    return int(bool(found))


def _check(path: Path) -> Iterator[Finding]:
    if path.is_dir():
        for finding in check_provisioning(path):
            # The file itself is checked below, line by line.
            if not finding.where.startswith(".env") or finding.where == ".env.example":
                yield Finding(f"{path}/{finding.where}", finding.what, finding.mend)
        yield from (finding for name in (".env", ".env.example") for finding in _environment(path / name))
    elif path.name.startswith(".env") or path.suffix == ".env":
        yield from check_env(path)
    else:
        yield from _meters(path)


def _environment(path: Path) -> list[Finding]:
    return check_env(path) if path.is_file() else []


def _meters(path: Path) -> Iterator[Finding]:
    try:
        document = load(path)
    except DocumentError as err:
        yield Finding(f"{path}:{err.line}", str(err), "mend the syntax")
        return
    except UnicodeDecodeError:
        yield Finding(f"{path}", "this is no text", "give a meters.yaml, an .env or a folder")
        return
    for problem in problems(document):
        yield Finding(f"{path}:{document.line(problem.place)}", problem.what, problem.mend)
