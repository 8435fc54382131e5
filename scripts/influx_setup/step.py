"""One thing that should be so on the server, whether it is, and how to make it so."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of what the command prints."""

    what: str
    lacking: str | None = None
    """What is wrong now; None if it is as it should be."""
    mend: Callable[[], None] | None = None
    """Makes it so; None if only a person can."""
    note: str | None = None
    """Worth knowing, but no reason to fail."""
