"""What a section consists of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, what was measured and what is aimed at."""

    figure: str
    value: str
    target: str = ""
    reached: bool | None = None
    """Whether the target was reached, None where that is not judged."""

    @property
    def word(self) -> str:
        """What to print behind the target."""
        return "" if self.reached is None else "ok" if self.reached else "MISSED"
