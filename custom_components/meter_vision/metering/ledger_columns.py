"""What the entries and totals of a ledger are made of, thousands of each in little room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self, override

from .consumption import constant_factor
from .models import Reading, Register
from .packed import Columns, Decimals, Following, Packed, to_number, to_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A reading that was accepted or typed."""

    reading: Reading
    trusted: bool = False
    """Said by a person: readings around it that contradict it do not count."""
    new_meter: bool = False
    """The meter was replaced; the total stays where the old one left it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A reading that counts, and the consumption with it, multiplier applied."""

    reading: Reading
    consumption: Decimal


class EntryColumns(Columns[Entry]):
    """What entries are made of."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.values = Decimals()
        self._marks: dict[int, int] = {}
        """What was said of few of them, by their place."""

    @override
    def append(self, item: Entry) -> None:
        """Add an entry."""
        self.values.append(item.reading.value)
        self._mark(trusted=item.trusted, new_meter=item.new_meter)
        self.times.append(to_number(item.reading.time))

    def append_kept(self, time: int, value: str, *, trusted: bool, new_meter: bool) -> None:
        """Add an entry of microseconds since 1970 and a decimal as text; raise like Decimals.append_text."""
        self.values.append_text(value)
        self._mark(trusted=trusted, new_meter=new_meter)
        self.times.append(time)

    def _mark(self, *, trusted: bool, new_meter: bool) -> None:
        if trusted or new_meter:
            self._marks[self.size] = trusted + 2 * new_meter

    def all_read(self, begin: int, end: int) -> bool:
        """Return whether a person said none of the entries between two places, except maybe the first."""
        return not any(begin < place < end for place in self._marks)

    @override
    def item(self, place: int) -> Entry:
        """Return the entry in a place."""
        marks = self._marks.get(place, 0)
        reading = Reading(value=self.values[place], time=to_time(self.times[place]))
        return Entry(reading=reading, trusted=bool(marks & 1), new_meter=bool(marks & 2))


class TotalColumns(Columns[Total]):
    """What totals are made of; times and values are those of the entries, as long as one counts after the other."""

    def __init__(self, entries: EntryColumns | None = None, begin: int = 0) -> None:
        """Begin without any, or where entries begin that are likely to count."""
        super().__init__()
        self._values = Decimals()
        self._consumptions: Decimals | Following = Decimals()
        self._begin = begin
        self._shares = entries is not None
        if entries is not None:
            self.times, self._values = entries.times, entries.values

    @classmethod
    def rising(cls, entries: EntryColumns, begin: int, end: int, start: Decimal, register: Register) -> Self | None:
        """Return the totals of entries that only ever rise, all at once; None if that cannot be told of them.

        `start`: the total with the first of them. A start derives the totals of all meters, of thousands of readings
        each: one by one that is some sixty times as much work, and what follows from the entries needs no room.
        """
        factor, capacity = constant_factor(register), register.capacity
        if factor is None or register.runs_backwards or not entries.all_read(begin, end):
            return None
        if capacity is not None and entries.values[end - 1] - entries.values[begin] > capacity / 2:
            return None
        consumptions = entries.values.rising(begin, end, start, factor)
        if consumptions is None:
            return None
        totals = cls(entries, begin)
        totals._consumptions = consumptions
        return totals

    @property
    @override
    def size(self) -> int:
        """How many totals there are, with the places before the first."""
        return self._begin + len(self._consumptions)

    @override
    def append(self, item: Total) -> None:
        """Add a total."""
        place, time = self.size, to_number(item.reading.time)
        known = self._shares and place < len(self.times) and self.times[place] == time
        if not known or self._values[place] != item.reading.value:
            self._stop_sharing()
            self._values.append(item.reading.value)
            self.times.append(time)
        self._consumptions.append(item.consumption)

    def _stop_sharing(self) -> None:
        if self._shares:
            self._shares = False
            self.times, self._values = self.times[: self.size], self._values.first(self.size)

    @override
    def item(self, place: int) -> Total:
        """Return the total in a place."""
        reading = Reading(value=self._values[place], time=to_time(self.times[place]))
        return Total(reading=reading, consumption=self._consumptions[place - self._begin])


type Totals = Packed[Total]


def packed(totals: Iterable[Total]) -> Totals:
    """Return totals in little room."""
    return totals if isinstance(totals, Packed) else Packed.of(TotalColumns(), totals)
