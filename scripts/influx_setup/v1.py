"""InfluxDB 1.x: databases, retention policies and users, through InfluxQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
import re
import secrets
from typing import Final

from scripts.influx.influxql import ask, identifier, parse, query, text
from scripts.influx.kind import Found
from scripts.influx.server import UNAUTHORIZED, Answer, Credentials, InfluxError, Server

from .layout import Bucket
from .retention import retention_step
from .step import Step
from .tokens import READ, WRITE, TokenFile

_USERS: Final = {WRITE: ("meter_vision", "WRITE"), READ: ("grafana", "READ")}
_DURATION: Final = re.compile(r"(\d+)(w|d|h|m|s)")
_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What there should be at the end."""

    buckets: tuple[Bucket, ...]
    tokens: TokenFile
    renew: bool = False
    shorten: bool = False
    admin: tuple[str, str] | None = None


def steps(server: Server, wanted: Wanted, found: Found) -> Iterator[Step]:
    """Yield what there should be, each step after the one before has been mended."""
    admin = None if wanted.admin is None else Credentials.login(*wanted.admin, "INFLUX_ADMIN_USER")
    server = server.with_credentials(admin)
    answer = ask(server, "SHOW DATABASES")
    if _nobody_known(answer):
        yield _first_user(server, wanted)
        if _nobody_known(answer := ask(server, "SHOW DATABASES")):
            return
    if answer.status == UNAUTHORIZED and wanted.admin is None:
        raise InfluxError("the server asks who is there; set INFLUX_ADMIN_USER and INFLUX_ADMIN_PASSWORD")
    databases = {str(row["name"]) for table in parse(server.checked(answer)) for row in table.rows()}
    for bucket in wanted.buckets:
        yield _database(server, wanted, bucket, there=bucket.name in databases)
    yield from _users(server, wanted)
    if wanted.tokens.path.exists():
        open_to_others = "others on this machine can read it" if wanted.tokens.open_to_others else None
        yield Step(what=f"{wanted.tokens.path}", lacking=open_to_others, mend=wanted.tokens.close_to_others)
    if not found.takes_points:
        yield Step(what=f"version {found.version}", note="Home Assistant needs 1.8 or newer, which has the API of 2.x")
    if not _asks_who(server):
        yield Step(
            what="logins",
            note="the server lets everybody in; `auth-enabled = true` under [http] in influxdb.conf makes it ask",
        )


def _nobody_known(answer: Answer) -> bool:
    return "create admin user first" in answer.content.decode(errors="replace")


def _first_user(server: Server, wanted: Wanted) -> Step:
    if wanted.admin is None:
        return Step(
            what="first user",
            lacking="the server asks who is there but knows nobody; set INFLUX_ADMIN_USER and INFLUX_ADMIN_PASSWORD",
        )
    user, password = wanted.admin
    statement = f"CREATE USER {identifier(user)} WITH PASSWORD {text(password)} WITH ALL PRIVILEGES"
    nobody = server.with_credentials(None)
    return Step(what=f"first user {user}", lacking="there is none", mend=partial(_run, nobody, statement))


def _database(server: Server, wanted: Wanted, bucket: Bucket, *, there: bool) -> Step:
    name, duration = identifier(bucket.name), _duration(bucket.kept)
    if not there:
        # The usual name of the policy: then both `database` and `database/autogen` mean it.
        statement = f'CREATE DATABASE {name} WITH DURATION {duration} REPLICATION 1 NAME "autogen"'
        return Step(what=str(bucket), lacking="there is none", mend=partial(_run, server, statement))
    policies = [row for table in query(server, f"SHOW RETENTION POLICIES ON {name}") for row in table.rows()]
    usual = next((row for row in policies if row["default"]), None)
    if usual is None:
        statement = f'CREATE RETENTION POLICY "autogen" ON {name} DURATION {duration} REPLICATION 1 DEFAULT'
        return Step(
            what=str(bucket), lacking="no retention policy is the default", mend=partial(_run, server, statement)
        )
    statement = f"ALTER RETENTION POLICY {identifier(usual['name'])} ON {name} DURATION {duration}"
    return retention_step(bucket, parse_duration(usual["duration"]), partial(_run, server, statement), wanted.shorten)


def _duration(kept: timedelta | None) -> str:
    return "INF" if kept is None else f"{int(kept.total_seconds())}s"


def parse_duration(duration: str) -> timedelta | None:
    """Return a retention as 1.x says it, like 8760h0m0s; None for 0s, which is for ever."""
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _DURATION.findall(duration))
    return timedelta(seconds=seconds) if seconds else None


def _users(server: Server, wanted: Wanted) -> Iterator[Step]:
    there = {str(row["user"]) for table in query(server, "SHOW USERS") for row in table.rows()}
    for token, (user, right) in _USERS.items():
        what = f"user {user} ({token}), who may {right.lower()} and nothing else"
        kept = wanted.tokens.get(token)
        make = partial(_make_user, server, wanted, token, user, there=user in there)
        if user not in there:
            yield Step(what=what, lacking="there is none", mend=make)
        elif kept is None or not _lets_in(server, kept):
            lacking = f"{wanted.tokens.path} has no password that works for it"
            mend = make if wanted.renew else None
            yield Step(what=what, lacking=lacking if mend else f"{lacking}; --renew gives it another", mend=mend)
        elif missing := _missing_rights(server, wanted, user, right):
            lacking = f"may not yet {right.lower()} {', '.join(missing)}"
            yield Step(what=what, lacking=lacking, mend=partial(_grant, server, missing, user, right))
        else:
            yield Step(what=what)


def _make_user(server: Server, wanted: Wanted, token: str, user: str, *, there: bool) -> None:
    """Give a user a password of its own, kept before the server has it, and its rights."""
    password = secrets.token_urlsafe(24)
    wanted.tokens.keep(**{token: f"{user}:{password}"})
    if there:
        _run(server, f"SET PASSWORD FOR {identifier(user)} = {text(password)}")
    else:
        _run(server, f"CREATE USER {identifier(user)} WITH PASSWORD {text(password)}")
    right = _USERS[token][1]
    _grant(server, _missing_rights(server, wanted, user, right), user, right)


def _missing_rights(server: Server, wanted: Wanted, user: str, right: str) -> list[str]:
    tables = query(server, f"SHOW GRANTS FOR {identifier(user)}")
    granted = {str(row["database"]) for table in tables for row in table.rows() if row["privilege"] == right}
    return [bucket.name for bucket in wanted.buckets if bucket.name not in granted]


def _grant(server: Server, databases: list[str], user: str, right: str) -> None:
    for database in databases:
        _run(server, f"GRANT {right} ON {identifier(database)} TO {identifier(user)}")


def _lets_in(server: Server, token: str) -> bool:
    """Whether a kept `user:password` is still right; a server that asks nobody lets everybody in."""
    user, _, password = token.partition(":")
    someone = server.with_credentials(Credentials.login(user, password, user))
    return ask(someone, "SHOW DATABASES").status != UNAUTHORIZED


def _asks_who(server: Server) -> bool:
    return ask(server.with_credentials(None), "SHOW DATABASES").status == UNAUTHORIZED


def _run(server: Server, statement: str) -> None:
    query(server, statement)
