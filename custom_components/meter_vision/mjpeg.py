"""Finds the first picture in a motion JPEG stream, as cameras really send them."""

from __future__ import annotations

import re
from typing import Final

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_BOUNDARY: Final = re.compile(r"""boundary=["']?([^"';]+)""", re.IGNORECASE)
# A length of more digits is no length.
_LENGTH: Final = re.compile(rb"^content-length:\s*(\d{1,9})\s*$", re.IGNORECASE | re.MULTILINE)
_LONGEST_HEAD: Final = 64 * 1024
"""Bytes within which the first frame begins."""


class FirstFrame:
    """Looks for the first frame while a stream comes in, and at no byte again and again."""

    def __init__(self, content_type: str) -> None:
        """Take the boundary from a Content-Type header.

        It is looked for without its dashes: some cameras count them as part of the name, some do not.
        """
        found = _BOUNDARY.search(content_type)
        self._marker = found[1].strip().strip("-").encode(errors="surrogateescape") if found else b""
        self._start: int | None = None
        """Where the frame begins."""
        self._length: int | None = None
        self._searched = 0

    def hopeless(self, data: bytearray) -> bool:
        """Return whether no frame begins where one should."""
        return self._start is None and len(data) > _LONGEST_HEAD

    def find(self, data: bytearray) -> bytes | None:
        """Return the frame, None if it has not all come yet; `data` is all that has come so far."""
        if self._start is None:
            self._find_start(data)
        if self._start is None:
            return None
        if self._length is not None:
            end = self._start + self._length
            return bytes(data[self._start : end]) if len(data) >= end else None
        end = data.find(self._marker, max(self._start, self._searched - len(self._marker)))
        self._searched = len(data)
        return None if end < 0 else bytes(data[self._start : end]).rstrip(b"-").rstrip(b"\r\n")

    def _find_start(self, data: bytearray) -> None:
        boundary = data.find(self._marker, 0, _LONGEST_HEAD)
        if not self._marker or boundary < 0:
            return
        if (head := _HEAD_END.search(data, boundary, _LONGEST_HEAD)) is None:
            return
        self._start = head.end()
        if length := _LENGTH.search(data, boundary, head.end()):
            self._length = int(length[1])
