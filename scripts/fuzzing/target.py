"""What is fed, with what, and which exceptions may come out."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Target:
    """One way in."""

    name: str
    strategy: st.SearchStrategy[Any]
    run: Callable[[Any], object]
    documented: tuple[type[Exception], ...] = ()

    def attempt(self, example: Any) -> None:
        """Feed one example; raises what is not documented."""
        with suppress(*self.documented):
            self.run(example)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=8), inner, max_size=8),
    max_leaves=20,
)
"""Anything JSON can say."""


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return what is right in three cases of four."""
    return st.integers(0, 3).flatmap(lambda number: right if number else PLAIN)


def objects(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with these keys, of which any may be wrong or missing."""
    return st.fixed_dictionaries(
        {}, optional={key: mostly(right) for key, right in keys.items()}
    ) | st.fixed_dictionaries({key: mostly(right) for key, right in keys.items()})


def mutated(right: bytes) -> st.SearchStrategy[bytes]:
    """Return bytes in which some are others, some are gone and some are too many."""
    place = st.integers(0, len(right) - 1)
    changes = st.lists(st.tuples(place, st.binary(max_size=6), st.integers(0, 6)), max_size=6)
    return st.builds(_changed, st.just(right), changes, st.none() | place)


def _changed(right: bytes, changes: list[tuple[int, bytes, int]], end: int | None) -> bytes:
    content = bytearray(right)
    for place, new, gone in changes:
        content[place : place + gone] = new
    return bytes(content[:end])
