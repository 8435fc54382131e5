"""The form of an account: its key, and what its meters share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.const import CONF_API_KEY
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import voluptuous as vol

from .camera_presets import web_address
from .const import CONF_BASE_URL, CONF_MODEL
from .flow_fields import PASSWORD, URL_TEXT
from .metering.claude import DEFAULT_MODEL, ModelChoice

ADVANCED: Final = "advanced"


def account_schema(
    *,
    key_required: bool,
    with_address: bool = True,
    advanced_open: bool = False,
    models: Sequence[ModelChoice] = (),
) -> vol.Schema:
    """Return the form that asks for the API key, the model if some are known, and the address of the API."""
    key = vol.Required(CONF_API_KEY) if key_required else vol.Optional(CONF_API_KEY)
    fields: dict[Any, Any] = {key: PASSWORD}
    if models:
        options = [SelectOptionDict(value=model.id, label=model.name) for model in models]
        config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        fields[vol.Required(CONF_MODEL)] = SelectSelector(config)
    if with_address:
        address = vol.Schema({vol.Optional(CONF_BASE_URL): URL_TEXT})
        fields[vol.Required(ADVANCED)] = section(address, {"collapsed": not advanced_open})
    return vol.Schema(fields)


def account_data(form: Mapping[str, Any]) -> dict[str, str]:
    """Return what is stored of a filled-in form."""
    data: dict[str, str] = {CONF_API_KEY: form[CONF_API_KEY].strip()}
    if typed := (form[ADVANCED].get(CONF_BASE_URL) or "").strip():
        data[CONF_BASE_URL] = account_address(typed) or typed
    if (model := form.get(CONF_MODEL, DEFAULT_MODEL)) != DEFAULT_MODEL:
        data[CONF_MODEL] = model
    return data


def account_address(text: str) -> str | None:
    """Return the address of an API without its last slash, None for what cannot be one."""
    address = web_address(text)
    if address is None or address.user or address.query_string or address.fragment:
        return None
    return str(address).rstrip("/")
