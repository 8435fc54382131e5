"""The management API of InfluxDB 2.x as far as it is documented, strict about paths, bodies and rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
import json
import ssl
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

OPERATOR: Final = "operator-token"
_PERMISSION_KEYS: Final = {"action", "resource"}


@dataclass(slots=True)
class Management:
    """What the server holds, and what it was asked."""

    url: str = ""
    new: bool = False
    """Nobody has set it up."""
    hashed: bool = True
    """As since 2.9: a token is said once."""
    version: str | None = "v2.9.1"
    orgs: list[dict[str, Any]] = field(default_factory=list)
    buckets: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request that changes something."""
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def identify(self) -> str:
        """Return an id as InfluxDB makes them: 16 hexadecimal figures."""
        return f"{next(self._ids):016x}"

    def add_org(self, name: str) -> dict[str, Any]:
        """Add an organisation with the buckets that every one has."""
        org = {"id": self.identify(), "name": name}
        self.orgs.append(org)
        for system in ("_monitoring", "_tasks"):
            self.add_bucket(org["id"], system, 604_800)
        return org

    def add_bucket(self, org: str, name: str, seconds: int) -> dict[str, Any]:
        """Add a bucket that keeps points for some seconds, or for ever."""
        rules = [{"type": "expire", "everySeconds": seconds, "shardGroupDurationSeconds": 86_400}] if seconds else []
        bucket = {"id": self.identify(), "orgID": org, "name": name, "retentionRules": rules}
        self.buckets.append(bucket)
        return bucket

    def add_authorization(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a token, and return it with its text."""
        made = {"id": self.identify(), "status": "active", **body, "token": f"token-{self.identify()}"}
        self.authorizations.append(made)
        return made

    def bucket(self, name: str) -> dict[str, Any]:
        """Return a bucket by name."""
        return next(bucket for bucket in self.buckets if bucket["name"] == name)

    def kept(self, name: str) -> int:
        """Return for how many seconds a bucket keeps its points; 0: for ever."""
        return sum(rule["everySeconds"] for rule in self.bucket(name)["retentionRules"])


class ProblemError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what goes into the answer."""
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Management

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status: int
        body: Any
        try:
            status, body = self._route(parts.path, dict(parse_qsl(parts.query)), content)
        except ProblemError as err:
            status, body = err.status, err.body
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if self.state.version is not None:
            self.send_header("X-Influxdb-Build", "OSS")
            self.send_header("X-Influxdb-Version", self.state.version)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _route(self, path: str, query: dict[str, str], content: bytes) -> tuple[int, Any]:
        state = self.state
        if path == "/ping":
            return 204, None
        if path == "/metrics":
            return 200, {}
        kept, _, identity = path.removeprefix("/api/v2/").partition("/")
        body = self._body(content)
        if self.command != "GET":
            state.changes.append((self.command, path))
        if kept == "setup":
            return self._setup(body)
        operator = self._rights()
        if (self.command, kept) == ("GET", "buckets"):
            return 200, {"buckets": self._page(state.buckets, query) if operator else []}
        if not operator:
            raise ProblemError(401, "unauthorized", f"{self.command.lower()}:{kept} is unauthorized")
        handler = getattr(self, f"_{self.command.lower()}_{kept}", None)
        if not path.startswith("/api/v2/") or handler is None:
            raise ProblemError(404, "not found", "path not found")
        answer: tuple[int, Any] = handler(query, body, identity)
        return answer

    def _body(self, content: bytes) -> dict[str, Any]:
        if self.command not in {"POST", "PATCH"}:
            assert not content
            return {}
        if self.headers.get("Content-Type") != "application/json":
            raise ProblemError(415, "invalid", "unsupported media type")
        body: dict[str, Any] = json.loads(content)
        return body

    def _rights(self) -> bool:
        """Return whether the token may do everything; refuse one that is not known."""
        token = self.headers.get("Authorization", "").removeprefix("Token ")
        if token == OPERATOR:
            return True
        if token in {auth["token"] for auth in self.state.authorizations if auth["status"] == "active"}:
            return False
        raise ProblemError(401, "unauthorized", "unauthorized access")

    def _setup(self, body: dict[str, Any]) -> tuple[int, Any]:
        state = self.state
        if self.command == "GET":
            return 200, {"allowed": state.new}
        _only(body, {"username", "password", "org", "bucket"}, {"retentionPeriodSeconds", "token"})
        if not state.new:
            raise ProblemError(422, "conflict", "onboarding has already been completed")
        if len(body["password"]) < 8:
            raise ProblemError(400, "invalid", "passwords must be at least 8 characters long")
        state.new = False
        org = state.add_org(body["org"])
        bucket = state.add_bucket(org["id"], body["bucket"], body.get("retentionPeriodSeconds", 0))
        return 201, {"org": org, "bucket": bucket, "auth": {"token": OPERATOR}}

    def _page(self, found: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
        start, limit = int(query.get("offset", 0)), int(query.get("limit", 20))
        return [item for item in found if item["orgID"] == query.get("orgID", item["orgID"])][start : start + limit]

    def _get_orgs(self, query: dict[str, str], _body: object, _identity: str) -> tuple[int, Any]:
        found = [org for org in self.state.orgs if org["name"] == query.get("org", org["name"])]
        if not found:
            raise ProblemError(404, "not found", f'organization name "{query["org"]}" not found')
        return 200, {"orgs": found}

    def _post_orgs(self, _query: object, body: dict[str, Any], _identity: str) -> tuple[int, Any]:
        _only(body, {"name"}, {"description"})
        return 201, self.state.add_org(body["name"])

    def _post_buckets(self, _query: object, body: dict[str, Any], _identity: str) -> tuple[int, Any]:
        _only(body, {"orgID", "name", "retentionRules"}, {"description", "rp", "schemaType"})
        if any(bucket["name"] == body["name"] for bucket in self.state.buckets):
            raise ProblemError(422, "conflict", f"bucket with name {body['name']} already exists")
        return 201, self.state.add_bucket(body["orgID"], body["name"], _seconds(body["retentionRules"]))

    def _patch_buckets(self, _query: object, body: dict[str, Any], identity: str) -> tuple[int, Any]:
        _only(body, {"retentionRules"}, {"name", "description"})
        _seconds(body["retentionRules"])
        found = _by_id(self.state.buckets, identity)
        found["retentionRules"] = body["retentionRules"]
        return 200, found

    def _get_authorizations(self, query: dict[str, str], _body: object, _identity: str) -> tuple[int, Any]:
        found = [dict(auth) for auth in self.state.authorizations if auth["orgID"] == query["orgID"]]
        for auth in found if self.state.hashed else ():
            auth["token"] = "REDACTED"  # what a hash gives away
        return 200, {"authorizations": found}

    def _post_authorizations(self, _query: object, body: dict[str, Any], _identity: str) -> tuple[int, Any]:
        _only(body, {"orgID", "permissions"}, {"description", "status", "userID"})
        for permission in body["permissions"]:
            _only(permission, _PERMISSION_KEYS, set())
            _by_id(self.state.buckets, permission["resource"]["id"])
        return 201, self.state.add_authorization(body)

    def _delete_authorizations(self, _query: object, _body: object, identity: str) -> tuple[int, Any]:
        self.state.authorizations.remove(_by_id(self.state.authorizations, identity))
        return 204, None

    def _get_tasks(self, query: dict[str, str], _body: object, _identity: str) -> tuple[int, Any]:
        return 200, {"tasks": [task for task in self.state.tasks if task["name"] == query["name"]]}

    def _post_tasks(self, _query: object, body: dict[str, Any], _identity: str) -> tuple[int, Any]:
        _only(body, {"flux"}, {"orgID", "org", "status", "description"})
        name = body["flux"].partition('name: "')[2].partition('"')[0]
        self.state.tasks.append({"id": self.state.identify(), "name": name, "status": "active", **body})
        return 201, self.state.tasks[-1]

    def _patch_tasks(self, _query: object, body: dict[str, Any], identity: str) -> tuple[int, Any]:
        _only(body, set(), {"flux", "status", "description"})
        _by_id(self.state.tasks, identity).update(body)
        return 200, _by_id(self.state.tasks, identity)


def _only(body: Mapping[str, Any], required: set[str], optional: set[str]) -> None:
    if not required <= set(body) <= required | optional:
        raise ProblemError(400, "invalid", f"the body has {sorted(body)}")


def _seconds(rules: list[dict[str, Any]]) -> int:
    for rule in rules:
        _only(rule, {"type", "everySeconds"}, {"shardGroupDurationSeconds"})
    seconds = sum(rule["everySeconds"] for rule in rules)
    if rules and seconds < 3_600:
        raise ProblemError(422, "unprocessable entity", "retention policy duration must be at least 1h0m0s")
    return seconds


def _by_id(found: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    for item in found:
        if item["id"] == identity:
            return item
    raise ProblemError(404, "not found", f"{identity} not found")


@contextmanager
def serving(state: Management, tls: ssl.SSLContext | None = None) -> Iterator[Management]:
    """Answer on a free port of loopback."""
    handler = type("Handler", (_Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        state.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield state
        server.shutdown()
        thread.join()
