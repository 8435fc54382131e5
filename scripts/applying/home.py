"""A running Home Assistant, spoken to as its frontend does: REST and WebSocket, with a long-lived token."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import aiohttp

_TIMEOUT: Final = aiohttp.ClientTimeout(total=120)
_ERRORS: Final = 400
_SERVER_ERRORS: Final = 500
_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404


class HomeError(Exception):
    """A sentence that says what went wrong."""


class ServerError(HomeError):
    """Home Assistant could not answer now."""


@dataclass(frozen=True, slots=True)
class Home:
    """An address and an open session."""

    url: str
    session: aiohttp.ClientSession
    token: str

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, token: str) -> AsyncIterator[Self]:
        """Give a session, closed at the end."""
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session:
            yield cls(url.rstrip("/"), session, token)

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"<Home {self.url}>"

    async def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        return await self._ask("GET", path)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON and return the answer."""
        return await self._ask("POST", path, json=body)

    async def delete(self, path: str) -> None:
        """Remove what is at a path."""
        await self._ask("DELETE", path)

    async def command(self, kind: str, **fields: Any) -> Any:
        """Return the result of one WebSocket command."""
        try:
            async with self.session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as socket:
                await socket.receive_json()
                await socket.send_json({"type": "auth", "access_token": self.token})
                if (await socket.receive_json())["type"] != "auth_ok":
                    raise HomeError(f"{self.url} does not let the token in")
                await socket.send_json({"id": 1, "type": kind, **fields})
                answer = await socket.receive_json()
        except (aiohttp.ClientError, TimeoutError, TypeError, ValueError) as err:
            raise HomeError(f"{self.url} cannot be asked: {err or type(err).__name__}") from None
        if not answer["success"]:
            raise HomeError(f"Home Assistant refuses {kind}: {answer['error'].get('message')}")
        return answer["result"]

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            async with self.session.request(method, self.url + path, allow_redirects=False, **more) as response:
                content = await response.text()
                if response.status == _UNAUTHORIZED:
                    raise HomeError(f"{self.url} does not let the token in")
                if response.status >= _SERVER_ERRORS:
                    raise ServerError(f"{path} is answered with {response.status}")
                if response.status >= _ERRORS:
                    hint = "; is Meter Vision installed there?" if response.status == _NOT_FOUND else ""
                    raise HomeError(f"{path} is answered with {response.status}: {content[:300]}{hint}")
                return await response.json()
        except aiohttp.ContentTypeError:
            raise HomeError(f"{self.url} does not answer like Home Assistant") from None
        except (aiohttp.ClientError, TimeoutError) as err:
            raise HomeError(f"{self.url} cannot be reached: {err or 'no answer in time'}") from None
