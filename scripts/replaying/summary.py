"""The last line: how many of each, and how far from the truth."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from custom_components.meter_vision.metering.consumption import step
from custom_components.meter_vision.metering.models import Outcome

from .history import Row
from .meter import ReplayedMeter
from .replay import Replayed


def summary(meter: ReplayedMeter, rows: Sequence[Row], replayed: Sequence[Replayed]) -> str:
    """Return the counts as one line of words."""
    outcomes = Counter(result.verdict.outcome for result in replayed)
    final = replayed[-1].published if replayed else None
    if final is None and meter.initial is not None:
        final = meter.initial.value
    figures = {
        "observations": len(rows),
        "accepted": outcomes[Outcome.ACCEPTED],
        "held": outcomes[Outcome.HELD],
        "rejected": outcomes[Outcome.REJECTED],
        "unreadable": outcomes[Outcome.UNREADABLE],
        "corrected": sum(result.taken_back for result in replayed),
        "asked": sum(result.asked for result in replayed),
        "decreases": _decreases(meter, replayed),
        "wrong": _wrong(meter, rows, replayed),
        "final": "-" if final is None else final,
    }
    return " ".join(f"{name}={figure}" for name, figure in figures.items())


def _decreases(meter: ReplayedMeter, replayed: Sequence[Replayed]) -> int:
    published = [(result.published, result.correction) for result in replayed if result.published is not None]
    if meter.initial is not None:
        published.insert(0, (meter.initial.value, False))
    return sum(
        not correction and step(before, after, meter.register) < 0
        for (before, _), (after, correction) in pairwise(published)
    )


def _wrong(meter: ReplayedMeter, rows: Sequence[Row], replayed: Sequence[Replayed]) -> int | str:
    """Count rows that were accepted, never taken back, and left a total that is not right."""
    if all(row.truth is None for row in rows):
        return "-"
    return sum(
        result.accepted and not result.taken_back and row.truth is not None and not _is_right(meter, row.truth, result)
        for row, result in zip(rows, replayed, strict=True)
    )


def _is_right(meter: ReplayedMeter, truth: Decimal, result: Replayed) -> bool:
    """Return whether the total is within the tolerance of the truth, or of a look that is.

    A look within the tolerance of the total confirms it and leaves it as it is: each may be off by the tolerance.
    """

    def near(one: Decimal, other: Decimal) -> bool:
        return abs(step(one, other, meter.register)) <= meter.rules.tolerance

    total, seen = result.published, result.seen
    if total is None:
        return False
    return near(truth, total) or (seen is not None and near(truth, seen) and near(seen, total))
