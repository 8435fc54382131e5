"""Walks through the integration's own flows over REST, as a person does in the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from .client import Client
from .folder import DOMAIN
from .setups import Setup

_ACCOUNT: Final = "/api/config/config_entries/flow"
_METER: Final = "/api/config/config_entries/subentries/flow"
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
        flow_id = await _open_dialog(client, entry_id)
    walk = _Walk(client, f"{_METER}/{flow_id}")
    for _ in range(_CAMERA_TRIES):
        await walk.submit(setup.camera_form(), "register", "user")
        if walk.step["step_id"] == "register" or walk.step["errors"] != _TOO_SLOW:
            break
    walk.expect("register")
    await walk.submit(setup.register_form(), "picture")
    await walk.submit(setup.picture_form(), "confirm", "reading_failed")
    if walk.step["step_id"] == "reading_failed":
        if setup.value is None:
            raise FlowError(_told(walk.step))
        await walk.submit({"next": "confirm"}, "confirm")
    found = _suggested(walk.step, "value") or None
    value = setup.value or found
    if value is None:
        raise FlowError(_told(walk.step))
    minutes = setup.minutes or _suggested(walk.step, "interval")
    await walk.submit({"value": value, "interval": minutes}, "create_entry")
    return found


async def _open_dialog(client: Client, entry_id: str) -> str:
    """Begin to add a meter, as soon as the account has taken up the one before."""
    for _ in range(int(_PATIENCE / _PAUSE)):
        step = await client.post(_METER, {"handler": [entry_id, "meter"]})
        if step["type"] == "form":
            flow_id: str = step["flow_id"]
            return flow_id
        if step.get("reason") != "entry_not_loaded":
            break
        await asyncio.sleep(_PAUSE)
    raise FlowError(_told(step))


class _Walk:
    """One flow and the step it has come to."""

    def __init__(self, client: Client, path: str) -> None:
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


def _suggested(step: Mapping[str, Any], name: str) -> Any:
    """Return what a form is filled in with."""
    described = next(field.get("description") or {} for field in step["data_schema"] if field["name"] == name)
    return described.get("suggested_value")


def _told(step: Mapping[str, Any]) -> str:
    """Return what a step has to say, without its picture."""
    placeholders = {key: text for key, text in (step.get("description_placeholders") or {}).items() if key != "picture"}
    return f"{step['type']} {step.get('step_id')} {step.get('reason') or step.get('errors')} {placeholders}"
