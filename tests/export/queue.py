"""Points to send, and what has become of them."""

from datetime import UTC, datetime, timedelta

from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit, OutgoingPoint

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def after(**duration: float) -> datetime:
    """Return a time after the start."""
    return NOW + timedelta(**duration)


def fill(store: AccountStore, numbers: range, bucket: str = "water_meter") -> None:
    """Queue points, one a minute."""
    store.commit(
        Commit(
            meter="m",
            recorded_at=NOW,
            points=tuple(
                OutgoingPoint(
                    bucket=bucket,
                    line=f"water_meter,meter_id=m reading={number} {1_795_000_000_000 + number * 60_000}",
                    time=after(minutes=number),
                )
                for number in numbers
            ),
        )
    )


def left(store: AccountStore) -> list[int]:
    """Return the numbers of the points that wait."""
    return [number_of(point.line) for point in store.waiting(100_000)]


def dead(store: AccountStore) -> dict[int, str]:
    """Return the numbers of the points that were refused, with the reason."""
    return {number_of(letter.line): letter.message for letter in store.dead_letters(100_000)}


def number_of(line: str) -> int:
    """Return the number in a line."""
    return int(line.split("reading=")[1].split(maxsplit=1)[0])
