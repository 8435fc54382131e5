"""A real InfluxDB 1.x with the golden house in it."""

from collections.abc import Iterator
import json
import os
from typing import Any

import pytest
from pytest_socket import enable_socket

from custom_components.meter_vision.export.schema import Bucket
from tests.influx.servers import influxd
from tests.repository import ROOT

from .golden import FIRST_WRITTEN, POINTS
from .viewer import SERVER, Viewer, create, write

PROVISIONING = ROOT / "grafana-provisioning"


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a server with the golden house; another server can be named in the environment."""
    # A fixture of a module is made before those that let a single test use sockets.
    enable_socket()
    if elsewhere := os.environ.get(SERVER):
        _furnish(elsewhere)
        yield elsewhere
        return
    with influxd(tmp_path_factory.mktemp("influxd")) as url:
        for bucket in Bucket:
            create(url, bucket)
        _furnish(url)
        yield url


def _furnish(url: str) -> None:
    """Write the golden house; the misread comes before its correction."""
    write(url, Bucket.ELECTRICITY, FIRST_WRITTEN)
    for bucket, points in POINTS.items():
        write(url, bucket, points)


@pytest.fixture
def viewer(golden: str, socket_enabled: None) -> Viewer:
    """Give somebody in Berlin who looks at noon on 2 November."""
    del socket_enabled
    return Viewer(golden)


def dashboard(name: str, language: str = "influxql") -> dict[str, Any]:
    """Return a dashboard as it is committed."""
    path = PROVISIONING / "dashboards" / language / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
