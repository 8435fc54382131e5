"""Pictures taken over HTTP and from entities, and every way in which that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
import logging
from pathlib import Path
from threading import Thread
from typing import Any

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest

from custom_components.meter_vision import capture as capture_module
from custom_components.meter_vision.capture import CaptureError, capture
from custom_components.meter_vision.metering.photo import MAX_PHOTO_BYTES

from .camera_server import JPEG, PASSWORD, USER, Camera, TlsHandler, guard, jpeg, self_made_certificate
from .cameras import add_camera, add_image

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


@pytest.fixture
async def camera(socket_enabled: None) -> AsyncIterator[Camera]:  # noqa: ARG001  the server needs it
    """Yield a camera that listens on a free port."""
    camera = Camera()
    await camera.server.start_server()
    yield camera
    await camera.server.close()


def source(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "auth": "none", **more}


async def failure(hass: HomeAssistant, camera: dict[str, Any]) -> CaptureError:
    with pytest.raises(CaptureError) as caught:
        await capture(hass, camera, AT)
    return caught.value


async def test_picture_with_its_time(hass: HomeAssistant, camera: Camera) -> None:
    photo = await capture(hass, source(camera.url()), AT)
    assert (photo.content, photo.captured_at) == (JPEG, AT)
    assert camera.requests[0].query_string == "secret=in-query"


@pytest.mark.parametrize(
    ("answer", "key", "placeholders"),
    [
        ({"status": 404}, "camera_status", {"status": "404"}),
        ({"status": 500, "text": "<html>"}, "camera_status", {"status": "500"}),
        ({"status": 401}, "camera_login", {}),
        ({"status": 403}, "camera_login", {}),
        ({"body": b""}, "camera_empty", {}),
        ({"text": "\n <!DOCTYPE html>", "content_type": "image/jpeg"}, "camera_page", {}),
        ({"body": b"\x00\x00\x00\x18ftypmp42"}, "camera_not_picture", {}),
        ({"text": '{"error": "busy"}'}, "camera_not_picture", {}),
        ({"body": JPEG, "content_type": "multipart/x-mixed-replace"}, "camera_empty", {}),
        ({"body": JPEG + bytes(MAX_PHOTO_BYTES)}, "camera_too_large", {"limit": str(MAX_PHOTO_BYTES // 1_000_000)}),
        ({"status": 302}, "camera_redirect", {}),
        ({"status": 302, "headers": {"Location": "/again"}}, "camera_redirect", {}),
        ({"status": 302, "headers": {"Location": "http://[x"}}, "camera_redirect", {}),
        ({"status": 302, "headers": {"Location": "http://192.0.2.7/x"}}, "camera_elsewhere", {"target": "192.0.2.7"}),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "camera_elsewhere", {"target": "-"}),
    ],
)
async def test_answers_that_are_no_picture(
    hass: HomeAssistant, camera: Camera, answer: dict[str, Any], key: str, placeholders: dict[str, str]
) -> None:
    camera.always(**answer)
    err = await failure(hass, source(camera.url()))
    assert err.translation_key == key
    assert err.placeholders == {"camera": f"127.0.0.1:{camera.server.port}", **placeholders}
    camera.handler = camera.deliver
    assert (await capture(hass, source(camera.url()), AT)).content == JPEG


async def test_redirect_loop_is_left_after_three(hass: HomeAssistant, camera: Camera) -> None:
    camera.always(status=301, headers={"Location": "/round"})
    await failure(hass, source(camera.url()))
    assert len(camera.requests) == 4


async def test_endless_body_is_not_read_to_the_end(hass: HomeAssistant, camera: Camera) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        while True:
            await response.write(bytes(1024 * 1024))
            sent += 1

    camera.handler = endless
    err = await failure(hass, source(camera.url()))
    assert err.translation_key == "camera_too_large"
    assert sent * 1024 * 1024 < 3 * MAX_PHOTO_BYTES


async def test_slow_camera(hass: HomeAssistant, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "TIMEOUT", timedelta(seconds=0.2))
    released = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await released.wait()
        return web.Response(body=JPEG)

    camera.handler = slow
    err = await failure(hass, source(camera.url()))
    released.set()
    assert err.translation_key == "camera_timeout"


async def test_nobody_there(hass: HomeAssistant, socket_enabled: None) -> None:  # noqa: ARG001
    err = await failure(hass, source("http://127.0.0.1:9/snapshot.jpg?pwd=hidden"))
    assert (err.translation_key, err.placeholders) == ("camera_connection", {"camera": "127.0.0.1:9"})


@pytest.fixture
def tls_camera(tmp_path: Path, socket_enabled: None) -> Iterator[str]:  # noqa: ARG001
    """Yield the address of a TLS server, in a thread: a refused handshake is no error of Home Assistant's loop."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), TlsHandler)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    server.socket = self_made_certificate(tmp_path).wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_certificate(hass: HomeAssistant, tls_camera: str) -> None:
    assert (await failure(hass, source(tls_camera))).translation_key == "camera_certificate"
    assert (await capture(hass, source(tls_camera, verify_ssl=False), AT)).content == JPEG

    # Away from https, login and picture could be read on the way.
    err = await failure(hass, source(f"{tls_camera}/away", verify_ssl=False))
    assert err.translation_key == "camera_elsewhere"


# Streams


def stream(boundary: str, *frames: bytes, length: bool, line: bytes = b"\r\n") -> bytes:
    """Return the beginning of a stream as cameras send it."""
    parts = []
    for frame in frames:
        head = [b"--" + boundary.strip("-").encode(), b"Content-Type: image/jpeg"]
        head += [b"Content-Length: %d" % len(frame)] if length else []
        parts.append(line.join(head) + line * 2 + frame + line)
    return b"".join(parts)


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
@pytest.mark.parametrize("header", ["boundary=frame", 'boundary="--frame"', "boundary=--frame;x=1"])
async def test_first_frame_of_a_stream(
    hass: HomeAssistant, camera: Camera, header: str, line: bytes, *, length: bool
) -> None:
    first, second = jpeg(10), jpeg(200)
    ended = asyncio.Event()

    async def play(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": f"multipart/x-mixed-replace; {header}"})
        await response.prepare(request)
        data = stream("frame", first, second, length=length, line=line)
        for start in range(0, len(data), 100):
            await response.write(data[start : start + 100])
        await ended.wait()
        return response

    camera.handler = play
    photo = await capture(hass, source(camera.url("stream.mjpeg")), AT)
    ended.set()
    assert photo.content == first


async def test_stream_that_ends_within_its_first_frame(hass: HomeAssistant, camera: Camera) -> None:
    data = stream("frame", JPEG, length=True)[:-50]
    camera.always(body=data, headers={"Content-Type": "multipart/x-mixed-replace; boundary=frame"})
    assert (await failure(hass, source(camera.url()))).translation_key == "camera_empty"


# Logins


@pytest.mark.parametrize("auth", ["basic", "digest"])
async def test_login(hass: HomeAssistant, camera: Camera, caplog: pytest.LogCaptureFixture, auth: str) -> None:
    caplog.set_level(logging.DEBUG)
    guard(camera, auth)
    right = source(camera.url("snapshot.jpg"), auth=auth, username=USER, password=PASSWORD)
    assert (await capture(hass, right, AT)).content == JPEG
    for wrong in ({"password": "wrong"}, {"auth": "none"}, {"username": "a:b"}, {"username": None, "password": None}):
        err = await failure(hass, right | wrong)
        assert err.translation_key == "camera_login"
        assert PASSWORD not in repr(err) + str(err) + str(err.__cause__)
    assert PASSWORD not in caplog.text


async def test_kind_of_login_must_be_right(hass: HomeAssistant, camera: Camera) -> None:
    guard(camera, "digest")
    err = await failure(hass, source(camera.url(), auth="basic", username=USER, password=PASSWORD))
    assert err.translation_key == "camera_login"


@pytest.mark.parametrize("auth", ["basic", "digest"])
async def test_login_goes_along_with_a_redirect_on_the_same_server(
    hass: HomeAssistant, camera: Camera, auth: str
) -> None:
    async def move(request: web.Request) -> web.StreamResponse:
        if request.path == "/moved.jpg":
            return await camera.deliver(request)
        return web.Response(status=302, headers={"Location": "moved.jpg"})

    guard(camera, auth, move)
    photo = await capture(hass, source(camera.url(), auth=auth, username=USER, password=PASSWORD), AT)
    assert photo.content == JPEG


@pytest.mark.parametrize("auth", ["basic", "digest"])
async def test_login_never_goes_elsewhere(hass: HomeAssistant, camera: Camera, auth: str) -> None:
    other = Camera()
    await other.server.start_server()
    guard(other, auth)
    camera_data = source(camera.url(), auth=auth, username=USER, password=PASSWORD)

    camera.always(status=302, headers={"Location": other.url(host="localhost")})
    assert (await failure(hass, camera_data)).translation_key == "camera_elsewhere"
    assert not other.requests

    # Another port of the same host is another server: followed, but without the login.
    camera.always(status=302, headers={"Location": other.url()})
    assert (await failure(hass, camera_data)).translation_key == "camera_login"
    assert all("Authorization" not in request.headers for request in other.requests)
    await other.server.close()


# Entities


@pytest.mark.parametrize("add", [add_camera, add_image])
async def test_entity(hass: HomeAssistant, camera: Camera, add: Callable[..., Awaitable[str]]) -> None:
    entity_id = await add(hass, camera.url())
    assert (await capture(hass, {"entity_id": entity_id}, AT)).content == JPEG

    camera.always(text="<html>")
    assert (await failure(hass, {"entity_id": entity_id})).translation_key == "camera_page"

    camera.always(status=500)
    err = await failure(hass, {"entity_id": entity_id})
    assert (err.translation_key, err.placeholders["camera"]) == ("camera_unavailable", entity_id)
    assert "in-query" not in str(err.placeholders)
    assert err.__suppress_context__

    camera.always(body=JPEG + bytes(MAX_PHOTO_BYTES))
    assert (await failure(hass, {"entity_id": entity_id})).translation_key == "camera_too_large"


@pytest.mark.parametrize("entity_id", ["camera.gone", "image.gone", "sensor.none", "nonsense"])
async def test_entity_that_is_not_there(hass: HomeAssistant, entity_id: str) -> None:
    hass.states.async_set("sensor.none", "1")
    err = await failure(hass, {"entity_id": entity_id})
    assert (err.translation_key, err.placeholders) == ("camera_missing", {"camera": entity_id})


@pytest.mark.parametrize(("add", "ghost"), [(add_camera, "camera.ghost"), (add_image, "image.ghost")])
async def test_entity_whose_integration_is_not_there(
    hass: HomeAssistant, camera: Camera, add: Callable[..., Awaitable[str]], ghost: str
) -> None:
    await add(hass, camera.url())
    # As the entity registry restores it at start.
    hass.states.async_set(ghost, "unavailable", {"restored": True})
    err = await failure(hass, {"entity_id": ghost})
    assert (err.translation_key, err.placeholders["camera"]) == ("camera_unavailable", ghost)
    assert err.placeholders["reason"]
