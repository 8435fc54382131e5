"""InfluxDB 2.x: organisation, buckets, tokens and the task, through its management API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from scripts.influx.server import UNAUTHORIZED, Credentials, InfluxError, RefusedError, Server, lacks_right

from .downsampling import TASK, flux
from .layout import Bucket
from .retention import retention_step
from .step import Step
from .tokens import READ, WRITE, TokenFile

_PAGE: Final = 100
_NOT_FOUND: Final = 404
_RIGHTS: Final = {
    WRITE: (
        "write",
        "Meter Vision: Home Assistant writes",
        "token with which Home Assistant may write and nothing else",
    ),
    READ: ("read", "Meter Vision: Grafana reads", "token with which Grafana may read and nothing else"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What there should be at the end."""

    org: str
    buckets: tuple[Bucket, ...]
    tokens: TokenFile
    renew: bool = False
    shorten: bool = False
    downsampling: bool = False
    admin: tuple[str, str] | None = None
    """User and password for a server that nobody has set up yet."""


def steps(server: Server, wanted: Wanted) -> Iterator[Step]:
    """Yield what there should be, each step after the one before has been mended."""
    if server.get("/api/v2/setup").json.get("allowed"):
        yield _first_user(server, wanted)
        if (token := wanted.tokens.get("INFLUX_ADMIN_TOKEN")) is None:
            return
        server = server.with_credentials(Credentials.token(token, f"the INFLUX_ADMIN_TOKEN in {wanted.tokens.path}"))
    if server.credentials is None:
        raise InfluxError("set INFLUX_ADMIN_TOKEN to a token that may make buckets and tokens (an all-access token)")
    if (org := _organisation(server, wanted.org)) is None:
        yield Step(
            what=f"organisation {wanted.org}",
            lacking="there is none; INFLUX_ORG or --org names another",
            mend=lambda: _send(server, "POST", "/api/v2/orgs", name=wanted.org),
        )
        if (org := _organisation(server, wanted.org)) is None:
            return
    else:
        yield Step(what=f"organisation {wanted.org}")
    yield from _buckets(server, wanted, org)
    ids = {name: bucket["id"] for name, bucket in _found_buckets(server, org).items()}
    if all(bucket.name in ids for bucket in wanted.buckets):
        yield from _tokens(server, wanted, org, [ids[bucket.name] for bucket in wanted.buckets])
        if wanted.downsampling:
            yield _task(server, wanted, org)


def _first_user(server: Server, wanted: Wanted) -> Step:
    if wanted.admin is None:
        return Step(
            what="first user",
            lacking="nobody has set the server up; with INFLUX_ADMIN_USER and INFLUX_ADMIN_PASSWORD it is done here",
        )
    user, password = wanted.admin

    def mend() -> None:
        first = wanted.buckets[0]
        seconds = int(first.kept.total_seconds()) if first.kept else 0
        body = {"username": user, "password": password, "org": wanted.org, "bucket": first.name}
        answer = server.send("POST", "/api/v2/setup", {**body, "retentionPeriodSeconds": seconds}).json
        wanted.tokens.keep(INFLUX_ADMIN_TOKEN=answer["auth"]["token"])

    return Step(what=f"first user {user}", lacking="nobody has set the server up", mend=mend)


def _organisation(server: Server, name: str) -> str | None:
    """Return the id of an organisation that these credentials can see."""
    try:
        found = server.get("/api/v2/orgs", org=name).json["orgs"]
    except RefusedError as err:
        if err.status != _NOT_FOUND:
            raise
        return None
    return next((str(org["id"]) for org in found if org["name"] == name), None)


def _found_buckets(server: Server, org: str) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    while True:
        page = server.get("/api/v2/buckets", orgID=org, limit=_PAGE, offset=len(found)).json["buckets"]
        found |= {bucket["name"]: bucket for bucket in page}
        if len(page) < _PAGE:
            return found


def _buckets(server: Server, wanted: Wanted, org: str) -> Iterator[Step]:
    found = _found_buckets(server, org)
    for bucket in wanted.buckets:
        rules = _rules(bucket.kept)
        if (there := found.get(bucket.name)) is None:
            mend = partial(_send, server, "POST", "/api/v2/buckets", orgID=org, name=bucket.name, retentionRules=rules)
            yield Step(what=str(bucket), lacking="there is none", mend=mend)
            continue
        kept = _kept(there)
        mend = partial(_send, server, "PATCH", f"/api/v2/buckets/{there['id']}", retentionRules=rules)
        yield retention_step(bucket, kept, mend, wanted.shorten)


def _rules(kept: timedelta | None) -> list[dict[str, Any]]:
    return [] if kept is None else [{"type": "expire", "everySeconds": int(kept.total_seconds())}]


def _kept(bucket: Mapping[str, Any]) -> timedelta | None:
    seconds = [int(rule["everySeconds"]) for rule in bucket.get("retentionRules", ()) if rule["type"] == "expire"]
    return timedelta(seconds=seconds[0]) if seconds and seconds[0] else None


def _tokens(server: Server, wanted: Wanted, org: str, bucket_ids: list[str]) -> Iterator[Step]:
    there = server.get("/api/v2/authorizations", orgID=org).json["authorizations"]
    for name, (action, description, what) in _RIGHTS.items():
        permissions = [
            {"action": action, "resource": {"type": "buckets", "id": bucket, "orgID": org}} for bucket in bucket_ids
        ]
        own = [auth for auth in there if auth["description"] == description]
        body = {"orgID": org, "description": description, "permissions": permissions}
        step = Step(what=f"{what} ({name})")
        if (problem := _token_problem(server, wanted.tokens, name, own, permissions)) is None:
            yield step
        elif own and not wanted.renew:
            yield replace(step, lacking=f"{problem}; --renew makes a new one and revokes the one before")
        else:
            yield replace(step, lacking=problem, mend=partial(_make_token, server, wanted.tokens, name, body, own))
    if wanted.tokens.path.exists():
        open_to_others = "others on this machine can read it" if wanted.tokens.open_to_others else None
        yield Step(what=f"{wanted.tokens.path}", lacking=open_to_others, mend=wanted.tokens.close_to_others)


def _token_problem(
    server: Server, tokens: TokenFile, name: str, own: list[Mapping[str, Any]], permissions: list[dict[str, Any]]
) -> str | None:
    """Return why the kept token will not do."""
    if not own:
        return "the server has none"
    if not any(_granted(auth) == _granted({"permissions": permissions}) for auth in own if auth["status"] == "active"):
        return "it is for other buckets, or switched off"
    if (token := tokens.get(name)) is None:
        return f"the server has one, but {tokens.path} does not and the server does not say it again"
    known = server.with_credentials(Credentials.token(token, f"{name} in {tokens.path}"))
    answer = known.ask("GET", "/api/v2/buckets", query={"limit": 1})
    return f"the one in {tokens.path} is refused" if answer.status == UNAUTHORIZED and not lacks_right(answer) else None


def _granted(auth: Mapping[str, Any]) -> set[tuple[str, str, str | None]]:
    rights = auth["permissions"]
    return {(right["action"], right["resource"]["type"], right["resource"].get("id")) for right in rights}


def _make_token(
    server: Server, tokens: TokenFile, name: str, body: Mapping[str, Any], before: list[Mapping[str, Any]]
) -> None:
    """Make a token and keep it; what was there before goes only after that."""
    token = server.send("POST", "/api/v2/authorizations", body).json["token"]
    tokens.keep(**{name: token})
    for auth in before:
        server.checked(server.ask("DELETE", f"/api/v2/authorizations/{auth['id']}"))


def _task(server: Server, wanted: Wanted, org: str) -> Step:
    text = flux(wanted.buckets, wanted.org)
    there = [task for task in server.get("/api/v2/tasks", orgID=org, name=TASK).json["tasks"] if task["name"] == TASK]
    what = f"task {TASK}: hourly values that outlive the year"
    if not there:
        return Step(
            what=what,
            lacking="there is none",
            mend=lambda: _send(server, "POST", "/api/v2/tasks", orgID=org, flux=text, status="active"),
        )
    task = there[0]
    if task["flux"].strip() == text.strip() and task["status"] == "active":
        return Step(what=what)
    return Step(
        what=what,
        lacking="it says something else, or is switched off",
        mend=lambda: _send(server, "PATCH", f"/api/v2/tasks/{task['id']}", flux=text, status="active"),
    )


def _send(server: Server, method: str, path: str, **body: Any) -> None:
    server.send(method, path, body)
