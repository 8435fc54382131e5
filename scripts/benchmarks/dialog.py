"""How long the integration's own code keeps the event loop while a person goes through its dialogs."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.live.clock import Clock
from tests.live.demo import API_KEY, control
from tests.live.entities import entities_of, wait_for_reading
from tests.live.flows import METERS as METER_FLOWS, FlowError, Steps, add_account, confirm, filled_in, open_dialog
from tests.live.folder import DOMAIN
from tests.live.home import Home, running_home
from tests.live.programs import free_port
from tests.live.setups import Camera, Setup
from tests.simulator.meters import METERS
from tests.simulator.processes import Addresses, running

from .loop_probe.handles import percentile
from .row import Row

TITLE = "The event loop while meters are set up, reconfigured and repaired in the dialogs"
_PROBE = Path(__file__).with_name("loop_probe")
_LIMIT = 0.005
_BOXES = ((0.1, 0.1, 0.8, 0.8), (0.2, 0.3, 0.6, 0.3), (0.0, 0.0, 1.0, 1.0))
_LOWER = "1.2"
"""What a meter shows that seems to have been replaced."""


def rows() -> Iterator[Row]:
    """Yield the longest runs of our code, over all and by module."""
    with running() as addresses:
        yield from asyncio.run(_measure(addresses))


async def _measure(addresses: Addresses) -> list[Row]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        async with running_home(path, port=free_port(), clock=Clock(), time_zone="UTC", components=(_PROBE,)) as home:
            await home.client.post("/api/services/loop_probe/start_runs", {})
            requests = await _drive(home, addresses)
            answer = await home.client.post("/api/services/loop_probe/stop_runs?return_response", {})
    return [
        Row(f"{len(METERS)} meters set up, reconfigured and repaired, steps", str(requests)),
        *_of_runs(answer["service_response"]),
    ]


def _of_runs(seen: Mapping[str, Any]) -> Iterator[Row]:
    """Yield how long the runs of our code took, with and without the tasks of Home Assistant that began in them."""
    modules: dict[str, list[tuple[float, float]]] = seen["modules"]
    runs = [run for runs in modules.values() for run in runs]
    whole, own = (sorted(run[place] for run in runs) for place in (0, 1))
    yield Row("runs of our code", str(len(runs)))
    for what, times in (("", whole), (", without Home Assistant's tasks in it", own)):
        yield Row(f"the longest{what}, processor time", _milliseconds(times[-1]), "5 ms", reached=times[-1] <= _LIMIT)
    yield Row("99.9 % of them within", _milliseconds(percentile(whole, 99.9)))
    yield Row("not in these: collections of garbage, the longest", _milliseconds(max(seen["collected"], default=0.0)))
    for module, times in sorted(modules.items()):
        longest = [_milliseconds(max(run[place] for run in times)) for place in (0, 1)]
        yield Row(f"longest in {module}", "{}, without tasks {}".format(*longest))


async def _drive(home: Home, addresses: Addresses) -> int:
    """Go through every dialog of every meter; return how many forms and menus were gone through."""
    entry_id, flow_id = await add_account(home.client, api_key=API_KEY, base_url=addresses.api_url)
    steps = 1
    for number, (key, meter) in enumerate(METERS.items()):
        camera = Camera(url=f"{addresses.camera_url}/{key}/snapshot.jpg")
        setup = Setup.of(meter.description(), camera)
        person = _Person(home, entry_id, setup)
        await person.add(await open_dialog(home.client, entry_id) if number else flow_id)
        for part in _PARTS:
            await person.reconfigure(part)
        await wait_for_reading(home.client, setup.name)
        await control(f"{addresses.camera_url}/{key}/hold", {"value": _LOWER})
        await person.repair()
        steps += person.steps
    return steps


_PARTS = ("user", "look", "register", "reading", "settings", "tariff", "alarms", "proposal")
"""The parts of a meter that can be changed."""
_STEPS = ("user", "look", "register", "confirm", "settings", "prices", "alarms", "abort")
_REPAIRS = "/api/repairs/issues/fix"


class _Person:
    """Goes through the dialogs of one meter over HTTP."""

    def __init__(self, home: Home, entry_id: str, setup: Setup) -> None:
        self._client = home.client
        self._entry_id = entry_id
        self._setup = setup
        self.steps = 0

    async def add(self, flow_id: str) -> None:
        """Set the meter up, with the box moved as a person does and the register looked at."""
        dialog = Steps(self._client, f"{METER_FLOWS}/{flow_id}")
        await dialog.submit(self._setup.camera_form(), "look")
        await self._move_box(dialog)
        await dialog.submit(self._setup.look_form(), "register")
        await dialog.submit(self._setup.register_form(), "confirm")
        await confirm(dialog, self._setup)
        self.steps += 4

    async def reconfigure(self, part: str) -> None:
        """Change a part of the meter a little, with a test reading where one is made."""
        dialog = Steps(self._client, f"{METER_FLOWS}/{await self._begin()}")
        await dialog.submit({"next_step_id": part}, *_STEPS)
        while dialog.step["type"] == "form":
            self.steps += 1
            form, step = filled_in(dialog.step["data_schema"]), dialog.step["step_id"]
            if step == "user":
                form["page"] = True
            elif step == "look":
                await self._move_box(dialog)
                left, top, width, height = form["view"]["crop"]
                form["view"] |= {"crop": [left, top, width, height * 0.99], "ui": True}
            elif step == "register":
                form["rare"] |= {"label": f"{form['rare'].get('label', '')}x"}
            await dialog.submit(form, *_STEPS)

    async def repair(self) -> None:
        """Say that another meter hangs there."""
        entities = (await entities_of(self._client, [self._setup.name]))[self._setup.name]
        await self._client.post("/api/services/button/press", {"entity_id": entities["read_now"]})
        listed = (await self._client.call("repairs/list_issues"))["issues"]
        asked = next((issue for issue in listed if issue["translation_key"] == "possible_new_meter"), None)
        if asked is None:
            status = await self._client.get(f"/api/states/{entities['status']}")
            message = f"{self._setup.name} does not seem to be replaced: {status}"
            raise FlowError(message)
        step = await self._client.post(_REPAIRS, {"handler": DOMAIN, "issue_id": asked["issue_id"]})
        done = await self._client.post(f"{_REPAIRS}/{step['flow_id']}", filled_in(step["data_schema"]))
        if done["type"] != "create_entry":
            raise FlowError(done)
        self.steps += 1

    async def _begin(self) -> str:
        """Open the dialog that changes the meter, as soon as the account has taken up the change before."""
        meters = await self._client.call("config_entries/subentries/list", entry_id=self._entry_id)
        meter = next(each["subentry_id"] for each in meters if each["title"] == self._setup.name)
        return await open_dialog(self._client, self._entry_id, subentry_id=meter)

    async def _move_box(self, dialog: Steps) -> None:
        """Ask for what would be sent, as the selector does while its box is moved."""
        view = next(field for field in dialog.step["data_schema"] if field["name"] == "view")
        path = view["selector"]["meter_vision_view"]["prepared"]
        for x, y, width, height in _BOXES:
            await self._client.fetch(path, rotation="1", x=str(x), y=str(y), width=str(width), height=str(height))


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
