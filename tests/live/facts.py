"""Collects what the checks look at: what Home Assistant says on one side, what the household used on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import re
from typing import Any, Final

import aiohttp

from .client import Client
from .clock import Clock
from .entities import meter_entities

_SHOWN: Final = ("consumption", "reading", "status", "last_reading", "api_cost")
_LOGGER: Final = re.compile(r" (WARNING|ERROR|CRITICAL) \([^)]*\) \[custom_components\.meter_vision")
_TRACE: Final = re.compile(r'File ".*/custom_components/meter_vision/')
_OUTDATED: Final = re.compile(r"Detected that custom integration 'meter_vision'")

type Facts = dict[str, Any]
"""JSON: `now`, `meters` (by name), `energy`, `paid_calls`, `trial_calls`, `log`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A meter that is checked: its name in Home Assistant and its key in the household."""

    name: str
    key: str


async def collect(
    client: Client, clock: Clock, watched: Sequence[Watched], *, cameras: str, api: str, log: str, trial_calls: int
) -> Facts:
    """Return everything the checks look at, as JSON; `trial_calls` were paid by the flows."""
    entities = await meter_entities(client)
    household = _Household(cameras, api)
    meters = {meter.name: await _meter(client, household, meter, entities[meter.name]) for meter in watched}
    return {
        "now": clock.now().isoformat(),
        "meters": meters,
        "energy": {"preferences": await client.call("energy/get_prefs"), "validation": await _validation(client)},
        "paid_calls": await household.paid_calls(),
        "trial_calls": trial_calls,
        "log": complaints(log),
    }


async def compiled_hours(client: Client, statistic: str, since: datetime) -> list[dict[str, Any]]:
    """Return the hourly rows the recorder has compiled, oldest first."""
    answer = await client.call(
        "recorder/statistics_during_period",
        start_time=since.isoformat(),
        statistic_ids=[statistic],
        period="hour",
        types=["state", "sum"],
    )
    return [
        {"start": _iso(row["start"]), "end": _iso(row["end"]), "state": row["state"], "sum": row["sum"]}
        for row in answer.get(statistic, [])
    ]


def complaints(log: str) -> list[str]:
    """Return the lines of a log in which the integration warns, fails, appears in a traceback or uses old ways."""
    patterns = (_LOGGER, _TRACE, _OUTDATED)
    return [line for line in log.splitlines() if any(pattern.search(line) for pattern in patterns)]


async def _meter(client: Client, household: _Household, meter: Watched, entities: Mapping[str, str]) -> Facts:
    since = datetime.now(UTC) - timedelta(days=7)
    states = {key: await client.get(f"/api/states/{entities[key]}") for key in _SHOWN}
    statistic = entities["consumption"]
    history = await _history(client, [statistic, entities["last_reading"], entities["status"]], since)
    pictures = await household.pictures(meter.key)
    return {
        "key": meter.key,
        "entities": dict(entities),
        "states": {
            key: {"state": state["state"], "attributes": state["attributes"], "written": state["last_updated"]}
            for key, state in states.items()
        },
        "consumption": history[statistic],
        "last_reading": history[entities["last_reading"]],
        "status": history[entities["status"]],
        "hours": await compiled_hours(client, statistic, since),
        "statistic": (await client.call("recorder/get_statistics_metadata", statistic_ids=[statistic])),
        "pictures": pictures,
    }


async def _history(client: Client, entity_ids: list[str], since: datetime) -> dict[str, list[dict[str, str]]]:
    """Return for each entity its states and when they were written, oldest first."""
    answer = await client.get(
        f"/api/history/period/{since.isoformat()}",
        filter_entity_id=",".join(entity_ids),
        end_time=(datetime.now(UTC) + timedelta(days=30)).isoformat(),
        significant_changes_only="0",
        no_attributes="1",
    )
    found: dict[str, list[dict[str, str]]] = {entity_id: [] for entity_id in entity_ids}
    for states in answer:
        rows = [{"state": row["state"], "written": row["last_updated"]} for row in states]
        found[states[0]["entity_id"]] = rows
    return found


async def _validation(client: Client) -> Any:
    return await client.call("energy/validate")


class _Household:
    """Asks the cameras what they showed, and the API what it was asked."""

    def __init__(self, cameras: str, api: str) -> None:
        self._cameras = cameras
        self._api = api

    async def pictures(self, key: str) -> list[dict[str, Any]]:
        """Return when each picture of a meter was taken and what the meter had counted then, oldest first."""
        served: list[dict[str, Any]] = await self._get(f"{self._cameras}/{key}/served")
        return served

    async def paid_calls(self) -> int:
        """Return how many messages the API was asked for."""
        calls = await self._get(f"{self._api}/control/calls")
        return int(calls["messages"])

    async def _get(self, url: str) -> Any:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            response.raise_for_status()
            return await response.json()


def _iso(milliseconds: float) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
