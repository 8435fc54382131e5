"""Requests whose answers are bounded in size and in time, whoever answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
import socket
from threading import Timer
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
    """What influxdb-client sends requests through, in place of urllib3's pool manager; one thread at a time."""

    def __init__(self, pool: Any, limit: timedelta) -> None:
        """Keep the pool; a request that takes longer than the limit in all is given up."""
        self._lines = _Lines(limit)
        pool.pool_classes_by_scheme = {
            scheme: self._lines.watched(pool_class) for scheme, pool_class in pool.pool_classes_by_scheme.items()
        }
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        """Return what else the pool has."""
        return getattr(self._pool, name)

    def request(self, method: str, url: str, **more: Any) -> Response:
        """Send a request and return the whole answer; raise urllib3's errors, ReadTimeoutError for a slow answer."""
        content = bytearray()
        with self._lines.in_time(self._pool, url):
            answer = self._pool.request(method, url, **{**more, "preload_content": False, "redirect": False})
            try:
                while len(content) <= MOST_BYTES and (piece := answer.read1(_PIECE)):
                    content += piece
            finally:
                # Whatever is left would be taken for the next answer on the same connection.
                answer.close()
        return Response(
            status=answer.status, reason=answer.reason, headers=answer.headers, data=bytes(content[:MOST_BYTES])
        )


class _Lines:
    """The connections of a pool, which are ended from outside when the time is over.

    The timeouts of sockets are for one piece each: an answer that drips, be it TLS, head or body, never meets one.
    """

    def __init__(self, limit: timedelta) -> None:
        self._limit = limit.total_seconds()
        self._twins: dict[Any, socket.socket] = {}
        """Of each connection's socket, which itself changes hands when TLS begins."""
        self._busy = self._late = False

    def watched(self, pool_class: Any) -> Any:
        """Return a class of urllib3's connection pools whose connections are among these lines."""
        lines, plain = self, pool_class.ConnectionCls

        def new_conn(connection: Any) -> Any:
            line = plain._new_conn(connection)  # noqa: SLF001  what urllib3 has to be overridden
            lines._twins[connection] = line.dup()
            return line

        def close(connection: Any) -> None:
            plain.close(connection)
            lines._forget_closed()

        connections = type(f"Watched{plain.__name__}", (plain,), {"_new_conn": new_conn, "close": close})
        return type(f"Watched{pool_class.__name__}", (pool_class,), {"ConnectionCls": connections})

    def _forget_closed(self) -> None:
        """Let go of connections that are closed, but not while an answer may still be read from one."""
        if self._busy:
            return
        for connection in [connection for connection in self._twins if connection.sock is None]:
            self._twins.pop(connection).close()

    @contextmanager
    def in_time(self, pool: Any, url: str) -> Iterator[None]:
        """End what is inside when it takes too long, with ReadTimeoutError."""
        self._busy, self._late = True, False
        timer = Timer(self._limit, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        except network_errors().HTTPError, OSError:
            if not self._late:
                raise
        finally:
            timer.cancel()
            timer.join()
            self._busy = False
            self._forget_closed()
        if self._late:  # also where something has come: half a head ends like a whole one
            raise network_errors().ReadTimeoutError(pool, url, "slow answer")

    def _hang_up(self) -> None:
        self._late = True
        for twin in tuple(self._twins.values()):
            with suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)
