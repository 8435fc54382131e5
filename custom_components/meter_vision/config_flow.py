"""Sets up the account that pays for the readings; the meters follow as subentries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, override
from urllib.parse import urlsplit

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
)
from homeassistant.const import ATTR_SUPPORTED_FEATURES, CONF_API_KEY, CONF_ENTITY_ID, CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType

from .account_form import ADVANCED, account_address, account_data, account_schema, entities_schema, one_of_both
from .client import async_create_client
from .const import CONF_AI_TASK, CONF_BASE_URL, CONF_EXPORT, CONF_MODEL, CONF_REFUSED, DOMAIN, SUBENTRY_METER
from .export_flow import (
    CONF_VERIFY,
    TLS,
    async_check_export,
    export_data,
    export_schema,
    shown,
    token_schema,
)
from .meter_flow import MeterFlow
from .metering.claude import DEFAULT_MODEL, ModelChoice, list_models
from .metering.errors import ReaderAuthError, ReaderError
from .options_flow import MeterVisionOptionsFlow
from .versions import MINOR_VERSION, VERSION

_TITLE: Final = "Claude"
_ABLE: Final = 3
"""GENERATE_DATA and SUPPORT_ATTACHMENTS of AI Task, which is not installed everywhere and so not imported."""
_LINKS: Final = {
    "keys_url": "https://platform.claude.com/settings/keys",
    "privacy_url": "https://privacy.claude.com",
}
_EXPORT_DOCS: Final = "https://github.com/meter-vision/meter-vision/blob/main/docs/influxdb.md"


class MeterVisionConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks for an API key, checks it at no cost and goes straight on to the first meter."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    def __init__(self) -> None:
        """Begin without anything to explain."""
        self._placeholders: dict[str, str] = {}

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flow that adds a meter to an account."""
        return {SUBENTRY_METER: MeterFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for what can be changed at any time."""
        return MeterVisionOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the key of a new account."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = account_data(user_input)
            if self._entities_exist and not one_of_both(user_input):
                errors = {"base": "key_or_entity"}
            elif not (errors := await self._errors(data)):
                return self.async_create_entry(title=self._title(data), data=data)
        return self._show("user", user_input, errors, key_required=True, with_entities=self._entities_exist)

    @property
    def _entities_exist(self) -> bool:
        return bool(self.hass.states.async_entity_ids_count("ai_task"))

    def _title(self, data: Mapping[str, Any]) -> str:
        if CONF_AI_TASK not in data:
            return _TITLE
        state = self.hass.states.get(data[CONF_AI_TASK][CONF_ENTITY_ID])
        return _TITLE if state is None else state.name

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Open the dialog for the first meter as soon as the account exists."""
        meter = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_METER), context=SubentryFlowContext(source=SOURCE_USER)
        )
        if meter["type"] is FlowResultType.FORM:
            result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, meter["flow_id"])
        return result

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin when a key has been refused, or the token of the export."""
        if entry_data.get(CONF_REFUSED) == CONF_EXPORT:
            return await self.async_step_reauth_export()
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_export(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new token of the export; everything else stays."""
        entry, errors = self._get_reauth_entry(), dict[str, str]()
        if (stored := entry.data.get(CONF_EXPORT)) is None:
            return self.async_abort(reason="no_export")
        if user_input is not None:
            export = {**stored, CONF_TOKEN: user_input[CONF_TOKEN].strip()}
            errors, self._placeholders = await async_check_export(self.hass, export)
            if not errors:
                return self._update(entry, {**entry.data, CONF_EXPORT: export})
        placeholders = {"server": _host(stored[CONF_URL]), **self._placeholders}
        return self.async_show_form(
            step_id="reauth_export", data_schema=token_schema(), errors=errors, description_placeholders=placeholders
        )

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new key; the address stays."""
        entry, errors = self._get_reauth_entry(), dict[str, str]()
        if user_input is not None:
            data = {**entry.data, CONF_API_KEY: user_input[CONF_API_KEY].strip()}
            if not (errors := await self._errors(data)):
                return self._update(entry, data)
        return self._show("reauth_confirm", user_input, errors, key_required=True, with_address=False)

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be changed."""
        data = self._get_reconfigure_entry().data
        reader = "entities" if CONF_AI_TASK in data else "account"
        options = [reader, "export", *(("no_export",) if CONF_EXPORT in data else ())]
        return self.async_show_menu(step_id="reconfigure", menu_options=options)

    async def async_step_export(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where readings go as well, and whether that server takes them; nothing is written to find out."""
        entry, errors = self._get_reconfigure_entry(), dict[str, str]()
        stored = entry.data.get(CONF_EXPORT, {})
        if user_input is not None:
            export = export_data(user_input, stored)
            errors, self._placeholders = await async_check_export(self.hass, export)
            if not errors:
                return self._update(entry, {**entry.data, CONF_EXPORT: export})
        form = user_input or shown(stored)
        tls_open = form[TLS] not in ({}, {CONF_VERIFY: True})
        return self.async_show_form(
            step_id="export",
            data_schema=self.add_suggested_values_to_schema(export_schema(tls_open=tls_open), form),
            errors=errors,
            description_placeholders={"docs_url": _EXPORT_DOCS, **self._placeholders},
        )

    async def async_step_no_export(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Send nothing any more."""
        entry = self._get_reconfigure_entry()
        return self._update(entry, {key: value for key, value in entry.data.items() if key != CONF_EXPORT})

    async def async_step_account(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another key, model or address; a key left empty stays."""
        entry, errors = self._get_reconfigure_entry(), dict[str, str]()
        known = {CONF_MODEL: entry.data.get(CONF_MODEL, DEFAULT_MODEL)}
        if user_input is not None:
            key = user_input.get(CONF_API_KEY) or entry.data[CONF_API_KEY]
            asked = (CONF_API_KEY, CONF_BASE_URL, CONF_MODEL)
            others = {name: value for name, value in entry.data.items() if name not in asked}
            data = {**others, **account_data({**known, **user_input, CONF_API_KEY: key})}
            if not (errors := await self._errors(data)):
                return self._update(entry, data)
        stored = known | {ADVANCED: {key: entry.data[key] for key in (CONF_BASE_URL,) if key in entry.data}}
        models = await self._models(entry, known[CONF_MODEL])
        return self._show("account", user_input or stored, errors, key_required=False, models=models)

    async def _models(self, entry: ConfigEntry, chosen: str) -> tuple[ModelChoice, ...]:
        """Return the models to choose from, the present one among them; none where they cannot be told."""
        if entry.state is not ConfigEntryState.LOADED:
            return ()
        models: tuple[ModelChoice, ...] = await entry.runtime_data.account.async_models()
        if not models or chosen in {model.id for model in models}:
            return models
        return (*models, ModelChoice(id=chosen, name=chosen))

    async def async_step_entities(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for other AI Task entities."""
        entry, errors = self._get_reconfigure_entry(), dict[str, str]()
        if user_input is not None:
            data = {**entry.data, CONF_AI_TASK: user_input}
            if not (errors := await self._errors(data)):
                return self._update(entry, data)
        schema = self.add_suggested_values_to_schema(entities_schema(), user_input or entry.data[CONF_AI_TASK])
        placeholders = self._placeholders
        return self.async_show_form(
            step_id="entities", data_schema=schema, errors=errors, description_placeholders=placeholders
        )

    def _errors_of_entities(self, entities: Mapping[str, str]) -> dict[str, str]:
        """Return what is wrong with AI Task entities: each has to take a picture and give data."""
        for entity_id in entities.values():
            state = self.hass.states.get(entity_id)
            able = 0 if state is None else state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
            if able & _ABLE != _ABLE:
                self._placeholders = {"entity": entity_id}
                return {"base": "ai_task_unable"}
        return {}

    async def _errors(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with an account, nothing if its key opens the model list."""
        self._placeholders = {}
        if CONF_AI_TASK in data:
            self._async_abort_entries_match({CONF_AI_TASK: data[CONF_AI_TASK]})
            return self._errors_of_entities(data[CONF_AI_TASK])
        if CONF_BASE_URL in data and account_address(data[CONF_BASE_URL]) is None:
            return {"base": "base_url_invalid"}
        if not data[CONF_API_KEY] or not data[CONF_API_KEY].isascii() or not data[CONF_API_KEY].isprintable():
            return {CONF_API_KEY: ReaderAuthError.translation_key}
        self._async_abort_entries_match({CONF_API_KEY: data[CONF_API_KEY]})
        client = await async_create_client(self.hass, data[CONF_API_KEY], data.get(CONF_BASE_URL))
        try:
            models = tuple(model for model in await list_models(client) if model.lifecycle == "active")
        except ReaderAuthError as err:
            return {CONF_API_KEY: err.translation_key}
        except ReaderError as err:
            self._placeholders = err.placeholders
            return {"base": err.translation_key}
        return {} if models else {"base": "no_models"}

    def _show(
        self, step_id: str, shown: dict[str, Any] | None, errors: dict[str, str], **layout: Any
    ) -> ConfigFlowResult:
        """Show a form again as it was filled in."""
        opened = bool((shown or {}).get(ADVANCED, {}).get(CONF_BASE_URL))
        schema = account_schema(advanced_open=opened, **layout)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders={**_LINKS, **self._placeholders},
        )

    def _update(self, entry: ConfigEntry, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Store the account and set it up anew."""
        # A loaded account reloads itself when its data changes; the same key again may have been topped up.
        reload = data == entry.data or not entry.update_listeners
        result = self.async_update_and_abort(entry, data=data)
        if reload:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result


def _host(address: str) -> str:
    """Return the server's name of an address."""
    return urlsplit(address).hostname or address
