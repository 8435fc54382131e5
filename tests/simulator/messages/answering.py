"""Makes the message that answers a request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
import json
import re
import secrets
from typing import Any, Final

from tests.simulator.reader.propose import propose
from tests.simulator.reader.question import Question as Asked, parse_question, parse_questions
from tests.simulator.reader.read import Answer, read, read_several

from .errors import ApiError
from .faults import Fault, PlannedFault
from .rules import Question, text_tokens

_PROPERTIES: Final = frozenset(("scene", "problems", "readable", "wheels", "dials"))
_SCENE: Final = frozenset(("scene", "problems"))
_PROPOSAL: Final = frozenset(
    (
        *("scene", "problems", "meter", "kind", "unit", "display", "name", "whole_digits", "decimals", "leading_zeros"),
        *("dials", "multiplier", "rotation", "box", "other_registers", "advice"),
    )
)
_THOUGHT: Final = "The window shows drums, each to be judged by itself."


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the model says and why it stopped."""

    content: list[dict[str, Any]]
    stop_reason: str
    output_tokens: int
    thinking_tokens: int = 0
    refusal: str | None = None


def answer_message(question: Question, fault: PlannedFault | None) -> dict[str, Any]:
    """Return the message for a request; reads its first picture."""
    reply = _reply(question, fault)
    details = None
    if reply.refusal is not None:
        details = {"type": "refusal", "category": None, "explanation": reply.refusal}
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": question.model_name,
        "content": reply.content,
        "stop_reason": reply.stop_reason,
        "stop_sequence": None,
        "stop_details": details,
        "usage": {
            "input_tokens": question.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": reply.output_tokens,
            "output_tokens_details": {"thinking_tokens": reply.thinking_tokens},
            "service_tier": "standard",
        },
    }


def _reply(question: Question, fault: PlannedFault | None) -> _Reply:
    kind = fault.fault if fault is not None else None
    if kind is Fault.REFUSAL:
        return _Reply([], "refusal", 1, refusal="The request was declined.")
    text = _text(question, fault)
    if kind is Fault.MALFORMED:
        text = text.replace(":", "", 1)
    limit = question.max_tokens
    if kind is Fault.MAX_TOKENS:
        limit = text_tokens(text) // 2
    if text_tokens(text) > limit:
        cut = text.encode()[: 3 * limit].decode(errors="ignore")
        return _Reply([_text_block(cut)], "max_tokens", limit)
    content, thinking = [_text_block(text)], 0
    if kind is Fault.THINKING:
        thinking = text_tokens(_THOUGHT)
        content.insert(0, {"type": "thinking", "thinking": _THOUGHT, "signature": secrets.token_hex(16)})
    return _Reply(content, "end_turn", text_tokens(text) + thinking, thinking)


def _text_block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text, "citations": None}


def _text(question: Question, fault: PlannedFault | None) -> str:
    asked = None if question.schema is None else set(question.schema["properties"])
    if asked == _PROPOSAL and question.pictures:
        proposal = propose(question.pictures[0].seen_by(question.model))
        return json.dumps(proposal if fault is None else fault.spoiled_proposal(proposal), ensure_ascii=False)
    if asked is not None and asked - _SCENE and all(re.fullmatch(r"register_\d+", key) for key in asked - _SCENE):
        return json.dumps(_several(question, sorted(asked - _SCENE), fault), ensure_ascii=False)
    if asked not in (None, _PROPERTIES):
        raise ApiError(500, "this stand-in can only answer the schemas of a register reading and of a proposal")
    answer = _read(question)
    body = answer.as_json() if fault is None else fault.spoiled(answer)
    return json.dumps(body, ensure_ascii=False)


def _several(question: Question, keys: list[str], fault: PlannedFault | None) -> dict[str, Any]:
    """Return the answer about several registers of one picture."""
    seen = read_several(question.pictures[0].seen_by(question.model), parse_questions(question.text))
    answers = [seen.get(key, Answer()) for key in keys]
    bodies = [answer.as_json() if fault is None else fault.spoiled(answer) for answer in answers]
    scene = {key: bodies[0][key] for key in ("scene", "problems")}
    registers = {
        key: {part: body[part] for part in ("readable", "wheels", "dials")}
        for key, body in zip(keys, bodies, strict=True)
    }
    return {**scene, **registers}


def _read(question: Question) -> Answer:
    asked = parse_question(question.text)
    if asked is None:
        return Answer(scene="the request names no register")
    if not question.pictures:
        return Answer(scene="the request has no picture")
    return _seen(question.pictures[0].seen_by(question.model), asked)


@lru_cache(maxsize=32)
def _seen(picture: bytes, asked: Asked) -> Answer:
    """Return what a picture shows; one that is sent again for another meter need not be read again."""
    return read(picture, asked)
