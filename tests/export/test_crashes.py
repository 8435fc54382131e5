"""No point is lost or written much too often, whenever the writer dies and the server goes away."""

from pathlib import Path

from .crashes import run
from .writer import BATCH


def test_every_point_arrives(socket_enabled: None, tmp_path: Path) -> None:
    """`scripts/bench crash` does this twenty times, with ten thousand points each."""
    del socket_enabled
    result = run(tmp_path / "account.db", points=10_000, kills=8, seed=1)

    assert result.distinct == 10_000
    assert 10_000 <= result.accepted <= 10_000 + result.kills * BATCH
