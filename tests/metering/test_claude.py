"""The official SDK against the stand-in, over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import anthropic
import httpx2
import pytest

from custom_components.meter_vision.metering import claude
from custom_components.meter_vision.metering.claude import DEFAULT_MODEL, ClaudeReader, list_models
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.errors import (
    AnswerError,
    MeteringError,
    PositionCountError,
    ReaderAuthError,
    ReaderBillingError,
    ReaderBusyError,
    ReaderConnectionError,
    ReaderCutOffError,
    ReaderModelError,
    ReaderPermissionError,
    ReaderRefusedError,
    ReaderRequestError,
)
from custom_components.meter_vision.metering.models import Look, PreparedPhoto
from custom_components.meter_vision.metering.photo import prepare
from tests.simulator.fixtures import WRONG_KEY, Simulator


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the retries and take out the waiting."""
    monkeypatch.setattr(claude, "_PAUSES", (timedelta(), timedelta(), None))


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Return the SDK's client of the stand-in."""
    async with anthropic.AsyncAnthropic(api_key=simulator.api_key, base_url=simulator.api_url) as client:
        yield client


async def read(client: anthropic.AsyncAnthropic, simulator: Simulator, model: str = DEFAULT_MODEL) -> Look:
    """Return a look at the water meter at 530.0708."""
    simulator.hold("water", value="530.0708")
    meter = parse_meter(simulator.description("water"))
    return await ClaudeReader(client, model).read(prepare(simulator.snapshot("water"), meter), meter.registers)


@pytest.mark.parametrize("model", [DEFAULT_MODEL, "claude-sonnet-5-5", "claude-haiku-4-5"])
async def test_a_look_is_paid_for_once(client: anthropic.AsyncAnthropic, simulator: Simulator, model: str) -> None:
    look = await read(client, simulator, model)
    register = parse_meter(simulator.description("water")).register
    decoded = decode(look.observations["main"], register)
    assert decoded is not None
    assert decoded.decisive
    assert abs(decoded.value - Decimal("530.0708")) <= register.resolution
    assert look.request_id
    assert look.usage.model == model
    assert 1000 < look.usage.input_tokens < 2200
    assert look.usage.output_tokens > 0
    assert simulator.paid_calls == 1


async def test_the_list_of_models_is_free(client: anthropic.AsyncAnthropic, simulator: Simulator) -> None:
    models = await list_models(client)
    assert DEFAULT_MODEL in {model.id for model in models}
    assert all(model.name for model in models)
    assert simulator.paid_calls == 0


async def test_the_list_leaves_out_what_cannot_read_pictures(client: anthropic.AsyncAnthropic) -> None:
    stages = ["active", "deprecated", "retired"]
    offered = {model.id: model for model in await list_models(client)}
    every = {model.id: model async for model in client.models.list(lifecycle=stages)}
    assert set(offered) <= set(every)
    assert {model.lifecycle for model in offered.values()} == set(stages)
    for model, choice in offered.items():
        able = every[model].capabilities
        assert (choice.lifecycle, choice.retires_at) == (every[model].lifecycle, every[model].retires_at)
        assert (
            choice.lifecycle == "retired"
            or able is None
            or (able.image_input.supported and able.structured_outputs.supported)
        )


@pytest.mark.parametrize(
    ("fault", "error", "requests"),
    [
        ("authentication", ReaderAuthError, 1),
        ("billing", ReaderBillingError, 1),
        ("permission", ReaderPermissionError, 1),
        ("model", ReaderModelError, 1),
        ("rate_limit", ReaderBusyError, 1),
        ("server_error", ReaderBusyError, 3),
        ("overloaded", ReaderBusyError, 3),
        ("refusal", ReaderRefusedError, 1),
        ("max_tokens", ReaderCutOffError, 1),
        ("malformed", AnswerError, 1),
        ("schema", AnswerError, 1),
        ("count", PositionCountError, 1),
    ],
)
async def test_every_failure_has_its_name(
    client: anthropic.AsyncAnthropic,
    simulator: Simulator,
    fault: str,
    error: type[MeteringError],
    requests: int,
) -> None:
    simulator.api_fault(fault)
    with pytest.raises(error) as raised:
        await read(client, simulator)
    assert len([call for call in simulator.calls()["log"] if call["endpoint"] == "messages"]) == requests
    paid = fault in {"refusal", "max_tokens", "malformed", "schema", "count"}
    assert (raised.value.usage is not None) == paid == bool(simulator.paid_calls)
    assert simulator.api_key not in repr(raised.value)


async def test_a_request_to_wait_is_handed_on(client: anthropic.AsyncAnthropic, simulator: Simulator) -> None:
    simulator.api_fault("rate_limit", retry_after=4321)
    with pytest.raises(ReaderBusyError) as raised:
        await read(client, simulator)
    assert raised.value.retry_after == timedelta(seconds=4321)


@pytest.mark.parametrize("fault", ["server_error", "overloaded"])
async def test_a_passing_fault_is_retried(client: anthropic.AsyncAnthropic, simulator: Simulator, fault: str) -> None:
    simulator.api_fault(fault, count=2)
    assert (await read(client, simulator)).observations["main"].readable
    assert simulator.paid_calls == 1


async def test_thinking_before_the_answer_is_passed_over(
    client: anthropic.AsyncAnthropic, simulator: Simulator
) -> None:
    simulator.api_fault("thinking")
    assert (await read(client, simulator)).observations["main"].readable


async def test_no_answer_in_time(
    client: anthropic.AsyncAnthropic, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.api_fault("timeout", seconds=30)
    monkeypatch.setattr(claude, "_CALL_TIMEOUT", timedelta(seconds=0.2))
    with pytest.raises(ReaderConnectionError):
        await read(client, simulator)
    # It may still be answered and charged, so it is not sent again.
    assert len([call for call in simulator.calls()["log"] if call["endpoint"] == "messages"]) <= 1


async def test_wrong_key(simulator: Simulator) -> None:
    async with anthropic.AsyncAnthropic(api_key=WRONG_KEY, base_url=simulator.api_url) as client:
        with pytest.raises(ReaderAuthError) as raised:
            await list_models(client)
    assert WRONG_KEY not in repr(raised.value)


async def test_nobody_there(socket_enabled: None) -> None:
    del socket_enabled
    async with anthropic.AsyncAnthropic(api_key="x", base_url="http://127.0.0.1:9") as client:
        with pytest.raises(ReaderConnectionError):
            await list_models(client)


async def test_a_picture_the_service_refuses(client: anthropic.AsyncAnthropic, simulator: Simulator) -> None:
    register = parse_meter(simulator.description("water")).register
    no_picture = PreparedPhoto(content=b"no picture", width=28, height=28, tokens=1)
    with pytest.raises(ReaderRequestError) as raised:
        await ClaudeReader(client).read(no_picture, [register])
    assert raised.value.placeholders["status"] == "400"
    assert raised.value.placeholders["request_id"].startswith("req_")


@pytest.mark.parametrize("status", [400, 429])
async def test_a_spending_limit_is_a_matter_of_billing(status: int) -> None:
    body: dict[str, Any] = {"error": {"type": "x", "message": "You have reached your specified API usage limits."}}
    response = httpx2.Response(status, request=httpx2.Request("POST", "http://127.0.0.1"))
    error = anthropic.APIStatusError("x", response=response, body=body)
    assert isinstance(claude._reader_error(error, model="m"), ReaderBillingError)
