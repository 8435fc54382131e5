"""The command: look at the server, make what lacks, say what was done."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
import os
from pathlib import Path
import sys

from scripts.influx.kind import Kind, detect
from scripts.influx.server import Credentials, InfluxError, Server

from . import v1, v2, v3, victoria
from .layout import buckets
from .step import Step
from .tokens import READ, WRITE, TokenFile

_TOKEN = "INFLUX_ADMIN_TOKEN"  # noqa: S105  a name
_USER, _PASSWORD = "INFLUX_ADMIN_USER", "INFLUX_ADMIN_PASSWORD"
_EPILOG = f"""environment:
  {_TOKEN}      a token that may make buckets and tokens (InfluxDB 2 and 3)
  {_USER}, {_PASSWORD}
                          an administrator of InfluxDB 1.x, or the first user of a new InfluxDB 2
  INFLUX_URL, INFLUX_ORG  instead of --url and --org
Exit status: 0 all is well; 1 something lacks that was not made; 2 the server could not be asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up the server, or only look at it; return the exit status."""
    options = _options(arguments)
    try:
        server = Server.at(options.url, ca=options.ca)
        if token := os.environ.get(_TOKEN):
            server = server.with_credentials(Credentials.token(token, _TOKEN))
        return _run(_steps(server, options, os.environ), check=options.check)
    except (InfluxError, OSError) as err:
        print(f"error: {err}", file=sys.stderr)
        return 2


def _steps(server: Server, options: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[Step]:
    """Find out what the server is and return its steps."""
    found = detect(server)
    print(f"{server.url}: {found}")
    user = environment.get(_USER)
    admin = (user, environment.get(_PASSWORD, "")) if user else None
    wanted, tokens = buckets(shared=options.shared), TokenFile(options.tokens)
    if options.downsampling and found.kind is not Kind.V2:
        raise InfluxError(f"--downsampling is a task in Flux, which {found.kind} does not have")
    match found.kind:
        case Kind.V1:
            return v1.steps(
                server,
                v1.Wanted(buckets=wanted, tokens=tokens, renew=options.renew, shorten=options.shorten, admin=admin),
                found,
            )
        case Kind.V2:
            return v2.steps(
                server,
                v2.Wanted(
                    org=options.org,
                    buckets=wanted,
                    tokens=tokens,
                    renew=options.renew,
                    shorten=options.shorten,
                    downsampling=options.downsampling,
                    admin=admin,
                ),
            )
        case Kind.V3:
            token = environment.get(_TOKEN)
            bearer = Credentials.token(token, _TOKEN, scheme="Bearer") if token else None
            return v3.steps(server.with_credentials(bearer), wanted)
        case Kind.VICTORIA_METRICS:
            return victoria.steps(server)


def _run(steps: Iterator[Step], *, check: bool) -> int:
    """Print each step, made where it lacked; return whether anything still lacks."""
    lacking = 0
    for step in steps:
        if step.lacking is None:
            print(f"  ok     {step.what}")
        elif check or step.mend is None:
            lacking += 1
            print(f"  LACKS  {step.what}: {step.lacking}")
        else:
            step.mend()
            print(f"  made   {step.what} ({step.lacking})")
        if step.note:
            print(f"         note: {step.note}")
    print("all is well" if not lacking else f"lacking: {lacking}")
    return int(lacking > 0)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/setup_influxdb",
        description="Makes the buckets, tokens and users that the export needs; what is there already is left alone.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    url = os.environ.get("INFLUX_URL")
    parser.add_argument("--url", default=url, required=url is None, help="like http://192.0.2.7:8086")
    parser.add_argument("--org", default=os.environ.get("INFLUX_ORG", "home"), help="organisation of InfluxDB 2 (home)")
    parser.add_argument("--shared", action="store_true", help="one bucket for all utilities instead of four")
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 when something lacks")
    parser.add_argument(
        "--tokens", type=Path, default=Path("influx_tokens.env"), metavar="FILE", help=f"keeps {WRITE} and {READ}"
    )
    parser.add_argument("--renew", action="store_true", help="make a new token or password where the old one is lost")
    parser.add_argument("--shorten", action="store_true", help="shorten a longer retention too; older points go")
    parser.add_argument("--downsampling", action="store_true", help="a task that keeps hourly values (InfluxDB 2)")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="certificate of an own authority")
    return parser.parse_args(arguments)
