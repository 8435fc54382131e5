"""The accepted readings of a meter, and the continuous total that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from .consumption import advance, counted
from .errors import MeteringError
from .ledger_columns import Entry, EntryColumns, Total, TotalColumns, Totals
from .models import Reading, Register
from .packed import Packed

KEPT: Final = timedelta(days=10)
"""How far back readings can be corrected."""
_MOST_ENTRIES: Final = 3000
_SPARE: Final = timedelta(days=1)
_MOMENT: Final = timedelta(microseconds=1)
_SOME_TIME_AGO: Final = timedelta(hours=1)
"""When something was said of which nobody knows when."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_SPARE_ENTRIES: Final = 300
"""How far both limits are passed before the oldest go, for that means to derive everything anew."""
_ROLLOVER: Final = Decimal("0.1")
"""Share of the capacity that can be used between two readings across a rollover."""


class ReadingNotKeptError(MeteringError):
    """No accepted reading is known from that time."""

    translation_key = "reading_not_kept"


class OnlyReadingError(MeteringError):
    """The reading has none before it that could take its place."""

    translation_key = "only_reading"


def rise(last: Reading, new: Reading, register: Register) -> Decimal:
    """Return what a register counted between two readings that both hold, before the multiplier; down is negative.

    A fall is a rollover if little is left of the way round; any other was said by a person, and is what it is.
    """
    difference = new.value - last.value
    capacity = register.capacity
    if capacity is not None and difference + capacity <= capacity * _ROLLOVER:
        difference += capacity
    return difference


def _counted(last: Reading, new: Reading, register: Register) -> Decimal:
    """Return what lies between two readings that both hold, in the total's unit."""
    return counted(rise(last, new, register), last.time, new.time, register)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Entries in the order of their times, at least one.

    What counts and what it adds up to is derived each time: a typing error that contradicts good readings hides them
    only as long as it stands.
    """

    start: Decimal
    """Consumption when the register stood at the first entry's value."""
    entries: Sequence[Entry]
    _totals: dict[Register, Totals] = field(default_factory=dict, compare=False, repr=False)
    """What was derived already, for thousands of readings take their time."""

    def __post_init__(self) -> None:
        """Keep the entries in little room, however they come."""
        if not isinstance(self.entries, Packed):
            object.__setattr__(self, "entries", Packed.of(EntryColumns(), self.entries))

    @property
    def kept(self) -> Packed[Entry]:
        """The entries as they are kept."""
        if not isinstance(self.entries, Packed):
            raise TypeError(self.entries)
        return self.entries

    @classmethod
    def begin(cls, reading: Reading, consumption: Decimal) -> Ledger:
        """Return a ledger of one trusted reading."""
        return cls(start=consumption, entries=(Entry(reading=reading, trusted=True),))

    def totals(self, register: Register) -> Totals:
        """Return the readings that count, each with the total.

        If the first one kept does not count, its time has the value of the first that does: no rows are left behind.
        """
        if register not in self._totals:
            self._totals[register] = self._worked_out(register)
        return self._totals[register]

    def _worked_out(self, register: Register) -> Totals:
        columns, begin = self.kept.place
        if not isinstance(columns, EntryColumns):
            return Packed.of(TotalColumns(), self._derived(register))
        end = begin + len(self.entries)
        rising = TotalColumns.rising(columns, begin, end, self.start, register)
        if rising is not None:
            return Packed(rising, begin, end)
        return Packed.of(TotalColumns(columns, begin), self._derived(register))

    def _derived(self, register: Register) -> Iterator[Total]:
        counting = _counting(self.entries, register)
        previous = next(counting)
        first, oldest = previous.reading, self.entries[0].reading
        consumption = self.start + _counted(oldest, first, register)
        if first.time > oldest.time:
            yield Total(reading=replace(first, time=oldest.time), consumption=consumption)
        yield Total(reading=first, consumption=consumption)
        for entry in counting:
            if entry.trusted and not entry.new_meter:
                consumption += _counted(previous.reading, entry.reading, register)
            elif not entry.new_meter:
                consumption = advance(consumption, previous.reading, entry.reading, register)
            yield Total(reading=entry.reading, consumption=consumption)
            previous = entry

    def add(self, entry: Entry, register: Register) -> Ledger:
        """Return the ledger with one more entry, in place of one of the same time, without what has become too old."""
        known = self._totals.get(register)
        if known is not None and self._is_continued_by(entry, known[-1], register):
            consumption = advance(known[-1].consumption, known[-1].reading, entry.reading, register)
            added = Ledger(start=self.start, entries=self.kept.with_one_more(entry))
            added._totals[register] = known.with_one_more(Total(reading=entry.reading, consumption=consumption))
        else:
            added = self._with(entry, register)
        return _shortened(added, register)

    def _with(self, entry: Entry, register: Register) -> Ledger:
        time = entry.reading.time
        start = self.start
        oldest = self.entries[0]
        if time <= oldest.reading.time and not (entry.new_meter or oldest.new_meter):
            start -= _counted(entry.reading, oldest.reading, register)
        others = [other for other in self.entries if other.reading.time != time]
        return Ledger(start=start, entries=sorted([*others, entry], key=lambda other: other.reading.time))

    def _is_continued_by(self, entry: Entry, last: Total, register: Register) -> bool:
        """Return whether an entry changes nothing before it: it is the latest, and contradicts none that counts."""
        said = entry.trusted or entry.new_meter
        latest = entry.reading.time > self.entries[-1].reading.time
        return latest and not said and rise(last.reading, entry.reading, register) >= 0

    def correct(self, value: Decimal, time: datetime, register: Register) -> Ledger:
        """Return the ledger with another value for the reading that stood at `time`."""
        entry = self._entry_at(time, register)
        reading = replace(entry.reading, value=value)
        return self.add(replace(entry, reading=reading, trusted=True), register)

    def retract(self, time: datetime, register: Register) -> Ledger:
        """Return the ledger without the reading that stood at `time`."""
        entry = self._entry_at(time, register)
        index = self.entries.index(entry)
        before, after = tuple(self.entries[:index]), tuple(self.entries[index + 1 :])
        if not before:
            raise OnlyReadingError
        if entry.new_meter and after:
            after = (replace(after[0], new_meter=True), *after[1:])
        return Ledger(start=self.start, entries=before + after)

    def ended(self, now: datetime) -> Ledger:
        """Return the ledger without looks later than now: the clock was ahead when they were taken.

        What a person said then moves to before now, and so does the last reading where no earlier one is known.
        """
        kept = [entry for entry in self.entries if entry.reading.time < now]
        later = self.entries[len(kept) :]
        moved = [entry for entry in later if entry.trusted or entry.new_meter]
        if not kept and not moved:
            moved = [later[-1]]
        first = max(now - _SOME_TIME_AGO, *(entry.reading.time for entry in kept[-1:]), _LONG_AGO)
        dated = [
            replace(entry, reading=replace(entry.reading, time=first + number * _MOMENT))
            for number, entry in enumerate(moved, 1)
        ]
        return Ledger(start=self.start, entries=(*kept, *dated))

    def rewritten(self, since: datetime, readings: Iterable[Reading], register: Register) -> Ledger:
        """Return the ledger with these readings in place of everything since a time."""
        kept = tuple(entry for entry in self.entries if entry.reading.time < since)
        replaced = self.entries[len(kept) :]
        after = [Entry(reading=reading) for reading in sorted(readings, key=lambda reading: reading.time)]
        if after and any(entry.new_meter for entry in replaced):
            after[0] = replace(after[0], new_meter=True)
        if kept:
            return Ledger(start=self.start, entries=kept + tuple(after))
        oldest = self.entries[0].reading
        first = replace(after[0].reading, time=oldest.time)
        start = self.start + _counted(oldest, first, register)
        return Ledger(start=start, entries=(Entry(reading=first), *after))

    def _entry_at(self, time: datetime, register: Register) -> Entry:
        totals = self.totals(register)
        if not (counting := totals.until(time)):
            raise ReadingNotKeptError
        stood = totals[counting - 1].reading.time
        return next(entry for entry in self.entries if entry.reading.time == stood)


def _shortened(ledger: Ledger, register: Register) -> Ledger:
    """Return a ledger without what is too old to be corrected."""
    entries = ledger.entries
    oldest = entries[-1].reading.time - KEPT
    if entries[0].reading.time >= oldest - _SPARE and len(entries) <= _MOST_ENTRIES + _SPARE_ENTRIES:
        return ledger
    totals = ledger.totals(register)
    kept = totals[-_MOST_ENTRIES:].since(oldest) or totals[-1:]
    first = kept[0]
    return Ledger(start=first.consumption, entries=ledger.kept.since(first.reading.time))


def _counting(entries: Sequence[Entry], register: Register) -> Iterator[Entry]:
    """Yield the entries that no trusted one contradicts; of two trusted ones the later holds."""
    if register.runs_backwards:
        yield from entries
        return
    below: Entry | None = None
    replaced = False
    for entry, above_later in zip(entries, _above_later(entries, register), strict=True):
        if above_later:
            # What hides the new meter's first reading does not hide that there is a new meter.
            replaced = replaced or entry.new_meter
            continue
        new_meter = entry.new_meter or replaced
        contradicted = below is not None and not new_meter and rise(below.reading, entry.reading, register) < 0
        if contradicted and not entry.trusted:
            continue
        replaced = False
        counting = entry if new_meter == entry.new_meter else replace(entry, new_meter=new_meter)
        yield counting
        if entry.trusted or new_meter:
            below = counting


def _above_later(entries: Sequence[Entry], register: Register) -> bytearray:
    """Return for each entry whether a later trusted one contradicts it; not the entries, for they take much room."""
    contradicted = bytearray(len(entries))
    above: Entry | None = None
    for place, entry in zip(reversed(range(len(entries))), reversed(entries), strict=True):
        if above is not None and rise(entry.reading, above.reading, register) < 0:
            contradicted[place] = True
        elif entry.trusted:
            above = entry
        if entry.new_meter:
            above = None
    return contradicted
