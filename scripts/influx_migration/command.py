"""The command: connect both sides, copy, compare."""

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
import os
import sys

from custom_components.meter_vision.export.meter_points import MeterPoints
from custom_components.meter_vision.export.points import Series
from custom_components.meter_vision.export.schema import (
    DAILY,
    METER_BUCKETS,
    READINGS,
    BucketMode,
    Measurement,
    bucket_name,
)
from custom_components.meter_vision.metering.models import MeterKind
from scripts.influx.kind import Kind, detect
from scripts.influx.server import Credentials, InfluxError, Server

from .cursor import Cursor
from .flux_source import FluxSource
from .influxql_source import InfluxQLSource
from .migrate import Plan, begin, days, run
from .options import parse, wanted
from .series import Source
from .target import Counter, Target

_SHOWN = 20
"""Differing days that are shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy one meter's readings; return the exit status."""
    options = parse(arguments)
    try:
        plan = _plan(options)
        if (cursor := begin(plan, resume=not options.dry_run)) is None:
            print(f"error: nothing is there to copy: {wanted(options)}", file=sys.stderr)
            return 2
        if options.dry_run:
            return _tell(run(plan, cursor, None))
        return _copy(options, plan, cursor)
    except (InfluxError, OSError) as err:
        print(f"error: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("broken off; run it again to go on", file=sys.stderr)
        return 2


def _copy(options: argparse.Namespace, plan: Plan, cursor: Cursor) -> int:
    token = os.environ.get("INFLUX_TARGET_TOKEN", "")
    server = Server.at(options.target_url, ca=options.target_ca)
    found = detect(server.with_credentials(_token(token, "INFLUX_TARGET_TOKEN")))
    if not found.takes_points:
        raise InfluxError(f"{server.url} is {found}; points are written to 1.8 or newer")
    target = Target.at(server, token=token, org=options.target_org, ca=options.target_ca)
    if cursor.seen:
        print(f"going on at {cursor.day}", file=sys.stderr)
    run(plan, cursor, target.write)
    _tell(cursor)
    reader = _reader(server, found.kind, os.environ.get("INFLUX_TARGET_READ_TOKEN") or token)
    return _compare(options, plan, cursor, partial(_counter, options, plan, reader, found.kind))


def _compare(options: argparse.Namespace, plan: Plan, cursor: Cursor, counter: Callable[[Measurement], Counter]) -> int:
    """Count both sides and say on which days they differ."""
    kind = MeterKind(options.kind)
    span = list(days(max(cursor.start, cursor.since).astimezone(UTC).date(), cursor.end.astimezone(UTC).date()))
    found = counter(READINGS[kind]).by_day("reading", span)
    differing = [day for day in span if found.get(day, 0) != cursor.readings.get(day, 0)]
    for day in differing[:_SHOWN]:
        print(f"  {day}: {cursor.readings.get(day, 0)} in the source, {found.get(day, 0)} in the target")
    print(f"readings: {len(cursor.readings)} days compared, {len(differing)} differ")
    local = [moment.astimezone(plan.zone) for moment in (cursor.start, cursor.end)]
    whole = list(days(local[0].date() - timedelta(days=1), local[1].date() + timedelta(days=1)))
    daily = sum(counter(DAILY[kind]).by_day("total", whole).values())
    print(f"daily values: {cursor.periods} written, {daily} in the target")
    return int(bool(differing) or daily < cursor.periods)


def _counter(options: argparse.Namespace, plan: Plan, reader: Server, kind: Kind, measurement: Measurement) -> Counter:
    bucket = METER_BUCKETS[MeterKind(options.kind)] if measurement.bucket is None else measurement.bucket
    return Counter(
        server=reader,
        kind=kind,
        org=options.target_org,
        bucket=bucket_name(bucket, plan.maker.mode),
        measurement=measurement,
        tags=plan.maker.series.tags,
    )


def _tell(cursor: Cursor) -> int:
    first, last = cursor.start.astimezone(UTC), cursor.end.astimezone(UTC)
    readings = sum(cursor.readings.values())
    print(f"{cursor.seen:,} readings from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC")
    print(f"{readings:,} points of readings since {max(cursor.since, first):%Y-%m-%d}, {cursor.periods:,} of days")
    if cursor.unusable:
        print(f"left out, because they are no numbers: {cursor.unusable:,}")
    return 0


def _plan(options: argparse.Namespace) -> Plan:
    now = datetime.now(UTC)
    series = Series(
        kind=MeterKind(options.kind),
        meter_id=options.meter_id,
        register=options.register,
        site=options.site,
        unit=options.unit,
    )
    return Plan(
        source=_source(options),
        maker=MeterPoints(
            series=series,
            mode=BucketMode.SHARED if options.shared else BucketMode.SEPARATE,
            camera=getattr(options, "camera", None),
        ),
        factor=options.factor,
        zone=options.time_zone,
        since=options.since,
        until=options.until or now,
        oldest=now - timedelta(days=options.raw_days),
        what={name: str(value) for name, value in vars(options).items() if name not in {"cursor", "dry_run"}},
        cursor=options.cursor,
    )


def _source(options: argparse.Namespace) -> Source:
    server = Server.at(options.source_url, ca=options.source_ca)
    token, user = os.environ.get("INFLUX_SOURCE_TOKEN"), os.environ.get("INFLUX_SOURCE_USER")
    if user:
        password = os.environ.get("INFLUX_SOURCE_PASSWORD", "")
        server = server.with_credentials(Credentials.login(user, password, "INFLUX_SOURCE_USER"))
    elif token:
        server = server.with_credentials(_token(token, "INFLUX_SOURCE_TOKEN"))
    kind = detect(server).kind
    if kind is Kind.VICTORIA_METRICS:
        raise InfluxError("VictoriaMetrics cannot be asked for points; it has tools of its own for moving them (vmctl)")
    language = options.language or ("flux" if kind is Kind.V2 else "influxql")
    if language == "flux":
        return FluxSource(server, options.source_org, wanted(options))
    return InfluxQLSource(server, wanted(options))


def _token(token: str, source: str) -> Credentials | None:
    return Credentials.token(token, source) if token else None


def _reader(server: Server, kind: Kind, token: str) -> Server:
    """Return the target for reading: 1.x wants the two halves of its token."""
    user, separator, password = token.partition(":")
    if kind is Kind.V1 and separator:
        return server.with_credentials(Credentials.login(user, password, "INFLUX_TARGET_READ_TOKEN"))
    return server if kind is Kind.V1 else server.with_credentials(_token(token, "INFLUX_TARGET_READ_TOKEN"))
