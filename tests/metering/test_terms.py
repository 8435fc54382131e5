"""Terms outlive the description they came from."""

from dataclasses import replace
from datetime import UTC, datetime
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.meter_vision.metering.description import parse_register
from custom_components.meter_vision.metering.errors import LayoutError
from custom_components.meter_vision.metering.models import MeterKind
from custom_components.meter_vision.metering.terms import Terms

GAS = {
    "unit": "m³",
    "display": "drums",
    "whole_digits": 5,
    "decimals": 3,
    "gas": [{"from": "2026-11-01", "calorific_value": "11.2", "volume_correction": "0.95"}],
    "tariff": {
        "currency": "EUR",
        "billing_day": 5,
        "versions": [
            {"price": "0.1", "tiers": [{"above": "100", "price": "0.2"}]},
            {
                "from": "2026-11-15",
                "bands": [{"price": "0.1", "from": "06:00", "to": "06:30", "days": "weekend"}],
                "price": 1,
            },
        ],
    },
}
BERLIN = ZoneInfo("Europe/Berlin")
TERMS = Terms(kind=MeterKind.GAS, register=parse_register(GAS, MeterKind.GAS, BERLIN), zone=BERLIN)


def test_they_come_back_from_a_file_as_they_were() -> None:
    data = TERMS.to_data()
    kept = json.loads(json.dumps(data))
    assert kept == data  # or every start would find a difference
    assert Terms.from_data(kept) == TERMS
    assert TERMS.register.gas[0].since == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_a_time_zone_is_one_of_them() -> None:
    assert replace(TERMS, zone=UTC).to_data() != TERMS.to_data()
    assert Terms.from_data(replace(TERMS, zone=UTC).to_data()).to_data() == replace(TERMS, zone=UTC).to_data()


@pytest.mark.parametrize("data", [{}, {"kind": "steam"}, {**TERMS.to_data(), "zone": "Nowhere/At all"}])
def test_what_is_none_of_them_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((LayoutError, LookupError, OSError, TypeError, ValueError)):
        Terms.from_data(data)
