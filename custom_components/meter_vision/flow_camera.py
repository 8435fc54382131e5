"""The step that asks for name and camera, and finds the picture."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_USERNAME
import homeassistant.util.dt as dt_util

from .camera_form import (
    ADDRESS,
    LAMP,
    PAGE,
    CameraChoice,
    camera_choice,
    camera_form,
    camera_schema,
    is_unchanged,
    light_data,
)
from .camera_presets import places
from .capture import CaptureError, capture
from .const import CONF_CAMERA
from .flow_base import REGISTERS, MeterFlowBase
from .flow_fields import FormError, section_of
from .lighting import CONF_LIGHT, lit
from .metering.errors import PhotoError
from .metering.models import Photo
from .probe import async_probe


class CameraSteps(MeterFlowBase):
    """Name and camera."""

    def __init__(self) -> None:
        """Remember no password yet."""
        super().__init__()
        self._tried: dict[str, Any] = {}
        """Login of the last attempt, so that a password need not be typed again."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for name and camera, and take a picture at once."""
        if not self._loaded:
            return self.async_abort(reason="entry_not_loaded")
        if user_input is None:
            return self._show_camera(camera_form(self._data), {})
        if PAGE in user_input or self._page is None:
            self._page = user_input.get(PAGE, False)
        if errors := await self._accept_camera(user_input):
            return self._show_camera(user_input, errors)
        return await self._async_go_on()

    def _show_camera(self, shown: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        address = {key: value for key, value in section_of(shown, ADDRESS).items() if key != CONF_PASSWORD}
        lamp_open = bool(section_of(shown, LAMP).get(CONF_LIGHT))
        schema = camera_schema(address_open=bool(address.get("url")), lamp_open=lamp_open)
        return self._show("user", schema, {**shown, ADDRESS: address}, errors)

    async def _accept_camera(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Take over name and camera if a picture comes; return what is wrong."""
        before = deepcopy(self._data)
        name = user_input[CONF_NAME].strip()
        if not name or name.casefold() in self._other_names():
            return {CONF_NAME: "name_taken" if name else "name_empty"}
        known = self._tried or before.get(CONF_CAMERA, {})
        try:
            chosen = camera_choice(user_input, known)
        except FormError as err:
            return {"base": err.key}
        self._tried = chosen.remembered
        self._data |= {CONF_NAME: name, CONF_LIGHT: light_data(user_input)}
        same_light = self._data[CONF_LIGHT] == before.get(CONF_LIGHT)
        if same_light and CONF_CAMERA in before and is_unchanged(chosen, before[CONF_CAMERA]):
            return await self._take_photo() if self._ahead else {}
        return await self._find(chosen)

    async def _find(self, chosen: CameraChoice) -> dict[str, str]:
        """Take a picture from the chosen camera, and look at it next; return what is wrong."""
        try:
            async with lit(self.hass, self._data[CONF_LIGHT]):
                camera, photo = await self._first_picture(chosen)
            await self._use_photo(photo)
        except (CaptureError, PhotoError) as err:
            return self._explain(err)
        self._data[CONF_CAMERA] = camera
        self._ahead.add("look" if self._data.get(REGISTERS) else "proposal")
        return {}

    async def _first_picture(self, chosen: CameraChoice) -> tuple[dict[str, Any], Photo]:
        at = dt_util.utcnow()
        if chosen.entity_id is None:
            return await async_probe(self.hass, places(chosen.address, chosen.preset), chosen.login, at)
        camera = {"entity_id": chosen.entity_id}
        return camera, await capture(self.hass, camera, at)

    async def _photo_lacking(self, step: str) -> SubentryFlowResult | None:
        """Take a picture if there is none; where that fails, show the camera's form and come back to the step."""
        if self._photo is not None or not (errors := await self._take_photo()):
            return None
        self._ahead.add(step)
        camera = self._data[CONF_CAMERA]
        self._tried = {key: camera[key] for key in ("url", CONF_USERNAME, CONF_PASSWORD) if key in camera}
        return self._show_camera(camera_form(self._data), errors)
