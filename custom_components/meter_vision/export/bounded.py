"""Requests whose answers are bounded in size and in time, whoever answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
import time
from typing import Any, Final

from .client import network_errors

MOST_BYTES: Final = 256 * 1024
"""Of an answer; InfluxDB says nothing, or what is wrong in a few words."""
_PIECE: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """As much of an answer of urllib3 as influxdb-client looks at; one without a body has an empty one."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    data: bytes


class BoundedPool:
    """What influxdb-client sends requests through, in place of urllib3's pool manager."""

    def __init__(self, pool: Any, limit: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep the pool; an answer that takes longer than the limit to come is given up."""
        self._pool = pool
        self._limit = limit.total_seconds()
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        """Return what else the pool has."""
        return getattr(self._pool, name)

    def request(self, method: str, url: str, **more: Any) -> Response:
        """Send a request and return the whole answer; raise urllib3's errors, ReadTimeoutError for a slow answer."""
        began = self._clock()
        answer = self._pool.request(method, url, **{**more, "preload_content": False, "redirect": False})
        content = bytearray()
        try:
            # One system call at most for each piece: a body that drips would keep a larger read busy for ever.
            while len(content) <= MOST_BYTES and (piece := answer.read1(_PIECE)):
                content += piece
                if self._clock() - began > self._limit:
                    raise network_errors().ReadTimeoutError(self._pool, url, "slow answer")
        finally:
            # Whatever is left would be taken for the next answer on the same connection.
            answer.close()
        return Response(
            status=answer.status, reason=answer.reason, headers=answer.headers, data=bytes(content[:MOST_BYTES])
        )
