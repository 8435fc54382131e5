"""Starts programs in the background and ends them, each by its own process group."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
import fcntl
from itertools import count
import os
from pathlib import Path
import shutil
import signal
import socket
from typing import IO, Final

_claims: Final[list[IO[str]]] = []
"""Open locks; the system lets go of them when the process ends."""
_GRACE: Final = 15.0
_PAUSE: Final = 0.2


class ProgramError(Exception):
    """A program did not start or ended too early."""


class Program:
    """A program that runs in the background and writes to a log file."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        """Take over a started process, leader of its own group."""
        self._process = process
        self.log = log

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    async def wait_for(self, text: str, *, seconds: float) -> None:
        """Wait until the log has the text, or raise ProgramError."""

        async def logged() -> bool:
            return text in self._logged()

        await self.wait_until(logged, seconds=seconds)

    async def wait_until(self, ready: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Wait until the program is ready, or raise ProgramError with the end of its log."""
        for _ in range(int(seconds / _PAUSE)):
            if await ready():
                return
            if not self.running:
                break
            await asyncio.sleep(_PAUSE)
        end = "\n".join(self._logged().splitlines()[-15:])
        message = f"not ready within {seconds:g} s; the end of {self.log}:\n{end}"
        raise ProgramError(message)

    def _logged(self) -> str:
        return self.log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send it and its children a signal."""
        os.killpg(self._process.pid, number)

    async def kill(self) -> None:
        """End it at once, without a word."""
        self.send(signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, and end it with its children if it does not in time."""
        for number, patience in ((signal.SIGINT, _GRACE), (signal.SIGKILL, _GRACE)):
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                break
            try:
                await asyncio.wait_for(self._process.wait(), patience)
            except TimeoutError:
                continue


@asynccontextmanager
async def program(
    *command: str, log: Path, environment: Mapping[str, str], folder: Path | None = None
) -> AsyncIterator[Program]:
    """Run a command in the background for as long as the context lasts."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **environment}, cwd=folder, start_new_session=True,
        )  # fmt: skip
    running = Program(process, log)
    try:
        yield running
    finally:
        await running.stop()


def claim_folder(parent: Path, name: str) -> Path:
    """Return an emptied folder that is this process's alone until it ends, for others may run beside it."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        lock = folder.with_suffix(".lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _claims.append(lock)
        break
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def stop_on_request() -> None:
    """Let SIGTERM cancel the running task as Ctrl-C does, so that it ends what it has started."""
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def free_port(wanted: int = 0) -> int:
    """Return the wanted port if nobody listens there, else any that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            # As the servers do: a port that was in use a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    message = "no free port on 127.0.0.1"
    raise ProgramError(message)
