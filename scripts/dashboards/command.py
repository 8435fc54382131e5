"""Writes the dashboards and the alert rules, or says which of them are not as described."""

import argparse
from collections.abc import Iterator, Sequence
import json
from pathlib import Path
from typing import Any, Final

from .alerts import alert_file
from .imports import for_import
from .language import Language
from .pages import DASHBOARDS, dashboard_json

ROOT: Final = Path(__file__).resolve().parents[2]
PROVISIONING: Final = ROOT / "grafana-provisioning"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/build_dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not as described")
    parser.add_argument(
        "--for-import", type=Path, metavar="FOLDER", help="write dashboards that ask for their datasources"
    )
    options = parser.parse_args(arguments)
    if options.for_import is not None:
        return _write(dict(importable(options.for_import)))
    made = dict(files(PROVISIONING))
    if not options.check:
        return _write(made)
    wrong = sorted(different(made, PROVISIONING))
    for path in wrong:
        print(f"{path.relative_to(ROOT)} is not what scripts/dashboards describes: run scripts/build_dashboards")
    return int(bool(wrong))


def files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield everything that is built, with its text."""
    for language in Language:
        for dashboard in DASHBOARDS:
            path = folder / "dashboards" / language.value / f"{dashboard.name}.json"
            yield path, _text(dashboard_json(dashboard, language))
        yield folder / "alerting" / language.value / "rules.yaml", alert_file(language)


def importable(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the dashboards in the form of Grafana's import page."""
    for language in Language:
        for dashboard in DASHBOARDS:
            yield (
                folder / language.value / f"{dashboard.name}.json",
                _text(for_import(dashboard_json(dashboard, language))),
            )


def different(made: dict[Path, str], folder: Path) -> set[Path]:
    """Return the files that differ, are missing, or are there and should not be."""
    there = {*(folder / "dashboards").glob("*/*.json"), *(folder / "alerting").glob("*/rules.yaml")}
    wrong = {path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text}
    return wrong | (there - made.keys())


def _write(made: dict[Path, str]) -> int:
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(made)} files written")
    return 0


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
