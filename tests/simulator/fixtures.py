"""The simulator as tests use it: real processes for the whole session, reset before every test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
import json
from typing import Any, Final
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from .camera import login
from .meters import METERS
from .processes import Addresses, running

API_KEY: Final = "sk-ant-simulated"
"""A key the stand-in takes; one with "wrong" in it gets 401."""
WRONG_KEY: Final = "sk-ant-wrong"
_TIMEOUT: Final = 20


@dataclass(frozen=True, slots=True)
class Simulator:
    """The running cameras and the running Messages API."""

    camera_url: str
    api_url: str
    api_key: str = API_KEY
    username: str = login.USER
    password: str = login.PASSWORD

    def snapshot_url(self, meter: str, login_kind: str = "none") -> str:
        """Return the address of a meter's snapshot behind no, a basic or a digest login."""
        return f"{self.camera_url}/{meter}/{'' if login_kind == 'none' else login_kind + '/'}snapshot.jpg"

    def stream_url(self, meter: str, login_kind: str = "none") -> str:
        """Return the address of a meter's stream behind no, a basic or a digest login."""
        return f"{self.camera_url}/{meter}/{'' if login_kind == 'none' else login_kind + '/'}stream.mjpeg"

    def description(self, meter: str) -> dict[str, Any]:
        """Return a meter as its owner would describe it, with its snapshot address."""
        return {**METERS[meter].description(), "camera": {"url": self.snapshot_url(meter), "auth": "none"}}

    def snapshot(self, meter: str) -> bytes:
        """Take a picture."""
        return _call("GET", self.snapshot_url(meter))

    def hold(self, meter: str, *, value: Decimal | str | None = None, time: datetime | None = None) -> None:
        """Let a meter show a value, or what it shows at an aware time, from now on; neither: follow the clock."""
        body = {"value": None if value is None else str(value), "time": time.isoformat() if time else None}
        _call("POST", f"{self.camera_url}/{meter}/hold", body)

    def truth(self, meter: str, time: datetime | None = None) -> dict[str, str]:
        """Return `value` (gears), `shown` (cut off after the last place), `unit` and `time`."""
        query = f"?time={quote(time.isoformat())}" if time else ""
        truth: dict[str, str] = json.loads(_call("GET", f"{self.camera_url}/{meter}/truth{query}"))
        return truth

    def served(self, meter: str) -> list[dict[str, str]]:
        """Return the truth of every picture served since the test began, oldest first."""
        served: list[dict[str, str]] = json.loads(_call("GET", f"{self.camera_url}/{meter}/served"))
        return served

    def camera_fault(self, meter: str, fault: str | None, *, count: int | None = None, seconds: float = 30.0) -> None:
        """Give a camera a fault (see camera.state.Fault) for all or that many pictures; None: heal it."""
        _call("POST", f"{self.camera_url}/{meter}/fault", {"fault": fault, "count": count, "seconds": seconds})

    def faults_left(self, meter: str) -> int:
        """Return for how many more pictures a camera's fault was planned."""
        return int(json.loads(_call("GET", f"{self.camera_url}/{meter}/fault"))["count"])

    def conditions(self, meter: str, **conditions: Any) -> None:
        """Set fields of optics.Conditions for a camera; none: as usual."""
        _call("POST", f"{self.camera_url}/{meter}/conditions", conditions)

    def api_fault(self, fault: str, *, count: int | None = None, **more: Any) -> None:
        """Plan a fault (see messages.faults.Fault) for all or that many calls; more: fields of PlannedFault."""
        _call("POST", f"{self.api_url}/control/faults", {"fault": fault, "count": count, **more})

    def clear_api_faults(self) -> None:
        """Forget the planned faults."""
        _call("DELETE", f"{self.api_url}/control/faults")

    def calls(self) -> dict[str, Any]:
        """Return answered calls by endpoint (messages, models, count_tokens), errors, and the log."""
        calls: dict[str, Any] = json.loads(_call("GET", f"{self.api_url}/control/calls"))
        return calls

    @property
    def paid_calls(self) -> int:
        """Return how many messages were answered, and so paid for."""
        return int(self.calls()["messages"])

    def last_picture(self) -> bytes:
        """Return the picture of the latest message request."""
        return _call("GET", f"{self.api_url}/control/picture")

    def reset(self) -> None:
        """Forget faults, held values, conditions, counts and served pictures."""
        _call("POST", f"{self.camera_url}/reset")
        _call("POST", f"{self.api_url}/control/reset")


def _call(method: str, url: str, body: Any = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310  our own servers
    with urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
        content: bytes = response.read()
        return content


@pytest.fixture(scope="session")
def simulator_processes() -> Iterator[Addresses]:
    """Run the two servers for the session."""
    with running() as addresses:
        yield addresses


@pytest.fixture
def simulator(simulator_processes: Addresses, socket_enabled: None) -> Simulator:
    """Return the simulator as if just started; the test may open sockets on loopback."""
    del socket_enabled
    simulator = Simulator(simulator_processes.camera_url, simulator_processes.api_url)
    simulator.reset()
    return simulator
