"""Flow and power as averages over as much time as the resolution needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.meter_vision.metering.ledger_columns import Total, packed
from custom_components.meter_vision.metering.models import Reading
from custom_components.meter_vision.metering.rate import rate, watts

START = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "resolution", "ceiling", "expected"),
    [
        pytest.param([(0, "0"), (15, "0.0500")], "0.0001", "5", "0.2", id="one interval is enough for a fine register"),
        pytest.param([(0, "0"), (15, "0.0500"), (30, "0.0500")], "0.0001", "5", "0", id="standing still"),
        pytest.param(
            [(0, "0"), (15, "0.1"), (30, "0.1")], "0.1", "43.5", "0.2", id="a coarse register needs half an hour"
        ),
        pytest.param([(0, "0"), (15, "2.5")], "0.1", "43.5", "10", id="or a lot of use"),
        pytest.param([(0, "0"), (15, "0.1")], "0.1", "43.5", None, id="what is not certain is not said"),
        pytest.param([(0, "0"), (300, "1")], "1", "43.5", "0.2", id="a very coarse one needs hours"),
        pytest.param([(0, "0"), (361, "500")], "1", "43.5", None, id="but not days"),
        pytest.param([(0, "0")], "0.1", "43.5", None, id="one reading has no rate"),
        pytest.param([(0, "10"), (60, "8")], "0.1", "43.5", "-2", id="into the grid"),
        pytest.param([(0, "0"), (0, "3"), (30, "4")], "0.1", "43.5", "2", id="a correction is no flow"),
    ],
)
def test_rate(rows: list[tuple[int, str]], resolution: str, ceiling: str, expected: str | None) -> None:
    totals = packed(
        Total(reading=Reading(value=Decimal(value), time=START + timedelta(minutes=minute)), consumption=Decimal(value))
        for minute, value in rows
    )
    found = rate(totals, Decimal(resolution), Decimal(ceiling))
    assert found == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(("unit", "expected"), [("kWh", "1500"), ("Wh", "1.5"), ("MWh", "1500000")])
def test_power_is_in_watts(unit: str, expected: str) -> None:
    assert watts(Decimal("1.5"), unit) == Decimal(expected)
