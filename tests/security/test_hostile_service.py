"""An address of the API or of InfluxDB at which somebody else answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import json
import logging
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.core import HomeAssistant
import pytest

from custom_components.meter_vision.client import async_create_client
from custom_components.meter_vision.export.server import Server
from custom_components.meter_vision.export.settings import ExportSettings
from custom_components.meter_vision.metering import claude
from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.claude import ClaudeReader, list_models
from custom_components.meter_vision.metering.errors import MeteringError, ReaderError
from custom_components.meter_vision.metering.models import Look, MeterKind, PreparedPhoto
from custom_components.meter_vision.metering.photo import prepare

from ..export.conftest import settings
from ..export.sink import WRITE_TOKEN, Fault, Sink, serving
from ..meters import API_KEY
from .test_hostile_camera import METER, jpeg_of_a_wall

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WATER = CATALOGUE[MeterKind.WATER].default_register


class Endpoint:
    """Somebody who answers in place of the API."""

    def __init__(self) -> None:
        """Begin with an answer of nothing."""
        self.answer: dict[str, Any] = {}
        self.requests: list[web.Request] = []
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        return web.Response(**self.answer)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server.port}"


@pytest.fixture
async def endpoints(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Endpoint, Endpoint]]:
    """Yield two of them."""
    del socket_enabled
    monkeypatch.setattr(claude, "_PAUSES", (timedelta(), timedelta(), None))
    both = Endpoint(), Endpoint()
    for endpoint in both:
        await endpoint.server.start_server()
    yield both
    for endpoint in both:
        await endpoint.server.close()


@pytest.fixture(scope="module")
def photo() -> PreparedPhoto:
    return prepare(jpeg_of_a_wall(), METER)


async def read(hass: HomeAssistant, endpoint: Endpoint, photo: PreparedPhoto) -> Look:
    client = await async_create_client(hass, API_KEY, endpoint.url)
    return await ClaudeReader(client).read(photo, [WATER])


def message(text: Any, **more: Any) -> dict[str, Any]:
    """Return an answer of the API around a text."""
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
        **more,
    }
    return {"text": json.dumps(body), "content_type": "application/json"}


SEEN: dict[str, Any] = {"readable": True, "scene": "", "problems": [], "wheels": [0, 0, 5, 3, 0], "dials": [0, 7, 0, 8]}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"text": "<html><script>alert(1)</script>", "content_type": "text/html"}, id="page"),
        pytest.param({"text": "[" * 100_000, "content_type": "application/json"}, id="deep"),
        pytest.param({"text": "null", "content_type": "application/json"}, id="null"),
        pytest.param({"body": b"\xff\xfe\x00" * 100, "content_type": "application/json"}, id="bytes"),
        pytest.param(message("x" * 5_000_000), id="giant text"),
        pytest.param(message("[" * 40_000), id="deep text"),
        pytest.param(message(json.dumps({**SEEN, "wheels": [1] * 10_000})), id="too many wheels"),
        pytest.param(message(json.dumps({**SEEN, "wheels": [10**400] * 5})), id="too large a number"),
        pytest.param(message(None), id="no text"),
        pytest.param(message("", content=None), id="no content"),
        pytest.param(message("", content=["x"]), id="strange content"),
        pytest.param(message("", stop_reason="y" * 10_000), id="strange stop reason"),
    ],
)
async def test_what_is_no_answer(
    hass: HomeAssistant, endpoints: tuple[Endpoint, Endpoint], photo: PreparedPhoto, answer: dict[str, Any]
) -> None:
    endpoints[0].answer = answer
    with pytest.raises(MeteringError) as caught:
        await read(hass, endpoints[0], photo)
    assert len(str(caught.value.placeholders)) < 200
    assert API_KEY not in repr(caught.value) + str(caught.value.__cause__)


@pytest.mark.parametrize("tokens", ["many", -1, 10**30, None, 1.5])
async def test_tokens_that_are_none_cost_nothing(
    hass: HomeAssistant, endpoints: tuple[Endpoint, Endpoint], photo: PreparedPhoto, tokens: Any
) -> None:
    endpoints[0].answer = message(json.dumps(SEEN), usage={"input_tokens": tokens, "output_tokens": tokens})
    look = await read(hass, endpoints[0], photo)
    assert (look.usage.input_tokens, look.usage.output_tokens) == (0, 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_key_and_picture_do_not_follow_a_redirect(
    hass: HomeAssistant,
    endpoints: tuple[Endpoint, Endpoint],
    photo: PreparedPhoto,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    asked, other = endpoints
    asked.answer = {"status": status, "headers": {"Location": f"http://localhost:{other.server.port}/v1/messages"}}
    with pytest.raises(ReaderError):
        await read(hass, asked, photo)
    with pytest.raises(ReaderError):
        await list_models(await async_create_client(hass, API_KEY, asked.url))
    assert asked.requests
    assert not other.requests
    assert API_KEY not in caplog.text


# InfluxDB


@pytest.fixture
def sinks(socket_enabled: None) -> Any:
    """Yield two servers."""
    del socket_enabled
    with serving(Sink()) as one, serving(Sink()) as other:
        yield one, other


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_token_and_points_do_not_follow_a_redirect(
    sinks: tuple[Sink, Sink], caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    asked, other = sinks
    asked.faults.append(Fault(status, location=f"{other.url.replace('127.0.0.1', 'localhost')}/api/v2/write"))
    server = Server(settings(asked.url))
    answer = server.write("water_meter", ["water_meter reading=1 1"], NOW)
    server.close()
    assert answer.status == status
    assert (len(asked.seen), other.seen) == (1, [])
    assert WRITE_TOKEN not in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, "<html><script>alert(1)</script>" + "x" * 3_000_000, plain=True),
        Fault(400, "y" * 3_000_000),
        Fault(400, content=b"[" * 100_000),
        Fault(503, content=b"\xff\xfe" * 1000),
        Fault(401, content=b'{"message": {"message": {}}}'),
    ],
)
def test_what_a_server_says_is_kept_short(sinks: tuple[Sink, Sink], fault: Fault) -> None:
    sinks[0].faults.append(fault)
    server = Server(settings(sinks[0].url))
    answer = server.write("water_meter", ["water_meter reading=1 1"], NOW)
    server.close()
    assert len(answer.message) <= 300
    assert WRITE_TOKEN not in repr(answer)


def test_settings_do_not_show_the_token() -> None:
    data = {"kind": "influxdb_2", "url": "http://127.0.0.1:1", "org": "home", "token": WRITE_TOKEN}
    shown = ExportSettings.from_data(data)
    assert WRITE_TOKEN not in repr(shown) + str(shown)
