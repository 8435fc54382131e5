"""Answers that keep to the schema and the layout, and answers that do not."""

from contextlib import suppress
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.answer import parse_answer, parse_answer_text
from custom_components.meter_vision.metering.errors import AnswerError, PositionCountError
from custom_components.meter_vision.metering.models import Display, Observation, Register

REGISTER = Register(unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=2, dials=1, dial_decimals=1)
LCD = Register(unit="kWh", display=Display.LCD, whole_digits=3, decimals=1)
OPEN_LCD = Register(unit="kWh", display=Display.LCD, whole_digits=None, decimals=1)
GOOD = {"scene": "sharp", "problems": ["glare"], "readable": True, "wheels": [0, 9.9], "dials": ["?"]}


def test_good_answer() -> None:
    expected = Observation(wheels=(0.0, 9.9), dials=(None,), readable=True, scene="sharp", problems=("glare",))
    assert parse_answer(GOOD, REGISTER) == expected
    assert parse_answer_text(json.dumps(GOOD), [REGISTER]) == {"main": expected}


def test_unreadable_answer_may_leave_positions_out() -> None:
    answer = {"scene": "black", "problems": [], "readable": False, "wheels": [], "dials": []}
    assert parse_answer(answer, REGISTER).readable is False


@pytest.mark.parametrize(
    "change",
    [
        {"wheels": [0, 10]},
        {"wheels": [0, -0.1]},
        {"wheels": [0, True]},
        {"wheels": [0, None]},
        {"wheels": [0, "7"]},
        {"wheels": [0, float("nan")]},
        {"wheels": "07"},
        {"wheels": {"0": 1}},
        {"dials": None},
        {"readable": "yes"},
        {"readable": None},
        {"scene": 3},
        {"problems": [1]},
        {"problems": "glare"},
    ],
)
def test_answer_that_breaks_the_schema(change: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        parse_answer(GOOD | change, REGISTER)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "12", '"x"', '{"readable": true}', "[" * 100_000])
def test_text_that_is_no_answer(text: str) -> None:
    with pytest.raises(AnswerError):
        parse_answer_text(text, [REGISTER])


@pytest.mark.parametrize(
    ("register", "change", "expected", "found"),
    [
        (REGISTER, {"wheels": [1]}, "2", "1"),
        (REGISTER, {"wheels": [1, 2, 3]}, "2", "3"),
        (REGISTER, {"dials": []}, "1", "0"),
        (OPEN_LCD, {"wheels": [1], "dials": []}, "more than 1", "1"),
    ],
)
def test_digits_that_do_not_fit_the_layout(
    register: Register, change: dict[str, Any], expected: str, found: str
) -> None:
    with pytest.raises(PositionCountError) as error:
        parse_answer(GOOD | change, register)
    assert error.value.placeholders == {"expected": expected, "found": found}


def test_a_display_digit_is_whole() -> None:
    with pytest.raises(AnswerError):
        parse_answer(GOOD | {"wheels": [1, 2, 3.5, 4], "dials": []}, LCD)
    assert parse_answer(GOOD | {"wheels": [1, 2, 3.0, 4], "dials": []}, LCD).wheels == (1.0, 2.0, 3.0, 4.0)


def test_long_texts_are_cut() -> None:
    assert len(parse_answer(GOOD | {"scene": "x" * 10_000}, REGISTER).scene) == 500


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*GOOD]), inner, max_size=5),
    max_leaves=12,
)


@given(json_values)
def test_anything_is_an_observation_or_an_answer_error(value: object) -> None:
    with suppress(AnswerError):
        assert isinstance(parse_answer(value, REGISTER), Observation)


@given(st.text(max_size=40))
def test_any_text_is_an_observation_or_an_answer_error(text: str) -> None:
    with suppress(AnswerError):
        assert isinstance(parse_answer_text(text, [REGISTER])["main"], Observation)
