"""The point that tells how an account stands."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ..store.models import OutboxState, OutgoingPoint
from .points import Series, Value, build
from .schema import ACCOUNT, ALL_REGISTERS, STATUS, BucketMode


def status_point(
    outbox: OutboxState, api_cost_month: Decimal, site: str, mode: BucketMode, now: datetime
) -> tuple[OutgoingPoint, ...]:
    """Return how many points wait and what Claude has cost in a month, at a time."""
    series = Series(kind=None, meter_id=ACCOUNT, register=ALL_REGISTERS, site=site, unit="points")
    age = 0.0 if outbox.oldest is None else max((now - outbox.oldest).total_seconds(), 0.0)
    fields: dict[str, Value] = {
        "backlog": outbox.waiting,
        "oldest_age": age,
        "dead_letters": outbox.dead,
        "api_cost_month": api_cost_month,
    }
    point = build(STATUS, series, now, fields, mode)
    return () if point is None else (point,)
