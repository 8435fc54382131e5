"""The SDK's first calls: what they have to import and to build is done before, and elsewhere."""

import asyncio
import sys
from typing import Any

import anthropic
from anthropic import _models as sdk
import pytest

from custom_components.meter_vision.metering.claude import ClaudeReader, list_models
from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.photo import prepare
from custom_components.meter_vision.metering.rehearsal import rehearse
from tests.simulator.fixtures import Simulator

VALIDATORS: Any = sdk.TypeAdapter  # type: ignore[attr-defined]  # where the SDK keeps what it has built


@pytest.fixture(autouse=True)
def nothing_rehearsed() -> None:
    """Let the SDK begin anew."""
    rehearse.cache_clear()
    VALIDATORS.cache_clear()


async def test_true_calls_find_everything_built(simulator: Simulator) -> None:
    await asyncio.to_thread(rehearse)
    simulator.hold("water", value="530.0708")
    meter = parse_meter(simulator.description("water"))
    photo = prepare(simulator.snapshot("water"), meter)
    modules, validators = set(sys.modules), VALIDATORS.cache_info().misses
    async with anthropic.AsyncAnthropic(api_key=simulator.api_key, base_url=simulator.api_url) as client:
        assert await list_models(client)
        await ClaudeReader(client).read(photo, meter.registers)
        await ClaudeReader(client).propose(photo, "en")
    assert VALIDATORS.cache_info().misses == validators
    assert validators
    assert set(sys.modules) == modules


async def test_it_is_done_once() -> None:
    await asyncio.to_thread(rehearse)
    built = VALIDATORS.cache_info()
    await asyncio.to_thread(rehearse)
    assert VALIDATORS.cache_info() == built
