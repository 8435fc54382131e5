"""Basic and Digest logins as cameras ask for them."""

from __future__ import annotations

from base64 import b64encode
import hashlib
import re
import secrets
from typing import Final

from aiohttp import web

USER: Final = "root"
PASSWORD: Final = "cellar-pässword"
_REALM: Final = "camera"
_NONCE: Final = secrets.token_hex(16)
_FIELD: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^,\s]+))')

CHALLENGES: Final = {
    "basic": f'Basic realm="{_REALM}", charset="UTF-8"',
    "digest": f'Digest realm="{_REALM}", nonce="{_NONCE}", qop="auth", algorithm=MD5',
}


def admitted(request: web.Request, kind: str) -> bool:
    """Return whether a request carries the right login of a kind: none, basic or digest."""
    if kind == "none":
        return True
    given = request.headers.get("Authorization", "")
    return _basic(given) if kind == "basic" else _digest(given, request.method, request.raw_path)


def _basic(given: str) -> bool:
    return given == "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def _digest(given: str, method: str, path: str) -> bool:
    """Check an answer as RFC 7616 computes it."""
    if not given.startswith("Digest "):
        return False
    said = {name: quoted or plain for name, quoted, plain in _FIELD.findall(given)}
    if said.get("nonce") != _NONCE or said.get("uri") != path or said.get("username") != USER:
        return False
    first, second = _md5(f"{USER}:{_REALM}:{PASSWORD}"), _md5(f"{method}:{path}")
    middle = f"{_NONCE}:{said.get('nc')}:{said.get('cnonce')}:auth"
    return said.get("response") == _md5(f"{first}:{middle}:{second}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  the protocol's own
