"""What arrives when the writer is ended with SIGKILL again and again while the server goes away."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.export.crashes import OUTAGES, run
from tests.export.writer import BATCH

from .row import Row

TITLE = f"10,000 points, the writer ended 12 times and the server gone {OUTAGES} times, 20 runs"
_POINTS = 10_000
_KILLS = 12
_RUNS = 20


def rows() -> Iterator[Row]:
    """Yield what the server has after all runs."""
    results = []
    for seed in range(_RUNS):
        with TemporaryDirectory() as folder:
            results.append(run(Path(folder) / "account.db", _POINTS, _KILLS, seed))
    most = _POINTS + _KILLS * BATCH
    yield Row("distinct points, fewest", f"{min(result.distinct for result in results):,}", f"{_POINTS:,}")
    yield Row("distinct points, most", f"{max(result.distinct for result in results):,}", f"{_POINTS:,}")
    yield Row("accepted lines, most", f"{max(result.accepted for result in results):,}", f"at most {most:,}")
