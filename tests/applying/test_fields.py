"""The dialog's forms as they are now: scripts/meters answers every field, and answers nothing that nobody asks."""

from collections.abc import Iterator
from typing import Any

import pytest
import voluptuous as vol

from custom_components.meter_vision.camera_form import camera_schema
from custom_components.meter_vision.metering.models import MeterKind
from custom_components.meter_vision.register_form import register_schema
from custom_components.meter_vision.settings_form import confirm_schema, settings_schema
from custom_components.meter_vision.tariff_form import ALARMS_SCHEMA, tariff_schema
from custom_components.meter_vision.view_form import look_schema, picture_schema
from scripts.applying.answers import answers, register_answers
from scripts.applying.tariffs import tariff_answers
from scripts.meters_file.load import described

from .test_meters import METER, PRICES, tariff

WALKED = {"value", "value_2", "otherwise", "view", "page"}
"""What is answered on the way, or needs a browser."""
ELSEWHERE = {"gas", "hard_ceiling", "leak_hours"}
"""What belongs to a register and is asked for in another form, or not at all yet."""


def names(schema: Any) -> Iterator[str]:
    """Yield the fields of a form, those of its sections too."""
    for key, value in schema.schema.items():
        inner = getattr(value, "schema", None)
        if isinstance(inner, vol.Schema):
            yield from names(inner)
        else:
            yield str(key)


@pytest.fixture
def said() -> set[str]:
    meter = described(METER)
    return {*answers(meter, {"SECRET": "x"}), *register_answers(meter, 0)}


@pytest.mark.parametrize(
    "schema",
    [
        camera_schema(address_open=False),
        register_schema(MeterKind.WATER),
        look_schema("", ""),
        picture_schema(open_=False),
        confirm_schema(2, settings_schema([], []), with_energy=True),
        settings_schema([], [], collapsed=False),
        ALARMS_SCHEMA,
    ],
    ids=["camera", "register", "look", "picture", "confirm", "settings", "alarms"],
)
def test_every_field_is_answered(schema: Any, said: set[str]) -> None:
    asked = set(names(schema))
    assert asked
    assert asked - said - WALKED == set()


def test_every_field_of_a_tariff_is_answered() -> None:
    (said,) = tariff_answers(tariff(PRICES), None)
    assert set(names(tariff_schema({}))) == said.keys() - {"register"}


def test_nothing_else_is_answered(said: set[str]) -> None:
    forms = (camera_schema(address_open=False), register_schema(MeterKind.WATER), picture_schema(open_=False))
    asked = {name for form in forms for name in names(form)}
    asked |= set(names(confirm_schema(1, settings_schema([], []), with_energy=True)))
    assert said - asked - ELSEWHERE == set()
