"""What calls cost."""

from datetime import date
from decimal import Decimal

import pytest

from custom_components.meter_vision.metering.models import Usage
from custom_components.meter_vision.metering.pricing import Price, cost, own_prices, price


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


def test_a_persons_own_price_goes_before_the_list_and_holds_for_that_model_alone() -> None:
    said = Price(Decimal("0.25"), Decimal(3), date(2026, 11, 26))
    own = own_prices({"claude-haiku-5-5": said.to_data(), "gpt-5": said.to_data()})
    used = Usage(model="claude-haiku-5-5", input_tokens=1_000_000, output_tokens=1_000_000)
    assert own["gpt-5"] == price("gpt-5", own) == said
    assert cost(used, own) == Decimal("3.25")
    assert price("claude-haiku-5-5-20261007", own) == price("claude-haiku-5-5")
