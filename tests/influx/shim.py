"""The write API of InfluxDB 2 in front of InfluxDB 1.6, which knows only its own; the answers are the engine's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
from threading import Thread
import time
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3

TOKEN: Final = "user:test-token"
_VERSION: Final = "1.8.10"
"""The first line of versions that knows the write API."""
_PRECISIONS: Final = {"ns": "n", "us": "u", "ms": "ms", "s": "s"}
_CODES: Final = {
    400: "invalid",
    401: "unauthorized",
    404: "not found",
    413: "request too large",
    422: "unprocessable entity",
    503: "unavailable",
}


@dataclass(slots=True)
class Shim:
    """Where it answers, and what it has passed on."""

    upstream: str
    url: str = ""
    writes: int = 0
    pause: float = 0.0
    """Seconds that a write takes longer."""
    refuse_after: int | None = None
    """Writes after which the server is not available."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer waits for an acknowledgement
    shim: Shim
    pool: urllib3.PoolManager

    def do_GET(self) -> None:
        """Answer a ping as that version, and hand /query to the engine."""
        if self.path == "/ping":
            self._say(204, b"")
        else:
            self._pass_on()

    def do_POST(self) -> None:
        """Translate a write, and hand anything else to the engine."""
        if urlsplit(self.path).path == "/api/v2/write":
            self._write()
        else:
            self._pass_on()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _pass_on(self) -> None:
        kept = {name: self.headers[name] for name in ("Content-Type", "Authorization") if name in self.headers}
        answer = self.pool.request(self.command, self.shim.upstream + self.path, body=self._body(), headers=kept)
        self._say(answer.status, answer.data)

    def _write(self) -> None:
        content = self._body()
        time.sleep(self.shim.pause)
        query = dict(parse_qsl(urlsplit(self.path).query))
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            self._problem(401, "unauthorized access")
            return
        if self.shim.refuse_after is not None and self.shim.writes >= self.shim.refuse_after:
            self._problem(503, "try again")
            return
        database, _, policy = query.get("bucket", "").partition("/")
        parts = {"db": database, "precision": _PRECISIONS[query["precision"]]} | ({"rp": policy} if policy else {})
        headers = {name: self.headers[name] for name in ("Content-Encoding",) if name in self.headers}
        address = f"{self.shim.upstream}/write?{urlencode(parts)}"
        try:
            answer = self.pool.request("POST", address, body=content, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            self._problem(503, str(error))
            return
        if answer.status < 300:
            self.shim.writes += 1
            self._say(answer.status, b"")
            return
        message = json.loads(answer.data)["error"]
        self._problem(422 if message.startswith("partial write") else answer.status, message)

    def _problem(self, status: int, message: str) -> None:
        self._say(status, json.dumps({"code": _CODES.get(status, "internal error"), "message": message}).encode())

    def _say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        named = {"X-Influxdb-Build": "OSS", "X-Influxdb-Version": _VERSION, "Content-Length": str(len(content))}
        for name, value in (named | ({"Retry-After": "1"} if status == 503 else {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def shimmed(upstream: str) -> Iterator[Shim]:
    """Stand in front of a server of 1.x on a free port of loopback."""
    shim = Shim(upstream)
    handler = type("Handler", (_Handler,), {"shim": shim, "pool": urllib3.PoolManager(retries=False)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        shim.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield shim
        server.shutdown()
        thread.join()
