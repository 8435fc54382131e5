"""How registers are built, and how they are not."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.meter_vision.metering.models import MeterKind
from custom_components.meter_vision.register_form import register_data, register_form, register_schema
from tests.simulator.fixtures import Simulator

from .dialog import (
    WATER_REGISTER,
    MeterDialog,
    to_register,
)

RARE = WATER_REGISTER["rare"]


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({"whole_digits": 0}, {"base": "layout_wheels"}),
        ({"dials": 0}, {"dials": "layout_dials"}),
        ({"display": "dials", "dials": 2, "dial_decimals": 3}, {"dial_decimals": "layout_dial_decimals"}),
        ({"whole_digits": 9}, {"base": "layout_positions"}),
        ({"rare": RARE | {"dial_directions": "cw cw"}}, {"base": "layout_dial_directions"}),
        ({"rare": RARE | {"dial_directions": "left"}}, {"base": "layout_dial_directions"}),
        ({"rare": RARE | {"multiplier": "0"}}, {"base": "layout_multiplier"}),
        ({"rare": RARE | {"multiplier": "x"}}, {"base": "layout_multiplier"}),
        ({"rare": RARE | {"name": "x" * 41}}, {"base": "layout_name"}),
        ({"rare": RARE | {"label": "x" * 41}}, {"base": "layout_label"}),
    ],
)
async def test_registers_that_no_meter_has(
    dialog: MeterDialog, simulator: Simulator, form: dict[str, Any], errors: dict[str, str]
) -> None:
    await to_register(dialog, simulator)
    wrong = WATER_REGISTER | form
    await dialog.submit(wrong)
    assert (dialog.step, dialog.flow["errors"]) == ("register", errors)
    assert dialog.errors
    assert dialog.shown["rare"] == wrong["rare"]
    await dialog.submit(WATER_REGISTER)
    assert dialog.step == "confirm"


async def test_drums_need_their_number(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_register(dialog, simulator)
    await dialog.submit({key: value for key, value in WATER_REGISTER.items() if key != "whole_digits"})
    assert dialog.errors == ["layout_whole_digits"]


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        ("gas", {"display": "lcd", "decimals": 3}, ("lcd", None, 3, 0, 0)),
        ("electricity", {"display": "dials", "dials": 5}, ("dials", 0, 0, 5, 0)),
        # What a display does not have is hidden, whatever stood there before.
        ("gas", {"display": "drums", "whole_digits": 5, "decimals": 3, "dials": 4}, ("drums", 5, 3, 0, 0)),
        (
            "water",
            {"display": "drums_and_dials", "whole_digits": 4, "decimals": 1, "dials": 4},
            ("drums and dials", 4, 0, 4, 4),
        ),
    ],
)
async def test_every_display(
    dialog: MeterDialog, simulator: Simulator, kind: str, form: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    await to_register(dialog, simulator)
    rare = {"name": "main", "roll": "unknown", "multiplier": "0,5"}
    wanted = {"kind": kind, "unit": dialog.shown["unit"], "rare": rare, "another": False, **form}
    await dialog.submit(wanted)
    if kind == "electricity":
        # Another kind counts in other units, which are seen before they are taken.
        assert (dialog.step, dialog.errors, dialog.shown["unit"]) == ("register", [], "kWh")
        await dialog.submit(wanted | {"unit": "kWh"})
    assert dialog.step in ("confirm", "reading_failed"), dialog.flow
    if dialog.step == "reading_failed":
        await dialog.submit({"next": "confirm"})
    await dialog.submit_shown(value="7")
    (subentry,) = dialog.entry.subentries.values()
    register = subentry.data["registers"][0]
    assert tuple(register[key] for key in ("display", "whole_digits", "decimals", "dials", "dial_decimals")) == expected
    assert register["multiplier"] == "0.5"


async def test_day_and_night(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_register(dialog, simulator)
    await dialog.submit(WATER_REGISTER | {"rare": RARE | {"name": "day"}, "another": True})
    assert (dialog.step, dialog.errors, dialog.shown["rare"]["name"]) == ("register", [], "night")
    assert dialog.flow["description_placeholders"]["number"] == "2"
    night = WATER_REGISTER | {"display": "drums", "whole_digits": 5}
    await dialog.submit(night | {"rare": RARE | {"name": "Day"}})
    assert dialog.errors == ["layout_register_names"]
    await dialog.submit(night | {"rare": RARE | {"name": "night", "label": "1.8.2"}})
    # The simulated meter has only one register, so a person types what stands on the other.
    if dialog.step == "reading_failed":
        await dialog.submit({"next": "confirm"})
    assert dialog.step == "confirm", dialog.flow
    assert set(dialog.shown) >= {"value", "value_2"}
    assert dialog.flow["description_placeholders"].items() >= {"register_1": "day", "register_2": "night"}.items()
    await dialog.submit_shown(value="530", value_2="x")
    assert dialog.flow["errors"] == {"value_2": "value_not_a_number"}
    await dialog.submit_shown(value="530", value_2="71")
    (subentry,) = dialog.entry.subentries.values()
    initials = {register["name"]: register["initial"]["value"] for register in subentry.data["registers"]}
    assert initials == {"day": "530.0000", "night": "71"}
    assert [register["label"] for register in subentry.data["registers"]] == ["", "1.8.2"]
    await dialog.reconfigure("register")
    assert (dialog.shown["another"], dialog.shown["rare"]["name"]) == (True, "day")
    # What there is no longer is taken off.
    await dialog.submit_shown(another=False)
    if dialog.step == "reading_failed":
        await dialog.submit({"next": "confirm"})
    await dialog.submit_shown(value="530")
    (subentry,) = dialog.entry.subentries.values()
    assert [register["name"] for register in subentry.data["registers"]] == ["day"]


def test_forms_at_their_edges() -> None:
    asked = [{str(key) for key in register_schema(MeterKind.WATER, place).schema} for place in (4, 5)]
    assert [("another" in fields) for fields in asked] == [True, False]
    # What is blanked out is as usual.
    assert "multiplier" not in register_data(WATER_REGISTER | {"rare": RARE | {"multiplier": " "}})


async def test_gas_as_heat_and_running_backwards(
    hass: HomeAssistant, dialog: MeterDialog, simulator: Simulator
) -> None:
    """Factors begin with a local day, and come back as that day; a wrong one is said."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await to_register(dialog, simulator)
    factors = [{"from": "2026-11-01", "calorific_value": "11,2", "volume_correction": "0.95"}]
    gas = WATER_REGISTER | {"kind": "gas", "display": "lcd", "decimals": 3, "rare": RARE | {"runs_backwards": True}}
    await dialog.submit(gas | {"gas": [{"from": "2026-11-01", "calorific_value": "0"}]})
    assert (dialog.step, dialog.flow["errors"]) == ("register", {"gas": "layout_gas"})
    await dialog.submit(gas | {"gas": factors})
    assert dialog.step == "confirm"
    await dialog.submit_shown(value="7")
    (meter,) = dialog.entry.subentries.values()
    (register,) = meter.data["registers"]
    assert register["runs_backwards"] is True
    assert register["gas"] == [
        {"from": "2026-10-31T23:00:00+00:00", "calorific_value": "11.2", "volume_correction": "0.95"}
    ]
    assert register_form(register, MeterKind.GAS)["gas"][0]["from"] == "2026-11-01"
    assert hass.states.get("sensor.water_main_consumption").attributes["unit_of_measurement"] == "kWh"
