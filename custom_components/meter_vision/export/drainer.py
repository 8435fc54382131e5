"""The one task that empties the outbox, and what can be seen of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging
from typing import Final, Protocol

from ..store.errors import StoreError
from ..store.models import OutboxState
from .answers import Problem
from .delivery import Round

_LOGGER = logging.getLogger(__name__)
_REFRESH: Final = timedelta(minutes=1)
"""How often the backlog is counted, for its age grows by itself."""
_UNUSABLE: Final = Round(delivered=0, refused=0, problem=None, message="", pause=timedelta(minutes=1))
"""After an error of the outbox itself."""
_NOTHING: Final = OutboxState(waiting=0, oldest=None, dead=0, missed=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the export stands."""

    outbox: OutboxState = _NOTHING
    last_success: datetime | None = None
    problem: Problem | None = None
    message: str = ""
    """What the server said."""


class Rounds(Protocol):
    """What makes the rounds."""

    def round(self, now: datetime) -> Round:
        """Send the first points of the outbox."""
        ...


type Run = Callable[[Callable[[], object]], Awaitable[object]]


class Drainer:
    """Makes one round after the other in an executor; a crash between any two loses nothing."""

    def __init__(
        self,
        *,
        delivery: Rounds,
        outbox_state: Callable[[], OutboxState],
        executor: Run,
        now: Callable[[], datetime],
        on_change: Callable[[Status], None],
    ) -> None:
        """Take what blocks, what runs it elsewhere, a clock, and whoever wants to know; nothing is sent yet."""
        self.status = Status()
        self._delivery = delivery
        self._outbox_state = outbox_state
        self._executor = executor
        self._now = now
        self._on_change = on_change
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that there are new points."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled; a round that is under way is finished first, in its own thread."""
        counted: datetime | None = None
        while True:
            self._news.clear()
            done = await self._round()
            now = self._now()
            if counted is None or done.pause != timedelta(0) or now - counted >= _REFRESH:
                await self._count()
                counted = now
            if done.pause is None:
                await self._wait_for_news(done.again)
            else:
                await self._wait(done.pause)

    async def _round(self) -> Round:
        now = self._now()
        try:
            done = await self._in_executor(lambda: self._delivery.round(now))
        except StoreError as err:
            _LOGGER.warning("The outbox cannot be used at the moment: %s", err.placeholders.get("reason"))
            return _UNUSABLE
        if done.problem is not self.status.problem:
            if done.problem is None:
                _LOGGER.info("Points reach the server again")
            else:
                _LOGGER.warning("Points wait for the server (%s): %s", done.problem, done.message)
        self._show(
            replace(
                self.status,
                last_success=self._now() if done.delivered else self.status.last_success,
                problem=done.problem,
                message=done.message,
            )
        )
        return done

    async def _count(self) -> None:
        with contextlib.suppress(StoreError):
            self._show(replace(self.status, outbox=await self._in_executor(self._outbox_state)))

    async def _wait(self, pause: timedelta) -> None:
        """Wait out a pause that new points do not shorten, and count meanwhile."""
        end = self._now() + pause
        while (left := end - self._now()) > timedelta(0):
            await asyncio.sleep(min(left, _REFRESH).total_seconds())
            await self._count()

    async def _wait_for_news(self, longest: timedelta | None) -> None:
        """Wait for new points, or that long, and count while some are waiting."""
        end = None if longest is None else self._now() + longest
        while not self._news.is_set() and (end is None or self._now() < end):
            pause = _REFRESH if self.status.outbox.waiting else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if pause is None else pause.total_seconds()):
                    await self._news.wait()
                    return
            await self._count()

    async def _in_executor[T](self, job: Callable[[], T]) -> T:
        results: list[T] = []
        under_way = asyncio.ensure_future(self._executor(lambda: results.append(job())))
        try:
            await asyncio.shield(under_way)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await under_way
            raise
        return results[0]

    def _show(self, status: Status) -> None:
        if status != self.status:
            self.status = status
            self._on_change(status)
