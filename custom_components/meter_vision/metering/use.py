"""What follows from a register's readings: what its use costs, how fast it counts, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, Self

from .catalogue import CATALOGUE
from .cost_point import CostPoint, money
from .costs import CostBook, CostCourse, wrong_since
from .forecast import Forecast, forecast
from .ledger_columns import Totals
from .models import MeterKind, Reading, Register
from .price_calendar import price_calendar
from .rate import rate
from .resting import Rest, go_on
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
    last: CostPoint | None = None
    """The costs with the latest reading, None before they were worked out for the first time."""
    costs: CostBook | None = None
    """None until the readings have changed since Home Assistant started."""
    usage: Usage = field(default_factory=Usage)
    rate: Decimal | None = None
    """Units per hour."""
    forecast: Forecast | None = None
    terms: str = ""
    """A fingerprint of the description that all this was worked out with."""

    def to_data(self) -> dict[str, Any]:
        """Return as plain data what does not follow from the readings that are kept, and what is shown of them."""
        return {
            "currency": self.currency,
            "charged_since": None if self.charged_since is None else self.charged_since.isoformat(),
            "start": None if self.start is None else self.start.to_data(),
            "last": None if self.last is None else self.last.to_data(),
            "rate": None if self.rate is None else str(self.rate),
            "forecast": None if self.forecast is None else self.forecast.to_data(),
            "terms": self.terms,
            **self.usage.to_data(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave."""
        start, since = data["start"], data["charged_since"]
        last, per_hour, expected = (data.get(key) for key in ("last", "rate", "forecast"))
        return cls(
            currency=data["currency"],
            charged_since=None if since is None else datetime.fromisoformat(since),
            start=None if start is None else CostPoint.from_data(start),
            last=None if last is None else CostPoint.from_data(last),
            rate=None if per_hour is None else Decimal(per_hour),
            forecast=None if expected is None else Forecast.from_data(expected),
            terms=str(data.get("terms", "")),
            usage=Usage.from_data(data),
        )


class Bookkeeper:
    """Works out what follows from the readings of one register."""

    def __init__(self, kind: MeterKind, register: Register, interval: timedelta, zone: tzinfo) -> None:
        """Prepare for a register whose days are those of a zone."""
        self.calendar = price_calendar(register.tariff or NO_TARIFF, zone)
        self.rules = UsageRules.of(kind, register, interval, zone, register.leak_hours)
        self.terms = sha256(repr((kind, register, interval, str(zone))).encode()).hexdigest()[:16]
        self._register = register
        self._ceiling = CATALOGUE[kind].hard_ceilings[register.consumption_unit]

    def stands(self, use: Use, latest: Reading) -> bool:
        """Return whether what is known of the use is what follows from the readings up to the latest one."""
        return use.terms == self.terms and use.last is not None and use.last.time == latest.time

    def opened(self, use: Use, totals: Totals) -> Use:
        """Return what is known with the costs of the readings that it was worked out from."""
        if use.costs is not None or use.start is None:
            return use
        last = use.last if use.terms == self.terms else None
        return replace(use, costs=CostBook.resume(use.start, totals, self.calendar, last=last))

    def follow(self, use: Use, totals: Totals, now: datetime, rest: Rest = go_on) -> tuple[Use, tuple[UsageEvent, ...]]:
        """Return what follows from other readings, and what is worth to be told of; slow where much has changed."""
        use, costs = self._charged(use, totals, rest)
        rest()
        usage, events = use.usage.after(totals, self.rules)
        rest()
        followed = replace(
            use,
            start=costs.start,
            last=costs.last,
            costs=costs,
            terms=self.terms,
            usage=usage,
            rate=rate(totals, self._register.consumption_resolution, self._ceiling),
            forecast=forecast(costs.last, totals, now, self.calendar, rest) if use.currency else None,
        )
        return followed, events

    def _charged(self, use: Use, totals: Totals, rest: Rest) -> tuple[Use, CostBook]:
        """Return the costs, from the beginning if there were none in this currency."""
        currency = self.calendar.tariff.currency
        if use.currency != currency:
            use = replace(use, currency=currency, charged_since=None, start=None, last=None, costs=None)
        if use.costs is not None:
            return use, use.costs.follow(totals, rest)
        if use.start is not None:
            # Where none of the readings is left that were charged, as with another multiplier, their cost stands.
            start, last = use.start, use.last
            if last is not None and last.time <= totals[0].reading.time:
                start = last
            return use, CostBook.resume(start, totals, self.calendar, rest=rest)
        return replace(use, charged_since=totals[0].reading.time), CostBook.begin(totals, self.calendar, rest)

    def price(self, use: Use, now: datetime) -> Decimal | None:
        """Return what the next unit costs."""
        return None if use.last is None else self.calendar.price_at(now, self._this_month(use.last, now).month_used)

    def month_cost(self, use: Use, now: datetime) -> Decimal | None:
        """Return what the present billing month has cost, as far as it is known; of a new one there is nothing yet."""
        return None if use.last is None else money(self._this_month(use.last, now).month_cost)

    def month_used(self, use: Use, now: datetime) -> Decimal | None:
        """Return what has been used in the present billing month."""
        return None if use.last is None else money(self._this_month(use.last, now).month_used)

    def _this_month(self, point: CostPoint, now: datetime) -> CostPoint:
        month = self.calendar.month_of(self.calendar.local_date(now))
        return point if point.month == month else CostPoint(time=now, consumption=point.consumption, month=month)

    def wrong_since(self, before: Use, after: Use, now: datetime) -> datetime | None:
        """Return from when on rows of the cost's statistics are wrong, None: the recorder sees to it."""
        if before.costs is None or after.costs is None or not after.currency:
            return None
        return wrong_since(before.costs, after.costs, now)

    def course(self, use: Use, totals: Totals, rest: Rest) -> CostCourse:
        """Return the cost at any time of the last days; `totals` are those that all else is known of.

        `rest` is called now and then while thousands of points are worked out.
        """
        costs = self.opened(use, totals).costs
        return (CostBook.begin(totals, self.calendar, rest) if costs is None else costs).course(rest)
