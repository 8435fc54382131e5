"""Takes one picture from a camera entity, an image entity or a snapshot address."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from homeassistant.components import camera as camera_component, image as image_component
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from .const import DOMAIN
from .metering.models import Photo
from .metering.photo import MAX_PHOTO_BYTES
from .mjpeg import FirstFrame

TIMEOUT: Final = timedelta(seconds=30)
_MAX_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
_HEADERS: Final = {"Accept": "image/jpeg, image/*, multipart/x-mixed-replace", "Accept-Encoding": "identity"}
_LOGIN_REFUSED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_FOLLOWED: Final[Mapping[str, tuple[str, ...]]] = {"http": ("http", "https"), "https": ("https",)}
"""Where a camera may lead to from where it was asked."""
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"RIFF", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


class CaptureError(HomeAssistantError):
    """No picture could be taken; placeholder `camera`: the entity, or the host without path and credentials."""

    key = "camera_failed"

    def __init__(self, camera: str, **placeholders: str) -> None:
        """Name the camera, so that the message can say which one."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=self.key,
            translation_placeholders={"camera": camera, **placeholders},
        )

    @property
    def placeholders(self) -> dict[str, str]:
        """What the message names; never a secret."""
        return self.translation_placeholders or {}


class CameraMissingError(CaptureError):
    """There is no such entity."""

    key = "camera_missing"


class CameraUnavailableError(CaptureError):
    """The entity exists and gives no picture; placeholder `reason` as its integration words it."""

    key = "camera_unavailable"


class CameraConnectionError(CaptureError):
    """Nobody answers at the address."""

    key = "camera_connection"


class CameraCertificateError(CaptureError):
    """The camera's certificate is not trusted."""

    key = "camera_certificate"


class CameraTimeoutError(CaptureError):
    """The camera did not finish its picture in time."""

    key = "camera_timeout"


class CameraLoginError(CaptureError):
    """User name, password or kind of login is wrong."""

    key = "camera_login"


class CameraStatusError(CaptureError):
    """The camera answers with an HTTP error; placeholder `status`."""

    key = "camera_status"


class CameraRedirectError(CaptureError):
    """The camera sends the request round in a circle."""

    key = "camera_redirect"


class CameraElsewhereError(CaptureError):
    """The camera sends the request to another host, or away from https; placeholder `target`."""

    key = "camera_elsewhere"


class PictureTooLargeError(CaptureError):
    """More bytes than any picture of a meter needs; placeholder `limit` in megabytes."""

    key = "camera_too_large"


class PictureEmptyError(CaptureError):
    """The answer ended before a picture did."""

    key = "camera_empty"


class PictureIsPageError(CaptureError):
    """A web page came instead of a picture."""

    key = "camera_page"


class NotAPictureError(CaptureError):
    """Something came that is no picture."""

    key = "camera_not_picture"


async def capture(hass: HomeAssistant, camera: Mapping[str, Any], at: datetime) -> Photo:
    """Return a picture taken `at` (aware UTC) from the camera that subentry data describes, or raise CaptureError."""
    if (entity_id := camera.get("entity_id")) is not None:
        name, content = entity_id, await _from_entity(hass, entity_id)
    else:
        name, content = _host(URL(camera["url"])), await _from_address(hass, camera)
    _check_content(name, content)
    return Photo(content=content, captured_at=at)


async def _from_entity(hass: HomeAssistant, entity_id: str) -> bytes:
    domain = entity_id.partition(".")[0]
    component = {"camera": camera_component, "image": image_component}.get(domain)
    if component is None or domain not in hass.config.components or hass.states.get(entity_id) is None:
        raise CameraMissingError(entity_id)
    try:
        picture = await component.async_get_image(hass, entity_id, timeout=int(TIMEOUT.total_seconds()))
        content: bytes = picture.content
    except HomeAssistantError as err:
        raise CameraUnavailableError(entity_id, reason=str(err)) from err
    except (aiohttp.ClientError, OSError, ValueError) as err:
        # Without its words and itself: they may quote the address, and that may hold a password.
        raise CameraUnavailableError(entity_id, reason=type(err).__name__) from None
    return content


async def _from_address(hass: HomeAssistant, camera: Mapping[str, Any]) -> bytes:
    address = URL(camera["url"])
    try:
        async with asyncio.timeout(TIMEOUT.total_seconds()):
            return await _Request(hass, camera).follow(address)
    # Without the cause, for the same reason.
    except TimeoutError:
        raise CameraTimeoutError(_host(address)) from None
    except aiohttp.ClientSSLError:
        raise CameraCertificateError(_host(address)) from None
    except aiohttp.ClientError, OSError, ValueError:  # the last for what is no address after all
        raise CameraConnectionError(_host(address)) from None


class _Request:
    """One request for a picture, followed through redirects on the camera's own host."""

    def __init__(self, hass: HomeAssistant, camera: Mapping[str, Any]) -> None:
        self._session = async_get_clientsession(hass, verify_ssl=camera.get("verify_ssl", True))
        self._auth = camera.get("auth", "none")
        self._username = camera.get("username") or ""
        self._password = camera.get("password") or ""

    async def follow(self, address: URL) -> bytes:
        target = address
        for _ in range(_MAX_REDIRECTS + 1):
            # The login goes to the very server it was entered for, or to that server's https.
            login = target.origin() == address.origin() or (target.scheme, address.scheme) == ("https", "http")
            answer = await self._get(target, **(self._login(address) if login else {"headers": _HEADERS}))
            if isinstance(answer, bytes):
                return answer
            target = answer
            if target.host != address.host or target.scheme not in _FOLLOWED[address.scheme]:
                raise CameraElsewhereError(_host(address), target=_host(target))
        raise CameraRedirectError(_host(address))

    def _login(self, address: URL) -> dict[str, Any]:
        if self._auth == "none":
            return {"headers": _HEADERS}
        if ":" in self._username:
            raise CameraLoginError(_host(address))
        if self._auth == "digest":
            digest = aiohttp.DigestAuthMiddleware(self._username, self._password)
            return {"headers": _HEADERS, "middlewares": (digest,)}
        basic = aiohttp.encode_basic_auth(self._username, self._password, "utf-8")
        return {"headers": {**_HEADERS, "Authorization": basic}}

    async def _get(self, target: URL, **login: Any) -> bytes | URL:
        """Return the picture at an address, or where it has moved to."""
        async with self._session.get(target, allow_redirects=False, **login) as response:
            if response.status in _LOGIN_REFUSED:
                raise CameraLoginError(_host(target))
            if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
                return _moved_to(response, target)
            if response.status != HTTPStatus.OK:
                raise CameraStatusError(_host(target), status=str(response.status))
            return await _picture(response, _host(target))


def _moved_to(response: aiohttp.ClientResponse, target: URL) -> URL:
    try:
        moved = target.join(URL(response.headers.get("Location", "")))
        # Which login goes along is for us to say, not for the camera.
        return moved if moved.raw_user is None and moved.raw_password is None else moved.with_user(None)
    except ValueError:
        raise CameraRedirectError(_host(target)) from None


async def _picture(response: aiohttp.ClientResponse, host: str) -> bytes:
    """Return the body of a plain answer, or the first frame of a stream; never hold more than the limit."""
    stream = response.content_type.startswith("multipart/")
    first = FirstFrame(response.headers.get("Content-Type", ""))
    content = bytearray()
    if (response.content_length or 0) > MAX_PHOTO_BYTES:
        raise _too_large(host)
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > MAX_PHOTO_BYTES:
            raise _too_large(host)
        if stream and (frame := first.find(content)) is not None:
            return frame
        if stream and first.hopeless(content):
            break
    if stream:
        raise PictureEmptyError(host)
    return bytes(content)


def _check_content(camera: str, content: bytes) -> None:
    """Raise CaptureError for what is plainly no picture, by its first bytes and not by what its sender calls it."""
    if not content:
        raise PictureEmptyError(camera)
    if len(content) > MAX_PHOTO_BYTES:
        raise _too_large(camera)
    if content.startswith(_PICTURES):
        return
    if content.lstrip()[:1] == b"<":
        raise PictureIsPageError(camera)
    raise NotAPictureError(camera)


def _too_large(camera: str) -> PictureTooLargeError:
    return PictureTooLargeError(camera, limit=str(MAX_PHOTO_BYTES // 1_000_000))


def _host(address: URL) -> str:
    """Return host and port: path, query and user information may hold secrets."""
    port = "" if address.port is None or address.is_default_port() else f":{address.port}"
    return f"{address.host or '-'}{port}"
