"""Puts every question to the SDK once, over a connection that leads nowhere but here.

At the first call of each kind the SDK and its HTTP client import modules and build validators, which takes some hundred
milliseconds. In the event loop Home Assistant would stand still for them, so they are spent in another thread, before
the first true call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
import json
from typing import Any, Final, get_args

import anthropic
from anthropic.types import Message, ModelInfo, TextBlock, ThinkingBlock
import httpx2

from .claude import DEFAULT_MODEL, ClaudeReader, list_models
from .errors import AnswerError, MeteringError, ReaderAuthError
from .limited import LimitedTransport
from .models import PreparedPhoto

_PHOTO: Final = PreparedPhoto(content=b"", width=1, height=1, tokens=0)
_WORD: Final = "-"
_HOST: Final = "127.0.0.1"
_REFUSED, _ANSWERED = "refused", "answered"
"""Paths under which the calls are made."""


@cache
def rehearse() -> None:
    """Make every kind of call once in this process; blocks, and needs a thread without an event loop.

    Where that cannot be done, the first true calls take their time.
    """
    with suppress(OSError, MeteringError), asyncio.Runner(loop_factory=asyncio.EventLoop) as runner:
        runner.run(_calls())


async def _calls() -> None:
    async with await asyncio.start_server(_serve, _HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        for path in (_REFUSED, _ANSWERED):
            async with (
                httpx2.AsyncClient(trust_env=False) as shared,
                httpx2.AsyncClient(transport=LimitedTransport(shared), trust_env=False) as http,
            ):
                await _call(
                    anthropic.AsyncAnthropic(api_key=_WORD, base_url=f"http://{_HOST}:{port}/{path}", http_client=http)
                )


async def _call(client: anthropic.AsyncAnthropic) -> None:
    with suppress(ReaderAuthError):
        await list_models(client)
    with suppress(ReaderAuthError, AnswerError):  # the answer describes no meter
        await ClaudeReader(client).propose(_PHOTO, "en")


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request like the API."""
    asked = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").partition("\r\n")[0]
    if _REFUSED in asked:
        status, answer = "401 Unauthorized", _refusal()
    elif "/v1/models" in asked:
        status, answer = "200 OK", {"data": [_model()], "has_more": False, "first_id": None, "last_id": None}
    else:
        status, answer = "200 OK", _message()
    content = json.dumps(answer).encode()
    fields = f"content-type: application/json\r\ncontent-length: {len(content)}\r\nconnection: close"
    writer.write(f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n".encode() + content)
    await writer.drain()
    writer.close()


def _refusal() -> dict[str, Any]:
    return {"type": "error", "error": {"type": "authentication_error", "message": "rehearsal"}}


def _model() -> dict[str, Any]:
    return {
        **_all_fields(ModelInfo),
        "id": DEFAULT_MODEL,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "deprecated",
        "retires_at": "2027-01-01T00:00:00Z",
    }


def _message() -> dict[str, Any]:
    blocks = [
        _all_fields(ThinkingBlock) | {"type": "thinking"},
        _all_fields(TextBlock) | {"type": "text", "text": "{}"},
    ]
    return _all_fields(Message) | {"id": "rehearsal", "content": blocks, "stop_reason": "end_turn"}


def _all_fields(kind: type[anthropic.BaseModel]) -> dict[str, Any]:
    """Return a document that has every field of a model, since a validator is built for each at its first sight."""
    return {
        name: next((_all_fields(model) for model in _models(field.annotation)), _WORD)
        for name, field in kind.model_fields.items()
    }


def _models(annotation: Any) -> Iterator[type[anthropic.BaseModel]]:
    """Yield the model that a field holds, itself or none of it."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, anthropic.BaseModel):
            yield kind
