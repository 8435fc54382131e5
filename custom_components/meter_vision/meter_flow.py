"""Sets up one meter: camera, register, picture, a first reading that a person confirms."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from typing import Any, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME, CONF_PASSWORD
from homeassistant.core import callback
import homeassistant.util.dt as dt_util
import voluptuous as vol

from . import flow_schema as form
from .capture import CaptureError, capture
from .const import CONF_CAMERA, CONF_INITIAL, SUBENTRY_METER
from .errors import translation_of
from .flow_picture import async_drop_pictures, async_show_picture, fit
from .metering.description import describe_register, parse_meter, parse_register
from .metering.errors import LayoutError, MeteringError, PhotoError, ReaderAuthError
from .metering.models import Crop, Meter, MeterKind, Photo
from .metering.photo import preview
from .metering.typed import parse_value
from .runtime import MeterVisionConfigEntry
from .trial import Trial, async_prepare, async_try

_REGISTERS = "registers"


class MeterFlow(ConfigSubentryFlow):
    """Walks through the steps of a new meter, or through those that a change makes necessary."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._data: dict[str, Any] = {}
        self._ahead: set[str] = set()
        """Steps still to come."""
        self._photo: Photo | None = None
        self._picture = b""
        """The JPEG that the form shows."""
        self._trial: Trial | None = None
        self._failure: MeteringError | None = None
        self._task: asyncio.Task[None] | None = None
        self._placeholders: dict[str, str] = {}

    @callback
    @override
    def async_remove(self) -> None:
        """Forget the pictures when the dialog is closed, however it ends."""
        async_drop_pictures(self.hass, self.flow_id)

    # Name, kind and camera

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for name, kind and camera, and take a picture at once."""
        if not self._loaded:
            return self.async_abort(reason="entry_not_loaded")
        if user_input is None:
            return self._show_camera(form.camera_form(self._data), {})
        if errors := await self._accept_camera(user_input):
            return self._show_camera(user_input, errors)
        return await self._async_go_on()

    def _show_camera(self, shown: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        address = {key: value for key, value in shown.get(form.ADDRESS, {}).items() if key != CONF_PASSWORD}
        schema = form.camera_schema(address_open=bool(address.get("url")))
        return self._show("user", schema, {**shown, form.ADDRESS: address}, errors)

    async def _accept_camera(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Take over name, kind and camera if a picture comes; return what is wrong."""
        before = deepcopy(self._data)
        name = user_input[CONF_NAME].strip()
        if not name or name.casefold() in self._other_names():
            return {CONF_NAME: "name_taken" if name else "name_empty"}
        try:
            camera = form.camera_data(user_input, before.get(CONF_CAMERA, {}))
        except form.FormError as err:
            return {"base": err.key}
        # Kept even if no picture comes, so that a password need not be typed again.
        self._data |= {CONF_NAME: name, form.KIND: user_input[form.KIND], CONF_CAMERA: camera}
        return await self._plan(before)

    async def _plan(self, before: Mapping[str, Any]) -> dict[str, str]:
        """Decide which steps a change makes necessary, and take the picture that they need."""
        if self._data[form.KIND] != before.get(form.KIND):
            self._ahead.add("register")
        if self._data[CONF_CAMERA] != before.get(CONF_CAMERA):
            self._ahead.add("picture")
        return await self._take_photo() if self._ahead else {}

    # Register

    async def async_step_register(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how the register is built."""
        if lacking := await self._photo_lacking("register"):
            return lacking
        kind = MeterKind(self._data[form.KIND])
        old: dict[str, Any] = next(iter(self._data.get(_REGISTERS, ())), {})
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                new = describe_register(parse_register({"name": "main", **form.register_data(user_input)}, kind))
            except LayoutError as err:
                errors = _layout_errors(err, user_input)
            else:
                if any(old.get(key) != value for key, value in new.items()):
                    self._ahead.add("reading")
                self._data[_REGISTERS] = [{**old, **new}, *self._data.get(_REGISTERS, ())[1:]]
                return await self._async_go_on()
        await self._draw()
        shown = form.register_form(old, kind) if user_input is None else user_input
        return self._show("register", form.register_schema(kind), shown, errors)

    # Picture

    async def async_step_picture(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for rotation and crop, drawing them again until a person says they are right."""
        if lacking := await self._photo_lacking("picture"):
            return lacking
        errors: dict[str, str] = {}
        if user_input is not None:
            new = form.picture_data(user_input)
            try:
                parse_meter({**self._data, **new})
            except LayoutError as err:
                errors = _layout_errors(err, user_input)
            else:
                if any(self._data.get(key) != value for key, value in new.items()):
                    self._ahead.add("reading")
                self._data |= new
                if user_input[form.RIGHT]:
                    return await self._async_go_on()
        await self._draw()
        shown = form.picture_form(self._data) if user_input is None else {**user_input, form.RIGHT: False}
        return self._show("picture", form.picture_schema(), shown, errors)

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
        entry: MeterVisionConfigEntry = self._get_entry()
        meter, photo = self._meter, self._photo
        assert photo is not None  # noqa: S101  the step before has taken it
        self._trial = self._failure = None
        try:
            prepared = await async_prepare(self.hass, photo, meter)
            self._picture = prepared.content
            self._trial = await async_try(self.hass, entry.runtime_data.account, prepared, meter.register)
        except MeteringError as err:
            self._failure = err
            if isinstance(err, ReaderAuthError):
                entry.async_start_reauth(self.hass)

    async def async_step_reading_failed(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say why there is no reading, and ask how to go on."""
        if user_input is None:
            assert self._failure is not None  # noqa: S101  this is the step after a failure
            return self._show("reading_failed", form.failure_schema(), {}, self._explain(self._failure))
        step = user_input[form.NEXT]
        if step == "reading":
            self._photo = None
        elif step != "confirm":
            self._ahead.add("reading")
        self._ahead.add(step)
        return await self._async_go_on()

    # The first trusted reading

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show what was sent and what was read; the person's word is the first trusted reading."""
        register = self._meter.register
        if user_input is None:
            usual = form.interval_form(self._data, self._meter.kind)
            value = "" if self._trial is None or self._trial.value is None else str(self._trial.value)
            return self._show_confirm({form.VALUE: value, **usual}, self._doubts())
        try:
            value = str(parse_value(user_input[form.VALUE], register))
        except MeteringError as err:
            self._placeholders = err.placeholders
            return self._show_confirm(user_input, {form.VALUE: err.translation_key})
        assert self._photo is not None  # noqa: S101  the value is what this picture shows
        self._data[_REGISTERS][0][CONF_INITIAL] = {"value": value, "time": self._photo.captured_at.isoformat()}
        if self.source != SOURCE_RECONFIGURE:
            self._data |= form.interval_data(user_input)
        return await self._async_go_on()

    def _show_confirm(self, shown: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        found = "-" if self._trial is None else self._trial.shown if self._trial.value is None else self._trial.value
        self._placeholders = self._placeholders | {"found": str(found), "unit": self._meter.register.unit}
        return self._show(
            "confirm", form.confirm_schema(with_interval=self.source != SOURCE_RECONFIGURE), shown, errors
        )

    def _doubts(self) -> dict[str, str]:
        """Return what a person should know before confirming."""
        trial = self._trial
        if trial is None or trial.value is not None:
            return {}
        self._placeholders = {"shown": trial.shown, "problems": trial.problems or "-"}
        return {"base": "reading_unsure" if trial.observation.readable else "reading_unreadable"}

    # Changes

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what is to be changed."""
        if not self._loaded:
            return self.async_abort(reason="entry_not_loaded")
        self._data = deepcopy(dict(self._get_reconfigure_subentry().data))
        options = ["user", "register", "picture", "reading", "interval"]
        return self.async_show_menu(step_id="reconfigure", menu_options=options)

    async def async_step_interval(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how often the meter is read."""
        if user_input is None:
            shown = form.interval_form(self._data, MeterKind(self._data[form.KIND]))
            return self._show("interval", form.interval_schema(), shown, {})
        self._data |= form.interval_data(user_input)
        return await self._async_go_on()

    # What the steps share

    @property
    def _loaded(self) -> bool:
        return self._get_entry().state is ConfigEntryState.LOADED

    @property
    def _meter(self) -> Meter:
        return parse_meter(self._data)

    def _other_names(self) -> set[str]:
        own = self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        meters = self._get_entry().get_subentries_of_type(SUBENTRY_METER)
        return {meter.title.casefold() for meter in meters if meter.subentry_id != own}

    async def _async_go_on(self) -> SubentryFlowResult:
        """Go to the next step, or store the meter after the last one."""
        steps = {
            "register": self.async_step_register,
            "picture": self.async_step_picture,
            "reading": self.async_step_reading,
            "confirm": self.async_step_confirm,
        }
        for name, step in steps.items():
            if name in self._ahead:
                self._ahead.remove(name)
                return await step()
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=self._data[CONF_NAME], data=self._data)
        entry, meter = self._get_entry(), self._get_reconfigure_subentry()
        update = self.async_update_and_abort if entry.update_listeners else self.async_update_reload_and_abort
        return update(entry, meter, data=self._data, title=self._data[CONF_NAME])

    async def _photo_lacking(self, step: str) -> SubentryFlowResult | None:
        """Take a picture if there is none; where that fails, show the camera's form and come back to the step."""
        if self._photo is not None or not (errors := await self._take_photo()):
            return None
        self._ahead.add(step)
        return self._show_camera(form.camera_form(self._data), errors)

    async def _take_photo(self) -> dict[str, str]:
        """Take a picture that can be shown; return what is wrong."""
        self._photo = None
        try:
            photo = await capture(self.hass, self._data[CONF_CAMERA], dt_util.utcnow())
            await self.hass.async_add_executor_job(partial(preview, photo.content, rotation=0, crop=None))
        except (CaptureError, PhotoError) as err:
            return self._explain(err)
        self._photo = photo
        return {}

    def _explain(self, err: CaptureError | MeteringError) -> dict[str, str]:
        """Return an error as the message above the next form."""
        key, self._placeholders = translation_of(err)
        return {"base": key}

    async def _draw(self) -> None:
        """Make the upright picture, with the crop box, the one that the form shows."""
        assert self._photo is not None  # noqa: S101  every step that draws has asked for it
        rotation = self._data.get("rotation", 0)
        crop = Crop(*self._data["crop"]) if self._data.get("crop") else None
        upright = partial(preview, self._photo.content, rotation=rotation, crop=crop)
        self._picture = await self.hass.async_add_executor_job(lambda: fit(upright()))

    def _show(
        self, step_id: str, schema: vol.Schema, shown: Mapping[str, Any], errors: dict[str, str]
    ) -> SubentryFlowResult:
        """Show a form filled in as it was, beside its picture."""
        placeholders, self._placeholders = self._placeholders, {}
        picture = async_show_picture(self.hass, self.flow_id, self._picture) if step_id != "user" else ""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders={"picture": picture, **placeholders},
            last_step=step_id in ("confirm", "interval"),
        )


def _layout_errors(err: LayoutError, user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the message beside the field that it is about, or above the form."""
    reason = err.placeholders["reason"]
    return {reason if reason in user_input else "base": f"layout_{reason}"}
