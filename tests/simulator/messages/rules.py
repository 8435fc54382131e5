"""Checks a request as strictly as the API is documented for version 2026-10-21."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import json
import math
from typing import Any, Final

from .errors import ApiError, refuse
from .models import ModelEntry, find_model
from .pictures import Picture, check_picture
from .schema_rules import check_schema

VERSION: Final = "2026-10-21"
_FIELDS: Final = frozenset(
    (
        "cache_control",
        "inference_geo",
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "output_config",
        "service_tier",
        "stop_sequences",
        "system",
        "thinking",
    )
)
_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_LEAST_THINKING: Final = 1024
_BYTES_PER_TOKEN: Final = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A request that passed every check."""

    model: ModelEntry
    model_name: str
    text: str
    """All text of the last user turn."""
    pictures: tuple[Picture, ...]
    schema: Mapping[str, Any] | None
    max_tokens: int
    input_tokens: int


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise the API's error for a key or version it does not take."""
    authorization = headers.get("Authorization", "")
    key = authorization.removeprefix("Bearer ")
    if key == authorization or not key.startswith("sk-ant-") or "wrong" in key:
        raise ApiError(401, "invalid bearer token" if authorization else "Authorization: header is required")
    version = headers.get("anthropic-version")
    if version is None:
        refuse("anthropic-version: header is required")
    if version != VERSION:
        refuse(f"anthropic-version: '{version}' is not a version this server knows")


def check_request(body: object, *, counting: bool = False) -> Question:
    """Return what a request asks, or raise the API's error; `counting` is for requests that only count tokens."""
    if not isinstance(body, Mapping):
        refuse("Input should be a valid dictionary")
    for field in sorted(set(body) - (_FIELDS - {"max_tokens"} if counting else _FIELDS)):
        refuse(f"{field}: Extra inputs are not permitted")
    model = _model(body.get("model"))
    _thinking(body.get("thinking"), model, body.get("max_tokens"))
    schema = _output_config(body.get("output_config"), model)
    system = _system(body.get("system", ""))
    text, pictures = _messages(body.get("messages"))
    if pictures and not model.images:
        refuse(f"model: {model.id} does not take images")
    texts = system + text + (json.dumps(schema, separators=(",", ":"), ensure_ascii=False) if schema else "")
    tokens = text_tokens(texts) + sum(picture.tokens(model) for picture in pictures)
    max_tokens = 0 if counting else _max_tokens(body.get("max_tokens"), model)
    return Question(model, body["model"], text, pictures, schema, max_tokens, tokens)


def text_tokens(text: str) -> int:
    """Return the tokens a text counts for: a third of its bytes."""
    return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)


def _model(name: object) -> ModelEntry:
    if not isinstance(name, str):
        refuse("model: Field required")
    model = find_model(name)
    if model is None:
        raise ApiError(404, f"model: {name}")
    return model


def _max_tokens(given: object, model: ModelEntry) -> int:
    if given is None:
        refuse("max_tokens: Field required")
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        refuse("max_tokens: Input should be greater than or equal to 1")
    if given > model.max_output:
        refuse(f"max_tokens: {given} > {model.max_output}, the maximum for {model.id}")
    return given


def _thinking(given: object, model: ModelEntry, max_tokens: object) -> None:
    if given is None:
        return
    kind = given.get("type") if isinstance(given, Mapping) else None
    if kind not in model.thinking:
        allowed = ", ".join(f"'{one}'" for one in model.thinking)
        refuse(f"thinking.type: {model.id} takes {allowed}")
    if kind == "enabled":
        budget = given.get("budget_tokens") if isinstance(given, Mapping) else None
        if not isinstance(budget, int) or budget < _LEAST_THINKING:
            refuse("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if isinstance(max_tokens, int) and budget >= max_tokens:
            refuse("max_tokens: must be greater than thinking.budget_tokens")


def _output_config(given: object, model: ModelEntry) -> Mapping[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        refuse("output_config: Input should be a valid dictionary")
    for field in sorted(set(given) - {"effort", "format"}):
        refuse(f"output_config.{field}: Extra inputs are not permitted")
    effort = given.get("effort")
    if effort is not None and (effort not in _EFFORTS or not model.effort):
        refuse(f"output_config.effort: '{effort}' is not supported by {model.id}")
    wanted = given.get("format")
    if wanted is None:
        return None
    if not isinstance(wanted, Mapping) or wanted.get("type") != "json_schema" or set(wanted) != {"type", "schema"}:
        refuse("output_config.format: Input should have the type 'json_schema' and a schema")
    if not model.structured:
        refuse(f"output_config.format: {model.id} does not support structured outputs")
    check_schema(wanted["schema"])
    schema: Mapping[str, Any] = wanted["schema"]
    return schema


def _system(given: object) -> str:
    if isinstance(given, str):
        return given
    return "".join(_text(block, f"system.{index}") for index, block in enumerate(_list(given, "system")))


def _messages(given: object) -> tuple[str, tuple[Picture, ...]]:
    """Return the text and the pictures of all turns."""
    messages = _list(given, "messages")
    if not messages:
        refuse("messages: at least one message is required")
    for index, message in enumerate(messages):
        if not isinstance(message, Mapping) or message.get("role") not in ("user", "assistant"):
            refuse(f"messages.{index}.role: Input should be 'user' or 'assistant'")
        for field in sorted(set(message) - {"role", "content"}):
            refuse(f"messages.{index}.{field}: Extra inputs are not permitted")
    if messages[-1]["role"] == "assistant":
        refuse("messages: this model does not support assistant message prefill")
    blocks = [(f"messages.{i}.content", message.get("content")) for i, message in enumerate(messages)]
    flat: list[tuple[str, Any]] = []
    for at, content in blocks:
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else _list(content, at)
        flat.extend((f"{at}.{index}", part) for index, part in enumerate(parts))
    return _blocks(flat)


def _blocks(blocks: Sequence[tuple[str, Any]]) -> tuple[str, tuple[Picture, ...]]:
    kinds = [block.get("type") if isinstance(block, Mapping) else None for _, block in blocks]
    text, pictures = "", []
    for (at, block), kind in zip(blocks, kinds, strict=True):
        if kind == "text":
            text += _text(block, at)
        elif kind == "image":
            for field in sorted(set(block) - {"type", "source", "cache_control", "transformations"}):
                refuse(f"{at}.image.{field}: Extra inputs are not permitted")
            pictures.append(check_picture(block.get("source"), f"{at}.image", kinds.count("image")))
        else:
            refuse(f"{at}: Input tag '{kind}' found using 'type' does not match any of the expected tags")
    return text, tuple(pictures)


def _text(block: object, at: str) -> str:
    text = block.get("text") if isinstance(block, Mapping) else None
    if not isinstance(text, str):
        refuse(f"{at}.text.text: Field required")
    if not text.strip():
        refuse("messages: text content blocks must contain non-whitespace text")
    return text


def _list(given: object, at: str) -> Sequence[Any]:
    if not isinstance(given, list):
        refuse(f"{at}: Input should be a valid list")
    return given
