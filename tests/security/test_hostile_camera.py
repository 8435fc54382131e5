"""A camera, or somebody in its place, that sends what is no picture of a meter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import gzip
from io import BytesIO
import struct
from typing import Any
import zlib

from aiohttp import web
from homeassistant.core import HomeAssistant
from PIL import Image
import pytest

from custom_components.meter_vision import capture as capture_module
from custom_components.meter_vision.capture import CaptureError, capture
from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.errors import PhotoError
from custom_components.meter_vision.metering.models import Meter, MeterKind
from custom_components.meter_vision.metering.photo import MAX_PHOTO_BYTES, prepare, preview
from custom_components.meter_vision.mjpeg import FirstFrame

from ..camera_server import JPEG, PASSWORD, USER, Camera, jpeg

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)
METER = Meter(name="", kind=MeterKind.WATER, registers=(CATALOGUE[MeterKind.WATER].default_register,))
STREAM = {"Content-Type": "multipart/x-mixed-replace; boundary=frame"}


@pytest.fixture
async def camera(socket_enabled: None) -> AsyncIterator[Camera]:  # noqa: ARG001  the server needs it
    """Yield a camera that listens on a free port."""
    camera = Camera()
    await camera.server.start_server()
    yield camera
    await camera.server.close()


async def failure(hass: HomeAssistant, camera: Camera, **more: Any) -> CaptureError:
    with pytest.raises(CaptureError) as caught:
        await capture(hass, {"url": camera.url(), "auth": "none", **more}, AT)
    return caught.value


# What is decoded


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, rows: int = 0) -> bytes:
    """Return a PNG that claims a size and holds few rows, each of zeros."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = _chunk(b"IDAT", zlib.compress(bytes((1 + 3 * width) * rows), 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + body + _chunk(b"IEND", b"")


TEXT_BOMB = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9))


@pytest.mark.parametrize(
    "decoded", [lambda data: prepare(data, METER), lambda data: preview(data, rotation=7, crop=None)]
)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(png(60_000, 60_000), "too_large", id="claims 3.6 gigapixels"),
        pytest.param(png(10_000, 10_000, rows=10_000), "too_large", id="bomb"),
        pytest.param(png(2**31 - 1, 2**31 - 1), "too_large", id="largest number"),
        pytest.param(png(640, 480, TEXT_BOMB, rows=480), "damaged", id="text bomb"),
        pytest.param(jpeg()[:200], "damaged", id="cut within the head"),
        pytest.param(b"\xff\xd8\xff" + bytes(1000), "not_a_picture", id="only begins like a JPEG"),
        pytest.param(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "web_page", id="SVG"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 900 900\n", "not_a_picture", id="PostScript"),
        pytest.param(b"II*\x00" + bytes(500), "not_a_picture", id="TIFF"),
        pytest.param(bytes(MAX_PHOTO_BYTES + 1), "too_large", id="too many bytes"),
    ],
)
def test_content_is_refused_before_it_costs_anything(content: bytes, reason: str, decoded: Any) -> None:
    with pytest.raises(PhotoError) as caught:
        decoded(content)
    assert caught.value.placeholders["reason"] == reason


def jpeg_of_a_wall() -> bytes:
    """Return an ordinary picture."""
    buffer = BytesIO()
    Image.new("RGB", (320, 240), (90, 90, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_what_else_a_picture_holds_does_not_leave_the_house() -> None:
    buffer = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where the house stands"
    Image.new("RGB", (640, 480), (90, 90, 90)).save(buffer, "JPEG", exif=exif, comment=b"<script>")
    polyglot = buffer.getvalue() + b"PK\x03\x04 <script>a page or an archive behind the picture</script>"

    sent = prepare(polyglot, METER).content

    assert not [word for word in (b"script", b"house", b"PK", b"Exif") if word in sent]


# What is transferred


@pytest.mark.parametrize("content", [b"<svg/>", b'<?xml version="1.0"?><svg/>', b"<!DOCTYPE html><script>"])
async def test_called_a_picture(hass: HomeAssistant, camera: Camera, content: bytes) -> None:
    camera.always(body=content, content_type="image/jpeg")
    assert (await failure(hass, camera)).translation_key == "camera_page"


async def test_wrong_length(hass: HomeAssistant, camera: Camera) -> None:
    async def short(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(JPEG) + 50)})
        await response.prepare(request)
        await response.write(JPEG)
        assert request.transport is not None
        request.transport.close()
        return response

    camera.handler = short
    assert (await failure(hass, camera)).translation_key == "camera_connection"


async def test_slow_loris(hass: HomeAssistant, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "TIMEOUT", timedelta(seconds=0.3))

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for byte in JPEG:
            await response.write(bytes([byte]))
            await asyncio.sleep(0.02)
        return response

    camera.handler = drip
    assert (await failure(hass, camera)).translation_key == "camera_timeout"


async def test_packed_bomb(hass: HomeAssistant, camera: Camera) -> None:
    camera.always(body=gzip.compress(bytes(200_000_000), 9), headers={"Content-Encoding": "gzip"})
    assert (await failure(hass, camera)).translation_key in {"camera_too_large", "camera_connection"}


# Streams


@pytest.mark.parametrize(
    ("body", "key"),
    [
        pytest.param(b"--frame\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n" + JPEG, "camera_empty", id="length"),
        pytest.param(b"--frame\r\nContent-Length: 0\r\n\r\n--frame", "camera_empty", id="no bytes"),
        pytest.param(bytes(70_000), "camera_empty", id="no boundary"),
        pytest.param(b"--frame\r\n" + b"X: y\r\n" * 20_000, "camera_empty", id="endless head"),
        pytest.param(b"--frame\r\n\r\n" + bytes(MAX_PHOTO_BYTES + 1), "camera_too_large", id="endless frame"),
        pytest.param(b"--frame\r\n\r\n<html>--frame", "camera_page", id="page"),
    ],
)
async def test_hostile_stream(hass: HomeAssistant, camera: Camera, body: bytes, key: str) -> None:
    camera.always(body=body, headers=STREAM)
    assert (await failure(hass, camera)).translation_key == key


@pytest.mark.parametrize("boundary", ["", "-", "\udcff", '"', "--frame"])
def test_any_boundary(boundary: str) -> None:
    data = bytearray(b"--frame\r\n\r\n" + JPEG + b"\r\n--frame")
    frame = FirstFrame(f"multipart/x-mixed-replace; boundary={boundary}").find(data)
    assert frame == (JPEG if boundary == "--frame" else None)


def test_a_stream_in_small_pieces_is_looked_through_once() -> None:
    first, data, searched = FirstFrame(STREAM["Content-Type"]), bytearray(b"--frame\r\n\r\n"), []

    class Counted(bytearray):
        """Counts the bytes that are searched for the end."""

        def find(self, wanted: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
            searched.append(len(self) - start)
            return super().find(wanted, start, len(self) if end is None else end)

    assert first.find(data) is None
    counted = Counted(data)
    for _ in range(1000):
        counted += bytes(100)
        assert first.find(counted) is None
    counted += b"--frame"
    assert first.find(counted) is not None
    assert sum(searched) < 2 * len(counted)


# Redirects


@pytest.mark.parametrize(
    ("location", "key"),
    [
        ("http://localhost:8123/api/", "camera_elsewhere"),
        ("//localhost/x", "camera_elsewhere"),
        ("ftp://127.0.0.1/picture.jpg", "camera_elsewhere"),
        ("file://127.0.0.1/etc/passwd", "camera_elsewhere"),
        ("gopher://127.0.0.1/", "camera_elsewhere"),
        ("data:image/png;base64,AAAA", "camera_elsewhere"),
        ("http://127.0.0.1:99999/", "camera_redirect"),
        ("http://127.0.0.1@localhost/", "camera_elsewhere"),
        ("http://127.0.0.1.nip.io/", "camera_elsewhere"),
        ("http://169.254.169.254/latest/meta-data", "camera_elsewhere"),
        # The same machine by another name: nobody looks a name up to find that out, for it may mean another one next.
        ("http://[::1]/x", "camera_elsewhere"),
        ("http://[::ffff:127.0.0.1]/x", "camera_elsewhere"),
        ("http://2130706433/x", "camera_elsewhere"),
        ("http://0x7f.1/x", "camera_elsewhere"),
        ("http://127.1/x", "camera_elsewhere"),
        ("http://127.0.0.1./x", "camera_elsewhere"),
        ("http://127.0.0.1%2elocalhost/x", "camera_elsewhere"),
        ("http://127.0.0.1:80@localhost/x", "camera_elsewhere"),
        ("http://localhost#@127.0.0.1/x", "camera_elsewhere"),
        ("http://127.0.0.1\\@localhost/x", "camera_redirect"),
        ("//localhost\\@127.0.0.1/x", "camera_redirect"),
    ],
)
async def test_led_elsewhere(hass: HomeAssistant, camera: Camera, location: str, key: str) -> None:
    camera.always(status=302, headers={"Location": location})
    login = {"auth": "basic", "username": USER, "password": PASSWORD}
    err = await failure(hass, camera, **login)
    assert err.translation_key == key
    assert len(camera.requests) == 1
    assert PASSWORD not in repr(err) + str(err.placeholders)


@pytest.mark.parametrize(
    "location", ["http:///localhost/x", "http:localhost/x", "\\\\localhost/x", "http:/\\localhost/x"]
)
async def test_what_browsers_take_for_a_host_is_a_path(hass: HomeAssistant, camera: Camera, location: str) -> None:
    async def lead(request: web.Request) -> web.StreamResponse:
        if "localhost" in request.path:
            return await camera.deliver(request)
        return web.Response(status=302, headers={"Location": location})

    camera.handler = lead
    assert (await capture(hass, {"url": camera.url(), "auth": "none"}, AT)).content == JPEG
    assert len(camera.requests) == 2


@pytest.mark.parametrize("auth", ["none", "basic", "digest"])
async def test_a_camera_cannot_choose_the_login(hass: HomeAssistant, camera: Camera, auth: str) -> None:
    other = Camera()
    await other.server.start_server()
    camera.always(status=302, headers={"Location": f"http://admin:guess@127.0.0.1:{other.server.port}/x"})
    data = {"url": camera.url(), "auth": auth, "username": USER, "password": PASSWORD}
    assert (await capture(hass, data, AT)).content == JPEG
    assert all("Authorization" not in request.headers for request in other.requests)
    await other.server.close()
