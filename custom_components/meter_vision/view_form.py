"""The forms for how the picture lies: with the selector of our own, and with stock fields where a page lacks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from .flow_fields import number, section_of
from .flow_selectors import ViewSelector

VIEW: Final = "view"
MOVE: Final = "move"
OTHERWISE: Final = "otherwise"
"""The wish to correct what was found."""
_WHOLE_PICTURE: Final = (0.0, 0.0, 1.0, 1.0)
_CROP_FIELDS: Final = ("left", "top", "width", "height")


def look_schema(image: str, prepared: str) -> vol.Schema:
    """Return the form in which the picture is turned and the box is drawn."""
    return vol.Schema(
        {
            vol.Required(VIEW): ViewSelector({"image": image, "prepared": prepared}),
            vol.Required(OTHERWISE, default=False): BooleanSelector(),
        }
    )


def look_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the selector shows for stored data."""
    crop = data.get("crop")
    return {VIEW: {"rotation": data.get("rotation", 0), "crop": None if crop is None else list(crop)}}


def look_data(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return rotation in degrees and crop as fractions, no crop for the whole picture."""
    view = form[VIEW]
    crop = tuple(round(part, 4) for part in view["crop"] or _WHOLE_PICTURE)
    return {"rotation": view["rotation"] % 360, "crop": None if crop == _WHOLE_PICTURE else list(crop)}


def picture_schema(*, open_: bool) -> vol.Schema:
    """Return the form that asks the same in numbers."""
    percent = number(0, 100, unit="%", step=0.1)
    fields = {vol.Required("rotation"): number(-180, 360, unit="°", step=0.1)}
    fields |= {vol.Required(name): percent for name in _CROP_FIELDS}
    return vol.Schema(
        {
            vol.Required(MOVE): section(vol.Schema(fields), {"collapsed": not open_}),
            vol.Required(OTHERWISE, default=False): BooleanSelector(),
        }
    )


def picture_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the numbers are for stored data."""
    parts = data.get("crop") or _WHOLE_PICTURE
    percent = {name: round(part * 100, 1) for name, part in zip(_CROP_FIELDS, parts, strict=True)}
    return {MOVE: {"rotation": data.get("rotation", 0), **percent}}


def picture_data(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return rotation in degrees and crop as fractions, no crop for the whole picture."""
    move = section_of(form, MOVE)
    crop = tuple(round(move[name] / 100, 4) for name in _CROP_FIELDS)
    return {"rotation": move["rotation"] % 360, "crop": None if crop == _WHOLE_PICTURE else list(crop)}
