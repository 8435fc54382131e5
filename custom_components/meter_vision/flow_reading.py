"""The steps to the first trusted reading: a test reading that a person confirms, and what has good defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.energy import DOMAIN as ENERGY_DOMAIN
from homeassistant.config_entries import SubentryFlowResult
import voluptuous as vol

from .const import CONF_INITIAL, CONF_MODEL, CONF_READER
from .flow_base import REGISTERS
from .flow_fields import FormError
from .flow_view import ViewSteps
from .flow_words import async_words
from .metering.errors import MeteringError, ReaderAuthError
from .metering.models import Usage
from .metering.typed import parse_value
from .settings_form import (
    CEILING,
    TYPICAL,
    VALUE_FIELDS,
    ModelOffer,
    confirm_schema,
    settings_data,
    settings_form,
    settings_schema,
)
from .trial import Trial, Trials, async_prepare, async_try

_AFTER_NO_READING: Final = ("reading", "look", "register", "confirm")


class ReadingSteps(ViewSteps):
    """From the layout to the stored meter."""

    def __init__(self) -> None:
        """Begin without a reading."""
        super().__init__()
        self._trials: Trials | None = None
        self._settings: vol.Schema | None = None

    # Reading

    async def async_step_reading(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Have the picture read, as every later one will be."""
        if self._task is None:
            if lacking := await self._photo_lacking("reading"):
                return lacking
            if not self._loaded:
                return self.async_abort(reason="entry_not_loaded")
            self._task = self.hass.async_create_task(self._async_read())
        if not self._task.done():
            return self.async_show_progress(step_id="reading", progress_action="reading", progress_task=self._task)
        self._task = None
        return self.async_show_progress_done(next_step_id="confirm" if self._failure is None else "reading_failed")

    async def _async_read(self) -> None:
        meter = self._meter
        self._trials = self._failure = None
        try:
            prepared = await async_prepare(self.hass, self._taken, meter)
            self._picture = prepared.content
            reader = self._entry.runtime_data.account.reader(self._data.get(CONF_READER, {}).get(CONF_MODEL))
            self._trials = await async_try(self.hass, reader, prepared, meter)
        except MeteringError as err:
            self._failure = err
            if isinstance(err, ReaderAuthError):
                self._entry.async_start_reauth(self.hass)

    async def async_step_reading_failed(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say why there is no reading, and ask how to go on."""
        if user_input is None:
            assert self._failure is not None  # noqa: S101  this is the step after a failure
            return self._show_failure("reading_failed", _AFTER_NO_READING, self._explain(self._failure))
        if user_input["next"] in ("look", "register"):
            self._ahead.add("reading")
        return await self._follow(user_input, "reading")

    # The first trusted reading

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the values that stand on the meter; they are the first trusted reading."""
        meter = self._meter
        if self._settings is None and self._new:
            self._settings = await self._settings_schema(collapsed=True)
        if user_input is None:
            return await self._show_confirm(self._confirm_form(), await self._doubts())
        values, errors = {}, {}
        for field, register in zip(VALUE_FIELDS, meter.registers, strict=False):
            try:
                values[register.name] = str(parse_value(user_input[field], register))
            except MeteringError as err:
                errors[field] = err.translation_key
                self._placeholders = err.placeholders
        errors |= self._accept_settings(user_input) if self._new and not errors else {}
        if errors:
            return await self._show_confirm(user_input, errors)
        at = self._taken.captured_at.isoformat()
        for register in self._data[REGISTERS]:
            register[CONF_INITIAL] = {"value": values[register["name"]], "time": at}
        self._wish_energy(user_input)
        return await self._async_go_on()

    def _confirm_form(self) -> dict[str, Any]:
        """Return what the form is filled in with: what was found, with a ? where a person has to look."""
        trials = {} if self._trials is None else self._trials.by_register
        found = zip(VALUE_FIELDS, (trials.get(register.name) for register in self._meter.registers), strict=False)
        values = {field: "" if trial is None else _filled_in(trial) for field, trial in found}
        return values | (settings_form(self._data, self._meter) if self._new else {})

    async def _show_confirm(self, shown: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        registers = self._meter.registers
        trials = {} if self._trials is None else self._trials.by_register
        lines = [
            f"{f'{register.name}: ' if len(registers) > 1 else ''}{_found(trials.get(register.name))} {register.unit}"
            for register in registers
        ]
        with_energy = self._new and ENERGY_DOMAIN in self.hass.config.components
        schema = confirm_schema(len(registers), self._settings, with_energy=with_energy)
        names = {f"register_{place}": register.name for place, register in enumerate(registers, 1)}
        found = " · ".join(lines)
        return self._show("confirm", schema, shown, errors, found=found, unit=registers[0].unit, **names)

    async def _doubts(self) -> dict[str, str]:
        """Return what a person should know before confirming."""
        if self._trials is None or not (undecided := self._trials.undecided):
            return {}
        words = await async_words(self.hass, "problem")
        problems = {problem for trial in undecided for problem in trial.problems}
        told = ", ".join(sorted(words.get(problem, problem) for problem in problems))
        self._placeholders = {"shown": ", ".join(trial.shown for trial in undecided), "problems": told or "-"}
        readable = all(trial.observation.readable for trial in undecided)
        return {"base": "reading_unsure" if readable else "reading_unreadable"}

    # What has good defaults

    async def async_step_settings(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how often, by which model and within what limits the meter is read."""
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := self._accept_settings(user_input)):
            return await self._async_go_on()
        schema = await self._settings_schema(collapsed=False)
        shown = settings_form(self._data, self._meter) if user_input is None else user_input
        return self._show("settings", schema, shown, errors)

    def _accept_settings(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Take over the settings; return what is wrong."""
        try:
            settings = settings_data(user_input, self._meter)
        except FormError as err:
            return {"base": err.key}
        ceiling = settings.pop(CEILING)
        self._data |= settings
        for register in self._data[REGISTERS]:
            register[CEILING] = ceiling
        return {}

    async def _settings_schema(self, *, collapsed: bool) -> vol.Schema:
        offer, stored = await self._offer(), settings_data(settings_form(self._data, self._meter), self._meter)
        options = offer.options(self._data | stored)
        return settings_schema(options, offer.escalation(self._data), collapsed=collapsed)

    async def _offer(self) -> ModelOffer:
        """Return the models on offer, priced by what a reading of this meter takes."""
        account = self._entry.runtime_data.account
        return ModelOffer(
            models=await account.async_models(),
            account_model=account.model,
            prices=account.prices,
            words=await async_words(self.hass, CONF_MODEL),
            usage=self._usage(),
        )

    def _usage(self) -> Usage:
        """Return the tokens of the test reading, or else of the average call for this meter."""
        if self._trials is not None:
            return self._trials.usage
        coordinator = None if self._new else self._entry.runtime_data.coordinators.get(self._reconfigure_subentry_id)
        return (coordinator and coordinator.data.spending.average) or TYPICAL


def _found(trial: Trial | None) -> str:
    """Return what was read, as text for a page."""
    if trial is None or not trial.shown:
        return "-"
    return trial.marked if trial.value is None else f"**{trial.value}**"


def _filled_in(trial: Trial) -> str:
    if trial.value is not None:
        return str(trial.value)
    return trial.shown if trial.observation.readable else ""
