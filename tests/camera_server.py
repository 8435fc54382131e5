"""A camera's web server whose behaviour a test chooses, for what the simulator's cameras never do."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
import hashlib
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
import ssl
from typing import Any, override

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

USER, PASSWORD = "root", "s3cret-pässword"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def jpeg(shade: int = 128) -> bytes:
    buffer = BytesIO()
    Image.new("L", (80, 80), shade).save(buffer, "JPEG")
    return buffer.getvalue()


JPEG = jpeg()


class Camera:
    """A camera's web server with one behaviour."""

    def __init__(self) -> None:
        """Begin as a camera that delivers."""
        self.handler: Handler = self.deliver
        self.requests: list[web.Request] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        return await self.handler(request)

    async def deliver(self, _request: web.Request) -> web.StreamResponse:
        """Answer with a picture."""
        return web.Response(body=JPEG, content_type="image/jpeg")

    def always(self, **answer: Any) -> None:
        """Answer every request alike."""

        async def handler(_request: web.Request) -> web.Response:
            return web.Response(**answer)

        self.handler = handler

    def url(self, path: str = "snapshot.jpg?secret=in-query", host: str = "127.0.0.1") -> str:
        """Return an address of the camera."""
        return f"http://{host}:{self.server.port}/{path}"


def basic(request: web.Request) -> bool:
    return request.headers.get("Authorization") == "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def digest(request: web.Request) -> bool:
    """Check a Digest answer as RFC 7616 computes it."""
    header = request.headers.get("Authorization", "")
    if not header.startswith("Digest "):
        return False
    given = {key: value.strip('"') for key, _, value in (part.strip().partition("=") for part in header[7:].split(","))}

    def hashed(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  the protocol's

    first = hashed(f"{USER}:camera:{PASSWORD}")
    second = hashed(f"GET:{given['uri']}")
    answer = hashed(f"{first}:n0nce:{given['nc']}:{given['cnonce']}:auth:{second}")
    return given["response"] == answer


CHALLENGES = {"basic": 'Basic realm="camera"', "digest": 'Digest realm="camera", nonce="n0nce", qop="auth"'}
CHECKS = {"basic": basic, "digest": digest}


def guard(camera: Camera, auth: str, then: Handler | None = None) -> None:
    """Let a camera ask for a login."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if not CHECKS[auth](request):
            return web.Response(status=401, headers={"WWW-Authenticate": CHALLENGES[auth]})
        return await (then or camera.deliver)(request)

    camera.handler = handler


def self_made_certificate(folder: Path) -> ssl.SSLContext:
    """Return what a server needs to speak TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "camera")])
    day = timedelta(days=1)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .sign(key, hashes.SHA256())
    )
    path = folder / "camera.pem"
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, *form) + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


class TlsHandler(BaseHTTPRequestHandler):
    """Delivers a picture, or under /away leads away from TLS."""

    def do_GET(self) -> None:
        """Answer one request."""
        away = self.path == "/away"
        self.send_response(302 if away else 200)
        self.send_header("Content-Length", "0" if away else str(len(JPEG)))
        if away:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/")
        self.end_headers()
        self.wfile.write(b"" if away else JPEG)

    @override
    def log_message(self, *_args: Any) -> None:
        """Say nothing."""
