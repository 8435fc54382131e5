"""How registers are built, and how they are not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.fixtures import Simulator

from .dialog import (
    WATER_REGISTER,
    MeterDialog,
    camera_form,
    to_register,
)


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({"whole_digits": 0}, {"base": "layout_wheels"}),
        ({"dials": 0}, {"dials": "layout_dials"}),
        ({"display": "dials", "dials": 2, "dial_decimals": 3}, {"dial_decimals": "layout_dial_decimals"}),
        ({"whole_digits": 9}, {"base": "layout_positions"}),
        ({"rare": {"roll": "late", "multiplier": "1", "dial_directions": "cw cw"}}, {"base": "layout_dial_directions"}),
        ({"rare": {"roll": "late", "multiplier": "1", "dial_directions": "left"}}, {"base": "layout_dial_directions"}),
        ({"rare": {"roll": "late", "multiplier": "0"}}, {"base": "layout_multiplier"}),
        ({"rare": {"roll": "late", "multiplier": "x"}}, {"base": "layout_multiplier"}),
        ({"rare": {"roll": "late", "multiplier": "1", "hard_ceiling": "-1"}}, {"base": "layout_hard_ceiling"}),
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
    assert dialog.step == "picture"


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
    await dialog.submit(camera_form(simulator) | {"kind": kind})
    rare = {"roll": "unknown", "multiplier": "0,5", "hard_ceiling": "2,5"}
    await dialog.submit({"unit": dialog.shown["unit"], "rare": rare, **form})
    assert dialog.step == "picture", dialog.flow
    await dialog.submit_shown(right=True)
    assert dialog.step in ("confirm", "reading_failed")
    if dialog.step == "reading_failed":
        await dialog.submit({"next": "confirm"})
    await dialog.submit({"value": "7", "interval": 1})
    (subentry,) = dialog.entry.subentries.values()
    register = subentry.data["registers"][0]
    assert tuple(register[key] for key in ("display", "whole_digits", "decimals", "dials", "dial_decimals")) == expected
    assert (register["multiplier"], register["hard_ceiling"]) == ("0.5", "2.5")
    assert subentry.data["crop"] is None
