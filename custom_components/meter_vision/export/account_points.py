"""The point that tells how an account stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..store.models import OutboxState, OutgoingPoint
from .points import Series, Value, build
from .schema import ACCOUNT, ALL_REGISTERS, STATUS, BucketMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a month has cost and may cost; None where nobody has said."""

    api_cost: Decimal
    """US dollars."""
    api_budget: Decimal | None = None
    cost_budget: Decimal | None = None
    """For what is used, in the currency of the tariffs."""


def status_point(
    outbox: OutboxState, money: Money, site: str, mode: BucketMode, now: datetime
) -> tuple[OutgoingPoint, ...]:
    """Return how many points wait, and what the month has cost and may cost, at a time."""
    series = Series(kind=None, meter_id=ACCOUNT, register=ALL_REGISTERS, site=site, unit="points")
    age = 0.0 if outbox.oldest is None else max((now - outbox.oldest).total_seconds(), 0.0)
    fields: dict[str, Value] = {
        "backlog": outbox.waiting,
        "oldest_age": age,
        "dead_letters": outbox.dead,
        "api_cost_month": money.api_cost,
        "api_budget": money.api_budget,
        "cost_budget": money.cost_budget,
    }
    point = build(STATUS, series, now, fields, mode)
    return () if point is None else (point,)
