"""A server that takes points the way InfluxDB 2 does, keeps count, and fails in every way that is asked of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
import contextlib
from contextlib import contextmanager
from dataclasses import dataclass, field
import gzip
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import socket
import ssl
from threading import Lock, Thread
import time
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

WRITE_TOKEN: Final = "write-token"
READ_TOKEN: Final = "read-token"
BUCKETS: Final = ("water_meter", "electric_meter", "gas_meter", "utility_costs", "utility_daily", "utility")


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer to one write in place of the right one."""

    status: int
    message: str = "something"
    retry_after: str | None = None
    plain: bool = False
    """The text as it is, not in JSON."""
    location: str | None = None
    content: bytes | None = None


@dataclass(slots=True)
class Sink:
    """What the server holds, how it behaves, and what it was asked."""

    url: str = ""
    version: str | None = "v2.7.12"
    buckets: set[str] = field(default_factory=lambda: set(BUCKETS))
    faults: deque[Fault] = field(default_factory=deque)
    """Answers to the next writes, each used once."""
    always: Fault | None = None
    """Answer to every write after those."""
    partial: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Part of a line: a request with one is answered so, and the other lines are kept."""
    whole: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Part of a line: a request with one is answered so, and nothing is kept."""
    largest: int = 10_000_000
    """Bytes of a request that are taken."""
    slow: float = 0.0
    """Seconds before every answer."""
    points: dict[tuple[str, str, int], str] = field(default_factory=dict)
    """Fields by bucket, series and time: writing again replaces."""
    accepted: int = 0
    """Lines that were taken, each time they were."""
    requests: list[tuple[str, int]] = field(default_factory=list)
    """Bucket and number of lines of every write."""
    seen: list[dict[str, str]] = field(default_factory=list)
    """Query and headers of every write."""
    lock: Lock = field(default_factory=Lock)

    def write(self, bucket: str, body: bytes) -> Fault | None:
        """Take a request, or return how it is answered."""
        lines = body.decode().splitlines()
        self.requests.append((bucket, len(lines)))
        if (fault := self.faults.popleft() if self.faults else self.always) is not None:
            return fault
        if bucket not in self.buckets:
            return Fault(404, f'bucket "{bucket}" not found')
        if not lines:
            return Fault(400, "writing requires points")
        if len(body) > self.largest:
            return Fault(413, "too large")
        for part, (status, message) in self.whole.items():
            if any(part in line for line in lines):
                return Fault(status, message)
        bad = [(line, answer) for line in lines for part, answer in self.partial.items() if part in line]
        self._keep(bucket, [line for line in lines if line not in {line for line, _ in bad}])
        return Fault(*bad[0][1]) if bad else None

    def _keep(self, bucket: str, lines: list[str]) -> None:
        for line in lines:
            series, _, rest = line.partition(" ")
            values, _, stamp = rest.rpartition(" ")
            self.points[bucket, series, int(stamp)] = values
        self.accepted += len(lines)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer waits for an acknowledgement
    sink: Sink

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/ping":
            named = {"X-Influxdb-Build": "OSS", "X-Influxdb-Version": self.sink.version} if self.sink.version else {}
            self._answer(204, b"", named)
        else:
            self._problem(Fault(404, "path not found"))

    def do_POST(self) -> None:
        time.sleep(self.sink.slow)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        self.sink.seen.append({**query, **{name.lower(): value for name, value in self.headers.items()}})
        token = (self.headers.get("Authorization") or "").removeprefix("Token ")
        if address.path != "/api/v2/write":
            fault: Fault | None = Fault(404, "path not found")
        elif token not in {WRITE_TOKEN, READ_TOKEN}:
            fault = Fault(401, "unauthorized access")
        elif token == READ_TOKEN:
            fault = Fault(403, "insufficient permissions for write")
        else:
            fault = None
        with self.sink.lock:  # what is taken is answered, also when the server goes away
            if fault is None:
                fault = self.sink.write(query.get("bucket", ""), body)
            if fault is None:
                self._answer(204, b"", {})
            else:
                self._problem(fault)
            self.wfile.flush()

    def _problem(self, fault: Fault) -> None:
        content: Any = fault.message if fault.plain else json.dumps({"code": "some", "message": fault.message})
        headers = {"Retry-After": fault.retry_after, "Location": fault.location}
        self._answer(fault.status, content.encode() if fault.content is None else fault.content, headers)

    def _answer(self, status: int, content: bytes, headers: dict[str, str | None]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # waited for when the server goes away
    allow_reuse_address = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.connections: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remember a connection."""
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """Close the connections that clients keep open."""
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are no news."""


@contextmanager
def serving(
    sink: Sink, *, port: int = 0, tls: ssl.SSLContext | None = None, handler: type[BaseHTTPRequestHandler] | None = None
) -> Iterator[Sink]:
    """Let a server run; what it holds stays when it goes away and comes back."""
    server = _Server(("127.0.0.1", port), handler or type("Handler", (_Handler,), {"sink": sink}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    sink.url = f"http{'' if tls is None else 's'}://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        with sink.lock:
            server.hang_up()
        server.server_close()
        thread.join()
