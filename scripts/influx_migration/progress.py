"""How far it is: a bar on a terminal, a line now and then anywhere else."""

from dataclasses import dataclass
from datetime import date
import sys
from typing import Final

_WIDTH: Final = 30
_STEP: Final = 10
"""Per cent between two lines where there is no terminal."""


@dataclass(slots=True)
class Progress:
    """The days of a migration."""

    first: date
    last: date
    told: int = -_STEP

    def show(self, day: date, points: int) -> None:
        """Say that a day is done."""
        share = ((day - self.first).days + 1) / ((self.last - self.first).days + 1)
        percent = int(share * 100)
        line = f"[{'#' * int(share * _WIDTH):<{_WIDTH}}] {percent:3} %  {day}  {points:,} points"
        if sys.stderr.isatty():
            print(f"\r{line}", end="\n" if day >= self.last else "", file=sys.stderr, flush=True)
        elif percent >= self.told + _STEP or day >= self.last:
            self.told = percent
            print(line, file=sys.stderr, flush=True)
