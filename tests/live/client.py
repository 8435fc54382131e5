"""Talks to a Home Assistant the way its frontend does: REST and WebSocket, on the real clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import aiohttp

_SECONDS: Final = 60.0
_TIMEOUT: Final = aiohttp.ClientTimeout(total=_SECONDS)
# More than one state list of a busy day.
_LARGEST_MESSAGE: Final = 32 * 2**20


class AnswerError(Exception):
    """Home Assistant refused a request."""


class Client:
    """An owner's session with Home Assistant."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Use an access token that does not expire."""
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"}
        self.url = url
        self.token = token

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, token: str) -> AsyncIterator[Self]:
        """Give a client with a session of its own."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            yield cls(session, url, token)

    async def get(self, path: str, **query: str) -> Any:
        """Return the JSON at a path."""
        async with self._session.get(self.url + path, params=query, headers=self._headers) as response:
            return await _json(response)

    async def post(self, path: str, body: Mapping[str, Any], *, seconds: float = _SECONDS) -> Any:
        """Send JSON to a path and return the answer, which may take so long."""
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with self._session.post(self.url + path, json=body, headers=self._headers, timeout=timeout) as response:
            return await _json(response)

    async def fetch(self, path: str, **query: str) -> bytes:
        """Return what is at a path as it is."""
        async with self._session.get(self.url + path, params=query, headers=self._headers) as response:
            response.raise_for_status()
            return await response.read()

    async def delete(self, path: str) -> Any:
        """Delete what is at a path and return the answer."""
        async with self._session.delete(self.url + path, headers=self._headers) as response:
            return await _json(response)

    async def call(self, kind: str, **fields: Any) -> Any:
        """Return the result of one WebSocket command."""
        # One connection a command: on a fast clock the server's patience with a silent one is a second.
        async with self._session.ws_connect(
            self.url + "/api/websocket", max_msg_size=_LARGEST_MESSAGE, timeout=aiohttp.ClientWSTimeout(ws_close=5)
        ) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            if (greeting := await socket.receive_json())["type"] != "auth_ok":
                raise AnswerError(greeting)
            await socket.send_json({"id": 1, "type": kind, **fields})
            answer = await socket.receive_json()
        if not answer["success"]:
            message = f"{kind}: {answer['error']}"
            raise AnswerError(message)
        return answer["result"]


async def _json(response: aiohttp.ClientResponse) -> Any:
    if not response.ok:
        message = f"{response.method} {response.url.path}: {response.status} {await response.text()}"
        raise AnswerError(message)
    return await response.json()
