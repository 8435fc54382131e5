"""Round trips through real servers: InfluxDB's engine and VictoriaMetrics."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from custom_components.meter_vision.export.answers import Problem
from custom_components.meter_vision.export.check import check
from custom_components.meter_vision.export.delivery import Delivery, Round
from custom_components.meter_vision.export.errors import ExportBucketError, ExportTokenError, ExportVersionError
from custom_components.meter_vision.export.meter_points import MeterPoints
from custom_components.meter_vision.export.points import Series
from custom_components.meter_vision.export.schema import BucketMode
from custom_components.meter_vision.export.server import Server
from custom_components.meter_vision.export.settings import ExportSettings, ServerKind
from custom_components.meter_vision.export.stands import Stand
from custom_components.meter_vision.metering.models import Confidence, MeterKind
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit, OutgoingPoint
from tests.influx.servers import victoria_metrics

from .conftest import settings
from .engine import Engine, running_engine
from .queue import dead

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)


@pytest.fixture
def engine(socket_enabled: None, tmp_path: Path) -> Iterator[Engine]:
    """Return the engine behind the shim."""
    del socket_enabled
    with running_engine(tmp_path) as engine:
        yield engine


def send(store: AccountStore, wanted: ExportSettings, *points: OutgoingPoint) -> Round:
    """Queue points and make one round."""
    store.commit(Commit(meter="m", recorded_at=START, points=points))
    server = Server(wanted)
    done = Delivery(store, server, lambda longest: longest).round(datetime.now(UTC))
    server.close()
    return done


def maker(register: str = "main") -> MeterPoints:
    """Return what makes points of a water meter."""
    series = Series(kind=MeterKind.WATER, meter_id="cellar", register=register, site="Our house, left=right", unit="m³")
    return MeterPoints(series=series, mode=BucketMode.SHARED, camera='camera "one"')


def reading(hours: float, value: str, register: str = "main", *, estimated: bool = False) -> OutgoingPoint:
    """Return the point of a reading some hours after the start."""
    stand = Stand(
        time=START + timedelta(hours=hours),
        reading=Decimal(value),
        consumption=Decimal(value),
        delta=Decimal(1),
        rate=Decimal(1),
        estimated=estimated,
    )
    return next(maker(register).reading(stand, confidence=Confidence.HIGH))


def raw(line: str, hours: float = 0) -> OutgoingPoint:
    """Return any line."""
    time = START + timedelta(hours=hours)
    return OutgoingPoint(bucket="utility", line=f"{line} {int(time.timestamp() * 1000)}", time=time)


def test_what_is_written_can_be_read_as_it_was(engine: Engine, store: AccountStore) -> None:
    done = send(store, engine.settings, reading(0, "812.0415"), reading(1, "813"))

    assert (done.delivered, done.problem) == (2, None)
    rows = engine.query("SELECT * FROM water_meter")
    assert [(row["time"], row["reading"]) for row in rows] == [
        (START.timestamp() * 1000, 812.0415),
        (START.timestamp() * 1000 + 3_600_000, 813),
    ]
    tags = {name: rows[0][name] for name in ("meter_id", "register", "site", "unit", "camera", "source")}
    assert tags == {
        "meter_id": "cellar",
        "register": "main",
        "site": "Our house, left=right",
        "unit": "m³",
        "camera": 'camera "one"',
        "source": "camera",
    }


def test_writing_again_replaces_and_two_registers_do_not(engine: Engine, store: AccountStore) -> None:
    send(store, engine.settings, reading(0, "5"), reading(0, "7", "night"), reading(1, "6"))
    send(store, engine.settings, reading(0, "5"), reading(1, "5.5", estimated=True))

    rows = engine.query("SELECT reading, estimated, source, register FROM water_meter")
    assert [(row["reading"], row["estimated"], row["source"], row["register"]) for row in rows] == [
        (5, 0, "camera", "main"),
        (7, 0, "camera", "night"),
        (5.5, 1, "interpolated", "main"),
    ]


def test_a_type_conflict_costs_only_its_own_lines(engine: Engine, store: AccountStore) -> None:
    send(store, engine.settings, raw("power,m=a value=1", 0))
    done = send(
        store, engine.settings, raw("power,m=a value=2", 1), raw('power,m=a value="x"', 2), raw("power,m=a value=3", 3)
    )

    assert (done.delivered, done.refused, done.problem) == (2, 1, None)
    (letter,) = store.dead_letters(10)
    assert "field type conflict" in letter.message
    assert [row["value"] for row in engine.query("SELECT value FROM power")] == [1, 2, 3]


def test_points_beyond_the_retention_are_set_apart(engine: Engine, store: AccountStore) -> None:
    done = send(store, engine.settings, reading(-24 * 500, "1"), reading(0, "5"))

    assert (done.delivered, done.refused) == (1, 1)
    assert "beyond retention policy" in store.dead_letters(1)[0].message
    assert len(engine.query("SELECT reading FROM water_meter")) == 1


def test_a_malformed_line_is_found(engine: Engine, store: AccountStore) -> None:
    done = send(store, engine.settings, raw("a b=1"), raw("not line protocol"), raw("a b=2", 1))

    assert (done.delivered, done.refused) == (2, 1)
    assert "unable to parse" in store.dead_letters(1)[0].message


def test_a_missing_database_waits(engine: Engine, store: AccountStore) -> None:
    engine.query("DROP DATABASE utility")
    done = send(store, engine.settings, reading(0, "5"))

    assert (done.problem, len(store.waiting(9))) == (Problem.BUCKET_MISSING, 1)
    with pytest.raises(ExportBucketError):
        check(engine.settings)
    engine.query("CREATE DATABASE utility")
    assert send(store, engine.settings).delivered == 1


def test_the_connection_test_writes_nothing(engine: Engine) -> None:
    assert check(engine.settings) == "InfluxDB 1 1.8.10"
    assert engine.query("SHOW MEASUREMENTS") == []
    with pytest.raises(ExportTokenError):
        check(settings(engine.settings.url, kind=ServerKind.INFLUXDB_1, token="wrong"))
    with pytest.raises(ExportVersionError):
        check(settings(engine.own, kind=ServerKind.INFLUXDB_1))


def test_thousands_of_points_in_few_requests(engine: Engine, store: AccountStore) -> None:
    points = [reading(-number / 60, str(number)) for number in range(3000)]
    store.commit(Commit(meter="m", recorded_at=START, points=tuple(points)))
    server = Server(engine.settings)
    delivery = Delivery(store, server, lambda longest: longest)
    while store.waiting(1):
        delivery.round(datetime.now(UTC))
    server.close()

    assert engine.query("SELECT count(reading) FROM water_meter")[0]["count"] == 3000
    assert dead(store) == {}


def exported(url: str, metric: str) -> list[dict[str, object]]:
    """Return all samples of a metric."""
    with urlopen(f"{url}/internal/force_flush") as answer:  # noqa: S310
        answer.read()
    with urlopen(f"{url}/api/v1/export?{urlencode({'match[]': metric})}") as answer:  # noqa: S310
        return [json.loads(line) for line in answer.read().splitlines()]


@pytest.fixture
def victoria(socket_enabled: None, tmp_path: Path) -> Iterator[str]:
    """Run VictoriaMetrics."""
    del socket_enabled
    flags = ("-retentionPeriod=5y", "-search.latencyOffset=0s", "-dedup.minScrapeInterval=1ms")
    with victoria_metrics(tmp_path, *flags) as url:
        yield url


def test_victoria_metrics(victoria: str, store: AccountStore) -> None:
    wanted = settings(victoria, kind=ServerKind.VICTORIA_METRICS, token="")
    assert check(wanted).startswith("VictoriaMetrics")

    # Of two samples of one time it keeps one, whichever it likes; docs/influxdb.md says so.
    send(store, wanted, reading(0, "5.25"), reading(0, "7", "night"), reading(1, "5.5"))
    done = send(store, wanted, reading(1, "6", estimated=True))

    assert (done.problem, store.waiting(9), store.dead_letters(9)) == (None, [], ())
    found = {str(one["metric"]["register"]): one for one in exported(victoria, "water_meter_reading")}  # type: ignore[index]
    assert found["main"]["values"] in ([5.25, 6], [5.25, 5.5])
    assert found["night"]["values"] == [7]
    assert found["main"]["timestamps"] == [START.timestamp() * 1000, START.timestamp() * 1000 + 3_600_000]
    assert found["main"]["metric"]["site"] == "Our house, left=right"  # type: ignore[index]


def test_victoria_metrics_with_a_password(socket_enabled: None, tmp_path: Path, store: AccountStore) -> None:
    del socket_enabled
    with victoria_metrics(tmp_path, "-httpAuth.username=user", "-httpAuth.password=pass") as url:
        wanted = settings(url, kind=ServerKind.VICTORIA_METRICS, token="user:pass")
        assert check(wanted).startswith("VictoriaMetrics")
        assert send(store, wanted, reading(0, "5")).delivered == 1
        with pytest.raises(ExportTokenError):
            check(settings(url, kind=ServerKind.VICTORIA_METRICS, token="user:wrong"))
