"""What cameras and services of every kind answer, as the dialog words it; each can be put right in the same form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.server import ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from PIL import Image
import pytest

from tests.camera_server import JPEG, Camera, TlsHandler, self_made_certificate
from tests.cameras import add_camera
from tests.meters import NOWHERE
from tests.simulator.fixtures import Simulator

from .dialog import MeterDialog, address, camera_form


@pytest.fixture
async def server(socket_enabled: None) -> AsyncIterator[Camera]:  # noqa: ARG001  it listens
    """Yield a web server whose answers a test chooses."""
    server = Camera()
    await server.server.start_server()
    yield server
    await server.server.close()


def picture(width: int, height: int) -> bytes:
    """Return a picture of few bytes."""
    buffer = BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"body": b""}, "camera_empty"),
        ({"text": '{"error": "busy"}'}, "camera_not_picture"),
        ({"status": 302, "headers": {"Location": "http://192.0.2.7/snapshot.jpg"}}, "camera_elsewhere"),
        ({"body": picture(40, 40)}, "photo_too_small"),
        ({"body": picture(8000, 6000)}, "photo_too_large"),
        ({"body": JPEG[:3] + b"nothing that follows"}, "photo_not_a_picture"),
    ],
)
async def test_what_cameras_answer(
    dialog: MeterDialog, simulator: Simulator, server: Camera, answer: dict[str, Any], error: str
) -> None:
    server.always(**answer)
    await dialog.submit(camera_form(simulator) | {"address": address(url=server.url())})
    assert (dialog.step, dialog.errors) == ("user", [error])
    assert simulator.paid_calls == 0
    await dialog.submit(camera_form(simulator))
    assert dialog.step == "look"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"<html>Log in</html>", "camera_page"),
        (b"", "camera_unavailable"),
        (b"\x00\x00\x00\x18ftypmp42", "camera_not_picture"),
    ],
)
async def test_what_entities_give(
    *, hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator, server: Camera, content: bytes, error: str
) -> None:
    server.always(body=content)
    entity = await add_camera(hass, server.url())
    await dialog.submit(camera_form(simulator) | {"camera": entity, "address": address()})
    assert (dialog.step, dialog.errors) == ("user", [error])
    await dialog.submit(camera_form(simulator))
    assert dialog.step == "look"


async def test_a_certificate_that_nobody_vouches_for(dialog: MeterDialog, simulator: Simulator, tmp_path: Path) -> None:
    camera = ThreadingHTTPServer(("127.0.0.1", 0), TlsHandler)
    camera.handle_error = lambda *_args: None  # type: ignore[method-assign]
    camera.socket = self_made_certificate(tmp_path).wrap_socket(camera.socket, server_side=True)
    thread = Thread(target=camera.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    url = f"https://127.0.0.1:{camera.server_address[1]}/snapshot.jpg"
    await dialog.submit(camera_form(simulator) | {"address": address(url=url)})
    assert (dialog.step, dialog.errors) == ("user", ["camera_certificate"])
    await dialog.submit(camera_form(simulator) | {"address": address(url=url, verify_ssl=False)})
    assert dialog.step != "user"
    camera.shutdown()
    thread.join()
    camera.server_close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, "reader_connection"),
        ({"status": 200, "text": "Welcome to the printer"}, "reader_failed"),
        ({"status": 418, "text": "a teapot"}, "reader_request"),
        ({"status": 200, "body": b" " * 5_000_000, "content_type": "application/json"}, "reader_too_large"),
    ],
)
async def test_what_services_answer(
    *,
    hass: HomeAssistant,
    entry: ConfigEntry,
    simulator: Simulator,
    server: Camera,
    answer: dict[str, Any] | None,
    error: str,
) -> None:
    """Another service stands at the address of the API since the account was set up."""
    server.server.app.router.add_post("/{path:.*}", server._answer)
    if answer is not None:
        server.always(**answer)
    url = NOWHERE if answer is None else server.url("").rstrip("/")
    hass.config_entries.async_update_entry(entry, data={**entry.data, "base_url": url})
    await hass.async_block_till_done(wait_background_tasks=True)
    dialog = MeterDialog(hass, entry)
    await dialog.add()
    await dialog.submit(camera_form(simulator))
    assert (dialog.step, dialog.errors) == ("proposal_failed", [error])
    # Whoever knows the meter can describe it.
    await dialog.submit({"next": "register"})
    assert (dialog.step, dialog.errors) == ("register", [])
    dialog.close()
