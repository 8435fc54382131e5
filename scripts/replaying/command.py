"""Reads the files, replays, writes each verdict and sums up in the last line."""

import argparse
from collections.abc import Sequence
import csv
from pathlib import Path
import sys
from typing import Any

import yaml

from custom_components.meter_vision.metering.errors import LayoutError
from scripts.meters_file.load import MetersFileError, load_meters

from .history import Row, load_rows
from .meter import load_meter
from .replay import Replayed, replay
from .summary import summary

COLUMNS = ("time", "observed", "verdict", "rule", "published", "asked")


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay one meter's observations; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/replay")
    parser.add_argument("meter", type=Path, metavar="METER.yaml")
    parser.add_argument("observations", type=Path, metavar="OBSERVATIONS.csv")
    parser.add_argument("--out", type=Path, metavar="VERDICTS.csv")
    options = parser.parse_args(arguments)
    try:
        meter = load_meter(_yaml(options.meter))
        rows = load_rows(options.observations, meter.register)
    except (OSError, ValueError, LayoutError, yaml.YAMLError) as err:
        print(f"scripts/replay: {_what_is_wrong(options.meter, err)}", file=sys.stderr)
        return 2
    replayed = replay(meter, rows)
    if options.out is not None:
        _write(options.out, rows, replayed)
    print(summary(meter, rows, replayed))
    return 0


def _yaml(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        data = yaml.safe_load(file)
    if not isinstance(data, dict):
        raise ValueError(f"{path} is no description of meters")  # noqa: TRY004  what a file says wrongly is a wrong value
    return data


def _what_is_wrong(meter: Path, err: Exception) -> str:
    """Return the places of a description that cannot be used, and how to mend them; of another error what it says."""
    if isinstance(err, LayoutError):
        try:
            load_meters(meter)
        except MetersFileError as found:
            return str(found)
    return str(err)


def _write(path: Path, rows: Sequence[Row], replayed: Sequence[Replayed]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row, result in zip(rows, replayed, strict=True):
            verdict = result.verdict
            published = "" if result.published is None else result.published
            writer.writerow(
                [row.written_time, row.observed, verdict.outcome, verdict.rule, published, int(result.asked)]
            )
