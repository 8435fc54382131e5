"""A server, an outbox and what takes points from one to the other."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from custom_components.meter_vision.export.delivery import Delivery
from custom_components.meter_vision.export.server import Server
from custom_components.meter_vision.export.settings import ExportSettings, ServerKind
from custom_components.meter_vision.store.account_store import AccountStore

from .sink import WRITE_TOKEN, Sink


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccountStore]:
    """Return an open, empty store."""
    opened = AccountStore.open(tmp_path / "account.db")
    yield opened
    opened.close()


def settings(url: str, **changes: object) -> ExportSettings:
    """Return settings for a server with the right token."""
    data = {"kind": ServerKind.INFLUXDB_2, "url": url, "org": "home", "token": WRITE_TOKEN, **changes}
    return ExportSettings.from_data(data)


@pytest.fixture
def server(sink: Sink) -> Iterator[Server]:
    """Return a client of the running server that is not patient."""
    client = Server(settings(sink.url), timeout=timedelta(seconds=2))
    yield client
    client.close()


@pytest.fixture
def make_delivery(store: AccountStore, server: Server) -> Callable[..., Delivery]:
    """Return what makes a delivery whose pauses are as long as they may be."""
    return lambda **options: Delivery(store, server, lambda longest: longest, **options)


@pytest.fixture
def delivery(make_delivery: Callable[..., Delivery]) -> Delivery:
    """Return a delivery as it is in use."""
    return make_delivery()
