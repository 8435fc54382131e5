"""What the command can be told."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from custom_components.meter_vision.export.schema import RETENTION
from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.models import MeterKind

from .series import CONFIDENCE, Wanted

_EPILOG: Final = """environment:
  INFLUX_SOURCE_TOKEN, or INFLUX_SOURCE_USER and INFLUX_SOURCE_PASSWORD   may read the source
  INFLUX_TARGET_TOKEN        may write the target; user:password for InfluxDB 1.8
  INFLUX_TARGET_READ_TOKEN   may read it, for the comparison at the end, if the other may not
Broken off, it goes on where it was when it is run again with the same options.
Exit status: 0 all is copied; 1 the two sides differ; 2 it could not be done."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options; leave with a message if they make no sense."""
    parser = argparse.ArgumentParser(
        prog="scripts/migrate_influxdb",
        description="Copies a meter's readings from another schema in InfluxDB into that of Meter Vision.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    schemas = parser.add_subparsers(dest="schema", required=True, metavar="meter_reading|home_assistant")
    original = schemas.add_parser("meter_reading", help="the schema of computer-vision-utility-monitor")
    meter = original.add_mutually_exclusive_group(required=True)
    meter.add_argument("--camera", help="the tag `camera`, as influxdb_writer.py sets it")
    meter.add_argument("--meter", help="the tag `meter`, as influx_logger.py sets it")
    original.add_argument("--field", default="total_reading", help="the field (total_reading)")
    own = schemas.add_parser("home_assistant", help="what Home Assistant's own InfluxDB integration has written")
    own.add_argument("--entity", required=True, help="the sensor, like sensor.water_total")
    own.add_argument("--measurement", help="the measurement, usually the sensor's unit (that of --unit)")
    for schema in (original, own):
        _add_source(schema)
        _add_target(schema)
        schema.add_argument("--cursor", type=Path, metavar="FILE", help="how far it is (migration-METER-REGISTER.json)")
        schema.add_argument("--dry-run", action="store_true", help="read and count, write nothing")
    options = parser.parse_args(arguments)
    options.unit = options.unit or CATALOGUE[MeterKind(options.kind)].default_register.unit
    options.cursor = options.cursor or Path(f"migration-{options.meter_id}-{options.register}.json")
    return options


def _add_source(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("source")
    source.add_argument("--source-url", required=True, metavar="URL")
    source.add_argument("--source-bucket", required=True, metavar="NAME", help="bucket, or database of 1.x and 3")
    source.add_argument("--source-org", default="home", metavar="NAME", help="organisation of InfluxDB 2 (home)")
    source.add_argument("--source-ca", type=Path, metavar="FILE", help="certificate of an own authority")
    source.add_argument("--language", choices=["flux", "influxql"], help="how to ask (flux for 2.x, else influxql)")
    source.add_argument("--since", type=_time, metavar="TIME", help="leave out what is older, like 2026-01-01")
    source.add_argument(
        "--until", type=_time, metavar="TIME", help="leave out what is newer, like the first own reading"
    )
    source.add_argument(
        "--factor", type=Decimal, default=Decimal(1), help="what values are multiplied by to be in --unit (1)"
    )


def _add_target(parser: argparse.ArgumentParser) -> None:
    target = parser.add_argument_group("target")
    target.add_argument("--target-url", required=True, metavar="URL")
    target.add_argument("--shared", action="store_true", help="one bucket for all utilities instead of four")
    target.add_argument("--target-org", default="home", metavar="NAME", help="organisation of InfluxDB 2 (home)")
    target.add_argument("--target-ca", type=Path, metavar="FILE", help="certificate of an own authority")
    target.add_argument("--kind", required=True, choices=[kind.value for kind in MeterKind])
    target.add_argument("--meter-id", required=True, metavar="ID", help="the meter's id in Meter Vision")
    target.add_argument("--register", default="main", help="(main)")
    target.add_argument("--site", default="home", help="(home)")
    target.add_argument("--unit", help="(m³, or kWh for electricity)")
    target.add_argument(
        "--raw-days",
        type=int,
        default=RETENTION.days - 1,
        metavar="N",
        help=f"older readings become days and months only ({RETENTION.days - 1}, which the buckets keep)",
    )
    target.add_argument(
        "--time-zone",
        required=True,
        type=_zone,
        metavar="ZONE",
        help="of the house, like Europe/Berlin; days begin there",
    )


def wanted(options: argparse.Namespace) -> Wanted:
    """Return where the readings stand in the chosen schema."""
    if options.schema == "home_assistant":
        domain, _, name = options.entity.partition(".")
        return Wanted(
            bucket=options.source_bucket,
            measurement=options.measurement or options.unit,
            value_field="value",
            tags={"domain": domain, "entity_id": name},
        )
    tags = {"camera": options.camera} if options.camera else {"meter": options.meter}
    return Wanted(
        bucket=options.source_bucket,
        measurement="meter_reading",
        value_field=options.field,
        tags=tags,
        told=(CONFIDENCE,),
    )


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError) as err:
        raise argparse.ArgumentTypeError(f"there is no time zone {text}") from err


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
