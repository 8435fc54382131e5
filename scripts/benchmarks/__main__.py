"""Runs the sections that are asked for and prints their tables."""

import argparse
from dataclasses import asdict
from importlib import import_module
import json
from pathlib import Path
import sys

import scripts.bare  # noqa: F401  before what is measured: Home Assistant itself is not needed in this process

from .row import Row

_HOW_LONG = "Without sections all of them, which takes half an hour on two cores that have nothing else to do."
_FIGURE, _VALUE = 78, 16
"""Widths of the columns."""
_NOT_SECTIONS = {"__init__", "__main__", "row"}
SECTIONS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _NOT_SECTIONS)


def main() -> None:
    """Print one table for each section, or everything as JSON."""
    # Only what is asked for is imported: some of it takes seconds.
    asked = {"-h", "--help"}.isdisjoint(sys.argv) and [name for name in SECTIONS if name in sys.argv]
    modules = {name: import_module(f"{__package__}.{name}") for name in asked or SECTIONS}
    parser = argparse.ArgumentParser(prog="scripts/bench", description=_HOW_LONG)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a figure misses its target")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    if modules.keys() & {"cost", "trust"}:
        parser.add_argument("--demand", type=Path, metavar="FILE.csv", help="cost, trust: times and values of a meter")
        parser.add_argument("--seed", type=int, default=1, help="cost, trust: which households, and what is misread")
    with_options = {name for name, module in modules.items() if hasattr(module, "options")}
    for name in sorted(with_options):
        modules[name].options(parser)
    options = parser.parse_intermixed_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    results: dict[str, list[Row]] = {}
    for section in options.sections or SECTIONS:
        module = modules[section]
        if not options.json:
            print(f"\n{module.TITLE}", flush=True)
        results[section] = []
        for row in module.rows(options) if section in with_options else module.rows():
            results[section].append(row)
            if not options.json:
                _print_row(row)
    if options.json:
        json.dump({name: [asdict(row) for row in rows] for name, rows in results.items()}, sys.stdout, indent=1)
        print()
    missed = [row.figure for rows in results.values() for row in rows if row.reached is False]
    if options.check and missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
        sys.exit(1)


def _print_row(row: Row) -> None:
    """Print a row as soon as it is known: some of them take minutes."""
    target = f"  target {row.target} {row.word}".rstrip() if row.target else ""
    print(f"  {row.figure:<{_FIGURE}}  {row.value:>{_VALUE}}{target}", flush=True)


main()
