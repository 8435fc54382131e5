"""Any AI Task entity of Home Assistant as the reader, instead of a key of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from homeassistant.components import ai_task
from homeassistant.const import CONF_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .ai_task_structure import answer, structure
from .const import CONF_STRONGER, READ_TIMEOUT
from .metering.answer import parse_answers
from .metering.claude import ModelChoice
from .metering.errors import AiTaskError, AnswerError, ReaderConnectionError, ReaderError
from .metering.models import Look, PreparedPhoto, Register, Usage
from .metering.prompt import request_text, schema, system
from .metering.proposal import Proposal, parse_proposal
from .metering.proposal_prompt import (
    SYSTEM as PROPOSAL_SYSTEM,
    request_text as proposal_text,
    schema as proposal_schema,
)
from .prepared_media import async_offer

_TASK: Final = "Meter Vision"


class AiTaskReader:
    """A MeterReader that asks one entity; what it costs is not told, so that only its calls are counted."""

    def __init__(self, hass: HomeAssistant, entity_id: str) -> None:
        """Remember whom to ask."""
        self._hass = hass
        self._entity_id = entity_id

    async def read(self, photo: PreparedPhoto, registers: Sequence[Register]) -> Look:
        """Return what was seen, or raise ReaderError, or AnswerError for an answer that breaks the schema."""
        instructions = f"{system(registers)}\n\n{request_text(registers)}"
        data = await self._ask(photo, instructions, schema(registers))
        try:
            return Look(observations=parse_answers(data, registers), usage=self._usage)
        except AnswerError as err:
            err.usage = self._usage
            raise

    async def propose(self, photo: PreparedPhoto, language: str) -> Proposal:
        """Return how the meter in a whole picture is built; raise like `read`."""
        data = await self._ask(photo, f"{PROPOSAL_SYSTEM}\n\n{proposal_text(language)}", proposal_schema())
        try:
            return replace(parse_proposal(data, aspect=photo.width / photo.height), usage=self._usage)
        except AnswerError as err:
            err.usage = self._usage
            raise

    @property
    def _usage(self) -> Usage:
        return Usage(model=self._entity_id, input_tokens=0, output_tokens=0)

    async def _ask(self, photo: PreparedPhoto, instructions: str, wanted: Mapping[str, Any]) -> object:
        with async_offer(self._hass, photo.content) as media_content_id:
            try:
                async with asyncio.timeout(READ_TIMEOUT.total_seconds()):
                    result = await ai_task.async_generate_data(
                        self._hass,
                        task_name=_TASK,
                        entity_id=self._entity_id,
                        instructions=instructions,
                        structure=structure(wanted),
                        attachments=[{"media_content_id": media_content_id, "media_content_type": "image/jpeg"}],
                    )
            except TimeoutError as err:
                raise ReaderConnectionError from err
            except HomeAssistantError as err:
                raise AiTaskError(entity=self._entity_id, reason=str(err)) from err
            except (KeyError, TypeError, ValueError) as err:  # an integration that stumbles over its provider's answer
                raise ReaderError from err
        return answer(result.data, wanted)


class AiTaskService:
    """One or two AI Task entities."""

    def __init__(self, hass: HomeAssistant, entities: Mapping[str, str]) -> None:
        """Remember whom to ask, and whom when looks contradict what is known."""
        self._hass = hass
        self.model = entities[CONF_ENTITY_ID]
        self.stronger_model = entities.get(CONF_STRONGER)

    def reader(self, model: str) -> AiTaskReader:
        """Return what asks an entity."""
        return AiTaskReader(self._hass, model)

    async def models(self) -> tuple[ModelChoice, ...]:
        """Return no choice: the entity's own settings say which model it asks."""
        return ()
