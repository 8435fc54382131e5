"""The task that empties the outbox: woken, patient, observable, and quiet in the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
import threading

import pytest

from custom_components.meter_vision.export import drainer as module
from custom_components.meter_vision.export.answers import Problem
from custom_components.meter_vision.export.delivery import Delivery, Round
from custom_components.meter_vision.export.drainer import Drainer, Status
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.errors import StoreError
from custom_components.meter_vision.store.models import OutboxState

from .queue import NOW, fill, left
from .sink import Fault, Sink


class Running:
    """A drainer at work and everything it has shown."""

    def __init__(self, delivery: Delivery, store: AccountStore) -> None:
        """Prepare; nothing runs yet."""
        self.shown: list[Status] = []
        self.threads: set[int] = set()
        self.drainer = Drainer(
            delivery=delivery,
            outbox_state=store.outbox_state,
            executor=self._elsewhere,
            now=lambda: datetime.now(UTC),
            on_change=self.shown.append,
        )

    async def _elsewhere(self, job: Callable[[], object]) -> object:
        def noted() -> object:
            self.threads.add(threading.get_ident())
            return job()

        return await asyncio.to_thread(noted)

    async def until(self, condition: Callable[[Status], bool]) -> Status:
        """Wait until it shows something."""
        async with asyncio.timeout(10):
            while not condition(self.drainer.status):  # noqa: ASYNC110  as an entity would see it
                await asyncio.sleep(0.01)
        return self.drainer.status


@asynccontextmanager
async def working(delivery: Delivery, store: AccountStore) -> AsyncIterator[Running]:
    """Let a drainer work."""
    running = Running(delivery, store)
    task = asyncio.create_task(running.drainer.run())
    try:
        yield running
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.get_running_loop().shutdown_default_executor()


async def test_what_is_there_goes_out_and_news_wake_it(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(5))
    async with working(delivery, store) as running:
        await running.until(lambda status: status.last_success is not None and not status.outbox.waiting)
        fill(store, range(5, 8))
        running.drainer.wake()
        await running.until(lambda _: len(sink.points) == 8)

        assert threading.get_ident() not in running.threads
    assert left(store) == []


async def test_trouble_can_be_seen_and_goes_away(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(5))
    sink.faults.append(Fault(503, "starting"))
    async with working(delivery, store) as running:
        status = await running.until(lambda status: status.problem is not None and status.outbox.waiting == 5)
        assert (status.problem, status.message, status.outbox.oldest) == (Problem.BUSY, "starting", NOW)
        assert status.last_success is None

        status = await running.until(lambda status: status.problem is None and status.outbox.waiting == 0)
        assert status.last_success is not None
    assert len(sink.points) == 5


async def test_refused_points_are_counted(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(5))
    sink.partial = {"reading=3 ": (422, "partial write: no")}
    async with working(delivery, store) as running:
        status = await running.until(lambda status: status.outbox.dead == 1)
    assert status.problem is None


async def test_new_points_do_not_shorten_a_pause_but_do_not_wait_for_a_missing_bucket(
    delivery: Delivery, store: AccountStore, sink: Sink
) -> None:
    sink.buckets.remove("gas_meter")
    fill(store, range(2), "gas_meter")
    async with working(delivery, store) as running:
        await running.until(lambda status: status.problem is Problem.BUCKET_MISSING)
        fill(store, range(2, 5))
        running.drainer.wake()
        await running.until(lambda _: len(sink.points) == 3)

        sink.faults.append(Fault(429, retry_after="600"))
        fill(store, range(5, 6))
        running.drainer.wake()
        await running.until(lambda status: status.problem is Problem.BUSY)
        requests = len(sink.requests)
        running.drainer.wake()
        await asyncio.sleep(0.2)
        assert len(sink.requests) == requests


async def test_the_backlog_is_counted_while_it_waits(
    delivery: Delivery, store: AccountStore, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_REFRESH", timedelta(seconds=0.05))
    fill(store, range(2))
    sink.faults.append(Fault(429, retry_after="600"))
    async with working(delivery, store) as running:
        await running.until(lambda status: status.outbox.waiting == 2)
        fill(store, range(2, 4))
        await running.until(lambda status: status.outbox.waiting == 4)


async def test_being_cancelled_lets_a_request_finish(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(5))
    sink.slow = 0.3
    async with working(delivery, store):
        await asyncio.sleep(0.1)

    assert (len(sink.points), left(store)) == (5, [])


class Broken:
    """An outbox that cannot be read at first."""

    rounds = 0

    def round(self, now: datetime) -> Round:
        """Fail the first time."""
        del now
        self.rounds += 1
        if self.rounds == 1:
            raise StoreError(reason="disk I/O error")
        return Round(delivered=1, refused=0, problem=None, message="", pause=None)


async def test_an_outbox_that_cannot_be_read_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        module, "_UNUSABLE", Round(delivered=0, refused=0, problem=None, message="", pause=timedelta(seconds=0.05))
    )
    broken = Broken()
    drainer = Drainer(
        delivery=broken,
        outbox_state=lambda: OutboxState(waiting=0, oldest=None, dead=0, missed=None),
        executor=asyncio.to_thread,
        now=lambda: datetime.now(UTC),
        on_change=lambda _: None,
    )
    task = asyncio.create_task(drainer.run())
    async with asyncio.timeout(5):
        while drainer.status.last_success is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await asyncio.get_running_loop().shutdown_default_executor()
    assert "disk I/O error" in caplog.text
