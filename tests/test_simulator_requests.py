"""The stand-in takes what the API documents and refuses everything else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from functools import reduce
from io import BytesIO
from typing import Any

from PIL import Image
import pytest

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.models import MeterKind
from custom_components.meter_vision.metering.prompt import schema
from tests.simulator.messages.errors import ApiError
from tests.simulator.messages.models import find_model
from tests.simulator.messages.pictures import Picture, seen_size
from tests.simulator.messages.rules import check_headers, check_request
from tests.simulator.messages.schema_rules import check_schema

ANSWER = schema([CATALOGUE[MeterKind.WATER].default_register])

type Body = dict[str, Any]


def picture(form: str = "JPEG", size: tuple[int, int] = (280, 140)) -> str:
    buffer = BytesIO()
    Image.new("RGB", size, (90, 90, 90)).save(buffer, form)
    return b64encode(buffer.getvalue()).decode()


def image(data: str, media_type: str = "image/jpeg") -> Body:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


GOOD: Body = {
    "model": "claude-haiku-5-5",
    "max_tokens": 1500,
    "system": "You transcribe.",
    "messages": [
        {"role": "user", "content": [image(picture()), {"type": "text", "text": "wheels: 5 drums\ndials: none"}]}
    ],
    "thinking": {"type": "disabled"},
    "output_config": {"format": {"type": "json_schema", "schema": ANSWER}},
}
CONTENT = ("messages", 0, "content")


def test_a_good_request_is_counted_by_the_published_formula() -> None:
    question = check_request(GOOD)
    text = "You transcribe." + "wheels: 5 drums\ndials: none"
    without = check_request({key: value for key, value in GOOD.items() if key != "output_config"})
    assert without.input_tokens == 10 * 5 + -(-len(text) // 3)
    assert question.input_tokens > without.input_tokens + 100


@pytest.mark.parametrize(
    ("path", "value", "status", "message"),
    [
        (("temperature",), 0.2, 400, "temperature: Extra inputs"),
        (("top_p",), 0.9, 400, "top_p: Extra inputs"),
        (("top_k",), 4, 400, "top_k: Extra inputs"),
        (("stream",), True, 400, "stream: Extra inputs"),
        (("model",), "claude-haiku-9", 404, "model: claude-haiku-9"),
        (("model",), "claude-sonnet-4-20250514", 404, "model:"),
        (("model",), None, 400, "model: Field required"),
        (("max_tokens",), None, 400, "max_tokens: Field required"),
        (("max_tokens",), 0, 400, "greater than or equal to 1"),
        (("max_tokens",), 10**6, 400, "the maximum"),
        (("messages",), [], 400, "at least one message"),
        (("messages",), "hello", 400, "valid list"),
        (("messages", 0, "role"), "system", 400, "'user' or 'assistant'"),
        (("messages", 0, "role"), "assistant", 400, "prefill"),
        ((*CONTENT, 1, "text"), "  ", 400, "non-whitespace"),
        ((*CONTENT, 1, "type"), "video", 400, "Input tag 'video'"),
        ((*CONTENT, 0, "source", "type"), "url", 400, "base64 pictures only"),
        ((*CONTENT, 0, "source", "media_type"), "image/jpg", 400, "Input should be"),
        ((*CONTENT, 0, "source", "media_type"), "image/png", 400, "not of the media type"),
        ((*CONTENT, 0, "source", "data"), picture("PNG"), 400, "not of the media type"),
        ((*CONTENT, 0, "source", "data"), "data:image/jpeg;base64," + picture(), 400, "Invalid base64"),
        ((*CONTENT, 0, "source", "data"), picture()[:400], 400, "Could not process"),
        ((*CONTENT, 0, "source", "data"), picture(size=(8001, 20)), 400, "exceeds 8000"),
        ((*CONTENT, 0, "source", "data"), "A" * (10 * 1024 * 1024 + 4), 400, "10 MB"),
        (CONTENT, [image(picture(size=(2001, 20)))] * 21, 400, "exceeds 2000"),
        (("thinking",), {"type": "between_tools"}, 400, "takes 'adaptive', 'disabled'"),
        (("thinking",), {"type": "enabled", "budget_tokens": 2000}, 400, "thinking.type"),
        (("output_config", "effort"), "huge", 400, "output_config.effort"),
        (("output_config", "formats"), {}, 400, "Extra inputs"),
        (("output_config", "format", "type"), "json", 400, "json_schema"),
        (("output_config", "format", "schema", "additionalProperties"), True, 400, "additionalProperties"),
        (("output_config", "format", "schema", "required"), ["scene"], 400, "required"),
        (("system",), 5, 400, "system: Input"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(path: tuple[Any, ...], value: Any, status: int, message: str) -> None:
    body = deepcopy(GOOD)
    *parents, last = path
    target = reduce(lambda part, key: part[key], parents, body)
    if value is None:
        del target[last]
    else:
        target[last] = value
    with pytest.raises(ApiError, match=message) as caught:
        check_request(body)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("minimum", 0), ("maximum", 9.9), ("multipleOf", 0.1), ("pattern", "a"), ("minLength", 1), ("oneOf", [])],
)
def test_a_schema_with_an_unsupported_keyword_is_refused(keyword: str, value: Any) -> None:
    wrong = deepcopy(ANSWER)
    wrong["properties"]["scene"][keyword] = value
    with pytest.raises(ApiError, match=keyword):
        check_schema(wrong)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["properties"]["wheels"].update(minItems=5),
        lambda s: s["properties"]["wheels"].pop("items"),
        lambda s: s["properties"]["scene"].update(type="text"),
        lambda s: s["properties"]["scene"].update(format="phone"),
        lambda s: s["properties"]["problems"]["items"].update(enum=[["glare"]]),
        lambda s: s.update(type="array"),
    ],
)
def test_a_schema_that_breaks_a_rule_is_refused(change: Callable[[Body], object]) -> None:
    wrong = deepcopy(ANSWER)
    check_schema(wrong)
    change(wrong)
    with pytest.raises(ApiError):
        check_schema(wrong)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, None),
        ({"Authorization": ""}, 401),
        ({"Authorization": "sk-ant-simulated"}, 401),
        ({"Authorization": "Bearer sk-ant-wrong"}, 401),
        ({"Authorization": "Bearer something"}, 401),
        ({"anthropic-version": "2023-06-01"}, 400),
        ({"anthropic-version": None}, 400),
    ],
)
def test_key_and_version_are_checked(changes: dict[str, str | None], status: int | None) -> None:
    headers = {"Authorization": "Bearer sk-ant-simulated", "anthropic-version": "2026-10-21"} | changes
    given = {name: value for name, value in headers.items() if value is not None}
    if status is None:
        check_headers(given)
        return
    with pytest.raises(ApiError) as caught:
        check_headers(given)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("size", "model", "seen", "tokens"),
    [
        ((3840, 2160), "claude-haiku-5-5", (2576, 1449), 4784),
        ((1920, 1080), "claude-haiku-5-5", (1920, 1080), 2691),
        ((1920, 1080), "claude-haiku-4-5", (1456, 819), 1560),
        ((1600, 600), "claude-haiku-4-5", (1568, 588), 1176),
        ((800, 300), "claude-haiku-4-5", (800, 300), 319),
        ((400, 150), "claude-haiku-5-5", (400, 150), 90),
    ],
)
def test_pictures_are_scaled_and_counted_as_published(
    size: tuple[int, int], model: str, seen: tuple[int, int], tokens: int
) -> None:
    entry = find_model(model)
    assert entry is not None
    assert seen_size(*size, entry) == seen
    assert Picture(b"", *size).tokens(entry) == tokens
