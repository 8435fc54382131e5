"""Walks through the integration's own flows over REST, as a person does in the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .client import Client
from .folder import DOMAIN
from .setups import Setup

_ACCOUNT: Final = "/api/config/config_entries/flow"
METERS: Final = "/api/config/config_entries/subentries/flow"
_PATIENCE: Final = 60.0
_PAUSE: Final = 0.2
# A machine that is busy elsewhere makes the cameras miss their time on a fast clock; a person would try again.
_CAMERA_TRIES: Final = 3
_TOO_SLOW: Final = {"base": "camera_timeout"}


class FlowError(Exception):
    """A flow did not go on as expected."""


async def add_account(client: Client, *, api_key: str, base_url: str | None) -> tuple[str, str]:
    """Add the account; return the ids of its entry and of the meter's flow that opens by itself."""
    step = await client.post(_ACCOUNT, {"handler": DOMAIN})
    advanced = {} if base_url is None else {"base_url": base_url}
    step = await client.post(f"{_ACCOUNT}/{step['flow_id']}", {"api_key": api_key, "advanced": advanced})
    if step["type"] != "create_entry":
        raise FlowError(_told(step))
    _, flow_id = step["next_flow"]
    return step["result"]["entry_id"], flow_id


async def add_meter(client: Client, entry_id: str, setup: Setup, *, flow_id: str | None = None) -> str | None:
    """Add a meter, in a dialog that is already open if there is one; return the value that was read, if any."""
    if flow_id is None:
        flow_id = await open_dialog(client, entry_id)
    walk = Steps(client, f"{METERS}/{flow_id}")
    for _ in range(_CAMERA_TRIES):
        await walk.submit(setup.camera_form(), "look", "proposal_failed", "user")
        if walk.step["step_id"] != "user" or walk.step["errors"] != _TOO_SLOW:
            break
    walk.expect("look", "proposal_failed")
    if walk.step["step_id"] == "proposal_failed":
        await walk.submit({"next": "register"}, "register")
        await walk.submit(setup.register_form(), "look")
        await walk.submit(setup.look_form() | {"otherwise": False}, "confirm", "reading_failed")
    else:
        await walk.submit(setup.look_form(), "register")
        await walk.submit(setup.register_form(), "confirm", "reading_failed")
    return await confirm(walk, setup)


async def confirm(walk: Steps, setup: Setup) -> str | None:
    """Confirm the first reading, or type it; return the value that was read, if any."""
    if walk.step["step_id"] == "reading_failed":
        if setup.value is None:
            raise FlowError(_told(walk.step))
        await walk.submit({"next": "confirm"}, "confirm")
    found = _suggested(walk.step["data_schema"], "value") or ""
    value = setup.value or found
    if not value or "?" in value:
        raise FlowError(_told(walk.step))
    form = filled_in(walk.step["data_schema"]) | {"value": value}
    if setup.minutes:
        form["schedule"] |= {"interval": setup.minutes}
    form["advanced"] |= {"pay_for_unchanged": setup.pay_for_unchanged}
    await walk.submit(form, "create_entry")
    return None if "?" in found else found or None


async def open_dialog(client: Client, entry_id: str, *, subentry_id: str | None = None) -> str:
    """Begin to add a meter, or to change one, as soon as the account has taken up what was before; return the flow."""
    wanted: dict[str, Any] = {"handler": [entry_id, "meter"]}
    if subentry_id is not None:
        wanted["subentry_id"] = subentry_id
    for _ in range(int(_PATIENCE / _PAUSE)):
        step = await client.post(METERS, wanted)
        if step["type"] in ("form", "menu"):
            flow_id: str = step["flow_id"]
            return flow_id
        if step.get("reason") != "entry_not_loaded":
            break
        await asyncio.sleep(_PAUSE)
    raise FlowError(_told(step))


class Steps:
    """One flow and the step it has come to."""

    def __init__(self, client: Client, path: str) -> None:
        """Take up the flow at a path."""
        self._client = client
        self._path = path
        self.step: dict[str, Any] = {}

    async def submit(self, form: Mapping[str, Any], *expected: str) -> None:
        """Submit a form, wait for what takes time, and make sure that one of the expected steps follows."""
        self.step = await self._client.post(self._path, form)
        for _ in range(int(_PATIENCE / _PAUSE)):
            if self.step["type"] != "progress":
                break
            await asyncio.sleep(_PAUSE)
            self.step = await self._client.get(self._path)
        self.expect(*expected)

    def expect(self, *expected: str) -> None:
        """Make sure that the flow has come to one of these steps, or to its end."""
        if (self.step.get("step_id") if self.step["type"] == "form" else self.step["type"]) not in expected:
            raise FlowError(_told(self.step))


def _suggested(fields: Sequence[Mapping[str, Any]], name: str) -> Any:
    """Return what a field is filled in with."""
    return filled_in(fields).get(name)


def filled_in(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a form is filled in with, its sections included."""
    form: dict[str, Any] = {}
    for field in fields:
        if field.get("type") == "expandable":
            form[field["name"]] = filled_in(field["schema"])
        else:
            form[field["name"]] = (field.get("description") or {}).get("suggested_value", field.get("default"))
    return {name: value for name, value in form.items() if value is not None}


def _told(step: Mapping[str, Any]) -> str:
    """Return what a step has to say, without its picture."""
    placeholders = {key: text for key, text in (step.get("description_placeholders") or {}).items() if key != "picture"}
    return f"{step['type']} {step.get('step_id')} {step.get('reason') or step.get('errors')} {placeholders}"
