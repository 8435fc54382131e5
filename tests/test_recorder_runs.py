"""Which of the recorder's runs are missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custom_components.meter_vision.recorder_runs import first_missing

from .house import START


@pytest.mark.parametrize(
    ("minutes", "missing"),
    [
        ([], None),
        ([0], None),
        ([0, 5, 10], None),
        ([0, 10], 5),
        ([0, 5, 20, 25, 40], 10),
    ],
)
def test_first_missing(minutes: list[int], missing: int | None) -> None:
    found = first_missing([START + timedelta(minutes=minute) for minute in minutes])
    assert found == (None if missing is None else START + timedelta(minutes=missing))
