"""Which JSON schemas structured output takes.

The documented rules, and two of the project's: every property is required, and nothing is taken that the documentation
does not name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .errors import ApiError, bad_request, refuse

_AT: Final = "output_config.format.schema"
_COMMON: Final = frozenset(("description", "title", "default", "enum", "const"))
_BY_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "object": frozenset(("properties", "required", "additionalProperties")),
    "array": frozenset(("items", "minItems")),
    "string": frozenset(("format",)),
    "integer": frozenset(),
    "number": frozenset(),
    "boolean": frozenset(),
    "null": frozenset(),
}
_FORMATS: Final = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
)
_DEEPEST: Final = 12


def check_schema(schema: object) -> None:
    """Raise the API's error for a schema it would refuse."""
    if not isinstance(schema, Mapping):
        refuse(f"{_AT}: Input should be a valid dictionary")
    if schema.get("type") != "object":
        refuse(f"{_AT}: the root must be of type 'object'")
    for problem in _problems(schema, _AT, 0):
        raise problem


def _problems(schema: object, at: str, depth: int) -> Iterator[ApiError]:
    """Yield what is wrong with a schema and those inside it."""
    if not isinstance(schema, Mapping):
        yield bad_request(f"{at}: Input should be a valid dictionary")
        return
    if depth > _DEEPEST:
        yield bad_request(f"{at}: schema is nested too deeply")
        return
    if "anyOf" in schema:
        yield from _unknown(schema, frozenset(("anyOf",)), at)
        for index, choice in enumerate(schema["anyOf"]):
            yield from _problems(choice, f"{at}.anyOf.{index}", depth + 1)
        return
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _BY_TYPE:
        yield bad_request(f"{at}: 'type' is missing or not supported")
        return
    yield from _unknown(schema, _BY_TYPE[kind] | {"type"}, at)
    yield from _enum(schema, at)
    if kind == "object":
        yield from _object(schema, at, depth)
    elif kind == "array":
        yield from _array(schema, at, depth)
    elif schema.get("format", "date") not in _FORMATS:
        yield bad_request(f"{at}: string format '{schema['format']}' is not supported")


def _unknown(schema: Mapping[str, Any], known: frozenset[str], at: str) -> Iterator[ApiError]:
    kind = schema.get("type", "anyOf")
    for keyword in sorted(set(schema) - known - _COMMON):
        yield bad_request(f"{at}: For '{kind}' type, property '{keyword}' is not supported")


def _enum(schema: Mapping[str, Any], at: str) -> Iterator[ApiError]:
    values = schema.get("enum", [None])
    if not isinstance(values, list) or not values or any(isinstance(value, list | dict) for value in values):
        yield bad_request(f"{at}: 'enum' must be a list of strings, numbers, booleans or nulls")


def _object(schema: Mapping[str, Any], at: str, depth: int) -> Iterator[ApiError]:
    properties = schema.get("properties")
    if schema.get("additionalProperties") is not False:
        yield bad_request(f"{at}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    if not isinstance(properties, Mapping) or not properties:
        yield bad_request(f"{at}: For 'object' type, 'properties' must not be empty")
        return
    if list(schema.get("required", ())) != list(properties):
        yield bad_request(f"{at}: 'required' must name every property, in their order")
    for name, inner in properties.items():
        yield from _problems(inner, f"{at}.properties.{name}", depth + 1)


def _array(schema: Mapping[str, Any], at: str, depth: int) -> Iterator[ApiError]:
    if schema.get("minItems", 0) not in (0, 1):
        yield bad_request(f"{at}: For 'array' type, 'minItems' values other than 0 or 1 are not supported")
    if "items" not in schema:
        yield bad_request(f"{at}: For 'array' type, 'items' is missing")
        return
    yield from _problems(schema["items"], f"{at}.items", depth + 1)
