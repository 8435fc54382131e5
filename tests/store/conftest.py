"""One fresh file for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from custom_components.meter_vision.store.account_store import AccountStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file is or will be."""
    return tmp_path / "account.db"


@pytest.fixture
def store(path: Path) -> Iterator[AccountStore]:
    """Return an open, empty store."""
    opened = AccountStore.open(path)
    yield opened
    opened.close()
