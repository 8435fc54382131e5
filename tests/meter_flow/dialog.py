"""What the tests of both flows share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
import voluptuous as vol

from custom_components.meter_vision.const import SUBENTRY_METER
from tests.simulator.fixtures import Simulator
from tests.simulator.meters import METERS

_TEXTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "custom_components/meter_vision/translations/en.json").read_text(encoding="utf-8")
)
_PLACEHOLDER = re.compile(r"{(\w+)}")

VALUE = "530.0708"
"""What the water meter shows while a dialog is open."""
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""A moment of daylight, in which the camera sees colours."""
WATER_REGISTER: dict[str, Any] = {
    "kind": "water",
    "unit": "m³",
    "display": "drums_and_dials",
    "whole_digits": 5,
    "dials": 4,
    "rare": {"name": "main", "roll": "late", "multiplier": "1", "runs_backwards": False},
    "another": False,
}
_ROTATION, _CROP = METERS["water"].rotation, METERS["water"].crop
WATER_VIEW: dict[str, Any] = {"rotation": _ROTATION, "crop": list(_CROP)}
WATER_LOOK: dict[str, Any] = {"view": {**WATER_VIEW, "ui": True}, "otherwise": False}
"""What the page makes of the box as a person would draw it."""
WATER_NUMBERS: dict[str, Any] = {
    "rotation": _ROTATION,
    **{name: round(part * 100, 1) for name, part in zip(("left", "top", "width", "height"), _CROP, strict=True)},
}
"""The same as numbers, for pages that know no selector of ours."""
SETTINGS: dict[str, Any] = {
    "schedule": {"interval": 15},
    "reader": {"model": "account"},
    "limits": {"hard_ceiling": "5"},
    "advanced": {"escalate_to": "stronger", "pay_for_unchanged": False},
}


def hold(simulator: Simulator, value: str) -> None:
    """Let the water meter stand still at a value, its last pointer halfway to the next figure."""
    simulator.hold("water", value=value + "5", time=NOON)


def address(**fields: Any) -> dict[str, Any]:
    """Return the section of the camera's form with these fields filled in."""
    return {"preset": "search", "verify_ssl": True, **fields}


def camera_form(simulator: Simulator, path: str = "water/snapshot.jpg", **fields: Any) -> dict[str, Any]:
    """Return the camera's form filled in for the simulator's water meter, in a page that draws our selectors."""
    return {"name": "Water main", "page": True, **with_camera(simulator, path, **fields)}


def with_camera(simulator: Simulator, path: str = "water/snapshot.jpg", **fields: Any) -> dict[str, Any]:
    """Return the fields about the camera, with no lamp."""
    return {"address": address(url=f"{simulator.camera_url}/{path}", **fields), "lamp": {"warm_up": 3}}


def messages(part: str, flow: Mapping[str, Any]) -> list[str]:
    """Return the errors of a form; each must have a text, and the form every placeholder of it and of the form."""
    texts = _TEXTS[part] if part == "config" else _TEXTS["config_subentries"]["meter"]
    shown = [texts["error"][error] for error in flow["errors"].values()]
    shown.append(texts["step"][flow["step_id"]].get("description", ""))
    needed = {name for text in shown for name in _PLACEHOLDER.findall(text)}
    assert needed <= set(flow["description_placeholders"] or ()), flow
    return list(flow["errors"].values())


class MeterDialog:
    """A person in front of the dialog of a meter."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Open nothing yet."""
        self._hass = hass
        self.entry = entry
        self.flow: Mapping[str, Any] = {}

    @property
    def step(self) -> str:
        """The step that is shown."""
        return str(self.flow["step_id"])

    @property
    def done(self) -> bool:
        """Whether the dialog has ended."""
        return self.flow["type"] in (FlowResultType.CREATE_ENTRY, FlowResultType.ABORT)

    @property
    def shown(self) -> dict[str, Any]:
        """What the fields are filled in with, sections included."""
        return _suggested(self.flow["data_schema"])

    @property
    def errors(self) -> list[str]:
        """The errors that are shown, each of which has a text."""
        return messages("config_subentries", self.flow)

    async def add(self) -> None:
        """Press "Add meter"."""
        handler = (self.entry.entry_id, SUBENTRY_METER)
        self.flow = await self._hass.config_entries.subentries.async_init(handler, context={"source": "user"})

    async def reconfigure(self, choice: str | None = None, subentry_id: str | None = None) -> None:
        """Press "Reconfigure" of a meter, the only one unless told, and choose from the menu."""
        subentry_id = subentry_id or next(iter(self.entry.subentries))
        self.flow = await self.entry.start_subentry_reconfigure_flow(self._hass, subentry_id)
        if choice is not None:
            await self.submit({"next_step_id": choice})

    async def submit(self, form: Mapping[str, Any] | None = None) -> None:
        """Fill in the form and press the button; wait where the dialog shows progress."""
        manager = self._hass.config_entries.subentries
        self.flow = await manager.async_configure(self.flow["flow_id"], None if form is None else dict(form))
        while self.flow["type"] is FlowResultType.SHOW_PROGRESS:
            assert self.flow["progress_action"] in _TEXTS["config_subentries"]["meter"]["progress"]
            await self._hass.async_block_till_done()
            self.flow = await manager.async_configure(self.flow["flow_id"])
        if self.done:
            # A new or changed meter is read in the background.
            await self._hass.async_block_till_done(wait_background_tasks=True)

    async def submit_shown(self, **changes: Any) -> None:
        """Submit the form as it is filled in, with changes."""
        await self.submit({key: value for key, value in self.shown.items() if value is not None} | changes)

    def close(self) -> None:
        """Close the dialog before its end."""
        self._hass.config_entries.subentries.async_abort(self.flow["flow_id"])


def _suggested(schema: vol.Schema) -> dict[str, Any]:
    shown = {}
    for key, value in schema.schema.items():
        default = None if isinstance(key.default, vol.Undefined) else key.default()
        suggestion = (key.description or {}).get("suggested_value", default)
        shown[str(key)] = _suggested(value.schema) if isinstance(value, section) else suggestion
    return {key: value for key, value in shown.items() if value is not None}


async def to_look(dialog: MeterDialog, simulator: Simulator) -> None:
    await dialog.submit(camera_form(simulator))
    assert dialog.step == "look", dialog.flow


async def to_register(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    await dialog.submit(WATER_LOOK | {"otherwise": True})
    assert dialog.step == "register", dialog.flow


async def to_reading(dialog: MeterDialog, simulator: Simulator) -> None:
    await to_look(dialog, simulator)
    await dialog.submit(WATER_LOOK)
