"""The form that asks how a register is built, and how form and stored data become each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.data_entry_flow import Optional, section
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from .flow_fields import KIND, TEXT, choice, decimal_text, number, section_of
from .metering.catalogue import CATALOGUE
from .metering.description import MAX_POSITIONS, MAX_REGISTERS, describe_register
from .metering.models import MAIN, Display, MeterKind, Roll
from .metering.proposal_prompt import REGISTER_NAMES

RARE: Final = "rare"
ANOTHER: Final = "another"
_SHOWN: Final = ("unit", "display", "whole_digits", "decimals", "dials", "dial_decimals")
_RARE_FIELDS: Final = ("name", "label", "dial_directions", "roll", "multiplier")
ASKED: Final = frozenset((*_SHOWN, *_RARE_FIELDS))
"""What the form says of a register."""


def slug(display: Display) -> str:
    """Return a display as an option whose text can be translated."""
    return display.name.lower()


def _shown_for(*displays: Display) -> Any:
    """Return the condition that shows a field for some displays only."""
    return {"field": "display", "operator": "in", "value": [slug(display) for display in displays]}


def register_schema(kind: MeterKind, place: int = 0) -> vol.Schema:
    """Return the form that asks how a meter's first, second ... register is built; what does not apply is hidden."""
    drums, both, lcd, dials = Display.DRUMS, Display.DRUMS_AND_DIALS, Display.LCD, Display.DIALS
    places = number(0, MAX_POSITIONS)
    rare = vol.Schema(
        {
            vol.Required("name"): choice(REGISTER_NAMES, "register", custom=True),
            vol.Optional("label"): TEXT,
            vol.Optional("dial_directions"): TEXT,
            vol.Required("roll"): choice([roll.value for roll in Roll], "roll"),
            vol.Required("multiplier"): TEXT,
        }
    )
    fields: dict[Any, Any] = {vol.Required(KIND): choice([kind.value for kind in MeterKind], KIND, dropdown=False)}
    fields |= {
        vol.Required("unit"): choice(CATALOGUE[kind].units, None),
        vol.Required("display"): choice([slug(display) for display in Display], "display"),
        Optional("whole_digits", visible=_shown_for(drums, both, lcd)): places,
        Optional("decimals", visible=_shown_for(drums, lcd)): places,
        Optional("dials", visible=_shown_for(both, dials)): places,
        Optional("dial_decimals", visible=_shown_for(dials)): places,
        vol.Required(RARE): section(rare, {"collapsed": place == 0}),
    }
    if place < MAX_REGISTERS - 1:
        fields[vol.Required(ANOTHER, default=False)] = BooleanSelector()
    return vol.Schema(fields)


def register_form(stored: Mapping[str, Any], kind: MeterKind, place: int = 0) -> dict[str, Any]:
    """Return what the register form shows for a stored register, or for the one most meters of the kind have."""
    traits = CATALOGUE[kind]
    name = MAIN if place == 0 else REGISTER_NAMES[min(place + 1, len(REGISTER_NAMES) - 1)]
    described = {**describe_register(traits.default_register), "name": name} | {
        key: value for key, value in stored.items() if key != "unit" or value in traits.units
    }
    form = {key: described[key] for key in _SHOWN if described[key] is not None}
    form["display"] = slug(Display(form["display"]))
    rare = {key: described[key] for key in _RARE_FIELDS if described[key] is not None}
    return {KIND: kind.value, **form, RARE: rare}


def register_data(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain description of a register; fields that were hidden are as the display implies."""
    display = Display[form["display"].upper()]
    counts = {key: int(form.get(key, 0)) for key in ("decimals", "dials", "dial_decimals")}
    if display is Display.DRUMS_AND_DIALS:
        counts["dial_decimals"] = counts["dials"]
    whole_digits: int | None = int(form["whole_digits"]) if "whole_digits" in form else None
    if display is Display.DIALS:
        whole_digits = 0
    rare = {key: value.strip() for key, value in section_of(form, RARE).items() if value.strip()}
    if "multiplier" in rare:
        rare["multiplier"] = decimal_text(rare["multiplier"])
    return {"unit": form["unit"], "display": display.value, "whole_digits": whole_digits, **counts, **rare}
