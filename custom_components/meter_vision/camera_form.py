"""The form for name, camera and lamp, and how it becomes what is tried and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_URL, CONF_USERNAME, CONF_VERIFY_SSL
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import BooleanSelector, EntitySelector, EntitySelectorConfig
import voluptuous as vol
from yarl import URL

from .camera_presets import PRESETS, SEARCH, address_of
from .const import CONF_CAMERA
from .flow_fields import PASSWORD, TEXT, FormError, choice, number, section_of
from .flow_selectors import PageSelector
from .lighting import CONF_LIGHT, CONF_WARM_UP, WARM_UP
from .probe import Login

ADDRESS: Final = "address"
LAMP: Final = "lamp"
PRESET: Final = "preset"
PAGE: Final = "page"
_LONGEST_WARM_UP: Final = 60
_NOWHERE: Final = URL()
_NO_LOGIN: Final = Login()


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraChoice:
    """Where a person says that the pictures come from: an entity, or an address that is yet to be tried."""

    entity_id: str | None = None
    address: URL = _NOWHERE
    preset: str = SEARCH
    login: Login = _NO_LOGIN

    @property
    def remembered(self) -> dict[str, Any]:
        """What a further attempt must not ask for again."""
        return {CONF_URL: str(self.address), CONF_PASSWORD: self.login.password}


def camera_schema(*, address_open: bool, lamp_open: bool = False) -> vol.Schema:
    """Return the form that asks for name and camera."""
    address = vol.Schema(
        {
            vol.Optional(CONF_URL): TEXT,
            vol.Required(PRESET, default=SEARCH): choice((SEARCH, *(preset.key for preset in PRESETS)), PRESET),
            vol.Optional(CONF_USERNAME): TEXT,
            vol.Optional(CONF_PASSWORD): PASSWORD,
            vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
        }
    )
    lamp = vol.Schema(
        {
            vol.Optional(CONF_LIGHT): EntitySelector(EntitySelectorConfig(domain=["light", "switch"])),
            vol.Required(CONF_WARM_UP, default=WARM_UP.seconds): number(0, _LONGEST_WARM_UP, unit="s"),
        }
    )
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TEXT,
            vol.Optional(CONF_CAMERA): EntitySelector(EntitySelectorConfig(domain=["camera", "image"])),
            vol.Required(ADDRESS): section(address, {"collapsed": not address_open}),
            vol.Required(LAMP): section(lamp, {"collapsed": not lamp_open}),
            vol.Optional(PAGE): PageSelector(),
        }
    )


def camera_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the camera form shows for stored data; never the password."""
    camera = data.get(CONF_CAMERA, {})
    address = {key: camera[key] for key in (CONF_URL, CONF_USERNAME, CONF_VERIFY_SSL) if key in camera}
    form = {key: data[key] for key in (CONF_NAME,) if key in data} | {ADDRESS: address}
    if light := data.get(CONF_LIGHT):
        form[LAMP] = {CONF_LIGHT: light["entity"], CONF_WARM_UP: light[CONF_WARM_UP]}
    return form | ({CONF_CAMERA: camera["entity_id"]} if "entity_id" in camera else {})


def camera_choice(form: Mapping[str, Any], old: Mapping[str, Any]) -> CameraChoice:
    """Return the camera that a person chose, or raise FormError.

    A password left empty stays as it was, but only for the host it was entered for.
    """
    entity_id, address = form.get(CONF_CAMERA), section_of(form, ADDRESS)
    typed = (address.get(CONF_URL) or "").strip()
    if bool(entity_id) == bool(typed):
        raise FormError("camera_or_address")
    if entity_id:
        return CameraChoice(entity_id=entity_id)
    if (url := address_of(typed)) is None:
        raise FormError("camera_address_invalid")
    # Whoever puts the login into the address must not find the password in a form or a log later.
    username, password = address.get(CONF_USERNAME) or url.user or "", address.get(CONF_PASSWORD) or url.password or ""
    if ":" in username or (password and not username):
        raise FormError("camera_username")
    if username and not password and CONF_URL in old and URL(old[CONF_URL]).origin() == url.origin():
        password = old.get(CONF_PASSWORD) or ""
    login = Login(username=username, password=password, verify_ssl=address[CONF_VERIFY_SSL])
    return CameraChoice(address=url.with_user(None), preset=address[PRESET], login=login)


def is_unchanged(choice_made: CameraChoice, camera: Mapping[str, Any]) -> bool:
    """Return whether a choice is the camera that is stored."""
    if choice_made.entity_id is not None:
        return camera == {"entity_id": choice_made.entity_id}
    login = Login(
        username=camera.get(CONF_USERNAME, ""),
        password=camera.get(CONF_PASSWORD, ""),
        verify_ssl=camera.get(CONF_VERIFY_SSL, True),
    )
    return camera.get(CONF_URL) == str(choice_made.address) and login == choice_made.login


def light_data(form: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the lamp as it is stored, None for a meter without one."""
    lamp = section_of(form, LAMP)
    if not (entity_id := lamp.get(CONF_LIGHT)):
        return None
    return {"entity": entity_id, CONF_WARM_UP: lamp[CONF_WARM_UP]}
