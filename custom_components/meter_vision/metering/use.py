"""What follows from a register's readings: what its use costs, how fast it counts, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final, Self

from .catalogue import CATALOGUE
from .costs import CostBook, CostCourse, CostPoint, money, wrong_since
from .forecast import Forecast, forecast
from .ledger import Total
from .models import MeterKind, Register
from .price_calendar import PriceCalendar
from .rate import rate
from .tariff import Tariff
from .usage import Usage, UsageEvent, UsageRules

NO_TARIFF: Final = Tariff(currency="", rates=())
"""Nothing is charged, but what is used in a month is counted all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What is known about a register's use besides its readings."""

    currency: str = ""
    """Of the costs, empty without a tariff."""
    charged_since: datetime | None = None
    """When the first reading was taken that costs are counted from, aware UTC."""
    start: CostPoint | None = None
    """From where costs follow, None before they were worked out for the first time."""
    costs: CostBook | None = None
    """None until they have been worked out since Home Assistant started."""
    usage: Usage = field(default_factory=Usage)
    rate: Decimal | None = None
    """Units per hour."""
    forecast: Forecast | None = None

    def to_data(self) -> dict[str, Any]:
        """Return as plain data what does not follow from the readings that are kept."""
        return {
            "currency": self.currency,
            "charged_since": None if self.charged_since is None else self.charged_since.isoformat(),
            "start": None if self.start is None else self.start.to_data(),
            **self.usage.to_data(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave."""
        start, since = data["start"], data["charged_since"]
        return cls(
            currency=data["currency"],
            charged_since=None if since is None else datetime.fromisoformat(since),
            start=None if start is None else CostPoint.from_data(start),
            usage=Usage.from_data(data),
        )


class Bookkeeper:
    """Works out what follows from the readings of one register."""

    def __init__(self, kind: MeterKind, register: Register, interval: timedelta, zone: tzinfo) -> None:
        """Prepare for a register whose days are those of a zone."""
        self.calendar = PriceCalendar(register.tariff or NO_TARIFF, zone)
        self.rules = UsageRules.of(kind, register, interval, zone, register.leak_hours)
        self._register = register
        self._ceiling = CATALOGUE[kind].hard_ceilings[register.consumption_unit]

    def follow(self, use: Use, totals: Sequence[Total], now: datetime) -> tuple[Use, tuple[UsageEvent, ...]]:
        """Return what follows from other readings, and what is worth to be told of; slow where much has changed."""
        use, costs = self._charged(use, totals)
        usage, events = use.usage.after(totals, self.rules)
        followed = replace(
            use,
            start=costs.start,
            costs=costs,
            usage=usage,
            rate=rate(totals, self._register.consumption_resolution, self._ceiling),
            forecast=forecast(costs.last, totals, now, self.calendar) if use.currency else None,
        )
        return followed, events

    def _charged(self, use: Use, totals: Sequence[Total]) -> tuple[Use, CostBook]:
        """Return the costs, from the beginning if there were none in this currency."""
        currency = self.calendar.tariff.currency
        if use.currency != currency:
            use = replace(use, currency=currency, charged_since=None, start=None, costs=None)
        if use.costs is not None:
            return use, use.costs.follow(totals, self.calendar)
        if use.start is not None:
            return use, CostBook.resume(use.start, totals, self.calendar)
        return replace(use, charged_since=totals[0].reading.time), CostBook.begin(totals, self.calendar)

    def price(self, use: Use, now: datetime) -> Decimal | None:
        """Return what the next unit costs."""
        return (
            None if use.costs is None else self.calendar.price_at(now, self._this_month(use.costs.last, now).month_used)
        )

    def month_cost(self, use: Use, now: datetime) -> Decimal | None:
        """Return what the present billing month has cost, as far as it is known; of a new one there is nothing yet."""
        return None if use.costs is None else money(self._this_month(use.costs.last, now).month_cost)

    def month_used(self, use: Use, now: datetime) -> Decimal | None:
        """Return what has been used in the present billing month."""
        return None if use.costs is None else money(self._this_month(use.costs.last, now).month_used)

    def _this_month(self, point: CostPoint, now: datetime) -> CostPoint:
        month = self.calendar.month_of(self.calendar.local_date(now))
        return point if point.month == month else CostPoint(time=now, consumption=point.consumption, month=month)

    def wrong_since(self, before: Use, after: Use, now: datetime) -> datetime | None:
        """Return from when on rows of the cost's statistics are wrong, None: the recorder sees to it."""
        if before.costs is None or after.costs is None or not after.currency:
            return None
        return wrong_since(before.costs, after.costs, now)

    def course(self, use: Use) -> CostCourse | None:
        """Return the cost at any time of the last days, None without a tariff."""
        return use.costs.course(self.calendar) if use.costs is not None and use.currency else None
