"""Fills in a form as the server describes it, field by field, whatever step it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_SECTION: Final = "expandable"
_NOTHING: Final = object()


class MissingAnswerError(Exception):
    """The form asks for something that nobody has said."""


@dataclass(slots=True)
class Filled:
    """What goes back to the server."""

    data: dict[str, Any]
    used: set[str] = field(default_factory=set)
    """Answers that the form asked for."""
    postponed: set[str] = field(default_factory=set)
    """Answers that the form does not offer yet: another answer has to change the form first."""


def fill(schema: list[Mapping[str, Any]], answers: Mapping[str, Any]) -> Filled:
    """Fill in fields by name: from the answers (None: left empty), as suggested, or as usual."""
    filled = Filled({})
    for described in schema:
        name = described["name"]
        if described.get("type") == _SECTION:
            part = fill(described["schema"], answers)
            filled.data[name] = part.data
            filled.used |= part.used
            filled.postponed |= part.postponed
            continue
        value = _NOTHING
        if name in answers:
            filled.used.add(name)
            value = answers[name]
            if value is not None and not _offers(described, value):
                filled.postponed.add(name)
                value = _NOTHING
        if value is _NOTHING:
            value = suggested(described)
        if value is not None:
            filled.data[name] = value
        elif described.get("required"):
            raise MissingAnswerError(name)
    return filled


def suggested(described: Mapping[str, Any]) -> Any:
    """Return what a field is filled in with, None for nothing."""
    suggestion = (described.get("description") or {}).get("suggested_value")
    return described.get("default") if suggestion is None else suggestion


def fields(schema: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return all fields by name, those in sections too."""
    found: dict[str, Mapping[str, Any]] = {}
    for described in schema:
        if described.get("type") == _SECTION:
            found |= fields(described["schema"])
        else:
            found[described["name"]] = described
    return found


def _offers(described: Mapping[str, Any], value: Any) -> bool:
    """Whether a field takes a value: one of its options, where it has some."""
    select = (described.get("selector") or {}).get("select")
    if select is None or select.get("custom_value"):
        return True
    options = [option["value"] if isinstance(option, Mapping) else option for option in select.get("options", ())]
    return value in options
