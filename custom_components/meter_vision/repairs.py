"""Puts right what only a person can: the dialogs behind the repair issues."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE, SubentryFlowContext
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import BooleanSelector, TextSelector
import homeassistant.util.dt as dt_util
import voluptuous as vol

from .const import SUBENTRY_METER
from .coordinator import MeterCoordinator
from .export_issues import CONF_ACCOUNT
from .export_repair import DeadLettersFlow
from .journal_picture import loaded_account, picture_address
from .media_source import async_words
from .meter_issues import full_name
from .metering.errors import MeteringError
from .metering.models import Reading, Register
from .metering.typed import parse_value
from .record import entry_of_person
from .register_state import RegisterState
from .store.models import JournalRow, Kind

VALUE: Final = "value"
NEW_METER: Final = "new_meter"
READING_FORM: Final = vol.Schema({vol.Required(VALUE): TextSelector(), vol.Required(NEW_METER): BooleanSelector()})
_SIGNED_FOR: Final = timedelta(hours=1)
_NONE: Final = "-"


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,  # noqa: ARG001  the signature is Home Assistant's
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the dialog for an issue; one that a person only has to read has no data."""
    if data is None:
        return ConfirmRepairFlow()
    if CONF_ACCOUNT in data:
        entry = loaded_account(hass, str(data[CONF_ACCOUNT]))
        return ConfirmRepairFlow() if entry is None else DeadLettersFlow(entry)
    entry_id, meter = str(data["entry_id"]), str(data["subentry_id"])
    return ReadingFlow(entry_id, meter, str(data["register"])) if "register" in data else CameraFlow(entry_id, meter)


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

    def __init__(self, entry_id: str, meter: str, register: str) -> None:
        """Begin without anything seen."""
        super().__init__(entry_id, meter)
        self._register = register
        self._seen: JournalRow | None = None

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Look up the latest value that was held back."""
        coordinator = self._coordinator
        if coordinator is None or self._register not in coordinator.registers:
            return self._not_loaded()
        database = coordinator.config_entry.runtime_data.store.database
        self._seen = await self.hass.async_add_executor_job(database.latest_held, self._meter, self._register)
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the true value, filled in with the one that was seen."""
        coordinator = self._coordinator
        if coordinator is None:
            return self._not_loaded()
        if user_input is None:
            seen = "" if self._seen is None else str(self._seen.entry.value)
            return await self._show(coordinator, {VALUE: seen, NEW_METER: False}, {}, {})
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
        if entry.picture is not None:
            address = async_sign_path(self.hass, picture_address(self._entry_id, self._seen.id), _SIGNED_FOR)
            picture = f"![{entry.value}]({address})"
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


def _local(time: datetime) -> str:
    return f"{dt_util.as_local(time):%Y-%m-%d %H:%M}"
