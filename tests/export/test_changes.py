"""What one change to a register sends, with the account's file behind it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from custom_components.meter_vision.export.changes import Additions, Change, Known, RegisterExport
from custom_components.meter_vision.export.meter_points import MeterPoints
from custom_components.meter_vision.export.points import Series
from custom_components.meter_vision.export.schema import BucketMode
from custom_components.meter_vision.metering.costs import CostBook
from custom_components.meter_vision.metering.ledger import Ledger
from custom_components.meter_vision.metering.ledger_columns import Entry
from custom_components.meter_vision.metering.models import Display, MeterKind, Reading, Register
from custom_components.meter_vision.metering.price_calendar import PriceCalendar
from custom_components.meter_vision.metering.tariff import Rates, Tariff
from custom_components.meter_vision.metering.terms import Terms
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit, JournalEntry, Kind

from .lines import Line, parse

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 22, 20, tzinfo=UTC)
REGISTER = Register(name="main", unit="m³", display=Display.DRUMS, whole_digits=5, decimals=1)
EXPORT = RegisterExport(
    register=REGISTER,
    points=MeterPoints(
        series=Series(kind=MeterKind.WATER, meter_id="m", register="main", site="home", unit="m³"),
        mode=BucketMode.SHARED,
    ),
    zone=BERLIN,
)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def look(hours: float, value: str | None, outcome: str = "accepted") -> JournalEntry:
    return JournalEntry(
        register="main",
        time=at(hours),
        recorded_at=at(hours),
        kind=Kind.LOOK,
        outcome=outcome,
        rule="some_rule",
        confidence="high",
        value=None if value is None else Decimal(value),
        detail={"margin": "3.5"},
    )


class Meter:
    """A register whose changes go into a file as the integration does it."""

    def __init__(self, store: AccountStore) -> None:
        """Begin with a reading that a person confirmed."""
        self.store = store
        self.known = Known(
            reading_times=lambda since: store.reading_times("m", "main", since),
            days=lambda since: store.days("m", "main", since),
        )
        self.ledger = Ledger.begin(Reading(value=Decimal(100), time=START), Decimal(100))
        self.first = self.sent(None, ())

    def sent(self, before: Ledger | None, entries: Sequence[JournalEntry]) -> list[Line]:
        """Commit what follows from the ledger and return its points."""
        added = EXPORT.of_change(Change(before=before, after=self.ledger), entries, self.known)
        return self.committed(added, entries)

    def committed(self, added: Additions, entries: Sequence[JournalEntry] = ()) -> list[Line]:
        """Commit and return the points."""
        self.store.commit(
            Commit(meter="m", recorded_at=START, journal=tuple(entries), points=added.points, days=added.days)
        )
        return [parse(point.line) for point in added.points]

    def read(self, hours: float, value: str) -> list[Line]:
        """Accept a reading."""
        before = self.ledger
        self.ledger = before.add(Entry(reading=Reading(value=Decimal(value), time=at(hours))), REGISTER)
        return self.sent(before, [look(hours, value)])

    def retract(self, hours: float) -> list[Line]:
        """Take a reading back."""
        before = self.ledger
        self.ledger = before.retract(at(hours), REGISTER)
        entry = JournalEntry(register="main", time=at(hours), recorded_at=at(hours), kind=Kind.RETRACT)
        return self.sent(before, [entry])


@pytest.fixture
def meter(store: AccountStore) -> Meter:
    return Meter(store)


def named(lines: list[Line], name: str) -> list[Line]:
    return [line for line in lines if line.measurement == name]


def values(lines: list[Line], *names: str) -> list[tuple[object, ...]]:
    return [tuple(line.fields.get(name) for name in names) for line in lines]


def test_the_confirmed_reading_is_the_first_point(meter: Meter) -> None:
    (reading,) = named(meter.first, "water_meter")
    assert (reading.fields["consumption"], reading.fields["source"], "delta" in reading.fields) == (
        100,
        "person",
        False,
    )


def test_an_accepted_look_sends_reading_verdict_day_and_month(meter: Meter) -> None:
    sent = meter.read(1, "100.5")

    assert [line.measurement for line in sent] == ["meter_quality", "water_meter", "water_daily", "water_monthly"]
    quality, reading, daily, monthly = sent
    assert (quality.fields["accepted"], quality.fields["margin"], quality.fields["rule"]) == (1, 3.5, "some_rule")
    assert values([reading], "reading", "delta", "flow_rate", "confidence", "estimated", "source") == [
        (100.5, 0.5, 0.5, 1.0, 0.0, "camera")
    ]
    assert (daily.fields["consumption"], monthly.fields["consumption"]) == (0.5, 0.5)
    assert daily.milliseconds == datetime(2026, 11, 22, tzinfo=BERLIN).timestamp() * 1000
    assert monthly.milliseconds == datetime(2026, 11, 1, tzinfo=BERLIN).timestamp() * 1000


def test_a_look_that_changes_nothing_sends_its_verdict(meter: Meter) -> None:
    sent = meter.sent(meter.ledger, [look(1, "900", "held")])
    assert values(sent, "accepted", "held") == [(0, 1)]


def test_midnight_is_local_and_both_days_follow(meter: Meter) -> None:
    meter.read(1, "101")
    sent = meter.read(5, "105")  # 02:00 the next day in Berlin; an even flow, so 2 of 4 before midnight

    assert values(named(sent, "water_daily"), "consumption", "total", "readings") == [(3, 103, 2), (2, 105, 1)]
    assert values(named(sent, "water_monthly"), "consumption", "readings") == [(5, 3)]


def test_a_retracted_reading_changes_its_point_what_follows_and_the_day(meter: Meter) -> None:
    meter.read(0.5, "100.2")
    meter.read(1, "109.0")
    meter.read(1.5, "109.0")
    sent = meter.retract(1.5)
    assert values(named(sent, "water_meter"), "reading", "delta", "estimated") == [(109, 0, 1)]

    sent = meter.retract(1)

    assert values(named(sent, "water_meter"), "reading", "consumption", "delta", "estimated", "source") == [
        (100.2, 100.2, 0.0, 1.0, "interpolated"),
        (100.2, 100.2, 0.0, 1.0, "interpolated"),
    ]
    assert values(named(sent, "water_daily"), "consumption", "total") == [(0.2, 100.2)]


def test_months_are_the_sum_of_days_that_are_no_longer_in_the_ledger(meter: Meter) -> None:
    for day in range(1, 9):
        meter.read(24 * day, str(100 + 10 * day))
    sent = meter.read(24 * 30, "1000")

    (december,) = [line for line in named(sent, "water_monthly") if line.milliseconds > 1_796_000_000_000]
    days = meter.store.days("m", "main", date(2026, 12, 1))
    assert december.fields["consumption"] == float(sum(Decimal(day["consumption"]) for day in days.values()))
    everything = meter.store.days("m", "main", date(2026, 11, 1))
    assert sum(Decimal(day["consumption"]) for day in everything.values()) == 900


def test_a_day_whose_beginning_is_forgotten_is_continued_and_not_shortened(meter: Meter) -> None:
    meter.read(1, "105")
    before = meter.ledger
    meter.ledger = Ledger.begin(before.entries[-1].reading, Decimal(105))  # as if the first reading were too old
    sent = meter.read(2, "107")

    assert values(named(sent, "water_daily"), "consumption", "total") == [(7, 107)]


def test_everything_again_for_points_that_found_no_room(meter: Meter) -> None:
    meter.read(1, "101")
    meter.read(2, "102")

    added = EXPORT.of_all(Change(before=None, after=meter.ledger), at(1.5), meter.known)

    lines = [parse(point.line) for point in added.points]
    assert values(named(lines, "water_meter"), "reading", "delta") == [(102, 1)]
    assert values(named(lines, "water_daily"), "consumption") == [(2,)]


def test_costs_follow_the_readings_and_stand_in_days_and_months(store: AccountStore) -> None:
    tariff = Tariff(currency="EUR", rates=(Rates(price=Decimal("0.5")),))
    calendar = PriceCalendar(tariff, BERLIN)
    charged = replace(EXPORT, register=replace(REGISTER, tariff=tariff))
    known = Meter(store).known
    first = Ledger.begin(Reading(value=Decimal(100), time=START), Decimal(100))
    second = first.add(Entry(reading=Reading(value=Decimal(104), time=at(1))), REGISTER)
    wrong = second.add(Entry(reading=Reading(value=Decimal(150), time=at(2))), REGISTER)
    begun = CostBook.begin(first.totals(REGISTER), calendar)
    books = [begun, *(begun.follow(ledger.totals(REGISTER)) for ledger in (second, wrong))]

    added = [
        charged.of_change(
            Change(before=first, after=second, costs_before=begun, costs=books[1]), [look(1, "104")], known
        ),
        # as after a restart: the costs before have to be worked out anew
        charged.of_change(Change(before=second, after=wrong, costs=books[2]), [look(2, "150")], known),
        charged.of_change(Change(before=wrong, after=second, costs_before=books[2], costs=books[1]), [], known),
    ]

    costs = [named([parse(point.line) for point in one.points], "utility_costs") for one in added]
    assert [values(one, "cost", "delta", "price") for one in costs] == [
        [(2, 2, 0.5)],
        [(25, 23, 0.5)],
        [(2, 0, 0.5)],
    ]
    assert costs[0][0].tags == {"meter_id": "m", "register": "main", "site": "home", "unit": "EUR"}
    days = [values(named([parse(point.line) for point in one.points], "water_daily"), "cost") for one in added]
    assert days[:2] == [[(2,)], [(25,)]]


def test_the_cost_of_the_day_a_meter_was_set_up_on_goes_on(store: AccountStore) -> None:
    tariff = Tariff(currency="EUR", rates=(Rates(price=Decimal("0.5")),))
    calendar = PriceCalendar(tariff, BERLIN)
    charged = replace(EXPORT, register=replace(REGISTER, tariff=tariff))
    meter = Meter(store)
    ledger, book = meter.ledger, CostBook.begin(meter.ledger.totals(REGISTER), calendar)
    told = []
    for hours, value in ((1, "104"), (2, "110"), (2.5, "111")):
        before, costs_before = ledger, book
        ledger = before.add(Entry(reading=Reading(value=Decimal(value), time=at(hours))), REGISTER)
        book = costs_before.follow(ledger.totals(REGISTER))
        change = Change(before=before, after=ledger, costs_before=costs_before, costs=book)
        told += values(named(meter.committed(charged.of_change(change, (), meter.known)), "water_daily"), "cost")
    assert told == [(2,), (5,), (5.5,)]


def test_everything_again_with_what_a_reading_that_was_taken_back_had_cost(meter: Meter) -> None:
    """Or its cost would stand on the server for ever, and the deltas would not add up."""
    meter.read(1, "102")
    meter.read(2, "106")
    meter.retract(1)
    now = charged_at("0.5")
    costs = CostBook.begin(meter.ledger.totals(now), PriceCalendar(now.tariff, BERLIN))  # type: ignore[arg-type]

    added = replace(EXPORT, register=now).of_all(
        Change(before=None, after=meter.ledger, costs=costs), START, meter.known
    )

    lines = [parse(point.line) for point in added.points]
    assert values(named(lines, "utility_costs"), "cost", "delta") == [(0, 0), (1.5, 1.5), (3, 1.5)]


def charged_at(price: str, currency: str = "EUR") -> Register:
    """Return the register with a tariff."""
    return replace(REGISTER, tariff=Tariff(currency=currency, rates=(Rates(price=Decimal(price)),)))


def redescribed(meter: Meter, was: Register, now: Register) -> list[Line]:
    """Commit what is told after the register was described otherwise; charged from the first reading on."""
    books = [
        None if each.tariff is None else CostBook.begin(meter.ledger.totals(each), PriceCalendar(each.tariff, BERLIN))
        for each in (was, now)
    ]
    change = Change(
        before=meter.ledger,
        after=meter.ledger,
        costs_before=books[0],
        costs=books[1],
        terms_before=Terms(kind=MeterKind.WATER, register=was, zone=BERLIN),
    )
    return meter.committed(replace(EXPORT, register=now).of_change(change, (), meter.known))


def test_other_prices_rewrite_costs_days_and_months_and_no_reading(meter: Meter) -> None:
    meter.read(1, "102")
    meter.read(2, "106")
    meter.retract(1)
    redescribed(meter, REGISTER, charged_at("0.5"))

    sent = redescribed(meter, charged_at("0.5"), charged_at("2"))
    assert {line.measurement for line in sent} == {"utility_costs", "water_daily", "water_monthly"}
    # The reading that was taken back was exported, so its time has a cost as well.
    assert values(named(sent, "utility_costs"), "cost", "delta", "price") == [(6, 6, 2), (12, 6, 2)]
    assert values(sent[-2:], "cost", "consumption") == [(12, 6), (12, 6)]
    assert redescribed(meter, charged_at("2"), charged_at("2")) == []


def test_a_tariff_that_is_new_sends_all_costs_and_one_that_is_gone_none(meter: Meter) -> None:
    meter.read(1, "102")
    sent = redescribed(meter, REGISTER, charged_at("0.5"))
    assert values(named(sent, "utility_costs"), "cost", "delta") == [(0, 0), (1, 1)]
    assert redescribed(meter, charged_at("0.5"), REGISTER) == []


def test_days_of_another_unit_do_not_count(meter: Meter) -> None:
    meter.read(1, "102")
    litres = replace(REGISTER, unit="L")
    meter.ledger = Ledger.begin(Reading(value=Decimal(102_000), time=at(2)), Decimal(102_000))
    change = Change(
        before=meter.ledger,
        after=meter.ledger,
        terms_before=Terms(kind=MeterKind.WATER, register=REGISTER, zone=BERLIN),
    )
    sent = meter.committed(replace(EXPORT, register=litres).of_change(change, (), meter.known))
    assert values(named(sent, "water_meter"), "consumption") == [(102_000,)]
    assert values(named(sent, "water_daily"), "consumption", "total") == [(0, 102_000)]
    assert values(named(sent, "water_monthly"), "consumption") == [(0,)]
