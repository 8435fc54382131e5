"""Our schemas in the words of AI Task: what its providers make of them is what we asked for."""

from __future__ import annotations

from typing import Any

from homeassistant.helpers import llm
import probatio
import pytest

from custom_components.meter_vision.ai_task_structure import answer, structure
from custom_components.meter_vision.metering.answer import parse_answers
from custom_components.meter_vision.metering.models import Display, Register
from custom_components.meter_vision.metering.prompt import schema
from custom_components.meter_vision.metering.proposal_prompt import schema as proposal_schema

WATER = Register(unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=2, dials=2, dial_decimals=2)
DAY = Register(name="day", unit="kWh", display=Display.DRUMS, whole_digits=2)
NIGHT = Register(name="night", unit="kWh", display=Display.DRUMS, whole_digits=2)


def provided(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a provider's integration sends to its service."""
    converted: dict[str, Any] = probatio.to_openapi(structure(wanted), custom_serializer=llm.selector_serializer)
    return converted


def test_every_field_is_asked_for() -> None:
    for wanted in (schema([WATER]), schema([DAY, NIGHT]), proposal_schema()):
        given = provided(wanted)
        assert list(given["properties"]) == list(wanted["properties"])
        assert set(given["required"]) == set(wanted["required"])


def test_lists_and_choices_are_told() -> None:
    properties = provided(schema([WATER]))["properties"]
    assert properties["wheels"] == {"type": "array", "items": {"type": "string"}}
    assert properties["readable"] == {"type": "boolean"}
    assert "glare" in properties["problems"]["items"]["enum"]
    register = provided(schema([DAY, NIGHT]))["properties"]["register_2"]
    assert register["required"] == ["readable", "wheels", "dials"]
    others = provided(proposal_schema())["properties"]["other_registers"]
    assert others["items"]["properties"]["whole_digits"]["type"] == "number"


@pytest.mark.parametrize(
    ("wheels", "expected"),
    [(["1", "2.5"], (1.0, 2.5)), ([1, 2.5], (1.0, 2.5)), (["?", "3"], (None, 3.0)), (["3.0 ", "?"], (3.0, None))],
)
def test_texts_become_numbers_again(wheels: list[Any], expected: tuple[float | None, ...]) -> None:
    data = {"scene": "", "problems": [], "readable": True, "wheels": wheels, "dials": ["0", "9.9"]}
    observations = parse_answers(answer(data, schema([WATER])), [WATER])
    assert observations["main"].wheels == expected
    assert observations["main"].dials == (0.0, 9.9)


def test_registers_become_numbers_too() -> None:
    seen = {"readable": True, "wheels": ["1", "2"], "dials": []}
    data = {"scene": "", "problems": [], "register_1": seen, "register_2": {**seen, "wheels": ["?", "4"]}}
    observations = parse_answers(answer(data, schema([DAY, NIGHT])), [DAY, NIGHT])
    assert observations["day"].wheels == (1.0, 2.0)
    assert observations["night"].wheels == (None, 4.0)


@pytest.mark.parametrize("data", [None, "text", [], {"wheels": "12"}, {"wheels": [{}, True, None]}, {"readable": 1}])
def test_what_is_wrong_stays_wrong(data: object) -> None:
    assert answer(data, schema([WATER])) == data
