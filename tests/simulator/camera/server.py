"""The cameras' web server: pictures, streams, logins, faults; the clock is asked here and nowhere deeper."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from PIL import Image

from tests.simulator.meters import METERS
from tests.simulator.optics import PICTURE, Conditions
from tests.simulator.renderer import jpeg, picture

from .login import CHALLENGES, admitted
from .page import status_page
from .state import CameraState, Fault, Shot

_CAMERAS: Final = web.AppKey("cameras", dict[str, CameraState])
_API_URL: Final = web.AppKey("api_url", str)
_HUGE: Final = 50 * 1024 * 1024
_CHUNK: Final = 256 * 1024
_BOUNDARY: Final = "frame"
_FRAME_PAUSE: Final = 1.0
_PREVIEW: Final = (640, 360)
_HTML: Final = "<!DOCTYPE html><html><title>Camera</title><body>Please log in.</body></html>"


def create_app(seed: int, api_url: str = "") -> web.Application:
    """Return the server of all cameras; `api_url` is the reader's, for the status page only."""
    app = web.Application()
    app[_CAMERAS] = {key: CameraState(meter, seed) for key, meter in METERS.items()}
    app[_API_URL] = api_url
    app.add_routes(
        [
            web.get("/", _index),
            web.post("/reset", _reset),
            web.get(r"/{meter}/{login:basic|digest}/{kind:snapshot\.jpg|stream\.mjpeg}", _guarded),
            web.get("/{meter}/snapshot.jpg", _snapshot),
            web.get("/{meter}/stream.mjpeg", _stream),
            web.get("/{meter}/preview.jpg", _preview),
            web.get("/{meter}/truth", _truth),
            web.get("/{meter}/served", _served),
            web.post("/{meter}/fault", _set_fault),
            web.get("/{meter}/fault", _fault),
            web.post("/{meter}/hold", _hold),
            web.post("/{meter}/conditions", _set_conditions),
        ]
    )
    return app


def _camera(request: web.Request) -> CameraState:
    camera = request.app[_CAMERAS].get(request.match_info["meter"])
    if camera is None:
        raise web.HTTPNotFound(text="no such meter")
    return camera


async def _index(request: web.Request) -> web.Response:
    now = datetime.now(UTC)
    cameras = [(camera, camera.truth(camera.shot(now).time)) for camera in request.app[_CAMERAS].values()]
    return web.Response(text=status_page(cameras, await _calls(request.app[_API_URL])), content_type="text/html")


async def _calls(api_url: str) -> dict[str, int] | None:
    if not api_url:
        return None
    calls = f"{api_url}/control/calls"
    try:
        async with ClientSession(timeout=ClientTimeout(total=2)) as session, session.get(calls) as response:
            counts = await response.json()
    except ClientError, TimeoutError:
        return None
    return {kind: count for kind, count in counts.items() if isinstance(count, int)}


async def _guarded(request: web.Request) -> web.StreamResponse:
    login = request.match_info["login"]
    if not admitted(request, login):
        return web.Response(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": CHALLENGES[login]})
    return await (_snapshot(request) if request.match_info["kind"] == "snapshot.jpg" else _stream(request))


async def _snapshot(request: web.Request) -> web.StreamResponse:
    camera = _camera(request)
    fault = camera.take_fault()
    match fault:
        case Fault.SLOW:
            await asyncio.sleep(camera.fault_seconds)
        case Fault.STATUS_500:
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR, text="Internal Server Error")
        case Fault.STATUS_404:
            return web.Response(status=HTTPStatus.NOT_FOUND, text="Not Found")
        case Fault.HTML:
            return web.Response(text=_HTML, content_type="text/html")
        case Fault.REDIRECT_LOOP:
            # The fault must outlast the redirects it causes.
            camera.faults_left = None
            return web.Response(status=HTTPStatus.FOUND, headers={"Location": request.raw_path})
        case Fault.HUGE:
            return await _huge(request)
    anew = "anew" in request.query
    return web.Response(body=await _content(camera, None if anew else fault), content_type="image/jpeg")


async def _content(camera: CameraState, fault: Fault | None) -> bytes:
    """Take a picture, with the faults a picture can have."""
    if fault is Fault.BLACK:
        return await asyncio.to_thread(_black)
    shot = camera.shot(datetime.now(UTC), fault)
    truth = camera.truth(shot.time)
    if fault is Fault.FROZEN and camera.frozen is not None:
        content, before = camera.frozen
        truth = {**before, "time": truth["time"]}
    else:
        content = await asyncio.to_thread(_take, camera, shot)
        camera.frozen = content, truth
        camera.taken += 1
    camera.served.append(truth)
    return content[: len(content) // 2] if fault is Fault.TRUNCATED else content


def _take(camera: CameraState, shot: Shot) -> bytes:
    return jpeg(camera.meter, shot.value, shot.conditions, shot.seed)


def _black() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", PICTURE, (2, 2, 3)).save(buffer, "JPEG")
    return buffer.getvalue()


async def _huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
    await response.prepare(request)
    await response.write(b"\xff\xd8\xff\xe0")
    for _ in range(_HUGE // _CHUNK):
        await response.write(bytes(_CHUNK))
    return response


async def _stream(request: web.Request) -> web.StreamResponse:
    """Send a frame each second until the viewer goes away."""
    camera = _camera(request)
    response = web.StreamResponse(headers={"Content-Type": f"multipart/x-mixed-replace; boundary={_BOUNDARY}"})
    await response.prepare(request)
    while True:
        frame = await _content(camera, camera.take_fault())
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\n\r\n"
        await response.write(head.encode() + frame + b"\r\n")
        await asyncio.sleep(_FRAME_PAUSE)


async def _preview(request: web.Request) -> web.Response:
    """Return a small picture that counts as nobody's."""
    camera = _camera(request)
    shot = camera.shot(datetime.now(UTC))

    def take() -> bytes:
        buffer = BytesIO()
        seen = picture(camera.meter, shot.value, shot.conditions, shot.seed)
        seen.resize(_PREVIEW).save(buffer, "JPEG")
        return buffer.getvalue()

    return web.Response(body=await asyncio.to_thread(take), content_type="image/jpeg")


async def _truth(request: web.Request) -> web.Response:
    camera = _camera(request)
    asked = request.query.get("time")
    # A plus sign in a query stands for a space.
    time = _time(asked.replace(" ", "+")) if asked else camera.shot(datetime.now(UTC)).time
    return web.json_response(camera.truth(time))


async def _served(request: web.Request) -> web.Response:
    return web.json_response(list(_camera(request).served))


async def _reset(request: web.Request) -> web.Response:
    for camera in request.app[_CAMERAS].values():
        camera.reset()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _set_fault(request: web.Request) -> web.Response:
    """Take {"fault": name or null, "count": pictures or null, "seconds": for a slow camera}."""
    camera, body = _camera(request), await request.json()
    try:
        camera.fault = None if body.get("fault") is None else Fault(body["fault"])
    except ValueError as err:
        raise web.HTTPBadRequest(text=str(err)) from err
    camera.faults_left = body.get("count")
    camera.fault_seconds = float(body.get("seconds", 30))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _fault(request: web.Request) -> web.Response:
    """Return the fault, and for how many more pictures it was planned, null: all."""
    camera = _camera(request)
    return web.json_response({"fault": camera.fault, "count": camera.faults_left})


async def _hold(request: web.Request) -> web.Response:
    """Take {"time": ISO or null, "value": text or null}: what the camera shows from now on, null: as time goes."""
    camera, body = _camera(request), await request.json()
    try:
        camera.held_value = None if body.get("value") is None else Decimal(body["value"])
    except InvalidOperation as err:
        raise web.HTTPBadRequest(text="value is not a number") from err
    camera.held_at = None if body.get("time") is None else _time(body["time"])
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _set_conditions(request: web.Request) -> web.Response:
    """Take the fields of Conditions that differ from the usual ones."""
    camera, body = _camera(request), await request.json()
    if "glare_at" in body:
        body["glare_at"] = tuple(body["glare_at"])
    try:
        partial(Conditions, **body)()
    except TypeError as err:
        raise web.HTTPBadRequest(text=str(err)) from err
    camera.conditions = body
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _time(text: Any) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError) as err:
        raise web.HTTPBadRequest(text="time is not ISO 8601") from err
    if time.tzinfo is None:
        raise web.HTTPBadRequest(text="time has no zone")
    return time
