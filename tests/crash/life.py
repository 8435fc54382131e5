"""One life of Home Assistant with a water meter, in a process that may be killed at any step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
import os
from pathlib import Path
import signal
import socket
from typing import Any, Final
from unittest.mock import patch

from freezegun import freeze_time
from homeassistant import loader
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.components.recorder.tasks import StatisticsTask
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import recorder as recorder_helper
from homeassistant.setup import async_setup_component
import homeassistant.util.dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.meter_vision import coordinator
from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.coordinator import MeterCoordinator
from custom_components.meter_vision.metering.packed import to_time
from custom_components.meter_vision.picture_files import PictureFiles
from custom_components.meter_vision.statistics_repair import StatisticsRepair
from custom_components.meter_vision.store.account_store import AccountStore
from tests.live.folder import write_http_settings
from tests.meters import API_KEY, meter

CONSUMPTION: Final = "sensor.water_main_consumption"
_METER: Final = "01WATER"
_START_UP: Final = timedelta(minutes=1)
"""Before the first act; the clock never goes back."""
_STEPS: Final[tuple[tuple[type, str], ...]] = (
    *((MeterCoordinator, name) for name in ("_capture", "_gate", "_read", "_decode", "_judge", "_publish")),
    (MeterCoordinator, "async_show"),
    (PictureFiles, "keep"),
    (AccountStore, "commit"),
    (StatisticsRepair, "async_repair_ahead"),
)
"""Before and after each of these the process can die."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What happens at a time: a read, an action, or a run of the recorder's statistics."""

    time: str
    """ISO, with offset."""
    read: bool = False
    action: str | None = None
    data: dict[str, str] = field(default_factory=dict)
    armed: bool = False
    """Whether the process may die meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole life."""

    folder: str
    api_url: str
    snapshot_url: str
    description: dict[str, Any]
    initial: str
    acts: tuple[Act, ...]
    die_at: int = -1
    """The number of the step at which it dies; never, if negative."""


class _Steps:
    """Counts the steps that are passed while armed, and dies at one of them."""

    def __init__(self, die_at: int) -> None:
        self.armed = False
        self.passed = 0
        self._die_at = die_at

    def passed_one(self) -> None:
        if not self.armed:
            return
        if self.passed == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts a step before and one after it."""

        @wraps(function)
        def stepped(*args: Any, **kwargs: Any) -> Any:
            self.passed_one()
            result = function(*args, **kwargs)
            if isinstance(result, Awaitable):
                return self._awaited(result)
            self.passed_one()
            return result

        return stepped

    async def _awaited(self, result: Awaitable[Any]) -> Any:
        value = await result
        self.passed_one()
        return value


async def live(plan: Plan) -> dict[str, Any]:
    """Live through a plan and tell what is known at the end."""
    steps = _Steps(plan.die_at)
    for owner, name in _STEPS:
        setattr(owner, name, steps.around(getattr(owner, name)))
    coordinator.PAUSE = timedelta()
    _serve_elsewhere(Path(plan.folder))
    with freeze_time(datetime.fromisoformat(plan.acts[0].time) - _START_UP, tick=True) as clock:
        async with async_test_home_assistant(config_dir=plan.folder) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            await _set_up_recorder(hass, plan.folder)
            entry = _entry(plan)
            entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await _settle(hass)
            for act in plan.acts:
                clock.move_to(act.time)
                steps.armed = act.armed
                await _do(hass, act)
                await _settle(hass)
                steps.armed = False
            told = await _told(hass, entry)
            await hass.async_stop(force=True)
    return told | {"steps": steps.passed}


async def _set_up_recorder(hass: HomeAssistant, folder: str) -> None:
    recorder_helper.async_initialize_recorder(hass)
    config = {"db_url": f"sqlite:///{folder}/home-assistant_v2.db", "commit_interval": 0}
    with patch("homeassistant.components.recorder.Recorder.async_periodic_statistics"):
        assert await async_setup_component(hass, "recorder", {"recorder": config})
    await hass.data[recorder_helper.DATA_RECORDER].db_connected


def _serve_elsewhere(folder: Path) -> None:
    """Choose a port where nobody serves: another Home Assistant may have the usual one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (storage := folder / ".storage").mkdir(exist_ok=True)
    write_http_settings(storage, port)


def _entry(plan: Plan) -> MockConfigEntry:
    described = meter(
        "Water main",
        "water",
        plan.description["registers"][0],
        camera={"url": plan.snapshot_url, "auth": "none"},
        initial=plan.initial,
        at="2026-11-22T08:00:00+00:00",
        rotation=plan.description["rotation"],
        crop=plan.description["crop"],
    )
    return MockConfigEntry(
        domain=DOMAIN,
        entry_id="01ACCOUNT",
        title="Claude",
        data={"api_key": API_KEY, "base_url": plan.api_url},
        subentries_data=[ConfigSubentryDataWithId(**described, subentry_id=_METER)],
        pref_disable_polling=True,
    )


async def _settle(hass: HomeAssistant) -> None:
    for _ in range(2):
        await hass.async_block_till_done(wait_background_tasks=True)
        await async_wait_recording_done(hass)


async def _do(hass: HomeAssistant, act: Act) -> None:
    target = {"entity_id": CONSUMPTION}
    if act.read:
        await hass.services.async_call(DOMAIN, "read_now", target, blocking=True)
    elif act.action is not None:
        await hass.services.async_call(DOMAIN, act.action, {**target, **act.data}, blocking=True)
    else:
        now = dt_util.utcnow()
        period = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) - timedelta(minutes=5)
        # With its event, which the repair of what is pending waits for.
        get_instance(hass).queue_task(StatisticsTask(period, fire_events=True))


async def _told(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    store = entry.runtime_data.store
    start = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    rows = store.database.journal(_METER, start, start + timedelta(days=365))
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, start, None, {CONSUMPTION}, "5minute", None, {"state", "sum"}
    )
    return {
        "total": hass.states.get(CONSUMPTION).state,
        "journal": [[row.entry.kind, row.entry.time.isoformat(), row.entry.outcome] for row in rows],
        "pictures": sorted(row.entry.picture for row in rows if row.entry.picture),
        "files": sorted(_files(Path(hass.config.path(DOMAIN, entry.entry_id)))),
        "readings": [
            [to_time(reading.time).isoformat(), reading.value] for reading in store.database.readings(_METER)["main"]
        ],
        "rows": [[row["start"], round(row["state"], 4), round(row["sum"], 4)] for row in found.get(CONSUMPTION, [])],
        "calls": entry.runtime_data.coordinators[_METER].data.spending.calls,
    }


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*")]
