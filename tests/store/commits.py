"""Commits as the coordinator makes them: state, a journal row and points that all carry the same number."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from custom_components.meter_vision.store.models import Commit, JournalEntry, Kind, OutgoingPoint

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
BUCKET = "water_meter"


def at(minutes: float) -> datetime:
    """Return a time some minutes after the start."""
    return START + timedelta(minutes=minutes)


def entry(number: int = 0, register: str = "main", picture: str | None = None, size: int = 0) -> JournalEntry:
    """Return an accepted look that took place `number` minutes after the start."""
    return JournalEntry(
        register=register,
        time=at(number),
        recorded_at=at(number) + timedelta(seconds=3),
        kind=Kind.LOOK,
        outcome="accepted",
        rule="in_window",
        confidence="high",
        value=Decimal(number) / 10,
        detail={"window": ["0", "1.5"]},
        evidence={"positions": ["1.0", "?"]},
        model="claude",
        input_tokens=1500,
        output_tokens=150,
        cost=Decimal("0.00030"),
        picture=picture,
        picture_size=size,
    )


def point(number: int, bucket: str = BUCKET) -> OutgoingPoint:
    """Return the point of a reading."""
    stamp = int(at(number).timestamp() * 1000)
    return OutgoingPoint(bucket=bucket, line=f"water_meter,meter_id=m reading={number} {stamp}", time=at(number))


def commit(number: int, meter: str = "cellar") -> Commit:
    """Return everything that one look brings."""
    return Commit(
        meter=meter,
        recorded_at=at(number),
        state={"number": number},
        journal=(entry(number),),
        points=(point(number), point(number, "quality")),
    )
