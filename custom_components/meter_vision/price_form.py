"""The form for what models cost, where a person pays something else than the list says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .const import CONF_MODEL
from .flow_fields import FormError
from .metering.pricing import OwnPrices, Price, price

INPUT: Final = "input"
OUTPUT: Final = "output"
_HIGHEST: Final = 10_000
"""US dollars per million tokens."""
_LONGEST_NAME: Final = 100


def price_schema(models: Iterable[str]) -> vol.Schema:
    """Return the form for one model's prices; without prices the list holds again."""
    config = SelectSelectorConfig(options=list(models), mode=SelectSelectorMode.DROPDOWN, custom_value=True)
    dollars = NumberSelector(
        NumberSelectorConfig(
            min=0, max=_HIGHEST, step="any", mode=NumberSelectorMode.BOX, unit_of_measurement="USD / 1M"
        )
    )
    return vol.Schema(
        {vol.Required(CONF_MODEL): SelectSelector(config), vol.Optional(INPUT): dollars, vol.Optional(OUTPUT): dollars}
    )


def changed_prices(own: OwnPrices, form: Mapping[str, Any], today: date) -> dict[str, dict[str, str]]:
    """Return a person's prices as they are stored, with those of one model as the form says; raise FormError."""
    model, prices = form[CONF_MODEL].strip(), [form.get(INPUT), form.get(OUTPUT)]
    if not model or len(model) > _LONGEST_NAME:
        raise FormError("price_model")
    if prices.count(None) == 1:
        raise FormError("price_incomplete")
    kept = {name: known.to_data() for name, known in own.items() if name != model}
    if None not in prices:
        dollars_in, dollars_out = (Decimal(str(each)) for each in prices)
        kept[model] = Price(dollars_in, dollars_out, today).to_data()
    return kept


def price_list(models: Iterable[str], own: OwnPrices) -> str:
    """Return what models cost at present, as lines of a page."""
    return "\n".join(f"- `{model}`: {_line(price(model, own))}" for model in models)


def _line(known: Price | None) -> str:
    return "?" if known is None else f"${known.input.normalize():f} / ${known.output.normalize():f} ({known.since})"
