"""The schemas of our questions in the words of AI Task, and its answers in ours.

AI Task describes what it wants by Home Assistant's selectors, which know no list of numbers. Such lists are asked for
as texts, and made numbers again before the strict parsing that every answer goes through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.helpers.selector import selector
import voluptuous as vol

type JsonSchema = Mapping[str, Any]


def structure(schema: JsonSchema) -> vol.Schema:
    """Return an object's JSON schema as a structure that AI Task understands."""
    return vol.Schema({vol.Required(key): selector(_selector(part)) for key, part in schema["properties"].items()})


def _selector(schema: JsonSchema) -> dict[str, Any]:
    kind = schema.get("type")
    if kind == "array":
        return _selector_of_list(schema["items"])
    if kind == "object":
        return {"object": {"fields": _fields(schema)}}
    if kind == "boolean":
        return {"boolean": {}}
    if kind in ("integer", "number"):
        return {"number": {"mode": "box", "step": 1 if kind == "integer" else "any"}}
    if "enum" in schema:
        return {"select": {"options": list(schema["enum"])}}
    return {"text": {}}


def _selector_of_list(items: JsonSchema) -> dict[str, Any]:
    if items.get("type") == "object":
        return {"object": {"fields": _fields(items), "multiple": True}}
    if "enum" in items:
        return {"select": {"options": list(items["enum"]), "multiple": True}}
    return {"text": {"multiple": True}}


def _fields(schema: JsonSchema) -> dict[str, Any]:
    return {key: {"selector": _selector(part), "required": True} for key, part in schema["properties"].items()}


def answer(data: object, schema: JsonSchema) -> object:
    """Return what AI Task generated with numbers where the schema has them; whatever else is wrong stays wrong."""
    kind = schema.get("type")
    if kind == "object" and isinstance(data, Mapping):
        properties = schema["properties"]
        return {key: answer(value, properties[key]) if key in properties else value for key, value in data.items()}
    if kind == "array" and isinstance(data, list | tuple):
        return [answer(value, schema["items"]) for value in data]
    if kind in {"integer", "number"} or "anyOf" in schema:
        return _number(data, whole=kind == "integer")
    return data


def _number(data: object, *, whole: bool) -> object:
    if isinstance(data, bool) or not isinstance(data, str | int | float):
        return data
    try:
        number = float(data)
    except ValueError:
        return data
    return int(number) if whole and number.is_integer() else number
