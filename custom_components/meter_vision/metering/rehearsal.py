"""Puts every question to the SDK once, without a connection.

At the first call of each kind the SDK imports modules and builds validators, which takes some hundred milliseconds. In
the event loop Home Assistant would stand still for them, so they are spent in another thread, before the first true
call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from typing import Any, Final, get_args

import anthropic
from anthropic.types import Message, ModelInfo, TextBlock, ThinkingBlock
import httpx2

from .claude import DEFAULT_MODEL, ClaudeReader, list_models
from .errors import AnswerError, MeteringError, ReaderAuthError
from .models import PreparedPhoto

_PHOTO: Final = PreparedPhoto(content=b"", width=1, height=1, tokens=0)
_WORD: Final = "-"
_NOWHERE: Final = "http://rehearsal.invalid"


@cache
def rehearse() -> None:
    """Make every kind of call once in this process; blocks, and needs a thread without an event loop."""
    with suppress(MeteringError), asyncio.Runner(loop_factory=asyncio.EventLoop) as runner:
        runner.run(_calls())


async def _calls() -> None:
    for answer in (_refused, _answered):
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), trust_env=False) as http:
            await _call(anthropic.AsyncAnthropic(api_key=_WORD, base_url=_NOWHERE, http_client=http))


async def _call(client: anthropic.AsyncAnthropic) -> None:
    with suppress(ReaderAuthError):
        await list_models(client)
    with suppress(ReaderAuthError, AnswerError):  # the answer describes no meter
        await ClaudeReader(client).propose(_PHOTO, "en")


def _refused(_request: httpx2.Request) -> httpx2.Response:
    error = {"type": "error", "error": {"type": "authentication_error", "message": _WORD}}
    return httpx2.Response(HTTPStatus.UNAUTHORIZED, json=error)


def _answered(request: httpx2.Request) -> httpx2.Response:
    if request.url.path.endswith("/models"):
        return httpx2.Response(
            HTTPStatus.OK, json={"data": [_model()], "has_more": False, "first_id": None, "last_id": None}
        )
    return httpx2.Response(HTTPStatus.OK, json=_message())


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
