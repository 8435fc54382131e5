"""The form of an account: its key, and what its meters share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.const import CONF_API_KEY, CONF_ENTITY_ID
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .camera_presets import web_address
from .const import CONF_AI_TASK, CONF_BASE_URL, CONF_MODEL, CONF_STRONGER
from .flow_fields import PASSWORD, URL_TEXT, section_of
from .metering.claude import DEFAULT_MODEL, ModelChoice

AI_TASK_ENTITY: Final = EntitySelector(
    EntitySelectorConfig(
        filter={"domain": "ai_task", "supported_features": ["ai_task.AITaskEntityFeature.SUPPORT_ATTACHMENTS"]}
    )
)
ADVANCED: Final = "advanced"


def account_schema(
    *,
    key_required: bool,
    with_address: bool = True,
    advanced_open: bool = False,
    models: Sequence[ModelChoice] = (),
    with_entities: bool = False,
) -> vol.Schema:
    """Return the form that asks for the key, the model if some are known, and the address or entities instead."""
    key = vol.Required(CONF_API_KEY) if key_required and not with_entities else vol.Optional(CONF_API_KEY)
    fields: dict[Any, Any] = {key: PASSWORD}
    if models:
        options = [SelectOptionDict(value=model.id, label=model.name) for model in models]
        config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        fields[vol.Required(CONF_MODEL)] = SelectSelector(config)
    if with_address:
        address = vol.Schema({vol.Optional(CONF_BASE_URL): URL_TEXT})
        fields[vol.Required(ADVANCED)] = section(address, {"collapsed": not advanced_open})
    if with_entities:
        entities = vol.Schema({vol.Optional(key): AI_TASK_ENTITY for key in (CONF_ENTITY_ID, CONF_STRONGER)})
        fields[vol.Required(CONF_AI_TASK)] = section(entities, {"collapsed": True})
    return vol.Schema(fields)


def entities_schema() -> vol.Schema:
    """Return the form that asks for the entities of an account without a key."""
    return vol.Schema({vol.Required(CONF_ENTITY_ID): AI_TASK_ENTITY, vol.Optional(CONF_STRONGER): AI_TASK_ENTITY})


def account_data(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of a filled-in form: entities, or a key with its address."""
    key, entities = form.get(CONF_API_KEY, "").strip(), section_of(form, CONF_AI_TASK)
    if not key and CONF_ENTITY_ID in entities:
        return {CONF_AI_TASK: dict(entities)}
    data: dict[str, Any] = {CONF_API_KEY: key}
    if typed := (section_of(form, ADVANCED).get(CONF_BASE_URL) or "").strip():
        data[CONF_BASE_URL] = account_address(typed) or typed
    if (model := form.get(CONF_MODEL, DEFAULT_MODEL)) != DEFAULT_MODEL:
        data[CONF_MODEL] = model
    return data


def one_of_both(form: Mapping[str, Any]) -> bool:
    """Return whether a form that offers both names a key or an entity, and not both."""
    return bool(form.get(CONF_API_KEY, "").strip()) != (CONF_ENTITY_ID in section_of(form, CONF_AI_TASK))


def account_address(text: str) -> str | None:
    """Return the address of an API without its last slash, None for what cannot be one or holds a login."""
    address = web_address(text)
    if address is None or address.user or address.password or address.query_string or address.fragment:
        return None
    return str(address).rstrip("/")
