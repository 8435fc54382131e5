"""What had been charged when the consumption stood at a value: exact and additive.

Fractions carry the sums, for a share of an hour's use is no finite decimal; so it makes no difference into how many
intervals a time is split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Self

from .ledger_columns import Total
from .price_calendar import PriceCalendar, Segment

MONEY_RESOLUTION: Final = Decimal("0.000001")
_KEPT_PLACES: Final = 9
_KEPT_PARTS: Final = 10**_KEPT_PLACES
_KEPT_RESOLUTION: Final = Decimal(1).scaleb(-_KEPT_PLACES)
_MICROSECOND: Final = timedelta(microseconds=1)
_NOTHING: Final = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPoint:
    """What had been charged when the consumption stood at a value; sums since charging began."""

    time: datetime
    """Aware UTC."""
    consumption: Fraction
    usage: Fraction = _NOTHING
    """Charged for what was used."""
    standing: Fraction = _NOTHING
    """Charged for the time."""
    month: date
    """First day of the billing month that the next figures belong to."""
    month_used: Fraction = _NOTHING
    month_cost: Fraction = _NOTHING

    @classmethod
    def begin(cls, time: datetime, consumption: Decimal, calendar: PriceCalendar) -> Self:
        """Return the point from which on everything is charged."""
        month = calendar.month_of(calendar.local_date(time))
        return cls(time=time, consumption=Fraction(consumption), month=month)

    @property
    def cost(self) -> Decimal:
        """Everything charged."""
        return money(self.usage + self.standing)

    def to(self, time: datetime, consumption: Decimal | Fraction, calendar: PriceCalendar) -> CostPoint:
        """Return the point at a later time, what was used meanwhile spread evenly; at the same time all at once."""
        reached = Fraction(consumption)
        return self._charged(time, reached, calendar).point(time, reached)

    def _charged(self, time: datetime, reached: Fraction, calendar: PriceCalendar) -> _Sums:
        used = reached - self.consumption
        length = (time - self.time) // _MICROSECOND
        sums = _Sums(self.month, self.usage, self.standing, self.month_used, self.month_cost)
        for segment in calendar.segments(self.time, time):
            part = (segment.end - segment.start) // _MICROSECOND
            sums.charge(segment, part, used if part == length else used * Fraction(part, length))
        return sums

    def towards(self, end: Total | CostPoint, time: datetime, calendar: PriceCalendar) -> CostPoint:
        """Return the point at a time on the way to a later reading or its point."""
        later = end.reading.time if isinstance(end, Total) else end.time
        share = Fraction((time - self.time) // _MICROSECOND, (later - self.time) // _MICROSECOND)
        consumption = self.consumption + (Fraction(end.consumption) - self.consumption) * share
        return self.to(time, consumption, calendar)

    def with_reading(self, total: Total, calendar: PriceCalendar) -> CostPoint:
        """Return the point of the next reading."""
        time, reached = total.reading.time, Fraction(total.consumption)
        return self._charged(time, reached, calendar).rounded().point(time, reached)

    def rounded(self) -> CostPoint:
        """Return the point with sums of a length that can be kept."""
        sums = _Sums(self.month, self.usage, self.standing, self.month_used, self.month_cost)
        return sums.rounded().point(self.time, self.consumption)

    def to_data(self) -> dict[str, str]:
        """Return plain data."""
        sums = {
            "consumption": self.consumption,
            "usage": self.usage,
            "standing": self.standing,
            "month_used": self.month_used,
            "month_cost": self.month_cost,
        }
        texts = {key: str(_decimal(amount, _KEPT_RESOLUTION)) for key, amount in sums.items()}
        return {"time": self.time.isoformat(), "month": self.month.isoformat(), **texts}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """Return what `to_data` gave."""
        time = datetime.fromisoformat(data["time"]).astimezone(UTC)
        sums = {key: Fraction(data[key]) for key in ("consumption", "usage", "standing", "month_used", "month_cost")}
        return cls(time=time, month=date.fromisoformat(data["month"]), **sums)


@dataclass(slots=True)
class _Sums:
    """The sums of a point that is being made; thousands are, one after the other."""

    month: date
    usage: Fraction
    standing: Fraction
    month_used: Fraction
    month_cost: Fraction

    def charge(self, segment: Segment, length: int, used: Fraction) -> None:
        """Add a time of one price and one billing month, so many microseconds long."""
        day = segment.day
        if day.month != self.month:
            self.month, self.month_used, self.month_cost = day.month, _NOTHING, _NOTHING
        if day.rates is None:
            self.month_used += used
            return
        charged = day.standing * Fraction(length, (day.ends - day.begins) // _MICROSECOND)
        self.standing += charged
        if used:
            usage = used * Fraction(segment.price)
            month_used = self.month_used + used
            if day.rates.tiers:
                usage += day.rates.surcharged(month_used) - day.rates.surcharged(self.month_used)
            self.month_used = month_used
            self.usage += usage
            charged += usage
        self.month_cost += charged

    def rounded(self) -> Self:
        """Round the sums to a length that can be kept."""
        self.usage, self.standing = _kept(self.usage), _kept(self.standing)
        self.month_used, self.month_cost = _kept(self.month_used), _kept(self.month_cost)
        return self

    def point(self, time: datetime, consumption: Fraction) -> CostPoint:
        """Return the point with these sums."""
        return CostPoint(
            time=time,
            consumption=consumption,
            usage=self.usage,
            standing=self.standing,
            month=self.month,
            month_used=self.month_used,
            month_cost=self.month_cost,
        )


def money(amount: Fraction) -> Decimal:
    """Return an amount of money without the digits that nobody pays."""
    return _decimal(amount, MONEY_RESOLUTION)


def _kept(amount: Fraction) -> Fraction:
    return amount if _KEPT_PARTS % amount.denominator == 0 else round(amount, _KEPT_PLACES)


def _decimal(amount: Fraction, resolution: Decimal) -> Decimal:
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(resolution)
