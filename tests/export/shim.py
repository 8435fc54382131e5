"""The write API of InfluxDB 2 in front of InfluxDB 1.6, which knows only its own; the answers are the engine's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
import json
from typing import Final
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

from .sink import WRITE_TOKEN, Sink, serving

_PRECISIONS: Final = {"ns": "n", "us": "u", "ms": "ms", "s": "s"}
_CODES: Final = {400: "invalid", 404: "not found", 413: "request too large", 422: "unprocessable entity"}


class _Shim(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    engine: str

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a ping as the first version that knows the write API."""
        named = {"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "1.8.10"}
        self._answer(204 if self.path == "/ping" else 404, "", named)

    def do_POST(self) -> None:
        """Pass a write on."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = dict(parse_qsl(urlsplit(self.path).query))
        if self.headers.get("Authorization") != f"Token {WRITE_TOKEN}":
            self._answer(401, "unauthorized access")
            return
        database, _, policy = query.get("bucket", "").partition("/")
        parts = {"db": database, "precision": _PRECISIONS[query["precision"]]} | ({"rp": policy} if policy else {})
        headers = {name: value for name in ("Content-Encoding",) if (value := self.headers.get(name))}
        request = Request(f"{self.engine}/write?{urlencode(parts)}", body, headers)  # noqa: S310  our own server
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310
                self._answer(answer.status, "")
        except HTTPError as error:
            message = json.loads(error.read()).get("error", "")
            partial = error.code == 400 and message.startswith("partial write")
            self._answer(422 if partial else error.code, message)
        except OSError as error:
            self._answer(503, str(error), {"Retry-After": "1"})

    def _answer(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        content = json.dumps({"code": _CODES.get(status, "internal error"), "message": message}) if message else ""
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content.encode())


@contextmanager
def shimmed(engine: str) -> Iterator[str]:
    """Run it in front of an engine and give its address."""
    with serving(Sink(), handler=type("Handler", (_Shim,), {"engine": engine})) as running:
        yield running.url
