"""A real Home Assistant in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
import json
from pathlib import Path
import sys
from typing import Any, Final

import aiohttp

from .client import AnswerError, Client
from .clock import Clock
from .folder import write_folder
from .programs import Program, program

USER: Final = "demo"
# For this machine only, and printed on the screen.
PASSWORD: Final = "demo"
_ABSENT: Final = Path(__file__).parent / "absent"
_PATIENT: Final = Path(__file__).with_name("patient.py")
# As in any Home Assistant, whose modules have been compiled before; doing that takes memory and time at each start.
_BYTECODE: Final = {"PYTHONDONTWRITEBYTECODE": ""}
_STARTED: Final = "Home Assistant initialized in"
_YEARS: Final = 10
_PATIENCE: Final = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A running Home Assistant, its owner's session and where it writes its log."""

    client: Client
    program: Program
    log: Path
    browser_tokens: dict[str, Any]
    """What a browser keeps to be logged in."""

    @property
    def url(self) -> str:
        """Address for a browser."""
        return self.client.url


@asynccontextmanager
async def running_home(
    folder: Path,
    *,
    port: int,
    clock: Clock,
    time_zone: str,
    components: Sequence[Path] = (),
    fill: Callable[[Path], None] | None = None,
) -> AsyncIterator[Home]:
    """Start Home Assistant in an empty folder, make its owner, stop it at the end.

    `components`: folders of further integrations that need no settings; `fill` puts what else there is into the folder.
    """
    write_folder(folder, port=port, time_zone=time_zone, components=components)
    if fill is not None:
        fill(folder)
    log = folder.with_suffix(".log")
    async with _running_program(folder, log, clock) as running:
        url = f"http://127.0.0.1:{port}"
        tokens = await _make_owner(url)
        async with Client.connect(url, tokens["access_token"]) as owner:
            token = await owner.call("auth/long_lived_access_token", client_name="demo", lifespan=365 * _YEARS)
        async with Client.connect(url, token) as client:
            # The token that does not expire, for the browser too: on a fast clock half an hour is soon over.
            yield Home(client=client, program=running, log=log, browser_tokens={**tokens, "access_token": token})


@asynccontextmanager
async def restarted_home(before: Home, *, clock: Clock, life: int = 2) -> AsyncIterator[Home]:
    """Start a Home Assistant that was stopped once more, maybe on another clock; each life has a log of its own."""
    folder = before.log.with_name(before.log.name.partition(".")[0])
    log = folder.with_suffix(f".{life}.log")
    async with (
        _running_program(folder, log, clock) as running,
        Client.connect(before.url, before.client.token) as client,
    ):
        yield replace(before, client=client, program=running, log=log)


@asynccontextmanager
async def _running_program(folder: Path, log: Path, clock: Clock) -> AsyncIterator[Program]:
    environment = {**clock.environment, **_BYTECODE, "PYTHONPATH": str(_ABSENT)}
    start = ("-P", str(_PATIENT), f"{clock.speed:g}")
    command = (sys.executable, *start, "--config", str(folder), "--skip-pip")
    async with program(*command, log=log, environment=environment, folder=folder) as running:
        await running.wait_for(_STARTED, seconds=_PATIENCE)
        yield running


async def _make_owner(url: str) -> dict[str, Any]:
    """Make the owner's account and return what a browser would keep."""
    client_id = f"{url}/"
    owner = {"client_id": client_id, "name": "Demo", "username": USER, "password": PASSWORD, "language": "en"}
    async with aiohttp.ClientSession() as session:
        code = (await _post(session, f"{url}/api/onboarding/users", json=owner))["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code, "client_id": client_id}
        tokens = await _post(session, f"{url}/auth/token", data=grant)
    return {**tokens, "hassUrl": url, "clientId": client_id, "expires": 9_999_999_999_999}


async def _post(session: aiohttp.ClientSession, url: str, **body: Any) -> dict[str, Any]:
    async with session.post(url, **body) as response:
        text = await response.text()
        if not response.ok:
            message = f"{url}: {response.status} {text}"
            raise AnswerError(message)
        answer: dict[str, Any] = json.loads(text)
        return answer
