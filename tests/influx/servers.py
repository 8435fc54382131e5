"""Real servers for the tests: InfluxDB 1.x and VictoriaMetrics, in a folder of their own on free ports of loopback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
import shutil
import signal
import socket
import subprocess
import time
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.repository import ROOT

_PATIENCE: Final = 20.0
_CONFIGURATION: Final = """reporting-disabled = true
bind-address = "127.0.0.1:{backup}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[http]
bind-address = "127.0.0.1:{port}"
auth-enabled = {auth}
log-enabled = false
"""


@contextmanager
def influxd(folder: Path, *, auth: bool = False) -> Iterator[str]:
    """Run InfluxDB 1.x and give its address."""
    port, backup = _free_port(), _free_port()
    configuration = folder / "influxdb.conf"
    text = _CONFIGURATION.format(folder=folder, port=port, backup=backup, auth=str(auth).lower())
    configuration.write_text(text, encoding="utf-8")
    with _running([_found("influxd"), "run", "-config", str(configuration)], folder, port) as url:
        yield url


@contextmanager
def victoria_metrics(folder: Path, *flags: str) -> Iterator[str]:
    """Run VictoriaMetrics and give its address."""
    port = _free_port()
    command = [_found("victoria-metrics"), f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}", *flags]
    with _running(command, folder, port) as url:
        yield url


def _found(name: str) -> str:
    """Return a program that scripts/unpack_servers has unpacked, or one that is installed."""
    program = shutil.which(name, path=str(ROOT / ".cache" / "servers" / "usr" / "bin")) or shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not here; scripts/unpack_servers fetches it")
    return program


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        try:
            _wait(process, f"{url}/ping")
            yield url
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=1):  # noqa: S310
                return
        except URLError, ConnectionError:
            time.sleep(0.05)
    pytest.fail("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
