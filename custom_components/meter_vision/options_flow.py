"""Asks for the settings of an account that can be changed at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
import homeassistant.util.dt as dt_util
import voluptuous as vol

from .const import (
    CONF_AI_TASK,
    CONF_COST_BUDGET,
    CONF_JOURNAL_DAYS,
    CONF_JOURNAL_MEGABYTES,
    CONF_MONTHLY_LIMIT,
    CONF_PICTURES_IN_BACKUP,
    CONF_PRICES,
)
from .flow_fields import FormError
from .journal import JournalLimits
from .metering.budget import USUAL_LIMIT
from .metering.pricing import PRICES, OwnPrices, own_prices
from .price_form import changed_prices, price_list, price_schema

_MOST_DAYS: Final = 3650
_LEAST_MEGABYTES: Final = 10
_MOST_MEGABYTES: Final = 1_000_000
_WHOLE_NUMBERS: Final = (CONF_JOURNAL_DAYS, CONF_JOURNAL_MEGABYTES)


class MeterVisionOptionsFlow(OptionsFlow):
    """A menu of forms; each changes its own options and leaves the others alone."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be changed."""
        priced = [] if CONF_AI_TASK in self.config_entry.data else ["prices"]
        return self.async_show_menu(step_id="init", menu_options=["spending", *priced, "journal"])

    async def async_step_spending(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the most that may be spent in a month, on reading and on what is read; zero is no limit."""
        if user_input is not None:
            return self.async_create_entry(data={**self.config_entry.options, **user_input})
        options = self.config_entry.options
        shown = {
            CONF_MONTHLY_LIMIT: options.get(CONF_MONTHLY_LIMIT, float(USUAL_LIMIT)),
            CONF_COST_BUDGET: options.get(CONF_COST_BUDGET, 0),
        }
        return self.async_show_form(
            step_id="spending",
            data_schema=self.add_suggested_values_to_schema(spending_schema(self.hass.config.currency), shown),
        )

    async def async_step_prices(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what a model costs from now on, where that is not what the list says."""
        entry, errors = self.config_entry, {}
        own = own_prices(entry.options.get(CONF_PRICES, {}))
        if user_input is not None:
            try:
                prices = changed_prices(own, user_input, dt_util.now().date())
            except FormError as err:
                errors["base"] = err.key
            else:
                return self.async_create_entry(data={**entry.options, CONF_PRICES: prices})
        models = await self._models(own)
        return self.async_show_form(
            step_id="prices",
            data_schema=self.add_suggested_values_to_schema(price_schema(models), user_input),
            errors=errors,
            description_placeholders={"prices": price_list(models, own)},
        )

    async def _models(self, own: OwnPrices) -> list[str]:
        """Return the models whose prices may matter: those that can be chosen, or the list's, and the priced ones."""
        entry = self.config_entry
        loaded = entry.state is ConfigEntryState.LOADED
        offered = [model.id for model in await entry.runtime_data.account.async_models()] if loaded else []
        return list(dict.fromkeys([*(offered or PRICES), *own]))

    async def async_step_journal(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how much of the journal is kept."""
        if user_input is not None:
            whole = {key: int(user_input[key]) for key in _WHOLE_NUMBERS}
            return self.async_create_entry(data={**self.config_entry.options, **user_input, **whole})
        shown = journal_form(self.config_entry.options)
        return self.async_show_form(
            step_id="journal", data_schema=self.add_suggested_values_to_schema(journal_schema(), shown)
        )


def spending_schema(currency: str) -> vol.Schema:
    """Return the form for the monthly limit and the budget."""
    return vol.Schema(
        {
            vol.Required(CONF_MONTHLY_LIMIT): _money("USD", 10_000),
            vol.Required(CONF_COST_BUDGET, default=0): _money(currency, 10_000_000),
        }
    )


def journal_schema() -> vol.Schema:
    """Return the form for the journal."""
    return vol.Schema(
        {
            vol.Required(CONF_JOURNAL_DAYS): _number(1, _MOST_DAYS, "d"),
            vol.Required(CONF_JOURNAL_MEGABYTES): _number(_LEAST_MEGABYTES, _MOST_MEGABYTES, "MB"),
            vol.Required(CONF_PICTURES_IN_BACKUP): BooleanSelector(),
        }
    )


def journal_form(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form for the journal is filled in with."""
    limits = JournalLimits.of(options)
    return {
        CONF_JOURNAL_DAYS: limits.age.days,
        CONF_JOURNAL_MEGABYTES: limits.megabytes,
        CONF_PICTURES_IN_BACKUP: options.get(CONF_PICTURES_IN_BACKUP, True),
    }


def _money(currency: str, most: int) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(min=0, max=most, step=0.01, mode=NumberSelectorMode.BOX, unit_of_measurement=currency)
    )


def _number(least: int, most: int, unit: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(min=least, max=most, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement=unit)
    )
