"""Shows photos to the reader and keeps what it answers."""

import argparse
from collections.abc import Mapping
from decimal import Decimal
import json
import os
from pathlib import Path
from typing import Any

import anthropic

from custom_components.meter_vision.metering.answer import plain_observation
from custom_components.meter_vision.metering.claude import ClaudeReader
from custom_components.meter_vision.metering.errors import (
    AnswerError,
    MeteringError,
    PhotoError,
    ReaderCutOffError,
    ReaderRefusedError,
)
from custom_components.meter_vision.metering.models import Usage
from custom_components.meter_vision.metering.photo import prepare
from custom_components.meter_vision.metering.pricing import cost

from .truth import Truth, placed

_NOTHING: Mapping[str, Any] = {"readable": False, "wheels": [], "dials": []}


class NoKeyError(Exception):
    """Nobody to ask."""


async def ask_reader(truths: list[Truth], options: argparse.Namespace) -> dict[str, Any]:
    """Return the reader's answer for each photo, kept in a file too; raise ReaderError if it cannot be asked."""
    key = os.environ.get("ANTHROPIC_API_KEY")
    if not key:
        raise NoKeyError("set ANTHROPIC_API_KEY, or give recorded answers with --answers")
    answers: dict[str, Any] = {}
    spent: list[Usage] = []
    async with anthropic.AsyncAnthropic(api_key=key, base_url=options.base_url) as client:
        reader = ClaudeReader(client, options.model)
        for truth in truths:
            answers[truth.file], usage = await _ask(reader, truth, options.photos)
            if usage is not None:
                spent.append(usage)
            options.out.write_text(json.dumps(answers, indent=1), encoding="utf-8")
    print(f"answers kept in {options.out}")
    print(_spending(spent))
    return answers


async def _ask(reader: ClaudeReader, truth: Truth, photos: Path) -> tuple[Mapping[str, Any], Usage | None]:
    """Return an answer and what it cost; what cannot be answered counts as not readable."""
    content = (photos / truth.file).read_bytes()
    try:
        prepared = prepare(content, placed(truth, content))
    except PhotoError as err:
        return {**_NOTHING, "scene": f"not sent: {err.placeholders['reason']}"}, None
    try:
        look = await reader.read(prepared, truth.meter.registers)
    except (AnswerError, ReaderRefusedError, ReaderCutOffError) as err:
        return {**_NOTHING, "scene": f"no answer: {_named(err)}"}, err.usage
    return plain_observation(look.observations[truth.meter.register.name]), look.usage


def _named(err: MeteringError) -> str:
    return f"{err.translation_key} {err.placeholders}"


def _spending(spent: list[Usage]) -> str:
    tokens_in, tokens_out = sum(u.input_tokens for u in spent), sum(u.output_tokens for u in spent)
    prices = [cost(usage) for usage in spent]
    known = sum((price for price in prices if price is not None), Decimal(0))
    money = f"${known:.4f}" if None not in prices else "cost unknown"
    return f"calls={len(spent)} input_tokens={tokens_in} output_tokens={tokens_out} {money}"
