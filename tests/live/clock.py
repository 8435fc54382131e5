"""One clock for Home Assistant, camera and household: the real one, or a faster one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import os
import shutil


class ClockError(Exception):
    """The faster clock could not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock and what a process needs in its environment to live by it."""

    speed: float = 1.0
    """Simulated seconds in a real one."""
    real_start: datetime = field(default_factory=lambda: datetime.now(UTC))
    start: datetime = field(default_factory=lambda: datetime.now(UTC))
    """What the clock showed at `real_start`; both aware UTC."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def now(self) -> datetime:
        """Return what the clock shows, aware UTC."""
        return self.start + (datetime.now(UTC) - self.real_start) * self.speed

    async def wait_until(self, time: datetime) -> None:
        """Sleep until the clock shows an aware time."""
        while (left := (time - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  the real clock may be set meanwhile
            await asyncio.sleep(left / self.speed)


@asynccontextmanager
async def running_clock(*, speed: float, start: datetime | None) -> AsyncIterator[Clock]:
    """Give a clock that shows `start` now, or the real one if there is none.

    libfaketime makes the faster one. Processes share it only if they share its beginning, which its launcher keeps in
    shared memory for as long as the launched command runs: so a command that waits is launched, and everybody else gets
    that command's environment. It ends with its standard input, also when this process is killed.
    """
    if start is None:
        yield Clock()
        return
    if (launcher := shutil.which("faketime")) is None:
        message = "the program faketime is missing; install the package faketime"
        raise ClockError(message)
    offset = (start - datetime.now(UTC)).total_seconds()
    shell = "env | grep -E '^(LD_PRELOAD|FAKETIME|FAKETIME_SHARED)='; date +%s.%N; exec cat"
    keeper = await asyncio.create_subprocess_exec(
        launcher, "-f", f"{offset:+.0f} x{speed:g}", "sh", "-c", shell,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    if keeper.stdin is None or keeper.stdout is None:
        raise ClockError
    try:
        yield await _clock(keeper.stdout, speed)
    finally:
        keeper.stdin.close()
        await keeper.wait()


async def _clock(output: asyncio.StreamReader, speed: float) -> Clock:
    environment: dict[str, str] = {}
    while "=" in (line := (await asyncio.wait_for(output.readline(), 10)).decode().strip()):
        name, _, value = line.partition("=")
        environment[name] = value
    if "FAKETIME_SHARED" not in environment:
        message = f"faketime did not start: {line}"
        raise ClockError(message)
    # Times of files are real for everybody, or each look at one would go through shared memory.
    environment["NO_FAKE_STAT"] = "1"
    return Clock(
        speed=speed,
        real_start=datetime.now(UTC),
        start=datetime.fromtimestamp(float(line), UTC),
        environment=environment,
    )


def local_time_zone() -> str:
    """Return the name of the machine's time zone, which is also the browser's."""
    path = os.path.realpath("/etc/localtime")
    _, found, name = path.partition("/zoneinfo/")
    return os.environ.get("TZ") or (name if found else "UTC")


def shortly_before(hour: datetime, lead: timedelta) -> datetime:
    """Return the instant that much before the full hour which follows an aware time."""
    return hour.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) - lead
