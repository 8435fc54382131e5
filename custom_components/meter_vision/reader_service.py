"""Who reads the pictures of an account: Claude by a key of one's own, or an AI Task entity of Home Assistant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any, Protocol

import anthropic
from homeassistant.const import CONF_API_KEY
from homeassistant.core import HomeAssistant

from .client import async_create_client
from .const import CONF_AI_TASK, CONF_BASE_URL, CONF_MODEL
from .metering.claude import DEFAULT_MODEL, STRONGER_MODEL, ClaudeReader, ModelChoice, list_models
from .metering.models import PreparedPhoto
from .metering.ports import MeterReader
from .metering.proposal import Proposal


class Reader(MeterReader, Protocol):
    """A MeterReader that can also describe an unknown meter."""

    async def propose(self, photo: PreparedPhoto, language: str) -> Proposal:
        """Return how the meter in a whole picture is built, or raise ReaderError or AnswerError."""
        ...


class ReaderService(Protocol):
    """What gives readers; names of models are ids of the service."""

    @property
    def model(self) -> str:
        """The model that is asked where nothing else is said."""
        ...

    @property
    def stronger_model(self) -> str | None:
        """The model that is asked when looks contradict what is known; None where there is none."""
        ...

    def reader(self, model: str) -> Reader:
        """Return what asks a model."""
        ...

    async def models(self) -> tuple[ModelChoice, ...]:
        """Return the models there are, at no cost; raise ReaderError."""
        ...


class ClaudeService:
    """Anthropic's Messages API behind a key."""

    stronger_model = STRONGER_MODEL

    def __init__(self, client: anthropic.AsyncAnthropic, model: str) -> None:
        """Keep the client; nothing is called yet."""
        self._client = client
        self.model = model

    def reader(self, model: str) -> Reader:
        """Return what asks a model."""
        return ClaudeReader(self._client, model)

    async def models(self) -> tuple[ModelChoice, ...]:
        """Return the models that the key may use, which also checks the key."""
        return await list_models(self._client)


async def async_create_service(hass: HomeAssistant, data: Mapping[str, Any]) -> ReaderService:
    """Return the service that an account's data describes."""
    if CONF_AI_TASK in data:
        # Loaded only where it is used: what AI Task itself needs is not installed everywhere.
        module = await hass.async_add_import_executor_job(partial(import_module, ".ai_task_service", __package__))
        service: ReaderService = module.AiTaskService(hass, data[CONF_AI_TASK])
        return service
    client = await async_create_client(hass, data[CONF_API_KEY], data.get(CONF_BASE_URL))
    return ClaudeService(client, data.get(CONF_MODEL, DEFAULT_MODEL))
