"""Runs the sections that are asked for and prints their tables."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
import json
from pathlib import Path
import sys

from .row import Row

_NOT_SECTIONS = {"__init__", "__main__", "row"}
SECTIONS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _NOT_SECTIONS)


def main() -> None:
    """Print one table for each section, or everything as JSON."""
    modules = {name: import_module(f"{__package__}.{name}") for name in SECTIONS}
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a figure misses its target")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    with_options = {name for name, module in modules.items() if hasattr(module, "options")}
    for name in sorted(with_options):
        modules[name].options(parser)
    options = parser.parse_intermixed_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    results: dict[str, list[Row]] = {}
    for section in options.sections or SECTIONS:
        module = modules[section]
        results[section] = list(module.rows(options) if section in with_options else module.rows())
        if not options.json:
            _print_table(module.TITLE, results[section])
    if options.json:
        json.dump({name: [asdict(row) for row in rows] for name, rows in results.items()}, sys.stdout, indent=1)
        print()
    missed = [row.figure for rows in results.values() for row in rows if row.reached is False]
    if options.check and missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
        sys.exit(1)


def _print_table(title: str, rows: Sequence[Row]) -> None:
    figure = max(len(row.figure) for row in rows)
    value = max(len(row.value) for row in rows)
    print(f"\n{title}")
    for row in rows:
        target = f"  target {row.target} {row.word}".rstrip() if row.target else ""
        print(f"  {row.figure:<{figure}}  {row.value:>{value}}{target}")


main()
