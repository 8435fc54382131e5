"""Reads a prepared photo with Claude through the official SDK."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import re
from typing import Any, Final

import anthropic
from anthropic.resources.messages import AsyncMessages  # noqa: F401  loaded here because the SDK would do it in the event loop
from anthropic.types import Message, ModelInfo, OutputConfigParam, ThinkingConfigDisabledParam

from .answer import parse_answer_text
from .errors import (
    AnswerError,
    ReaderAuthError,
    ReaderBillingError,
    ReaderBusyError,
    ReaderConnectionError,
    ReaderCutOffError,
    ReaderError,
    ReaderModelError,
    ReaderPermissionError,
    ReaderRefusedError,
    ReaderRequestError,
    ReaderTooLargeError,
)
from .models import Look, PreparedPhoto, Register, Usage
from .pricing import is_dated
from .prompt import request_text, schema as reading_schema, system
from .proposal import Proposal, parse_proposal_text
from .proposal_prompt import SYSTEM as PROPOSAL_SYSTEM, request_text as proposal_text, schema as proposal_schema

DEFAULT_MODEL: Final = "claude-haiku-5-5"
STRONGER_MODEL: Final = "claude-sonnet-5-5"
"""Asked when looks of the default model contradict what is known."""

_CALL_TIMEOUT: Final = timedelta(seconds=60)
# The SDK obeys a retry-after of any length, so retries are made here, and a request to wait is handed on.
_PAUSES: Final = (timedelta(seconds=0.5), timedelta(seconds=2), None)
_STAGES: Final = ("active", "deprecated", "retired")
_MAX_TOKENS: Final = 1500
_MAX_TOKENS_THINKING: Final = 4000
_SERVER_ERROR: Final = 500
_LONGEST_ANSWER: Final = 50_000
_LONGEST_REASON: Final = 40
_MOST_TOKENS: Final = 10_000_000
_OUT_OF_CREDIT: Final = re.compile(r"credit balance|spend(ing)?[ _-]limit|usage limits", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked about a picture, and by which schema it is to be answered."""

    system: str
    text: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A model that can read pictures and answer by schema."""

    id: str
    name: str
    lifecycle: str = "active"
    """Or `deprecated`, while it still answers, or `retired`."""
    retires_at: datetime | None = None

    def is_meant_by(self, model: str) -> bool:
        """Return whether a name is this model's, with or without its date."""
        return self.id == model or is_dated(self.id, model)


async def list_models(client: anthropic.AsyncAnthropic) -> tuple[ModelChoice, ...]:
    """Return all models that could read, newest first, gone ones included; costs nothing and so also checks the key."""
    try:
        async with asyncio.timeout(_CALL_TIMEOUT.total_seconds()):
            models = client.with_options(max_retries=0).models.list(lifecycle=[*_STAGES], timeout=30)
            choices = [_choice(model) async for model in models if model.lifecycle == "retired" or _can_read(model)]
    except anthropic.APIError as err:
        raise _reader_error(err, model="") from err
    except TimeoutError as err:
        raise ReaderConnectionError from err
    except (
        AttributeError,
        RecursionError,
        TypeError,
        ValueError,
    ) as err:  # the SDK stumbles over what is no list, such as a web page
        raise ReaderError from err
    return tuple(choices)


def _choice(model: ModelInfo) -> ModelChoice:
    retires_at = model.retires_at if isinstance(model.retires_at, datetime) else None  # the SDK checks nothing
    return ModelChoice(id=model.id, name=model.display_name, lifecycle=model.lifecycle, retires_at=retires_at)


def _can_read(model: ModelInfo) -> bool:
    able = model.capabilities
    return able is None or (able.image_input.supported and able.structured_outputs.supported)


class ClaudeReader:
    """A MeterReader that asks one model."""

    def __init__(self, client: anthropic.AsyncAnthropic, model: str = DEFAULT_MODEL) -> None:
        """Keep the client, which stays the caller's, and the model's name."""
        self._client = client.with_options(max_retries=0)
        self._model = model

    async def read(self, photo: PreparedPhoto, registers: Sequence[Register]) -> Look:
        """Return what the model saw; raise ReaderError or AnswerError, with the usage if the call was paid for."""
        question = _Question(system=system(registers), text=request_text(registers), schema=reading_schema(registers))
        message = await self._ask(photo, question)
        usage = self._usage(message)
        try:
            observations = parse_answer_text(_answer_text(message), registers)
        except (AnswerError, ReaderError) as err:
            err.usage = usage
            raise
        return Look(observations=observations, usage=usage, request_id=message._request_id)  # noqa: SLF001  the SDK's documented name

    async def propose(self, photo: PreparedPhoto, language: str) -> Proposal:
        """Return how the meter in a whole picture is built; raise ReaderError or AnswerError like a reading."""
        question = _Question(system=PROPOSAL_SYSTEM, text=proposal_text(language), schema=proposal_schema())
        message = await self._ask(photo, question)
        usage = self._usage(message)
        try:
            proposal = parse_proposal_text(_answer_text(message), aspect=photo.width / photo.height)
        except (AnswerError, ReaderError) as err:
            err.usage = usage
            raise
        return replace(proposal, usage=usage)

    def _usage(self, message: Message) -> Usage:
        return Usage(
            model=self._model,
            input_tokens=_tokens(message.usage.input_tokens),
            output_tokens=_tokens(message.usage.output_tokens),
        )

    async def _ask(self, photo: PreparedPhoto, question: _Question) -> Message:
        picture = (await asyncio.to_thread(b64encode, photo.content)).decode()
        for pause in _PAUSES:
            try:
                return await self._create(picture, question)
            except (ReaderConnectionError, ReaderBusyError) as err:
                if pause is None or _in_vain(err):
                    raise
                await asyncio.sleep(pause.total_seconds())
        raise ReaderConnectionError

    async def _create(self, picture: str, question: _Question) -> Message:
        source: Any = {"type": "base64", "media_type": "image/jpeg", "data": picture}
        try:
            async with asyncio.timeout(_CALL_TIMEOUT.total_seconds()):
                message: object = await self._client.messages.create(
                    model=self._model,
                    system=question.system,
                    messages=[
                        {
                            "role": "user",
                            "content": [{"type": "image", "source": source}, {"type": "text", "text": question.text}],
                        }
                    ],
                    timeout=_CALL_TIMEOUT.total_seconds(),
                    **_effort(self._model, question.schema),
                )
        except anthropic.APIError as err:
            raise _reader_error(err, model=self._model) from err
        except TimeoutError as err:
            raise ReaderConnectionError from err
        except (AttributeError, RecursionError, TypeError, ValueError) as err:  # the SDK stumbles over what is no JSON
            raise ReaderError from err
        # The SDK hands on whatever it was sent, such as a web page.
        if not isinstance(message, Message) or getattr(message, "usage", None) is None:
            raise ReaderError
        return message


def _in_vain(err: ReaderConnectionError | ReaderBusyError) -> bool:
    """Return whether asking again at once makes no sense: told to wait, or a call that may go on and be charged."""
    if isinstance(err, ReaderBusyError):
        return err.retry_after is not None
    return isinstance(err.__cause__, TimeoutError | anthropic.APITimeoutError)


def _effort(model: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return how much a model may think: a transcription needs none, and thinking is paid as output."""
    output: OutputConfigParam = {"format": {"type": "json_schema", "schema": schema}}
    if model.startswith("claude-haiku-5"):
        thinking: ThinkingConfigDisabledParam = {"type": "disabled"}
        return {"output_config": output, "thinking": thinking, "max_tokens": _MAX_TOKENS}
    if re.match(r"claude-[a-z]+-4", model):
        return {"output_config": output, "max_tokens": _MAX_TOKENS}
    return {"output_config": {**output, "effort": "low"}, "max_tokens": _MAX_TOKENS_THINKING}


def _answer_text(message: Message) -> str:
    """Return the text of a finished answer, whatever blocks come before it."""
    if message.stop_reason == "refusal":
        raise ReaderRefusedError
    if message.stop_reason != "end_turn":
        raise ReaderCutOffError(reason=str(message.stop_reason)[:_LONGEST_REASON])
    try:
        text = "".join(block.text for block in message.content if block.type == "text")
    except AttributeError, TypeError:  # the SDK checks nothing
        raise AnswerError(reason="no text") from None
    if len(text) > _LONGEST_ANSWER:
        raise AnswerError(reason="too long")
    return text


def _tokens(said: object) -> int:
    """Return a number of tokens, 0 for what cannot be one."""
    return said if isinstance(said, int) and 0 <= said <= _MOST_TOKENS else 0


def _reader_error(err: anthropic.APIError, *, model: str) -> ReaderError:
    """Return the domain's error for one of the SDK's; older SDKs know fewer classes, so the status decides."""
    if isinstance(err.__cause__, ReaderTooLargeError):
        return err.__cause__
    if not isinstance(err, anthropic.APIStatusError):
        return ReaderConnectionError()
    status = err.status_code
    if status == 402 or _OUT_OF_CREDIT.search(str(err.body)):  # noqa: PLR2004
        return ReaderBillingError()
    if status == 429 or status >= _SERVER_ERROR:  # noqa: PLR2004
        return ReaderBusyError(retry_after=_retry_after(err), status=str(status))
    known: dict[int, ReaderError] = {
        401: ReaderAuthError(),
        403: ReaderPermissionError(model=model),
        404: ReaderModelError(model=model),
        408: ReaderConnectionError(),
    }
    return known.get(status) or ReaderRequestError(status=str(status), request_id=str(err.request_id))


def _retry_after(err: anthropic.APIStatusError) -> timedelta | None:
    try:
        return timedelta(seconds=float(err.response.headers["retry-after"]))
    except KeyError, ValueError, OverflowError:
        return None
