"""The forms of the flows: what is asked in each step, and how form and stored data become each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from homeassistant.const import CONF_API_KEY, CONF_NAME, CONF_PASSWORD, CONF_URL, CONF_USERNAME, CONF_VERIFY_SSL
from homeassistant.data_entry_flow import Optional, section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from .const import CONF_BASE_URL, CONF_CAMERA, CONF_INTERVAL, CONF_NORMAL
from .metering.catalogue import CATALOGUE
from .metering.description import MAX_POSITIONS, describe_register
from .metering.models import Display, MeterKind, Roll

ADVANCED: Final = "advanced"
ADDRESS: Final = "address"
RARE: Final = "rare"
KIND: Final = "kind"
AUTH: Final = "auth"
RIGHT: Final = "right"
VALUE: Final = "value"
NEXT: Final = "next"
NEXT_STEPS: Final = ("reading", "picture", "register", "confirm")
SHORTEST_INTERVAL: Final = timedelta(minutes=1)
LONGEST_INTERVAL: Final = timedelta(days=1)

_WHOLE_PICTURE: Final = (0.0, 0.0, 1.0, 1.0)
_CROP_FIELDS: Final = ("left", "top", "width", "height")
_PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_URL: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_TEXT: Final = TextSelector()


class FormError(Exception):
    """Fields that do not go together."""

    def __init__(self, key: str) -> None:
        """Keep the key of the message."""
        super().__init__(key)
        self.key = key


def _choice(options: Sequence[str], key: str | None, *, dropdown: bool = True) -> SelectSelector:
    mode = SelectSelectorMode.DROPDOWN if dropdown else SelectSelectorMode.LIST
    config = SelectSelectorConfig(options=list(options), mode=mode)
    return SelectSelector(config if key is None else {**config, "translation_key": key})


def _number(low: float, high: float, *, unit: str | None = None, step: float = 1) -> NumberSelector:
    config = NumberSelectorConfig(min=low, max=high, step=step, mode=NumberSelectorMode.BOX)
    return NumberSelector(config if unit is None else {**config, "unit_of_measurement": unit})


def slug(display: Display) -> str:
    """Return a display as an option whose text can be translated."""
    return display.name.lower()


def _shown_for(*displays: Display) -> Any:
    """Return the condition that shows a field for some displays only."""
    return {"field": "display", "operator": "in", "value": [slug(display) for display in displays]}


def account_schema(*, key_required: bool, with_address: bool = True, advanced_open: bool = False) -> vol.Schema:
    """Return the form that asks for the API key and, folded away, another address of the API."""
    key = vol.Required(CONF_API_KEY) if key_required else vol.Optional(CONF_API_KEY)
    fields: dict[Any, Any] = {key: _PASSWORD}
    if with_address:
        address = vol.Schema({vol.Optional(CONF_BASE_URL): _URL})
        fields[vol.Required(ADVANCED)] = section(address, {"collapsed": not advanced_open})
    return vol.Schema(fields)


def account_address(text: str) -> str | None:
    """Return the address of an API without its last slash, None for what cannot be one."""
    address = _web_address(text)
    if address is None or address.user or address.query_string or address.fragment:
        return None
    return str(address).rstrip("/")


def _web_address(text: str) -> URL | None:
    try:
        address = URL(text.strip())
    except ValueError:
        return None
    return address if address.scheme in ("http", "https") and address.host else None


def camera_schema(*, address_open: bool) -> vol.Schema:
    """Return the form that asks for name, kind and where the pictures come from."""
    address = vol.Schema(
        {
            vol.Optional(CONF_URL): _URL,
            vol.Required(AUTH, default="none"): _choice(("none", "basic", "digest"), AUTH),
            vol.Optional(CONF_USERNAME): _TEXT,
            vol.Optional(CONF_PASSWORD): _PASSWORD,
            vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
        }
    )
    return vol.Schema(
        {
            vol.Required(CONF_NAME): _TEXT,
            vol.Required(KIND): _choice([kind.value for kind in MeterKind], KIND, dropdown=False),
            vol.Optional(CONF_CAMERA): EntitySelector(EntitySelectorConfig(domain=["camera", "image"])),
            vol.Required(ADDRESS): section(address, {"collapsed": not address_open}),
        }
    )


def camera_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the camera form shows for stored data; never the password."""
    camera = data.get(CONF_CAMERA, {})
    address = {key: camera[key] for key in (CONF_URL, AUTH, CONF_USERNAME, CONF_VERIFY_SSL) if key in camera}
    form = {key: data[key] for key in (CONF_NAME, KIND) if key in data} | {ADDRESS: address}
    return form | ({CONF_CAMERA: camera["entity_id"]} if "entity_id" in camera else {})


def camera_data(form: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the camera as it is stored, or raise FormError.

    A password left empty stays as it was, but only for the host it was entered for.
    """
    entity_id, address = form.get(CONF_CAMERA), form[ADDRESS]
    typed = (address.get(CONF_URL) or "").strip()
    if bool(entity_id) == bool(typed):
        raise FormError("camera_or_address")
    if entity_id:
        return {"entity_id": entity_id}
    if (url := _web_address(typed)) is None:
        raise FormError("camera_address_invalid")
    # Whoever puts the login into the address must not find the password in a form or a log later.
    username, password = address.get(CONF_USERNAME) or url.user, address.get(CONF_PASSWORD) or url.password
    auth = "basic" if address[AUTH] == "none" and url.user else address[AUTH]
    camera = {CONF_URL: str(url.with_user(None)), AUTH: auth, CONF_VERIFY_SSL: address[CONF_VERIFY_SSL]}
    if auth == "none":
        return camera
    if not username or ":" in username:
        raise FormError("camera_username")
    if not password and CONF_URL in old and URL(old[CONF_URL]).origin() == url.origin():
        password = old.get(CONF_PASSWORD)
    return camera | {CONF_USERNAME: username, CONF_PASSWORD: password or ""}


def register_schema(kind: MeterKind) -> vol.Schema:
    """Return the form that asks how the register is built; what does not apply to a display is hidden."""
    drums, both, lcd, dials = Display.DRUMS, Display.DRUMS_AND_DIALS, Display.LCD, Display.DIALS
    places = _number(0, MAX_POSITIONS)
    rare = vol.Schema(
        {
            vol.Optional("dial_directions"): _TEXT,
            vol.Required("roll"): _choice([roll.value for roll in Roll], "roll"),
            vol.Required("multiplier"): _TEXT,
            vol.Optional("hard_ceiling"): _TEXT,
        }
    )
    return vol.Schema(
        {
            vol.Required("unit"): _choice(CATALOGUE[kind].units, None),
            vol.Required("display"): _choice([slug(display) for display in Display], "display"),
            Optional("whole_digits", visible=_shown_for(drums, both, lcd)): places,
            Optional("decimals", visible=_shown_for(drums, lcd)): places,
            Optional("dials", visible=_shown_for(both, dials)): places,
            Optional("dial_decimals", visible=_shown_for(dials)): places,
            vol.Required(RARE): section(rare, {"collapsed": True}),
        }
    )


def register_form(stored: Mapping[str, Any] | None, kind: MeterKind) -> dict[str, Any]:
    """Return what the register form shows for a stored register, or for the one most meters of the kind have."""
    traits = CATALOGUE[kind]
    described = describe_register(traits.default_register) | {
        key: value for key, value in (stored or {}).items() if key != "unit" or value in traits.units
    }
    rare = ("dial_directions", "roll", "multiplier", "hard_ceiling")
    shown = ("unit", "display", "whole_digits", "decimals", "dials", "dial_decimals")
    form = {key: described[key] for key in shown if described[key] is not None}
    form["display"] = slug(Display(form["display"]))
    return form | {RARE: {key: described[key] for key in rare if described[key] is not None}}


def register_data(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain description of a register; fields that were hidden are as the display implies."""
    display = Display[form["display"].upper()]
    counts = {key: int(form.get(key, 0)) for key in ("decimals", "dials", "dial_decimals")}
    if display is Display.DRUMS_AND_DIALS:
        counts["dial_decimals"] = counts["dials"]
    whole_digits: int | None = int(form["whole_digits"]) if "whole_digits" in form else None
    if display is Display.DIALS:
        whole_digits = 0
    rare = {key: value.strip().replace(",", ".") for key, value in form[RARE].items() if value.strip()}
    return {"unit": form["unit"], "display": display.value, "whole_digits": whole_digits, **counts, **rare}


def picture_schema() -> vol.Schema:
    """Return the form that asks how the picture is turned and where the register is in it."""
    percent = _number(0, 100, unit="%", step=0.1)
    return vol.Schema(
        {
            vol.Required("rotation"): _number(-180, 360, unit="°", step=0.1),
            **{vol.Required(field): percent for field in _CROP_FIELDS},
            vol.Required(RIGHT, default=False): BooleanSelector(),
        }
    )


def picture_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the picture form shows for stored data."""
    parts = data.get("crop") or _WHOLE_PICTURE
    percent = {field: round(part * 100, 1) for field, part in zip(_CROP_FIELDS, parts, strict=True)}
    return {"rotation": data.get("rotation", 0), **percent}


def picture_data(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return rotation in degrees and crop as fractions, no crop for the whole picture."""
    crop = tuple(round(form[field] / 100, 4) for field in _CROP_FIELDS)
    return {"rotation": form["rotation"] % 360, "crop": None if crop == _WHOLE_PICTURE else list(crop)}


def failure_schema() -> vol.Schema:
    """Return the form that asks how to go on after a reading that failed."""
    return vol.Schema({vol.Required(NEXT, default=NEXT_STEPS[0]): _choice(NEXT_STEPS, NEXT, dropdown=False)})


def confirm_schema(*, with_interval: bool) -> vol.Schema:
    """Return the form that asks for the value on the meter and, for a new meter, the interval."""
    return vol.Schema({vol.Required(VALUE): _TEXT} | (interval_schema().schema if with_interval else {}))


def interval_schema() -> vol.Schema:
    """Return the form that asks for the minutes between two readings."""
    shortest, longest = (span / timedelta(minutes=1) for span in (SHORTEST_INTERVAL, LONGEST_INTERVAL))
    return vol.Schema({vol.Required(CONF_INTERVAL): _number(shortest, longest, unit="min")})


def interval_form(data: Mapping[str, Any], kind: MeterKind) -> dict[str, Any]:
    """Return the stored interval in minutes, or the usual one of the kind."""
    usual = CATALOGUE[kind].interval.total_seconds()
    return {CONF_INTERVAL: data.get(CONF_INTERVAL, {}).get(CONF_NORMAL, usual) / 60}


def interval_data(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the interval as it is stored, in seconds."""
    return {CONF_INTERVAL: {CONF_NORMAL: round(form[CONF_INTERVAL] * 60)}}
