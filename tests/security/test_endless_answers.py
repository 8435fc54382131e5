"""Somebody in place of the API or of InfluxDB whose answers do not end, are packed, or drip."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
import gzip
from threading import Event, Thread
import time
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.meter_vision import capture as capture_module
from custom_components.meter_vision.capture import CaptureError, capture
from custom_components.meter_vision.client import async_create_client
from custom_components.meter_vision.export import bounded
from custom_components.meter_vision.export.answers import Problem
from custom_components.meter_vision.export.server import Server
from custom_components.meter_vision.metering import claude, limited
from custom_components.meter_vision.metering.claude import ClaudeReader, list_models
from custom_components.meter_vision.metering.errors import ReaderConnectionError, ReaderTooLargeError

from ..export.conftest import settings
from ..export.sink import WRITE_TOKEN, Sink, serving
from ..meters import API_KEY
from .test_hostile_camera import METER, jpeg_of_a_wall
from .test_hostile_service import NOW, WATER, prepare

type Body = Callable[[asyncio.StreamWriter], Awaitable[None]]

HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\n%b\r\n"
LONGEST = 5
"""Seconds, where one is allowed and the machine is busy."""
IN_TRANSIT = 20_000_000
"""Bytes that the buffers of both ends may hold besides."""


class Endless:
    """Answers everything with one status, some headers, and a body that goes on; or with a head that does."""

    def __init__(
        self, body: bytes = b"", *, headers: bytes = b"", status: int = 200, pause: float = 0, head: bytes = b""
    ) -> None:
        """Say a piece again and again, with a pause; `head` and then a body of headers in place of a whole head."""
        self._head = head or HEAD % (status, headers)
        self._piece, self._pause = body, pause
        self.asked = self.sent = 0
        self.over = False
        self.url = ""
        self._answering: set[asyncio.Task[Any]] = set()

    async def start(self) -> asyncio.Server:
        """Listen on a free port."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        if (task := asyncio.current_task()) is not None:
            self._answering.add(task)
        try:
            if self._head != TLS:
                await reader.readuntil(b"\r\n\r\n")
            writer.write(self._head)
            while not self.over:
                writer.write(self._piece)
                await writer.drain()
                self.sent += len(self._piece)
                await asyncio.sleep(self._pause)
        except ConnectionError, asyncio.CancelledError:
            pass
        finally:
            writer.close()

    async def end(self) -> None:
        """Leave whoever is still listening, also where he does not take what is sent."""
        self.over = True
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)


GIGABYTE = gzip.compress(bytes(2_000_000), 9)
ENDLESS = {"body": b" " * 65_536}
PACKED = {"body": GIGABYTE, "headers": b"Content-Encoding: gzip\r\n"}
DEEP = {"body": b"[" * 65_536}
TLS = b"\x16\x03\x03\x3f\xff"
"""The beginning of a record of 16 kB with a handshake."""
DRIPPING = [
    pytest.param({"body": b" "}, id="body"),
    pytest.param({"head": b"HTTP/1.1 204 X\r\nX-Name: ", "body": b"y"}, id="header"),
    pytest.param({"head": b"HTTP/1.1 204 X\r\n", "body": b"X: y\r\n"}, id="headers"),
    pytest.param({"head": b"HTTP/1.1 204 ", "body": b"z"}, id="status"),
    pytest.param({"head": b"HTTP/1.1 100 Continue\r\n\r\n", "body": b"HTTP/1.1 100 Continue\r\n\r\n"}, id="go on"),
]
REFUSING = {**ENDLESS, "status": 400}


@pytest.fixture
async def served(socket_enabled: None) -> AsyncIterator[Callable[..., Awaitable[Endless]]]:
    """Yield what starts a server in the test's own loop."""
    del socket_enabled
    servers = []

    async def start(**answer: Any) -> Endless:
        endless = Endless(**answer)
        servers.append((endless, await endless.start()))
        return endless

    yield start
    for endless, server in servers:
        await endless.end()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("answer", [ENDLESS, PACKED, DEEP, REFUSING], ids=["endless", "packed", "deep", "refusing"])
async def test_the_api_cannot_fill_the_memory(hass: HomeAssistant, served: Any, answer: dict[str, Any]) -> None:
    endless = await served(**answer)
    client = await async_create_client(hass, API_KEY, endless.url)
    photo = await hass.async_add_executor_job(prepare, jpeg_of_a_wall(), METER)
    with pytest.raises(ReaderTooLargeError):
        await ClaudeReader(client).read(photo, [WATER])
    with pytest.raises(ReaderTooLargeError):
        await list_models(client)
    assert endless.asked == 2, "asking again would only bring the same"
    assert endless.sent < 2 * limited.MOST_BYTES + IN_TRANSIT


@pytest.mark.parametrize("answer", DRIPPING)
async def test_an_answer_of_the_api_that_drips_ends_in_time(
    hass: HomeAssistant, served: Any, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(claude, "_CALL_TIMEOUT", timedelta(seconds=1))
    endless = await served(**answer, pause=0.05)
    client = await async_create_client(hass, API_KEY, endless.url)
    began = time.monotonic()
    with pytest.raises(ReaderConnectionError):
        await list_models(client)
    assert time.monotonic() - began < LONGEST
    assert endless.asked == 1


@pytest.mark.parametrize("answer", DRIPPING)
async def test_a_camera_that_drips_ends_in_time(
    hass: HomeAssistant, served: Any, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(capture_module, "TIMEOUT", timedelta(seconds=1))
    endless = await served(**{"status": 200, **answer}, pause=0.05)
    began = time.monotonic()
    with pytest.raises(CaptureError) as caught:
        await capture(hass, {"url": f"{endless.url}/snapshot.jpg", "auth": "none"}, NOW)
    assert time.monotonic() - began < LONGEST
    assert caught.value.translation_key in {"camera_timeout", "camera_connection"}


@pytest.fixture
def elsewhere(socket_enabled: None) -> Any:
    """Yield what starts a server in a thread of its own, for a client that blocks."""
    del socket_enabled
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, Thread]] = []

    def start(**answer: Any) -> Endless:
        endless, ready = Endless(**answer), Event()

        async def serve() -> None:
            server, end = await endless.start(), asyncio.Event()
            ends.append((asyncio.get_running_loop(), end, thread))
            ready.set()
            await end.wait()
            await endless.end()
            server.close()
            await server.wait_closed()

        thread = Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        ready.wait()
        return endless

    yield start
    for loop, end, thread in ends:
        loop.call_soon_threadsafe(end.set)
        thread.join()


@pytest.mark.parametrize("answer", [REFUSING, {**PACKED, "status": 400}, {**DEEP, "status": 500}, ENDLESS])
def test_influxdb_cannot_fill_the_memory(elsewhere: Any, answer: dict[str, Any]) -> None:
    endless = elsewhere(**answer)
    server = Server(settings(endless.url))
    said = server.write("water_meter", ["water_meter reading=1 1"], NOW)
    up = server.is_up()
    server.close()
    assert said.status == (204 if answer is ENDLESS else answer["status"])
    assert up == (answer is ENDLESS)
    assert len(said.message) <= 300
    assert endless.asked == 2
    assert endless.sent < 2 * bounded.MOST_BYTES + IN_TRANSIT
    assert WRITE_TOKEN not in repr(said)


@pytest.mark.parametrize("answer", [*DRIPPING, pytest.param({"head": TLS, "body": b"\0"}, id="TLS")])
def test_an_answer_of_influxdb_that_drips_ends_in_time(elsewhere: Any, answer: dict[str, Any]) -> None:
    endless = elsewhere(**answer, pause=0.05)
    url = endless.url.replace("http:", "https:") if answer.get("head") == TLS else endless.url
    server = Server(settings(url), timeout=timedelta(seconds=0.5))
    began = time.monotonic()
    said = server.write("water_meter", ["water_meter reading=1 1"], datetime(2026, 11, 22, tzinfo=UTC))
    assert time.monotonic() - began < LONGEST
    assert (said.status, said.problem) == (None, Problem.TIMEOUT)
    assert endless.asked == 1
    assert not server.is_up(), "the next request begins with a connection of its own"
    server.close()
    assert endless.asked == 2


def test_a_connection_is_used_again_and_closed(socket_enabled: None) -> None:
    """The watch costs no connection, and keeps none open."""
    del socket_enabled
    with serving(Sink()) as sink:
        server = Server(settings(sink.url))
        for _ in range(3):
            assert server.write("water_meter", ["water_meter reading=1 1"], NOW).status == 204
        rest = server._client.api_client.rest_client.pool_manager
        (twin,) = rest._lines._twins.values()
        server.close()
        rest.clear()
        assert not rest._lines._twins
        assert twin.fileno() == -1


def test_an_answer_without_a_body_is_one(socket_enabled: None) -> None:
    del socket_enabled
    with serving(Sink()) as sink:
        server = Server(settings(sink.url))
        said = [server.write("water_meter", ["water_meter reading=1 1"], NOW).status for _ in range(2)]
        server.close()
    assert said == [204, 204]
