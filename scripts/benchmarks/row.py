"""What a section consists of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, what was measured and what is aimed at."""

    figure: str
    value: str
    target: str = ""
