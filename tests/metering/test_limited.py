"""The bounded way to the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2

from custom_components.meter_vision.metering.limited import LimitedTransport


async def test_the_event_loop_gets_its_turn_before_and_after_an_answer() -> None:
    happened: list[str] = []
    loop = asyncio.get_running_loop()

    async def body() -> AsyncIterator[bytes]:
        yield b"{}"

    def answer(_request: httpx2.Request) -> httpx2.Response:
        happened.append("sent")
        loop.call_soon(happened.append, "another callback")
        return httpx2.Response(200, content=body())

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        request = httpx2.Request("POST", "http://api.invalid/v1/messages", content=b"{}")
        loop.call_soon(happened.append, "a callback")
        response = await LimitedTransport(client).handle_async_request(request)
        happened.append("answered")
    assert response.content == b"{}"
    assert happened == ["a callback", "sent", "another callback", "answered"]
