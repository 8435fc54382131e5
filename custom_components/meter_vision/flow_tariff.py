"""The steps that change what a meter's use costs, and what is called odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import SubentryFlowResult
import homeassistant.util.dt as dt_util
import voluptuous as vol

from .flow_base import REGISTERS, MeterFlowBase
from .flow_fields import choice
from .flow_words import async_words
from .metering.tariff_description import TariffError, parse_tariff
from .tariff_form import ALARMS_SCHEMA, LEAK_HOURS, in_force, tariff_data, tariff_form, tariff_schema

REGISTER: Final = "register"
TARIFF: Final = "tariff"


class TariffSteps(MeterFlowBase):
    """Asks for prices and alarms, of one register at a time."""

    _priced = 0
    """Which register the prices are for."""

    async def async_step_tariff(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask which register the prices are for, where there are several."""
        names = [register["name"] for register in self._data[REGISTERS]]
        if len(names) > 1 and user_input is None:
            return self._show(TARIFF, register_schema(names), {}, {})
        self._priced = names.index(user_input[REGISTER]) if user_input else 0
        return await self.async_step_prices()

    async def async_step_prices(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what a unit of the register's consumption costs."""
        stored = self._data[REGISTERS][self._priced].get(TARIFF)
        register = self._meter.registers[self._priced]
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._data[REGISTERS][self._priced][TARIFF] = tariff_data(user_input, stored)
                return await self._async_go_on()
            except TariffError as err:
                errors = {"base": f"tariff_{err.placeholders['reason']}"}
                self._placeholders = {"where": err.placeholders["where"]}
        shown = user_input or tariff_form(stored, self.hass.config.currency, dt_util.now().date())
        return self._show(
            "prices",
            tariff_schema(await async_words(self.hass, "weekday")),
            shown,
            errors,
            unit=register.consumption_unit,
            known=await self._known(stored),
        )

    async def _known(self, stored: Mapping[str, Any] | None) -> str:
        """Return in words since when the latest prices hold."""
        words = await async_words(self.hass, "prices_known")
        since = None if stored is None else in_force(parse_tariff(stored))
        if since is None:
            return words.get("none" if stored is None else "always", "")
        return words.get("since", "{date}").replace("{date}", since)

    async def async_step_alarms(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask after how many hours without a standstill a leak is suspected."""
        if user_input is None:
            hours = self._data[REGISTERS][0].get(LEAK_HOURS)
            return self._show("alarms", ALARMS_SCHEMA, {} if hours is None else {LEAK_HOURS: hours}, {})
        hours = user_input.get(LEAK_HOURS)
        for register in self._data[REGISTERS]:
            register[LEAK_HOURS] = None if hours is None else int(hours)
        return await self._async_go_on()


def register_schema(names: list[str]) -> vol.Schema:
    """Return the form that asks for one of several registers."""
    return vol.Schema({vol.Required(REGISTER, default=names[0]): choice(names, None)})
