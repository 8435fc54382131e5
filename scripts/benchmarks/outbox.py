"""How fast a long backlog leaves, into a real VictoriaMetrics, and what that takes of the machine."""

import asyncio
from collections.abc import Iterator
import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import batched
import json
from pathlib import Path
from tempfile import TemporaryDirectory
import time
from urllib.parse import urlencode
from urllib.request import urlopen

from custom_components.meter_vision.export.delivery import Delivery
from custom_components.meter_vision.export.drainer import Drainer, Status
from custom_components.meter_vision.export.meter_points import LookFigures, MeterPoints
from custom_components.meter_vision.export.points import Series, milliseconds
from custom_components.meter_vision.export.schema import BucketMode
from custom_components.meter_vision.export.server import Server
from custom_components.meter_vision.export.settings import ExportSettings, ServerKind
from custom_components.meter_vision.export.stands import Stand
from custom_components.meter_vision.metering.models import Confidence, MeterKind, Outcome
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit, OutgoingPoint
from tests.influx.servers import victoria_metrics

from .loop_probe.handles import Handles
from .row import Row

TITLE = "A month of 100 meters in the outbox, on its way into VictoriaMetrics"
_METERS = 100
_LOOKS = 4500
"""Of each meter; every look is two points."""
_MONTH = timedelta(days=30)
_COMMITTED = 5000
_VICTORIA = ("-retentionPeriod=5y", "-search.latencyOffset=0s", "-memory.allowedBytes=256MB")
_KINDS = tuple(MeterKind)


def rows() -> Iterator[Row]:
    """Fill an outbox, let it drain, and yield the figures."""
    with TemporaryDirectory() as folder:
        (data := Path(folder) / "victoria").mkdir()
        store = AccountStore.open(Path(folder) / "account.db")
        end = datetime.now(UTC).replace(microsecond=0)
        for points in batched(_backlog(end), _COMMITTED, strict=True):
            store.commit(Commit(meter="m", recorded_at=end, points=points))
        with victoria_metrics(data, *_VICTORIA) as url:
            yield from asyncio.run(_drained(store, url))
            yield Row("looks found there afterwards", f"{_found(url):,}", f"{_METERS * _LOOKS:,}")
        store.close()


def _backlog(end: datetime) -> Iterator[OutgoingPoint]:
    """Yield what the meters would have exported in the month before, the oldest first."""
    meters = [_lines(number) for number in range(_METERS)]
    for look in range(_LOOKS):
        time_of_look = end - _MONTH + _MONTH / _LOOKS * look
        for bucket, reading, quality in meters:
            for line in (reading, quality):
                text = f"{line} {milliseconds(time_of_look)}".replace("12345.678", f"{1000 + look / 10:.3f}")
                yield OutgoingPoint(bucket=bucket, line=text, time=time_of_look)


def _lines(number: int) -> tuple[str, str, str]:
    """Return a meter's bucket and its two kinds of line without their times."""
    kind = _KINDS[number % len(_KINDS)]
    series = Series(kind=kind, meter_id=f"meter_{number}", register="main", site="home", unit="kWh")
    maker = MeterPoints(series=series, mode=BucketMode.SEPARATE, camera=f"camera.meter_{number}")
    now = datetime.now(UTC)
    value = Decimal("12345.678")
    stand = Stand(time=now, reading=value, consumption=value, delta=Decimal("0.123"), rate=Decimal("0.492"))
    look = LookFigures(
        time=now,
        outcome=Outcome.ACCEPTED,
        rule="in_window",
        confidence=Confidence.HIGH,
        margin=4.2,
        model="claude",
        input_tokens=1500,
        output_tokens=150,
        api_cost=Decimal("0.0003"),
    )
    (reading,) = maker.reading(stand, confidence=Confidence.HIGH)
    (quality,) = maker.verdict(look)
    return reading.bucket, reading.line.rpartition(" ")[0], quality.line.rpartition(" ")[0]


async def _drained(store: AccountStore, url: str) -> list[Row]:
    server = Server(ExportSettings(kind=ServerKind.VICTORIA_METRICS, url=url))
    await asyncio.to_thread(server.write, "warm_up", ["a b=1 1"], datetime.now(UTC))
    waiting = store.outbox_state().waiting
    shown: list[Status] = []
    drainer = Drainer(
        delivery=Delivery(store, server, lambda longest: longest),
        outbox_state=store.outbox_state,
        executor=asyncio.to_thread,
        now=lambda: datetime.now(UTC),
        on_change=shown.append,
    )
    before = highest = _memory()
    with Handles() as handles:
        started = time.perf_counter()
        task = asyncio.create_task(drainer.run())
        while not any(status.outbox.waiting for status in shown) or shown[-1].outbox.waiting:
            await asyncio.sleep(0.02)
            highest = max(highest, _memory())
        spent = time.perf_counter() - started
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    server.close()
    rate, memory, longest = waiting / spent, (highest - before) / 1e6, max(handles.ours()) * 1000
    return [
        Row("points", f"{waiting:,}"),
        Row("points per second", f"{rate:,.0f}", "50,000", rate >= 50_000),  # noqa: PLR2004
        Row("memory beyond what it took before, at most", f"{memory:.1f} MB", "15 MB", memory <= 15),  # noqa: PLR2004
        Row("longest callback of ours in the event loop", f"{longest:.2f} ms", "5 ms", longest <= 5),  # noqa: PLR2004
    ]


def _memory() -> int:
    """Return the memory that this process holds, in bytes."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


def _found(url: str) -> int:
    """Return how many verdicts VictoriaMetrics holds."""
    with urlopen(f"{url}/internal/force_flush") as answer:  # noqa: S310  our own server
        answer.read()
    query = urlencode({"query": "sum(count_over_time(meter_quality_accepted[40d]))"})
    with urlopen(f"{url}/api/v1/query?{query}") as answer:  # noqa: S310
        ((_, (_, count)),) = ((None, row["value"]) for row in json.load(answer)["data"]["result"])
    return int(count)
