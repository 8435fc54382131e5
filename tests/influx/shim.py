"""The writing part of InfluxDB 2's API in front of InfluxDB 1.x, so that a real server takes what the library sends."""

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
_PRECISIONS: Final = {"ns": "n", "us": "u", "ms": "ms", "s": "s"}


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
    shim: Shim
    pool: urllib3.PoolManager

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        if urlsplit(self.path).path == "/api/v2/write":
            self._write()
        else:
            self._pass_on()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _pass_on(self) -> None:
        """Hand what 1.x knows itself, /ping and /query, to it."""
        kept = {name: self.headers[name] for name in ("Content-Type", "Authorization") if name in self.headers}
        answer = self.pool.request(self.command, self.shim.upstream + self.path, body=self._body(), headers=kept)
        self._say(answer.status, answer.data, answer.headers.get("X-Influxdb-Version", ""))

    def _write(self) -> None:
        content = self._body()
        time.sleep(self.shim.pause)
        query = dict(parse_qsl(urlsplit(self.path).query))
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            self._problem(401, "unauthorized", "unauthorized access")
            return
        if self.shim.refuse_after is not None and self.shim.writes >= self.shim.refuse_after:
            self._problem(503, "unavailable", "try again")
            return
        headers = {name: self.headers[name] for name in ("Content-Encoding",) if name in self.headers}
        told = urlencode({"db": query["bucket"], "precision": _PRECISIONS[query["precision"]]})
        answer = self.pool.request("POST", f"{self.shim.upstream}/write?{told}", body=content, headers=headers)
        if answer.status < 300:
            self.shim.writes += 1
            self._say(204, b"")
            return
        message = json.loads(answer.data)["error"]
        status = 422 if message.startswith("partial write") else answer.status
        self._problem(status, "not found" if status == 404 else "invalid", message)

    def _problem(self, status: int, code: str, message: str) -> None:
        self._say(status, json.dumps({"code": code, "message": message}).encode())

    def _say(self, status: int, content: bytes, version: str = "1.8.10-shim") -> None:
        self.send_response(status)
        self.send_header("X-Influxdb-Version", version)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def shimmed(upstream: str) -> Iterator[Shim]:
    """Stand in front of a server of 1.x on a free port of loopback."""
    shim = Shim(upstream)
    handler = type("Handler", (_Handler,), {"shim": shim, "pool": urllib3.PoolManager(retries=False)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        shim.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield shim
        server.shutdown()
        thread.join()
