"""Finds the entities of the meters, and waits for what they show."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from .client import AnswerError, Client
from .folder import DOMAIN

_TRIES: Final = 300
_PAUSE: Final = 0.2


async def meter_entities(client: Client) -> dict[str, dict[str, str]]:
    """Return the entity ids of every meter, by the meter's name and the entity's key."""
    # In this order: no entity comes before its device.
    entities = await client.call("config/entity_registry/list")
    devices = {device["id"]: device for device in await client.call("config/device_registry/list")}
    found: dict[str, dict[str, str]] = {}
    for entity in entities:
        if entity["platform"] == DOMAIN:
            device = devices[entity["device_id"]]
            key = entity["unique_id"].removeprefix(f"{device['config_subentry_id']}_")
            found.setdefault(device["name"], {})[key] = entity["entity_id"]
    return found


async def entities_of(client: Client, names: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the entity ids of these meters as soon as all of them have theirs."""
    for _ in range(_TRIES):
        found = await meter_entities(client)
        if set(names) <= {name for name, keys in found.items() if "consumption" in keys}:
            return found
        await asyncio.sleep(_PAUSE)
    message = f"no entities of {set(names) - set(found)}"
    raise AnswerError(message)


async def wait_for_reading(client: Client, name: str) -> None:
    """Wait until a meter has been read by itself for the first time."""
    status = (await entities_of(client, [name]))[name]["status"]
    for _ in range(_TRIES):
        if (await client.get(f"/api/states/{status}"))["state"] == "ok":
            return
        await asyncio.sleep(_PAUSE)
    message = f"{name} was not read"
    raise AnswerError(message)


async def shown_reading(client: Client, name: str) -> str:
    """Return what a meter shows; while the account takes up another meter, it shows nothing."""
    reading = (await entities_of(client, [name]))[name]["reading"]
    for _ in range(_TRIES):
        state: str = (await client.get(f"/api/states/{reading}"))["state"]
        if state not in ("unavailable", "unknown"):
            return state
        await asyncio.sleep(_PAUSE)
    message = f"{name} shows no reading"
    raise AnswerError(message)
