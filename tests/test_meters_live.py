"""scripts/meters with a real Home Assistant."""

import subprocess
import sys

import pytest

from tests.repository import ROOT


@pytest.mark.usefixtures("socket_enabled")
def test_meters_are_applied_changed_and_exported() -> None:
    """Runs in a process of its own, because Home Assistant and the simulator are processes too."""
    command = [sys.executable, "-m", "tests.live.many_meters"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    assert "ok  + Water main: added" in ended.stdout
