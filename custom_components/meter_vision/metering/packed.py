"""Thousands of readings in little room: columns of numbers that longer sequences share with those they go on from."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import gt
from typing import Final, Self, overload, override

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NARROW: Final = "i"
"""The type of digits that most meters do with, of four bytes."""
_WIDE: Final = "q"
"""The type of digits that are too many for that, of eight."""
_LARGEST: Final = 2**63 - 1
_FINEST: Final = 100


def to_number(time: datetime) -> int:
    """Return an aware time as microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def to_time(number: int) -> datetime:
    """Return the aware UTC time of a number of microseconds since 1970."""
    return _EPOCH + number * _MICROSECOND


class Decimals:
    """A column of decimals, exact with all their digits."""

    __slots__ = ("_begins", "_digits", "_exponents", "_wide")

    def __init__(self) -> None:
        """Begin without any."""
        self._digits = array(_NARROW)
        self._begins = array("q")
        self._exponents = array("b")
        """Of each run of decimals that have the same one, beside the place where it begins; most have one run."""
        self._wide: dict[int, Decimal] = {}
        """Those whose digits do not fit, by their place."""

    def append(self, value: Decimal) -> None:
        """Add a decimal; raise ValueError for what is no number."""
        exponent = _exponent(value)
        digits = 0 if not -_FINEST <= exponent <= 0 else int(value.scaleb(-exponent))
        if not -_FINEST <= exponent <= 0 or abs(digits) > _LARGEST or (value.is_signed() and not digits):
            self._wide[len(self._digits)] = value
            digits, exponent = 0, 0
        self._put(digits, exponent)

    def append_text(self, text: str) -> None:
        """Add a decimal that is written as text; raise ValueError, ArithmeticError or TypeError for other text."""
        whole, _, places = text.partition(".")
        try:
            digits = int(whole + places)
        except ValueError:
            digits = 0
        if digits <= 0 or digits > _LARGEST or len(places) > _FINEST:
            self.append(Decimal(text))
            return
        self._put(digits, -len(places))

    def _put(self, digits: int, exponent: int) -> None:
        try:
            self._digits.append(digits)
        except OverflowError:
            self._digits = array(_WIDE, self._digits)
            self._digits.append(digits)
        if not self._exponents or self._exponents[-1] != exponent:
            self._begins.append(len(self._digits) - 1)
            self._exponents.append(exponent)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._digits)

    def first(self, number: int) -> Decimals:
        """Return a copy of the first ones."""
        copied = Decimals()
        runs = bisect_left(self._begins, number)
        copied._digits = self._digits[:number]
        copied._begins, copied._exponents = self._begins[:runs], self._exponents[:runs]
        copied._wide = {place: value for place, value in self._wide.items() if place < number}
        return copied

    def rising(self, begin: int, end: int, start: Decimal, factor: Decimal) -> Following | None:
        """Return `start` and `factor` times what each decimal between two places is above the first.

        None if one of them falls, if they have not all the same exponent, or if it takes too many places.
        """
        digits, run = self._digits[begin:end], self._run(begin)
        if self._wide or self._run(end - 1) != run or any(map(gt, digits, digits[1:], strict=False)):
            return None
        exponent = self._exponents[run]
        finest = min(_exponent(start), exponent + _exponent(factor), 0)
        if finest < -_FINEST:
            return None
        each = int(factor.scaleb(exponent - finest))
        first = int(start.scaleb(-finest)) - digits[0] * each
        return Following(self, range(begin, end), lambda number: Decimal(number * each + first).scaleb(finest))

    def _run(self, place: int) -> int:
        return bisect_right(self._begins, place) - 1

    def digits(self, place: int) -> int:
        """Return the digits in a place, as a whole number."""
        return self._digits[place]

    def __getitem__(self, place: int) -> Decimal:
        """Return the decimal in a place."""
        if place in self._wide:
            return self._wide[place]
        exponent = self._exponents[self._run(place)]
        return Decimal(self._digits[place]).scaleb(exponent) if exponent else Decimal(self._digits[place])


def _exponent(value: Decimal) -> int:
    """Return the exponent of a decimal; raise ValueError for what is no number."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(value)  # noqa: TRY004  not a number is a decimal, too
    return exponent


class Following:
    """A column that follows another in some of its places and needs no room for them; what is added later is its own.

    The other column only ever grows, so that what is in these places stays.
    """

    __slots__ = ("_followed", "_later", "_of_digits", "_places")

    def __init__(self, followed: Decimals, places: range, of_digits: Callable[[int], Decimal]) -> None:
        """Follow another column by the digits in its places."""
        self._followed = followed
        self._places = places
        self._of_digits = of_digits
        self._later = Decimals()

    def append(self, value: Decimal) -> None:
        """Add a decimal; raise ValueError for what is no number."""
        self._later.append(value)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places) + len(self._later)

    def __getitem__(self, place: int) -> Decimal:
        """Return the decimal in a place."""
        if place >= len(self._places):
            return self._later[place - len(self._places)]
        return self._of_digits(self._followed.digits(self._places[place]))


class Columns[T]:
    """What items are made of; a subclass knows which columns they need."""

    def __init__(self) -> None:
        """Begin without any."""
        self.times = array("q")

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.times)

    def append(self, item: T) -> None:
        """Add an item."""
        raise NotImplementedError

    def item(self, place: int) -> T:
        """Return the item in a place."""
        raise NotImplementedError


class Packed[T](Sequence[T]):
    """Items in the order of their times, which do not change: a part of columns that only ever grow."""

    __slots__ = ("_begin", "_columns", "_end")

    def __init__(self, columns: Columns[T], begin: int, end: int) -> None:
        """See a part of columns; see `of` for items."""
        self._columns = columns
        self._begin = begin
        self._end = end

    @classmethod
    def of(cls, columns: Columns[T], items: Iterable[T]) -> Self:
        """Return items packed into columns that nobody else has."""
        begin = columns.size
        for item in items:
            columns.append(item)
        return cls(columns, begin, columns.size)

    def with_one_more(self, item: T) -> Self:
        """Return the items and a later one; nothing is copied unless somebody else has gone on from here already."""
        columns, begin = self._columns, self._begin
        if self._end != columns.size or begin > len(self):
            return type(self).of(type(columns)(), (*self, item))
        columns.append(item)
        return type(self)(columns, begin, self._end + 1)

    @override
    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def place(self) -> tuple[Columns[T], int]:
        """The columns, and where in them the first item is."""
        return self._columns, self._begin

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Self: ...

    @override
    def __getitem__(self, index: int | slice) -> T | Self:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise ValueError(index)
            return type(self)(self._columns, self._begin + start, self._begin + max(start, stop))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._columns.item(index + (self._begin if index >= 0 else self._end))

    @override
    def __iter__(self) -> Iterator[T]:
        return map(self._columns.item, range(self._begin, self._end))

    @override
    def __reversed__(self) -> Iterator[T]:
        return map(self._columns.item, reversed(range(self._begin, self._end)))

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) == self.shared(other)

    @override
    def __hash__(self) -> int:
        return hash((len(self), self[0] if self else None))

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}{tuple(self)!r}"

    def before(self, time: datetime) -> int:
        """Return how many items are earlier than a time."""
        return bisect_left(self._columns.times, to_number(time), self._begin, self._end) - self._begin

    def until(self, time: datetime) -> int:
        """Return how many items are no later than a time."""
        return bisect_right(self._columns.times, to_number(time), self._begin, self._end) - self._begin

    def since(self, time: datetime) -> Self:
        """Return the items that are not earlier than a time."""
        return self[self.before(time) :]

    def shared(self, other: Sequence[T]) -> int:
        """Return with how many equal items both begin."""
        most = min(len(self), len(other))
        if isinstance(other, Packed) and other._columns is self._columns and other._begin == self._begin:  # noqa: SLF001
            return most
        pairs = enumerate(zip(self, other, strict=False))
        return next((index for index, (one, another) in pairs if one != another), most)
