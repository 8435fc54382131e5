"""The fields that several forms of the flows have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.helpers.selector import (
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

KIND: Final = "kind"
NEXT: Final = "next"
PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
URL_TEXT: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
TEXT: Final = TextSelector()


class FormError(Exception):
    """Fields that do not go together."""

    def __init__(self, key: str) -> None:
        """Keep the key of the message."""
        super().__init__(key)
        self.key = key


def choice(options: Sequence[str], key: str | None, *, dropdown: bool = True, custom: bool = False) -> SelectSelector:
    """Return a choice whose options are texts of the translation `key`, or stand for themselves."""
    mode = SelectSelectorMode.DROPDOWN if dropdown else SelectSelectorMode.LIST
    config = SelectSelectorConfig(options=list(options), mode=mode, custom_value=custom)
    return SelectSelector(config if key is None else {**config, "translation_key": key})


def number(low: float, high: float, *, unit: str | None = None, step: float = 1) -> NumberSelector:
    """Return a field for a number."""
    config = NumberSelectorConfig(min=low, max=high, step=step, mode=NumberSelectorMode.BOX)
    return NumberSelector(config if unit is None else {**config, "unit_of_measurement": unit})


def decimal_text(text: str) -> str:
    """Return a number as it was typed, with a point for the comma that many languages write."""
    return text.strip().replace(",", ".")


def section_of(form: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the fields of a section, none for one that was not sent."""
    fields: Mapping[str, Any] = form.get(name) or {}
    return fields
