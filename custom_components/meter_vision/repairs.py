"""Puts right what only a person can: the dialogs behind the repair issues."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigSubentry, SubentryFlowContext
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
import homeassistant.util.dt as dt_util
import voluptuous as vol

from .const import CONF_ESCALATE_TO, CONF_MODEL, CONF_READER, SUBENTRY_METER
from .coordinator import MeterCoordinator
from .export_issues import CONF_ACCOUNT
from .export_repair import DeadLettersFlow
from .flow_picture import async_drop_pictures, async_show_picture, fit
from .journal_picture import loaded_account
from .media_source import async_words
from .meter_issues import POSSIBLE_NEW_METER, full_name
from .metering.errors import MeteringError
from .metering.models import Reading, Register
from .metering.typed import parse_value
from .record import entry_of_person
from .register_state import RegisterState
from .runtime import MeterVisionConfigEntry
from .state_store import StateStore
from .store.models import JournalRow, Kind

VALUE: Final = "value"
NEW_METER: Final = "new_meter"
READING_FORM: Final = vol.Schema({vol.Required(VALUE): TextSelector(), vol.Required(NEW_METER): BooleanSelector()})
_HEIGHT: Final = 260
"""Of the picture, in pixels, so that the fields below it can be seen with it."""
_NONE: Final = "-"


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the dialog for an issue; one that a person only has to read has no data."""
    if data is None:
        return ConfirmRepairFlow()
    if CONF_ACCOUNT in data:
        entry = loaded_account(hass, str(data[CONF_ACCOUNT]))
        return ConfirmRepairFlow() if entry is None else DeadLettersFlow(entry)
    if "model" in data:
        return ModelFlow(str(data["entry_id"]), str(data["model"]))
    entry_id, meter = str(data["entry_id"]), str(data["subentry_id"])
    if "register" not in data:
        return CameraFlow(entry_id, meter)
    return ReadingFlow(entry_id, meter, str(data["register"]), replaced=issue_id.startswith(POSSIBLE_NEW_METER))


class MeterRepairFlow(RepairsFlow):
    """A dialog about one meter of an account that is set up."""

    def __init__(self, entry_id: str, meter: str) -> None:
        """Keep whose dialog this is."""
        self._entry_id = entry_id
        self._meter = meter

    @property
    def _coordinator(self) -> MeterCoordinator | None:
        entry = loaded_account(self.hass, self._entry_id)
        return None if entry is None else entry.runtime_data.coordinators.get(self._meter)

    def _not_loaded(self) -> RepairsFlowResult:
        return self.async_abort(reason="not_loaded")


class ReadingFlow(MeterRepairFlow):
    """Shows what was held back, and takes a person's word for what stands on the meter."""

    def __init__(self, entry_id: str, meter: str, register: str, *, replaced: bool) -> None:
        """Begin without anything seen; `replaced`: it is asked whether another meter hangs there."""
        super().__init__(entry_id, meter)
        self._register = register
        self._replaced = replaced
        self._seen: JournalRow | None = None
        self._picture: bytes | None = None

    @callback
    @override
    def async_remove(self) -> None:
        """Forget the picture when the dialog is closed, however it ends."""
        async_drop_pictures(self.hass, self.flow_id)

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Look up the latest value that was held back."""
        coordinator = self._coordinator
        if coordinator is None or self._register not in coordinator.registers:
            return self._not_loaded()
        await self.hass.async_add_executor_job(self._look_up, coordinator.config_entry.runtime_data.store)
        return await self.async_step_confirm()

    def _look_up(self, store: StateStore) -> None:
        self._seen = store.database.latest_held(self._meter, self._register)
        name = None if self._seen is None else self._seen.entry.picture
        path = None if name is None else store.pictures.path(name)
        with suppress(OSError):  # torn or gone, which leaves the question as it is
            self._picture = None if path is None else fit(path.read_bytes(), _HEIGHT)

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the true value, filled in with the one that was seen."""
        coordinator = self._coordinator
        if coordinator is None:
            return self._not_loaded()
        if user_input is None:
            seen = "" if self._seen is None else str(self._seen.entry.value)
            return await self._show(coordinator, {VALUE: seen, NEW_METER: self._replaced}, {}, {})
        try:
            await self._correct(coordinator, user_input[VALUE], new_meter=user_input[NEW_METER])
        except MeteringError as err:
            return await self._show(coordinator, user_input, {VALUE: err.translation_key}, err.placeholders)
        return self.async_create_entry(data={})

    async def _correct(self, coordinator: MeterCoordinator, typed: str, *, new_meter: bool) -> None:
        register, now = coordinator.registers[self._register], dt_util.utcnow()
        # It is what the picture in the dialog shows, so it counts from when that was taken.
        time = now if self._seen is None else self._seen.entry.time
        reading = Reading(value=parse_value(typed, register), time=time)
        kind = Kind.NEW_METER if new_meter else Kind.SET

        def change(state: RegisterState) -> RegisterState:
            return state.corrected(reading, register, new_meter=new_meter)

        await coordinator.async_correct(
            register.name,
            change,
            lambda state: [entry_of_person(kind, register, state.registers[register.name], time=time, now=now)],
        )

    async def _show(
        self, coordinator: MeterCoordinator, shown: dict[str, Any], errors: dict[str, str], placeholders: dict[str, str]
    ) -> RepairsFlowResult:
        """Show the form with the picture and all that is known about it."""
        register = coordinator.registers[self._register]
        words = await async_words(self.hass)
        last = coordinator.data.registers[self._register].last
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(READING_FORM, shown),
            errors=errors,
            description_placeholders={
                "meter": full_name(coordinator, self._register),
                "last": f"{last.value} {register.unit}",
                "last_time": _local(last.time),
                **self._about_what_was_seen(register, words),
                **placeholders,
            },
        )

    def _about_what_was_seen(self, register: Register, words: dict[str, str]) -> dict[str, str]:
        if self._seen is None:
            return {"seen": _NONE, "seen_time": _NONE, "why": words["rule_unknown"], "picture": ""}
        entry = self._seen.entry
        rule = entry.detail.get("surprise", entry.rule)
        picture = ""
        if self._picture is not None:
            picture = f"![{entry.value}]({async_show_picture(self.hass, self.flow_id, self._picture)})"
        return {
            "seen": f"{entry.value} {register.unit}",
            "seen_time": _local(entry.time),
            "why": words.get(f"rule_{rule}", words["rule_unknown"]),
            "picture": picture,
        }


class CameraFlow(MeterRepairFlow):
    """Leads to the dialog in which another camera can be chosen."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Say what is wrong."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Open the meter's own dialog; should the camera still be missing then, the issue comes back."""
        coordinator = self._coordinator
        if coordinator is None:
            return self._not_loaded()
        if user_input is None:
            meter = {"meter": coordinator.subentry.title}
            return self.async_show_form(step_id="confirm", data_schema=vol.Schema({}), description_placeholders=meter)
        dialog = await self.hass.config_entries.subentries.async_init(
            (self._entry_id, SUBENTRY_METER),
            context=SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=self._meter),
        )
        if dialog["type"] is FlowResultType.ABORT:
            return self._not_loaded()
        return self.async_create_entry(data={}, next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, dialog["flow_id"]))


class ModelFlow(RepairsFlow):
    """Chooses another model in place of one that is gone, for the account and every meter that uses it."""

    def __init__(self, entry_id: str, model: str) -> None:
        """Keep which model is gone."""
        self._entry_id = entry_id
        self._model = model

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Look for what can be chosen."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for another model; one that the integration itself insists on cannot be changed here."""
        entry = loaded_account(self.hass, self._entry_id)
        if entry is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            self._change(entry, user_input[CONF_MODEL])
            return self.async_create_entry(data={})
        models = await entry.runtime_data.account.async_models()
        options = [SelectOptionDict(value=m.id, label=m.name) for m in models if m.id != self._model]
        own = (model for meter in entry.subentries.values() for model in _own_models(meter).values())
        chosen = {entry.runtime_data.account.model, *own}
        if not options or self._model not in chosen:
            return self.async_abort(reason="no_choice" if self._model in chosen else "built_in")
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({vol.Required(CONF_MODEL): SelectSelector(SelectSelectorConfig(options=options))}),
            description_placeholders={"account": entry.title, "model": self._model},
        )

    def _change(self, entry: MeterVisionConfigEntry, model: str) -> None:
        for meter in entry.subentries.values():
            if self._model in (own := _own_models(meter)).values():
                own = {key: model if known == self._model else known for key, known in own.items()}
                data = {**meter.data, CONF_READER: own}
                self.hass.config_entries.async_update_subentry(entry, meter, data=data)
        if entry.runtime_data.account.model == self._model:
            self.hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_MODEL: model})


def _own_models(meter: ConfigSubentry) -> dict[str, str]:
    """Return the models that were chosen for a meter alone, by what they are for."""
    reader = meter.data.get(CONF_READER, {})
    return {key: reader[key] for key in (CONF_MODEL, CONF_ESCALATE_TO) if key in reader}


def _local(time: datetime) -> str:
    return f"{dt_util.as_local(time):%Y-%m-%d %H:%M}"
