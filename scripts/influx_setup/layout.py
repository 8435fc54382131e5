"""The buckets that Meter Vision writes to, and how long each keeps its points."""

from dataclasses import dataclass
from datetime import timedelta

from custom_components.meter_vision.export.schema import RETENTION, Bucket as Name, BucketMode, bucket_names


@dataclass(frozen=True, slots=True)
class Bucket:
    """A name and how long points are kept; None: for ever."""

    name: str
    kept: timedelta | None

    def __str__(self) -> str:
        """Say both."""
        return f"bucket {self.name}, kept {shown(self.kept)}"


def buckets(*, shared: bool) -> tuple[Bucket, ...]:
    """Return the buckets, one for each utility or one for all."""
    names = bucket_names(BucketMode.SHARED if shared else BucketMode.SEPARATE)
    return tuple(Bucket(name, None if name == Name.DAILY else RETENTION) for name in names)


def shown(kept: timedelta | None) -> str:
    """Return a retention in words."""
    if kept is None:
        return "for ever"
    return f"for {kept.days} days" if kept.days else f"for {kept}"


def shorter(found: timedelta | None, wanted: timedelta | None) -> bool:
    """Whether points would go before their time."""
    return found is not None and (wanted is None or found < wanted)


def longer(found: timedelta | None, wanted: timedelta | None) -> bool:
    """Whether points stay beyond their time."""
    return shorter(wanted, found)
