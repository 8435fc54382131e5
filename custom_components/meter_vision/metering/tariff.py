"""What a unit costs: a price for all times or for bands of the week and seasons, tiers, standing charges, dated."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

DAY_MINUTES: Final = 24 * 60
WEEK: Final = tuple(range(7))
"""The days of the week, Monday first."""


@dataclass(frozen=True, slots=True)
class Season:
    """Days of every year, both included; the first may come after the last, which passes the new year."""

    first: tuple[int, int]
    """Month and day."""
    last: tuple[int, int]

    def includes(self, day: date) -> bool:
        """Return whether a day lies in the season."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Hours of some days with a price of their own, local time."""

    price: Decimal
    start: int = 0
    """Minutes after midnight."""
    end: int = DAY_MINUTES
    """Minutes after midnight; before `start`: on the same days also from midnight until then."""
    days: tuple[int, ...] = WEEK
    season: Season | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the band is in force on a day."""
        return day.weekday() in self.days and (self.season is None or self.season.includes(day))

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The minutes of a day that it covers."""
        if self.start < self.end:
            return ((self.start, self.end),)
        return tuple((start, end) for start, end in ((0, self.end), (self.start, DAY_MINUTES)) if start < end)


@dataclass(frozen=True, slots=True)
class Tier:
    """What is added to the price of the part of a month's use that lies above an amount."""

    above: Decimal
    surcharge: Decimal
    """Per unit, in place of that of the tier before; negative: cheaper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What is charged from a day on."""

    since: date | None = None
    """The first local day; None: always."""
    price: Decimal | None = None
    """Per unit outside of all bands; None: the bands cover every hour."""
    bands: tuple[Band, ...] = ()
    tiers: tuple[Tier, ...] = ()
    """By amount, the smallest first."""
    per_day: Decimal = Decimal(0)
    """Standing charge of each local day."""
    per_month: Decimal = Decimal(0)
    """Standing charge of each billing month, spread evenly over its days."""

    def steps(self, day: date) -> tuple[tuple[int, Decimal], ...]:
        """Return the prices of a day, each with the minute after midnight from which it holds."""
        spans = sorted((span, band.price) for band in self.bands if band.holds_on(day) for span in band.spans)
        steps: list[tuple[int, Decimal]] = []
        minute = 0
        for (start, end), price in spans:
            if start > minute:
                steps.append((minute, self.price or Decimal(0)))
            steps.append((start, price))
            minute = end
        if minute < DAY_MINUTES:
            steps.append((minute, self.price or Decimal(0)))
        return tuple(steps)

    def surcharge(self, used: Fraction) -> Decimal:
        """Return what is added per unit once so much has been used in a month."""
        index = bisect_right(self.tiers, used, key=lambda tier: Fraction(tier.above))
        return self.tiers[index - 1].surcharge if index else Decimal(0)

    def surcharged(self, used: Fraction) -> Fraction:
        """Return what all surcharges together make of so much used in a month."""
        total = Fraction(0)
        for index, tier in enumerate(self.tiers):
            above = Fraction(tier.above)
            if used <= above:
                break
            top = Fraction(self.tiers[index + 1].above) if index + 1 < len(self.tiers) else used
            total += (min(used, top) - above) * Fraction(tier.surcharge)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Everything that is charged for what a register counts, in one currency."""

    currency: str
    rates: tuple[Rates, ...]
    """By the day from which they hold, the oldest first; at least one."""
    billing_day: int = 1
    """Day of the month, 1 to 28, on which a billing month begins."""

    def on(self, day: date) -> Rates | None:
        """Return what is charged on a local day, None before everything."""
        index = bisect_right(self.rates, day, key=lambda rates: rates.since or date.min)
        return self.rates[index - 1] if index else None
