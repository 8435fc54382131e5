"""What the domain needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .models import Look, PreparedPhoto, Register


class MeterReader(Protocol):
    """Looks at a prepared photo of one or more registers."""

    async def read(self, photo: PreparedPhoto, registers: Sequence[Register]) -> Look:
        """Return what was seen, or raise ReaderError, or AnswerError for an answer that breaks the schema."""
        ...
