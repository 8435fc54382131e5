"""An AI Task entity that reads the pixels of the picture it is given, as the stand-in for Claude does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, override

from homeassistant.components import conversation
from homeassistant.components.ai_task import AITaskEntity, AITaskEntityFeature, GenDataTask, GenDataTaskResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
from homeassistant.setup import async_setup_component
import probatio

from .simulator.reader.propose import propose
from .simulator.reader.question import parse_question
from .simulator.reader.read import read

type Answer = dict[str, Any]


class ReadingEntity(AITaskEntity):
    """Answers in the structure that is asked for; where that has texts, in texts."""

    _attr_supported_features = AITaskEntityFeature.GENERATE_DATA | AITaskEntityFeature.SUPPORT_ATTACHMENTS

    def __init__(self, name: str) -> None:
        """Begin without a task."""
        self._attr_name = name
        self.tasks: list[GenDataTask] = []
        self.spoil: Callable[[Answer], Answer] = dict
        """What goes wrong with an answer."""

    @override
    async def _async_generate_data(self, task: GenDataTask, chat_log: conversation.ChatLog) -> GenDataTaskResult:
        self.tasks.append(task)
        assert task.attachments is not None
        assert task.structure is not None
        (attachment,) = task.attachments
        picture = await self.hass.async_add_executor_job(attachment.path.read_bytes)
        wanted = probatio.to_openapi(task.structure, custom_serializer=llm.selector_serializer)["properties"]
        seen = await self.hass.async_add_executor_job(_seen, picture, task.instructions)
        data = {key: _as_asked(seen[key], wanted[key]) for key in wanted}
        return GenDataTaskResult(conversation_id=chat_log.conversation_id, data=self.spoil(data))


def _seen(picture: bytes, instructions: str) -> Answer:
    question = parse_question(instructions)
    return propose(picture) if question is None else read(picture, question).as_json()


def _as_asked(value: Any, wanted: dict[str, Any]) -> Any:
    if wanted["type"] == "array" and wanted["items"] == {"type": "string"}:
        return [str(item) for item in value]
    return value


async def add_entity(hass: HomeAssistant, name: str) -> ReadingEntity:
    """Add an entity and return it; its id is `ai_task.` and the name in small letters."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "ai_task", {})
    entity = ReadingEntity(name)
    await hass.data["ai_task"].async_add_entities([entity])
    await hass.async_block_till_done()
    return entity
