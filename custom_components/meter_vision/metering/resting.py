"""Lets other threads go first: one that only computes keeps the event loop waiting Python's 5 ms each time."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Final

type Rest = Callable[[], None]
"""What work that takes a while calls each millisecond or so."""
_REST: Final = 0.001
"""Seconds; enough for the event loop to take over."""


def go_on() -> None:
    """Do not rest."""


def rest() -> None:
    """Let the event loop take over; in an executor."""
    time.sleep(_REST)
