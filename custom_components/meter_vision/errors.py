"""From the domain's errors to translated messages."""

from __future__ import annotations

from .capture import CaptureError
from .metering.errors import MeteringError, PhotoError


def translation_of(err: CaptureError | MeteringError) -> tuple[str, dict[str, str]]:
    """Return the key and the placeholders of an error's message; a picture's faults have one message each."""
    if isinstance(err, CaptureError):
        return err.key, err.placeholders
    if isinstance(err, PhotoError):
        numbers = {name: number for name, number in err.placeholders.items() if name != "reason"}
        return f"photo_{err.placeholders['reason']}", numbers
    return err.translation_key, err.placeholders
