"""A camera of which only the host is known is found, and what was tried is told without secrets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest
from yarl import URL

from custom_components.meter_vision import probe
from custom_components.meter_vision.camera_presets import PRESETS, SEARCH, address_of, places
from custom_components.meter_vision.capture import CameraConnectionError, CameraLoginError, CameraStatusError
from custom_components.meter_vision.probe import Login, NoPictureFoundError, async_probe

from .camera_server import CHALLENGES, CHECKS, JPEG, PASSWORD, USER, Camera, guard
from .meters import NOWHERE

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


@pytest.fixture
async def camera(socket_enabled: None) -> AsyncIterator[Camera]:  # noqa: ARG001  the server needs it
    """Yield a camera that listens on a free port."""
    camera = Camera()
    await camera.server.start_server()
    yield camera
    await camera.server.close()


def only(camera: Camera, path: str, auth: str | None = None) -> None:
    """Let a camera have a picture at one path, behind a login if there is one."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if auth is not None and not CHECKS[auth](request):
            return web.Response(status=401, headers={"WWW-Authenticate": CHALLENGES[auth]})
        return web.Response(body=JPEG) if request.path_qs == path else web.Response(status=404)

    camera.handler = handler


def host(camera: Camera) -> URL:
    return URL(f"http://127.0.0.1:{camera.server.port}")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
@pytest.mark.parametrize("auth", [None, "basic", "digest"])
async def test_presets_find_their_cameras(
    hass: HomeAssistant, camera: Camera, preset: object, auth: str | None
) -> None:
    path = "/" + preset.places[0].partition("/")[2]  # type: ignore[attr-defined]
    only(camera, path, auth)
    login = Login() if auth is None else Login(username=USER, password=PASSWORD)
    found, photo = await async_probe(hass, places(host(camera), SEARCH), login, AT)
    assert (found["url"].rstrip("/"), photo.content, photo.captured_at) == (
        f"{host(camera)}{path}".rstrip("/"),
        JPEG,
        AT,
    )
    assert found["auth"] == (auth or "none")


async def test_password_is_not_given_to_a_server_that_asks_for_digest(hass: HomeAssistant, camera: Camera) -> None:
    guard(camera, "digest")
    await async_probe(hass, places(host(camera) / "x", SEARCH), Login(username=USER, password=PASSWORD), AT)
    sent = [request.headers.get("Authorization", "") for request in camera.requests]
    assert not [header for header in sent if header.startswith("Basic")]


async def test_nothing_found_says_what_was_tried(hass: HomeAssistant, camera: Camera) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        page = {"/mjpeg": "<html>", "/wc.jpg": "", "/image.jpg": "text"}
        if request.path in page:
            return web.Response(text=page[request.path])
        return web.Response(status=401 if request.path == "/capture" else 404)

    camera.handler = handler
    login = Login(username=USER, password=PASSWORD)
    with pytest.raises(NoPictureFoundError) as caught:
        await async_probe(hass, places(host(camera), SEARCH), login, AT)
    tried = caught.value.placeholders["tried"]
    for told in ("404: ", "login refused: JPEG", "web page: Thingino", "empty answer: Tasmota", "no picture: Thingino"):
        assert told in tried
    assert f"Thingino {host(camera)}/x/image.cgi" in tried
    assert PASSWORD not in tried
    assert USER not in tried


async def test_one_place_says_what_is_wrong_with_it(hass: HomeAssistant, camera: Camera) -> None:
    only(camera, "/here", "basic")
    with pytest.raises(CameraLoginError):
        await async_probe(hass, places(host(camera) / "here", SEARCH), Login(), AT)
    camera.always(status=404)
    with pytest.raises(CameraStatusError):
        await async_probe(hass, places(host(camera) / "here", SEARCH), Login(), AT)
    with pytest.raises(CameraConnectionError):
        await async_probe(hass, places(URL(NOWHERE), SEARCH), Login(), AT)


async def test_first_picture_wins_and_the_rest_is_ended(
    hass: HomeAssistant, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path != "/snapshot.jpg":
            await asyncio.sleep(30)
        return web.Response(body=JPEG)

    camera.handler = handler
    monkeypatch.setattr(probe, "_PATIENCE", timedelta(seconds=0.3))
    found, _ = await async_probe(hass, places(host(camera), SEARCH), Login(), AT)
    assert found["url"].endswith("/snapshot.jpg")
    with pytest.raises(NoPictureFoundError) as caught:
        await async_probe(hass, places(host(camera), "thingino"), Login(), AT)
    assert caught.value.placeholders["tried"].startswith("too slow: http")


def test_addresses() -> None:
    assert [str(place.address) for place in places(URL("http://cellar.local"), "openmiko")] == [
        "http://cellar.local:8080/snapshot.jpg",
        "http://cellar.local:8080/?action=snapshot",
    ]
    assert [str(place.address) for place in places(URL("https://cellar.local"), "esphome")] == [
        "https://cellar.local:8081/",
        "https://cellar.local:8080/",
    ]
    assert str(places(URL("http://192.0.2.7"), "dafang")[0].address) == "https://192.0.2.7/cgi-bin/currentpic.cgi"
    assert len(places(URL("http://192.0.2.7:81/cam.jpg"), SEARCH)) == 1
    searched = [place.address for place in places(URL("http://192.0.2.7"), SEARCH)]
    assert len(searched) == len(set(searched)) > 20


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" 192.0.2.7 ", "http://192.0.2.7"),
        ("cellar.local:8080", "http://cellar.local:8080"),
        ("cellar.local/snap.jpg", "http://cellar.local/snap.jpg"),
        ("https://cellar.local", "https://cellar.local"),
        ("rtsp://192.0.2.7/live", None),
        ("http://[", None),
        ("in the cellar", None),
    ],
)
def test_what_people_type(typed: str, address: str | None) -> None:
    found = address_of(typed)
    assert (found and str(found).rstrip("/")) == address
