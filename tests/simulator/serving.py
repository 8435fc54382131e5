"""Runs one of the simulator's servers until it is told to stop, or until whoever started it is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from aiohttp import web


async def serve(app: web.Application, port: int, *, with_parent: bool) -> None:
    """Serve on loopback, print the address, and return after SIGINT, SIGTERM or the end of standard input."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201  whoever started it waits for this
        await _stop_asked(with_parent=with_parent)
    finally:
        await runner.cleanup()


async def _stop_asked(*, with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if with_parent:
        # The starter holds the other end of the pipe; even if it is killed, the pipe ends.
        loop.add_reader(sys.stdin.fileno(), lambda: os.read(sys.stdin.fileno(), 1024) or stop.set())
    await stop.wait()
