"""What the steps of a meter's dialog share: what is known so far, the picture, and where to go next."""

from __future__ import annotations

from abc import abstractmethod
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.data_entry_flow import UnknownFlow
from homeassistant.helpers.event import async_call_later
import homeassistant.util.dt as dt_util
import voluptuous as vol

from .capture import CaptureError, capture
from .const import CONF_CAMERA, CONF_FORMAT, SUBENTRY_METER
from .energy_dashboard import async_wish
from .errors import translation_of
from .flow_fields import NEXT, choice
from .flow_picture import async_drop_pictures, async_show_picture, fit
from .lighting import CONF_LIGHT, lit
from .metering.description import parse_meter
from .metering.errors import LayoutError, MeteringError, PhotoError
from .metering.models import Crop, Meter, Photo
from .metering.photo import preview
from .runtime import MeterVisionConfigEntry
from .settings_form import ENERGY
from .versions import METER_FORMAT

REGISTERS: Final = "registers"
_ABANDONED: Final = timedelta(hours=2)
"""How long a form waits for a person; a page that is gone closes no dialog."""
type Step = Callable[[], Awaitable[SubentryFlowResult]]


class MeterFlowBase(ConfigSubentryFlow):
    """A dialog that knows what it has learnt, and which steps are still to come."""

    last_steps: frozenset[str] = frozenset()
    """Those whose button says that the dialog ends."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._data: dict[str, Any] = {}
        self._ahead: set[str] = set()
        """Steps still to come."""
        self._photo: Photo | None = None
        self._picture = b""
        """The JPEG that the form shows."""
        self._failure: MeteringError | None = None
        self._task: asyncio.Task[None] | None = None
        self._placeholders: dict[str, str] = {}
        self._page: bool | None = None
        """Whether the page draws our own selectors; None: not known."""
        self._energy = False
        self._closed = False
        self._stop_waiting: CALLBACK_TYPE | None = None

    @callback
    @override
    def async_remove(self) -> None:
        """Forget the pictures and end what is under way when the dialog is closed, however it ends."""
        self._closed = True
        async_drop_pictures(self.hass, self.flow_id)
        if self._task is not None:
            self._task.cancel()
        if self._stop_waiting is not None:
            self._stop_waiting()

    def _check_open(self) -> None:
        """Raise UnknownFlow if the dialog was closed while a step waited for something."""
        if self._closed:
            raise UnknownFlow

    @callback
    def _wait_for_person(self) -> None:
        """Close the dialog if nobody goes on with the form that is shown next."""
        if self._stop_waiting is not None:
            self._stop_waiting()
        job = HassJob(self._abandon, "close an abandoned dialog", cancel_on_shutdown=True)
        self._stop_waiting = async_call_later(self.hass, _ABANDONED, job)

    @callback
    def _abandon(self, _now: datetime) -> None:
        self._stop_waiting = None
        self.hass.config_entries.subentries.async_abort(self.flow_id)

    @abstractmethod
    def _steps(self) -> Mapping[str, Step]:
        """Return the steps that can lie ahead, in their order."""

    @property
    def _entry(self) -> MeterVisionConfigEntry:
        return self._get_entry()

    @property
    def _loaded(self) -> bool:
        return self._entry.state is ConfigEntryState.LOADED

    @property
    def _meter(self) -> Meter:
        return parse_meter(self._data, dt_util.get_default_time_zone())

    @property
    def _new(self) -> bool:
        return self.source != SOURCE_RECONFIGURE

    def _other_names(self) -> set[str]:
        own = None if self._new else self._reconfigure_subentry_id
        meters = self._entry.get_subentries_of_type(SUBENTRY_METER)
        return {meter.title.casefold() for meter in meters if meter.subentry_id != own}

    async def _async_go_on(self) -> SubentryFlowResult:
        """Go to the next step, or store the meter after the last one."""
        self._check_open()
        for name, step in self._steps().items():
            if name in self._ahead:
                self._ahead.remove(name)
                return await step()
        data = deepcopy(self._data)
        if self._new:
            if self._energy:
                async_wish(self.hass, self._entry, data[CONF_NAME])
            return self.async_create_entry(title=data[CONF_NAME], data={**data, CONF_FORMAT: METER_FORMAT})
        meter = self._get_reconfigure_subentry()
        update = self.async_update_and_abort if self._entry.update_listeners else self.async_update_reload_and_abort
        return update(self._entry, meter, data=data, title=data[CONF_NAME])

    async def _take_photo(self) -> dict[str, str]:
        """Take a picture that can be shown; return what is wrong."""
        self._photo = None
        try:
            async with lit(self.hass, self._data.get(CONF_LIGHT)):
                photo = await capture(self.hass, self._data[CONF_CAMERA], dt_util.utcnow())
            await self._use_photo(photo)
        except (CaptureError, PhotoError) as err:
            return self._explain(err)
        self._check_open()
        return {}

    async def _use_photo(self, photo: Photo) -> None:
        """Go on with a picture, or raise PhotoError if it cannot be shown."""
        await self.hass.async_add_executor_job(partial(preview, photo.content, rotation=0, crop=None))
        self._photo = photo

    @property
    def _taken(self) -> Photo:
        assert self._photo is not None  # noqa: S101  every step that needs it has asked for it
        return self._photo

    def _explain(self, err: CaptureError | MeteringError) -> dict[str, str]:
        """Return an error as the message above the next form."""
        key, self._placeholders = translation_of(err)
        return {"base": key}

    async def _draw(self, *, upright: bool = True) -> None:
        """Make the picture the one that the form shows: as it lies, or upright with the box."""
        rotation = self._data.get("rotation", 0) if upright else 0
        crop = Crop(*self._data["crop"]) if upright and self._data.get("crop") else None
        drawn = partial(preview, self._taken.content, rotation=rotation, crop=crop)
        self._picture = await self.hass.async_add_executor_job(lambda: fit(drawn()))
        self._check_open()

    def _show(
        self, step_id: str, schema: vol.Schema, shown: Mapping[str, Any], errors: dict[str, str], **more: str
    ) -> SubentryFlowResult:
        """Show a form filled in as it was, beside its picture."""
        self._check_open()
        self._wait_for_person()
        placeholders, self._placeholders = {**more, **self._placeholders}, {}
        picture = async_show_picture(self.hass, self.flow_id, self._picture) if self._picture else ""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders={"picture": picture, **placeholders},
            last_step=step_id in self.last_steps,
        )

    def _show_failure(self, step_id: str, options: tuple[str, ...], errors: dict[str, str]) -> SubentryFlowResult:
        """Say what went wrong, and ask how to go on."""
        return self._show(step_id, failure_schema(options), {}, errors)

    async def _follow(self, user_input: Mapping[str, Any], again: str) -> SubentryFlowResult:
        """Go where a person wants to go after a failure; `again` is tried with a new picture."""
        step = user_input[NEXT]
        if step == again:
            self._photo = None
        self._ahead.add(step)
        return await self._async_go_on()

    def _wish_energy(self, user_input: Mapping[str, Any]) -> None:
        self._energy = user_input.get(ENERGY, False)


def failure_schema(options: tuple[str, ...]) -> vol.Schema:
    """Return the form that asks how to go on after a failure."""
    return vol.Schema({vol.Required(NEXT, default=options[0]): choice(options, NEXT, dropdown=False)})


def layout_errors(err: LayoutError, user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the message beside the field that it is about, or above the form."""
    reason = err.placeholders["reason"]
    return {reason if reason in user_input else "base": f"layout_{reason}"}
