"""What a call costs, from a dated table and a person's own prices; tokens are facts, money is an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Self

from .models import Usage

PRICES_AS_OF: Final = date(2026, 10, 24)
_TOKENS_PER_PRICE: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal
    since: date = PRICES_AS_OF
    """The day of the list, or on which a person said so."""

    def to_data(self) -> dict[str, str]:
        """Return plain data."""
        return {"input": str(self.input), "output": str(self.output), "since": self.since.isoformat()}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """Return what `to_data` gave."""
        return cls(Decimal(data["input"]), Decimal(data["output"]), date.fromisoformat(data["since"]))


# By family, longest prefix first: dated names such as claude-haiku-4-5-20251001 belong to their family.
PRICES: Final = {
    "claude-haiku-5-5": Price(Decimal("0.10"), Decimal("0.50")),
    "claude-sonnet-5-5": Price(Decimal(2), Decimal(10)),
    "claude-opus-5-5": Price(Decimal(4), Decimal(20)),
    "claude-fable-5-1": Price(Decimal(10), Decimal(50)),
    "claude-haiku-4-5": Price(Decimal(1), Decimal(5)),
    "claude-sonnet-4-6": Price(Decimal(3), Decimal(15)),
    "claude-sonnet-5": Price(Decimal(2), Decimal(10)),
    "claude-opus-5": Price(Decimal(5), Decimal(25)),
}

type OwnPrices = Mapping[str, Price]
"""What a person says that models cost, by their full names; the list is not asked for these."""
_NONE: Final[OwnPrices] = {}


def own_prices(data: Mapping[str, Mapping[str, str]]) -> OwnPrices:
    """Return the prices that were stored as plain data."""
    return {model: Price.from_data(price) for model, price in data.items()}


def price(model: str, own: OwnPrices = _NONE) -> Price | None:
    """Return the price of a model, or None if it is not known."""
    if model in own:
        return own[model]
    families = [family for family in PRICES if model == family or is_dated(model, family)]
    return PRICES[families[0]] if families else None


def cost(usage: Usage, own: OwnPrices = _NONE) -> Decimal | None:
    """Return the US dollars one call cost, or None for a model without a known price."""
    known = price(usage.model, own)
    if known is None:
        return None
    return (known.input * usage.input_tokens + known.output * usage.output_tokens) / _TOKENS_PER_PRICE


def is_dated(model: str, family: str) -> bool:
    """Return whether a name is that of a family with a date behind it."""
    suffix = model.removeprefix(f"{family}-")
    return suffix != model and suffix.isdigit() and len(suffix) == len("20260101")
