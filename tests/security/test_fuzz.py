"""A short form of `scripts/fuzz`: nothing but documented exceptions comes out."""

import pytest

from scripts.fuzzing.command import examples
from scripts.fuzzing.target import Target
from scripts.fuzzing.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@pytest.mark.filterwarnings("ignore")
def test_only_documented_exceptions_come_out(target: Target) -> None:
    assert examples(target, number=1, most=60) > 10
