"""What calls cost."""

from decimal import Decimal

import pytest

from custom_components.meter_vision.metering.models import Usage
from custom_components.meter_vision.metering.pricing import cost, price


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-haiku-5-5", "0.6"),
        ("claude-haiku-4-5-20251001", "6"),
        ("claude-sonnet-5-5", "12"),
        ("claude-sonnet-5", "12"),
    ],
)
def test_a_million_in_and_out(model: str, dollars: str) -> None:
    assert cost(Usage(model=model, input_tokens=1_000_000, output_tokens=1_000_000)) == Decimal(dollars)


@pytest.mark.parametrize("model", ["claude-haiku-5-6", "claude-sonnet-5-20261", "gpt-5", ""])
def test_no_price_is_made_up(model: str) -> None:
    assert price(model) is None
    assert cost(Usage(model=model, input_tokens=1, output_tokens=1)) is None
