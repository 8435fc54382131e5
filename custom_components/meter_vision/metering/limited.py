"""A way to the API that takes no more than an answer needs, whoever answers."""

from __future__ import annotations

import asyncio
from typing import Final, override

import httpx2

from .errors import ReaderTooLargeError

MOST_BYTES: Final = 1_000_000
"""A list of all models has some 20 kB, an answer less than 10."""


class LimitedTransport(httpx2.AsyncBaseTransport):
    """Sends over another client's connections, reads a bounded answer, and follows no redirect."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Keep the client, which stays the caller's."""
        self._client = client

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the whole answer, or raise ReaderTooLargeError; packed ones unpack to any size and are refused."""
        request.headers["Accept-Encoding"] = "identity"
        await asyncio.sleep(0)  # what was made until here took milliseconds, and so does what follows
        answer = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            content = await _content(answer)
        finally:
            await answer.aclose()
        await asyncio.sleep(0)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=content, request=request)


async def _content(answer: httpx2.Response) -> bytes:
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ReaderTooLargeError
    content = bytearray()
    async for part in answer.aiter_raw():
        content += part
        if len(content) > MOST_BYTES:
            raise ReaderTooLargeError
    return bytes(content)
