"""Brings the household's meters into a real Home Assistant with scripts/meters, changes one, and reads them back.

Exits with 0 if every check holds. It uses the real clock, so nothing of it takes longer than it has to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.request import urlopen

import yaml

from tests.simulator.camera.login import PASSWORD, USER
from tests.simulator.meters import METERS
from tests.simulator.processes import running

from .clock import Clock
from .demo import say
from .flows import add_account
from .folder import REPOSITORY
from .home import Home, running_home
from .programs import free_port

API_KEY: Final = "sk-ant-simulated"
_TARIFF: Final[Mapping[str, Any]] = {
    "currency": "EUR",
    "billing_day": 15,
    "versions": [
        {"price": "4.10", "standing_charge_per_day": "0.20"},
        {
            "from": "2026-07-01",
            "price": "4.35",
            "standing_charge_per_day": "0.05",
            "standing_charge_per_month": "6.50",
            "bands": [{"price": "3.90", "from": "22:00", "to": "06:00", "days": "weekend"}],
            "tiers": [{"above": "10", "surcharge": "0.15"}],
        },
    ],
}
_ENVIRONMENT: Final = {"CELLAR_PASSWORD": PASSWORD, "PYTHONPATH": str(REPOSITORY)}


class CheckError(Exception):
    """Something is not as it should be."""


@dataclass(frozen=True, slots=True)
class Result:
    """How the command ended."""

    status: int
    output: str

    def expect(self, status: int, *texts: str) -> None:
        """Make sure that it ended with a status and said some texts."""
        missing = [text for text in texts if text not in self.output]
        if self.status != status or missing:
            message = f"status {self.status}, not said: {missing}\n{self.output}"
            raise CheckError(message)
        for text in texts:
            say(f"ok  {text}")


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs scripts/meters against a Home Assistant."""

    home: Home
    folder: Path

    async def run(self, action: str, meters: Mapping[str, Any] | None, *more: str) -> Result:
        """Run one action on a file with these meters."""
        file = self.folder / "meters.yaml"
        if meters is not None:
            file.write_text(yaml.safe_dump(meters, allow_unicode=True, default_flow_style=None), encoding="utf-8")
        login = {"HASS_URL": self.home.url, "HASS_TOKEN": self.home.client.token}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "scripts.applying", action, str(file), *more,
            env={**os.environ, **_ENVIRONMENT, **login}, cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        if self.home.client.token in output.decode() or PASSWORD in output.decode():
            message = "a secret was shown"
            raise CheckError(message)
        return Result(process.returncode or 0, output.decode())


def described(cameras: str) -> dict[str, Any]:
    """Return the household's meters as in a meters.yaml, the water meter's camera behind a login."""
    meters = []
    for key, meter in METERS.items():
        description = meter.description()
        with urlopen(f"{cameras}/{key}/truth") as answer:  # noqa: S310
            truth = json.load(answer)
        description["camera"] = {"url": f"{cameras}/{key}/snapshot.jpg"}
        description["registers"][0]["initial"] = {"value": truth["shown"], "time": truth["time"]}
        meters.append(description)
    login = {"auth": "basic", "username": USER, "password_env": "CELLAR_PASSWORD"}
    meters[0]["camera"] = {"url": f"{cameras}/{next(iter(METERS))}/basic/snapshot.jpg", **login}
    return {"meters": meters}


async def check(commands: Commands, wanted: dict[str, Any]) -> None:
    """Apply, apply again, change, and read back."""
    names = [meter["name"] for meter in wanted["meters"]]
    (await commands.run("diff", wanted)).expect(1, *(f"+ {name}: not there yet" for name in names))
    (await commands.run("apply", wanted)).expect(0, *(f"+ {name}: added" for name in names))
    (await commands.run("apply", None)).expect(0, *(f"  {name}: as described" for name in names))
    changed = wanted["meters"][0]
    changed["interval"] = {"normal": "00:45:00"}
    (await commands.run("diff", wanted)).expect(1, f"~ {names[0]}: interval: 0:15:00 -> 0:45:00")
    (await commands.run("apply", wanted)).expect(0, f"~ {names[0]}: interval", f"  {names[1]}: as described")
    changed["rotation"] = (changed.get("rotation", 0) + 1) % 360
    (await commands.run("apply", wanted)).expect(0, f"~ {names[0]}: rotation")
    (await commands.run("diff", None)).expect(0, f"  {names[0]}: as described")
    changed["registers"][0] |= {"tariff": _TARIFF, "leak_hours": 12}
    (await commands.run("apply", wanted)).expect(0, f"~ {names[0]}: registers.main.tariff", "leak_hours: none -> 12")
    (await commands.run("apply", wanted)).expect(0, f"  {names[0]}: as described")
    changed["reader"] = {"escalate_to": "claude-opus-5-5"}
    changed["interval"] = {"shortest": "00:05:00", "normal": "00:45:00", "longest": "02:00:00"}
    changed["pay_for_unchanged"] = True
    (await commands.run("apply", wanted)).expect(
        0,
        "interval.longest: none -> 2:00:00",
        "reader.escalate_to: none -> claude-opus-5-5",
        "pay_for_unchanged: False",
    )
    (await commands.run("apply", wanted)).expect(0, f"  {names[0]}: as described")
    await _check_export(commands, wanted)
    wanted["meters"][1]["camera"] = {"url": "http://127.0.0.1:9/snapshot.jpg"}
    (await commands.run("apply", wanted)).expect(1, f"! {names[1]}: user: Nobody answers at")


async def _check_export(commands: Commands, wanted: dict[str, Any]) -> None:
    exported = commands.folder / "exported.yaml"
    (await commands.run("export", None)).expect(0)
    (commands.folder / "meters.yaml").rename(exported)
    text = exported.read_text(encoding="utf-8")
    if PASSWORD in text:
        message = "the export holds a password"
        raise CheckError(message)
    found = yaml.safe_load(text)
    variable = found["meters"][0]["camera"]["password_env"]
    os.environ[variable] = PASSWORD
    (await commands.run("diff", found)).expect(0, *(f"  {meter['name']}: as described" for meter in wanted["meters"]))


async def main() -> None:
    """Start everything, check, and end it."""
    with TemporaryDirectory() as name, running() as simulator:
        folder = Path(name)
        starting = running_home(folder / "config", port=free_port(), clock=Clock(), time_zone="Europe/Berlin")
        async with starting as home:
            await add_account(home.client, api_key=API_KEY, base_url=simulator.api_url)
            await check(Commands(home, folder), described(simulator.camera_url))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except CheckError as err:
        sys.exit(f"FAILED: {err}")
