"""Finds the first picture in a motion JPEG stream, as cameras really send them."""

from __future__ import annotations

import re
from typing import Final

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_BOUNDARY: Final = re.compile(r"""boundary=["']?([^"';]+)""", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"^content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)


def boundary_of(content_type: str) -> str:
    """Return the boundary that a Content-Type header announces, empty if it does not."""
    found = _BOUNDARY.search(content_type)
    return found[1].strip() if found else ""


def first_frame(data: bytearray, boundary: str) -> bytes | None:
    """Return the first whole frame in the beginning of a stream, None if it has not all come yet.

    The boundary is looked for without its dashes: some cameras count them as part of the name, some do not.
    """
    marker = boundary.strip("-").encode()
    start = data.find(marker)
    if not marker or start < 0 or (head := _HEAD_END.search(data, start)) is None:
        return None
    if length := _LENGTH.search(data, start, head.end()):
        end = head.end() + int(length[1])
        return bytes(data[head.end() : end]) if len(data) >= end else None
    end = data.find(marker, head.end())
    return None if end < 0 else bytes(data[head.end() : end]).rstrip(b"-").rstrip(b"\r\n")
