"""The command: run each target in turn until the time is over, and print what was tried."""

import argparse
from collections import Counter
from collections.abc import Sequence
import random
import time
import warnings

from hypothesis import HealthCheck, given, seed, settings

from .target import Target
from .targets import TARGETS

_EXAMPLES = 200
"""Of a target before it is the next one's turn."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz; return 1 as soon as an exception comes out that is not documented."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description="Looks for undocumented exceptions.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given_ = parser.parse_args(arguments)
    if unknown := set(given_.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    warnings.simplefilter("ignore")  # Pillow's, about the pictures
    chosen = [TARGETS[name] for name in given_.targets or TARGETS]
    print(f"seed {given_.seed}", flush=True)
    tried: Counter[str] = Counter()
    end, number = time.monotonic() + 60 * given_.minutes, given_.seed
    while time.monotonic() < end:
        for target in chosen:
            tried[target.name] += examples(target, number)
        number += 1
    for name, count in tried.items():
        print(f"{name:12} {count:9} examples, no undocumented exception")
    return 0


def examples(target: Target, number: int, most: int = _EXAMPLES) -> int:
    """Try examples of a target and return how many; raises what is not documented, with the example."""
    count = 0

    @seed(number)
    @settings(
        max_examples=most, database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
    )
    @given(target.strategy)
    def attempt(example: object) -> None:
        nonlocal count
        count += 1
        target.attempt(example)

    attempt()
    return count
