"""Forms are filled in as the server describes them."""

from typing import Any

import pytest

from scripts.applying.form import MissingAnswerError, fill

SELECT: dict[str, Any] = {"name": "unit", "required": True, "selector": {"select": {"options": ["m³", {"value": "L"}]}}}


def text(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "selector": {"text": {}}, **more}


@pytest.mark.parametrize(
    ("described", "answers", "expected"),
    [
        (text("a", required=True), {"a": "1"}, {"a": "1"}),
        (text("a", optional=True), {}, {}),
        (text("a", optional=True, description={"suggested_value": "2"}), {}, {"a": "2"}),
        (text("a", optional=True, description={"suggested_value": "2"}), {"a": None}, {}),
        (text("a", required=True, default="3"), {}, {"a": "3"}),
        (text("a", required=True, default="3", description={"suggested_value": "2"}), {}, {"a": "2"}),
        (text("a", required=True, default=False), {}, {"a": False}),
        (SELECT, {"unit": "L"}, {"unit": "L"}),
        (
            {"name": "s", "type": "expandable", "required": True, "schema": [text("a", required=True)]},
            {"a": "1"},
            {"s": {"a": "1"}},
        ),
        ({"name": "s", "type": "expandable", "required": True, "schema": [text("a")]}, {}, {"s": {}}),
    ],
)
def test_fields(described: dict[str, Any], answers: dict[str, Any], expected: dict[str, Any]) -> None:
    assert fill([described], answers).data == expected


def test_what_is_not_offered_yet_waits() -> None:
    """Another kind of meter has other units, which the form shows only once it knows the kind."""
    filled = fill([{**SELECT, "description": {"suggested_value": "m³"}}], {"unit": "kWh"})
    assert filled.data == {"unit": "m³"}
    assert filled.postponed == {"unit"}
    own = {**SELECT, "selector": {"select": {"options": ["m³"], "custom_value": True}}}
    assert fill([own], {"unit": "kWh"}).data == {"unit": "kWh"}


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MissingAnswerError, match="a"):
        fill([text("a", required=True)], {})


def test_answers_that_were_asked_for_are_known() -> None:
    schema = [text("a"), {"name": "s", "type": "expandable", "schema": [text("b")]}]
    assert fill(schema, {"a": "1", "b": "2", "c": "3"}).used == {"a", "b"}
