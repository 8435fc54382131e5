"""Points: what the schema says, floats only, and no two registers in one another's way."""

from datetime import UTC, datetime
from decimal import Decimal
import subprocess
import sys

import pytest

from custom_components.meter_vision.export.meter_points import LookFigures, MeterPoints
from custom_components.meter_vision.export.points import Series, build
from custom_components.meter_vision.export.schema import (
    COSTS,
    MEASUREMENTS,
    QUALITY,
    STATUS,
    TAGS,
    WATER,
    BucketMode,
    bucket_names,
)
from custom_components.meter_vision.export.stands import Stand
from custom_components.meter_vision.metering.models import Confidence, MeterKind, Outcome
from tests.repository import ROOT

from .lines import parse

TIME = datetime(2026, 11, 22, 8, 15, 0, 250_000, tzinfo=UTC)
MILLISECONDS = 1795335300250


def series(kind: MeterKind = MeterKind.WATER, *, register: str = "main", unit: str = "m³") -> Series:
    return Series(kind=kind, meter_id="cellar", register=register, site="Our house, left=right", unit=unit)


def points(kind: MeterKind = MeterKind.WATER, mode: BucketMode = BucketMode.SEPARATE, **tags: str) -> MeterPoints:
    return MeterPoints(series=series(kind, **tags), mode=mode, camera="camera.cellar")


def stand(**changes: object) -> Stand:
    usual = {
        "time": TIME,
        "reading": Decimal("812.0415"),
        "consumption": Decimal(813),
        "delta": Decimal("0.25"),
        "rate": Decimal(1),
    }
    return Stand(**{**usual, **changes})  # type: ignore[arg-type]


def test_a_reading_of_water() -> None:
    (point,) = points().reading(stand(), confidence=Confidence.HIGH)

    line = parse(point.line)
    assert (point.bucket, point.time) == ("water_meter", TIME)
    assert (line.measurement, line.milliseconds) == ("water_meter", MILLISECONDS)
    assert line.tags == {"meter_id": "cellar", "register": "main", "site": "Our house, left=right", "unit": "m³"}
    assert line.fields == {
        "reading": 812.0415,
        "consumption": 813.0,
        "delta": 0.25,
        "flow_rate": 1.0,
        "confidence": 1.0,
        "estimated": 0.0,
        "camera": "camera.cellar",
        "source": "camera",
    }


@pytest.mark.parametrize(("unit", "watts"), [("kWh", 1000.0), ("Wh", 1.0), ("MJ", 277.77777777777777)])
def test_electricity_has_power_in_watts(unit: str, watts: float) -> None:
    (point,) = points(MeterKind.ELECTRICITY, unit=unit).reading(stand())

    fields = parse(point.line).fields
    assert point.bucket == "electric_meter"
    assert fields["power"] == pytest.approx(watts)
    assert "flow_rate" not in fields


def test_what_is_not_known_is_left_out() -> None:
    (point,) = points().reading(stand(delta=None, rate=None, estimated=True), source="person")

    fields = parse(point.line).fields
    assert {"delta", "flow_rate", "confidence"} & fields.keys() == set()
    assert (fields["estimated"], fields["source"]) == (1.0, "interpolated")


def test_two_registers_of_one_picture_are_two_series() -> None:
    day, night = (next(points(register=name).reading(stand())) for name in ("day", "night"))

    first, second = parse(day.line), parse(night.line)
    assert (first.measurement, first.milliseconds) == (second.measurement, second.milliseconds)
    assert first.tags != second.tags


@pytest.mark.parametrize("outcome", Outcome)
def test_every_verdict_is_told_in_the_meters_own_bucket(outcome: Outcome) -> None:
    look = LookFigures(
        time=TIME, outcome=outcome, rule="in_window", margin=3.5, model="m", input_tokens=9, api_cost=Decimal("0.0003")
    )

    (point,) = points(MeterKind.GAS).verdict(look)

    fields = parse(point.line).fields
    assert point.bucket == "gas_meter"
    assert {name for name in ("accepted", "held", "rejected", "unreadable") if fields[name] == 1.0} == {outcome.value}
    assert (fields["rule"], fields["input_tokens"], fields["api_cost"]) == ("in_window", 9.0, 0.0003)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_a_point_without_any_number_is_none(nothing: Decimal | float | None) -> None:
    fields = {"reading": nothing, "camera": "camera.cellar"}
    assert build(WATER, series(), TIME, fields, BucketMode.SEPARATE) is None


def test_a_field_that_the_schema_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="water_meter has no field redaing"):
        build(WATER, series(), TIME, {"redaing": 1.0}, BucketMode.SEPARATE)


@pytest.mark.parametrize("bad", ["", "  ", "two\nlines"])
def test_a_tag_that_a_server_would_drop_or_change_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="register"):
        series(register=bad)


def test_texts_keep_to_their_line() -> None:
    fields = {"accepted": 1.0, "rule": 'a "rule"\nof two lines\\'}
    point = build(QUALITY, series(), TIME, fields, BucketMode.SEPARATE)
    assert point is not None
    assert "\n" not in point.line


def test_every_number_of_every_measurement_is_a_float() -> None:
    for measurement in MEASUREMENTS:
        fields: dict[str, float | str] = {
            field.name: "text" if field.text else number for number, field in enumerate(measurement.fields)
        }
        point = build(measurement, series(), TIME, fields, BucketMode.SEPARATE)
        assert point is not None
        assert parse(point.line).fields == fields


def test_one_bucket_or_five() -> None:
    assert bucket_names(BucketMode.SEPARATE) == (
        "water_meter",
        "electric_meter",
        "gas_meter",
        "utility_costs",
        "utility_daily",
    )
    assert bucket_names(BucketMode.SHARED) == ("utility", "utility_daily")
    costs = build(COSTS, series(), TIME, {"cost": 1}, BucketMode.SHARED)
    status = build(STATUS, series(), TIME, {"backlog": 1}, BucketMode.SEPARATE)
    assert costs is not None
    assert status is not None
    assert (costs.bucket, status.bucket) == ("utility", "utility_costs")
    assert next(points(mode=BucketMode.SHARED).reading(stand())).bucket == "utility"


def test_no_field_has_the_name_of_a_tag() -> None:
    """InfluxDB 3 refuses that."""
    assert not [one.name for one in MEASUREMENTS if one.names & TAGS.keys()]


def test_the_client_library_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys, importlib, pkgutil, custom_components.meter_vision.export as export\n"
        "names = [name for _, name, _ in pkgutil.iter_modules(export.__path__)]\n"
        "[importlib.import_module(f'{export.__name__}.{name}') for name in names]\n"
        "assert 'client' in names and 'influxdb_client' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)  # noqa: S603  our own code
