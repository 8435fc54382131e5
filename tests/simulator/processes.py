"""Starts and stops the simulator's two servers, each a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import select
import subprocess
import sys
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_START: Final = 60.0
_STOP: Final = 5.0


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers listen."""

    camera_url: str
    api_url: str


@contextmanager
def running(*, camera_port: int = 0, api_port: int = 0, seed: int = 1, niceness: int = 0) -> Iterator[Addresses]:
    """Run both servers; port 0: any free one. `niceness`: how far others go before, up to 19."""
    camera_options = ("--port", str(camera_port), "--seed", str(seed))
    with (
        _server("tests.simulator.messages", niceness, "--port", str(api_port)) as api,
        _server("tests.simulator.camera", niceness, *camera_options, "--api-url", api) as camera,
    ):
        yield Addresses(camera, api)


@contextmanager
def _server(module: str, niceness: int, *options: str) -> Iterator[str]:
    """Run a module until the context ends and yield the address it prints."""
    command: Sequence[str] = (sys.executable, "-m", module, *options, "--with-parent")
    # In a session of its own, or Ctrl-C would reach it before this process has decided to stop it.
    process = subprocess.Popen(  # noqa: S603  our own modules
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    if niceness:
        _give_way(process.pid, niceness)
    try:
        yield _address(process, module)
    finally:
        process.terminate()
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _give_way(pid: int, niceness: int) -> None:
    """Let others go before a process that leads a session: within it, and where Linux shares cores among sessions."""
    os.setpriority(os.PRIO_PROCESS, pid, niceness)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness), encoding="ascii")


def _address(process: subprocess.Popen[bytes], module: str) -> str:
    if process.stdout is None:
        raise RuntimeError(module)
    ready, _, _ = select.select([process.stdout], [], [], _START)
    line = os.read(process.stdout.fileno(), 200) if ready else b""
    if not line:
        message = f"{module} did not start"
        raise RuntimeError(message)
    return line.decode().strip()
