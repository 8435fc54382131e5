"""The form that asks how a register is built, and how form and stored data become each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.data_entry_flow import Optional, section
from homeassistant.helpers.selector import BooleanSelector, DateSelector, ObjectSelector, ObjectSelectorConfig
import homeassistant.util.dt as dt_util
import voluptuous as vol

from .flow_fields import KIND, TEXT, choice, decimal_text, number, section_of
from .metering.catalogue import CATALOGUE
from .metering.description import MAX_POSITIONS, MAX_REGISTERS, describe_register
from .metering.models import MAIN, Display, MeterKind, Roll
from .metering.proposal_prompt import REGISTER_NAMES

RARE: Final = "rare"
ANOTHER: Final = "another"
_SHOWN: Final = ("unit", "display", "whole_digits", "decimals", "dials", "dial_decimals")
BACKWARDS: Final = "runs_backwards"
GAS: Final = "gas"
SINCE: Final = "from"
_RARE_FIELDS: Final = ("name", "label", "dial_directions", "roll", "multiplier", BACKWARDS)
ASKED: Final = frozenset((*_SHOWN, *_RARE_FIELDS, GAS))
"""What the form says of a register."""

_GAS_FACTORS: Final = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            SINCE: {"selector": DateSelector(), "required": True},
            "calorific_value": {"selector": TEXT, "required": True},
            "volume_correction": {"selector": TEXT},
        },
        multiple=True,
        label_field="calorific_value",
        description_field=SINCE,
        translation_key="gas_factor",
    )
)


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
    rare: dict[Any, Any] = {
        vol.Required("name"): choice(REGISTER_NAMES, "register", custom=True),
        vol.Optional("label"): TEXT,
        vol.Optional("dial_directions"): TEXT,
        vol.Required("roll"): choice([roll.value for roll in Roll], "roll"),
        vol.Required("multiplier"): TEXT,
        vol.Required(BACKWARDS, default=False): BooleanSelector(),
    }
    fields: dict[Any, Any] = {vol.Required(KIND): choice([kind.value for kind in MeterKind], KIND, dropdown=False)}
    fields |= {
        vol.Required("unit"): choice(CATALOGUE[kind].units, None),
        vol.Required("display"): choice([slug(display) for display in Display], "display"),
        Optional("whole_digits", visible=_shown_for(drums, both, lcd)): places,
        Optional("decimals", visible=_shown_for(drums, lcd)): places,
        Optional("dials", visible=_shown_for(both, dials)): places,
        Optional("dial_decimals", visible=_shown_for(dials)): places,
        Optional(GAS, visible={"field": KIND, "value": MeterKind.GAS.value}): _GAS_FACTORS,
        vol.Required(RARE): section(vol.Schema(rare), {"collapsed": place == 0}),
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
    if described[GAS]:
        form[GAS] = [{**factor, SINCE: _local_date(factor[SINCE])} for factor in described[GAS]]
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
    rare = section_of(form, RARE)
    texts = {key: text.strip() for key, text in rare.items() if isinstance(text, str) and text.strip()}
    if "multiplier" in texts:
        texts["multiplier"] = decimal_text(texts["multiplier"])
    factors = form.get(GAS, ()) if form.get(KIND) == MeterKind.GAS else ()
    return {
        "unit": form["unit"],
        "display": display.value,
        "whole_digits": whole_digits,
        **counts,
        **texts,
        BACKWARDS: rare.get(BACKWARDS, False),
        GAS: [_factor(factor) for factor in factors] or None,
    }


def _factor(form: Mapping[str, str]) -> dict[str, str]:
    """Return a gas factor that holds from the beginning of a local day on."""
    day = dt_util.parse_date(form[SINCE])
    since = form[SINCE] if day is None else dt_util.start_of_local_day(day).isoformat()
    numbers = {key: decimal_text(text) for key, text in form.items() if key != SINCE and text.strip()}
    return {SINCE: since, **numbers}


def _local_date(time: str) -> str:
    """Return the local day on which a stored factor begins."""
    return dt_util.as_local(datetime.fromisoformat(time)).date().isoformat()
