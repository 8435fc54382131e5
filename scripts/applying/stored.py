"""What Home Assistant has stored: the account, its meters, and what their dialogs would show."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .home import Home, HomeError, ServerError
from .walk import Answers, Walk

DOMAIN: Final = "meter_vision"
CAMERA_STEP: Final = ("user", "camera")
_SHOWN: Final = ("url", "username", "verify_ssl")
"""What diagnostics leave out and the dialog shows; it never shows the password."""
_TRIES: Final = 120
_PAUSE: Final = 0.5
_NOBODY: Final = Answers(general={}, register=lambda _: {}, value=lambda _, __: "")


@dataclass(frozen=True, slots=True)
class StoredMeter:
    """A meter as it is set up."""

    subentry_id: str
    name: str
    data: Mapping[str, Any]


async def find_account(home: Home, title: str | None) -> str:
    """Return the id of the only account, or of the one with a title."""
    entries = await home.command("config_entries/get", domain=DOMAIN)
    found = [entry for entry in entries if title is None or entry["title"] == title]
    if not found:
        raise HomeError("there is no account of Meter Vision; add the integration in Home Assistant first")
    if len(found) > 1:
        names = ", ".join(repr(entry["title"]) for entry in found)
        raise HomeError(f"there is more than one account; say which with --account: {names}")
    entry_id: str = found[0]["entry_id"]
    return entry_id


async def load_stored(home: Home, entry_id: str) -> dict[str, StoredMeter]:
    """Return the account's meters by name, in small letters as names are compared."""
    listed = await home.command("config_entries/subentries/list", entry_id=entry_id)
    meters = await _told(home, entry_id)
    found = {}
    for subentry in listed:
        if subentry["subentry_type"] != "meter" or subentry["subentry_id"] not in meters:
            continue
        data = dict(meters[subentry["subentry_id"]]["settings"])
        if "entity_id" not in data["camera"]:
            shown = await Walk(home, _NOBODY, {}).look_into(entry_id, subentry["subentry_id"], CAMERA_STEP)
            data["camera"] = {key: shown[key] for key in _SHOWN if shown.get(key) is not None}
        meter = StoredMeter(subentry["subentry_id"], subentry["title"], data)
        found[meter.name.casefold()] = meter
    return found


async def _told(home: Home, entry_id: str) -> Mapping[str, Any]:
    """Return what diagnostics tell of the meters, as soon as the account has taken up the change before."""
    for _ in range(_TRIES):
        entries = await home.command("config_entries/get", domain=DOMAIN)
        state = next(entry["state"] for entry in entries if entry["entry_id"] == entry_id)
        if state == "loaded":
            try:
                told = await home.get(f"/api/diagnostics/config_entry/{entry_id}")
            except ServerError:
                pass  # it has begun to take up a change since
            else:
                meters: Mapping[str, Any] = told["data"]["meters"]
                return meters
        elif state not in {"not_loaded", "setup_in_progress", "unload_in_progress"}:
            raise HomeError(f"the account is in the state {state}; look at its page in Home Assistant")
        await asyncio.sleep(_PAUSE)
    raise HomeError("the account does not come up again; look at its page in Home Assistant")


async def load_texts(home: Home) -> dict[str, str]:
    """Return the messages of the meter's dialog by kind and key: error.camera_timeout."""
    answer = await home.command(
        "frontend/get_translations", language="en", category="config_subentries", integration=[DOMAIN]
    )
    prefix = f"component.{DOMAIN}.config_subentries.meter."
    return {key.removeprefix(prefix): text for key, text in answer["resources"].items() if key.startswith(prefix)}
