"""The form for what has good defaults: how often, by which model, within what limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TimeSelector,
)
import voluptuous as vol

from .const import (
    CONF_ESCALATE_TO,
    CONF_INTERVAL,
    CONF_MODEL,
    CONF_NORMAL,
    CONF_PAY_FOR_UNCHANGED,
    CONF_QUIET_HOURS,
    CONF_READER,
)
from .flow_fields import TEXT, FormError, decimal_text, number, section_of
from .metering.catalogue import CATALOGUE
from .metering.claude import ModelChoice
from .metering.description import MAX_REGISTERS
from .metering.models import Meter, Usage
from .metering.pricing import OwnPrices, cost

VALUE: Final = "value"
ENERGY: Final = "energy"
SCHEDULE: Final = "schedule"
READER: Final = "reader"
LIMITS: Final = "limits"
ADVANCED: Final = "advanced"
SHORTEST: Final = "shortest"
LONGEST: Final = "longest"
QUIET_FROM: Final = "quiet_from"
QUIET_UNTIL: Final = "quiet_until"
CEILING: Final = "hard_ceiling"
AS_ACCOUNT: Final = "account"
USUAL: Final = "stronger"
"""The model that the service has for further looks."""
SHORTEST_INTERVAL: Final = timedelta(minutes=1)
LONGEST_INTERVAL: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_MONTH: Final = timedelta(hours=730)
_DAY: Final = timedelta(days=1)
TYPICAL: Final = Usage(model="", input_tokens=1950, output_tokens=150)
"""Tokens of a reading where none has been counted yet: a picture, the question and the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOffer:
    """What a person can choose among: the models, with what a month of one of them would cost."""

    models: Sequence[ModelChoice]
    account_model: str
    usage: Usage = TYPICAL
    """Of one reading of this meter."""
    prices: OwnPrices
    """What a person says that models cost."""
    words: Mapping[str, str]
    """Texts of the options, from the translations."""

    def options(self, data: Mapping[str, Any]) -> list[SelectOptionDict]:
        """Return the options for a meter with these readings a month."""
        readings = readings_in_month(data)
        names = {model.id: model.name for model in self.models}
        chosen = data.get(CONF_READER, {}).get(CONF_MODEL)
        if chosen is not None:
            names.setdefault(chosen, chosen)
        ids = [(AS_ACCOUNT, self.account_model), *((name, name) for name in names)]
        return [
            SelectOptionDict(value=value, label=self._label(value, names.get(model, model), model, readings))
            for value, model in ids
        ]

    def escalation(self, data: Mapping[str, Any]) -> list[SelectOptionDict]:
        """Return the options for further looks, which are too few to be priced."""
        names = {USUAL: self.words.get(USUAL, USUAL), **{model.id: model.name for model in self.models}}
        if (chosen := data.get(CONF_READER, {}).get(CONF_ESCALATE_TO)) is not None:
            names.setdefault(chosen, chosen)
        return [SelectOptionDict(value=value, label=label) for value, label in names.items()]

    def _label(self, value: str, name: str, model: str, readings: int) -> str:
        spent = cost(replace(self.usage, model=model), self.prices)
        month = "" if spent is None else f"${spent * readings:.2f}"
        text = self.words.get("priced" if month else "unpriced", "{name} {cost}")
        priced = text.replace("{name}", name).replace("{cost}", month)
        return f"{self.words.get(AS_ACCOUNT, AS_ACCOUNT)}: {priced}" if value == AS_ACCOUNT else priced


def readings_in_month(data: Mapping[str, Any]) -> int:
    """Return how many routine readings a meter makes in a month."""
    interval = timedelta(seconds=data[CONF_INTERVAL][CONF_NORMAL])
    quiet = timedelta()
    if hours := data.get(CONF_QUIET_HOURS):
        begin, end = (timedelta(hours=at.hour, minutes=at.minute) for at in map(time.fromisoformat, hours))
        quiet = (end - begin) % _DAY
    return round(_MONTH * (1 - quiet / _DAY) / interval)


def confirm_schema(registers: int, settings: vol.Schema | None, *, with_energy: bool) -> vol.Schema:
    """Return the form that asks for the values on the meter and, for a new meter, shows what has good defaults."""
    fields: dict[Any, Any] = {vol.Required(value_field(place)): TEXT for place in range(registers)}
    if with_energy:
        fields[vol.Required(ENERGY, default=False)] = BooleanSelector()
    return vol.Schema(fields | (settings.schema if settings is not None else {}))


def value_field(place: int) -> str:
    """Return the field for the value of a meter's first, second ... register."""
    return VALUE if place == 0 else f"{VALUE}_{place + 1}"


VALUE_FIELDS: Final = tuple(value_field(place) for place in range(MAX_REGISTERS))


def settings_schema(
    options: list[SelectOptionDict], escalation: list[SelectOptionDict], *, collapsed: bool = True
) -> vol.Schema:
    """Return the form for everything with a good default; what hardly anybody changes is always collapsed."""
    shortest, longest = (span / _MINUTE for span in (SHORTEST_INTERVAL, LONGEST_INTERVAL))
    minutes = number(shortest, longest, unit="min")
    schedule = {
        vol.Required(CONF_INTERVAL): minutes,
        vol.Optional(QUIET_FROM): TimeSelector(),
        vol.Optional(QUIET_UNTIL): TimeSelector(),
    }
    model, stronger = (
        SelectSelector(SelectSelectorConfig(options=models, mode=SelectSelectorMode.DROPDOWN))
        for models in (options, escalation)
    )
    advanced = {
        vol.Optional(SHORTEST): minutes,
        vol.Optional(LONGEST): minutes,
        vol.Required(CONF_ESCALATE_TO, default=USUAL): stronger,
        vol.Required(CONF_PAY_FOR_UNCHANGED, default=False): BooleanSelector(),
    }
    sections = {
        SCHEDULE: schedule,
        READER: {vol.Required(CONF_MODEL, default=AS_ACCOUNT): model},
        LIMITS: {vol.Optional(CEILING): TEXT},
        ADVANCED: advanced,
    }
    return vol.Schema(
        {
            vol.Required(name): section(vol.Schema(fields), {"collapsed": collapsed or name == ADVANCED})
            for name, fields in sections.items()
        }
    )


def settings_form(data: Mapping[str, Any], meter: Meter) -> dict[str, Any]:
    """Return what is stored, or what is usual for the kind."""
    interval, reader = data.get(CONF_INTERVAL, {}), data.get(CONF_READER, {})
    schedule = {CONF_INTERVAL: interval.get(CONF_NORMAL, CATALOGUE[meter.kind].interval.total_seconds()) / 60}
    if hours := data.get(CONF_QUIET_HOURS):
        schedule |= dict(zip((QUIET_FROM, QUIET_UNTIL), hours, strict=True))
    advanced = {bound: interval[bound] / 60 for bound in (SHORTEST, LONGEST) if interval.get(bound)} | {
        CONF_ESCALATE_TO: reader.get(CONF_ESCALATE_TO, USUAL),
        CONF_PAY_FOR_UNCHANGED: data.get(CONF_PAY_FOR_UNCHANGED, False),
    }
    stored = meter.register.hard_ceiling
    ceiling = CATALOGUE[meter.kind].hard_ceilings[meter.register.unit] if stored is None else stored
    return {
        SCHEDULE: schedule,
        READER: {CONF_MODEL: reader.get(CONF_MODEL, AS_ACCOUNT)},
        LIMITS: {CEILING: f"{ceiling:f}"},
        ADVANCED: advanced,
    }


def settings_data(form: Mapping[str, Any], meter: Meter) -> dict[str, Any]:
    """Return the settings as they are stored, registers included; raise FormError."""
    schedule, limits, advanced = (section_of(form, name) for name in (SCHEDULE, LIMITS, ADVANCED))
    hours = [schedule.get(QUIET_FROM), schedule.get(QUIET_UNTIL)]
    if hours.count(None) == 1 or (hours[0] is not None and hours[0] == hours[1]):
        raise FormError("quiet_hours_incomplete")
    models = {
        CONF_MODEL: section_of(form, READER).get(CONF_MODEL, AS_ACCOUNT),
        CONF_ESCALATE_TO: advanced.get(CONF_ESCALATE_TO, USUAL),
    }
    return {
        CONF_INTERVAL: _interval(schedule[CONF_INTERVAL], advanced),
        CONF_QUIET_HOURS: None if None in hours else hours,
        CONF_READER: {key: model for key, model in models.items() if model not in (AS_ACCOUNT, USUAL)},
        CONF_PAY_FOR_UNCHANGED: advanced.get(CONF_PAY_FOR_UNCHANGED, False),
        CEILING: _ceiling(limits.get(CEILING) or "", meter),
    }


def _interval(normal: float, bounds: Mapping[str, Any]) -> dict[str, int]:
    """Return the time between readings and its bounds, where there are some, in seconds; from minutes."""
    minutes = {SHORTEST: bounds.get(SHORTEST), CONF_NORMAL: normal, LONGEST: bounds.get(LONGEST)}
    seconds = {key: round(span * 60) for key, span in minutes.items() if span}
    if list(seconds.values()) != sorted(seconds.values()):
        raise FormError("interval_order")
    return seconds


def _ceiling(typed: str, meter: Meter) -> str | None:
    """Return the highest use per hour as it is stored, None for the usual one of the kind."""
    if not (text := decimal_text(typed)):
        return None
    try:
        ceiling = Decimal(text)
    except InvalidOperation:
        raise FormError("layout_hard_ceiling") from None
    if not ceiling.is_finite() or ceiling <= 0:
        raise FormError("layout_hard_ceiling")
    usual = CATALOGUE[meter.kind].hard_ceilings[meter.register.unit]
    return None if meter.register.hard_ceiling is None and ceiling == usual else str(ceiling)
