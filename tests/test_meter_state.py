"""How the state of a meter follows from verdicts, corrections and failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.meter_vision.meter_state import Spending
from custom_components.meter_vision.metering.models import (
    Confidence,
    Display,
    Outcome,
    Reading,
    Register,
    Usage,
    Verdict,
)
from custom_components.meter_vision.register_state import RegisterState, Status

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
REGISTER = Register(unit="kWh", display=Display.DRUMS, whole_digits=5, decimals=1)
WITH_TRANSFORMER = Register(unit="kWh", display=Display.DRUMS, whole_digits=5, decimals=1, multiplier=Decimal(40))


def reading(value: str, hours: float = 1) -> Reading:
    return Reading(value=Decimal(value), time=START + timedelta(hours=hours))


def accepted(value: str, hours: float = 1) -> Verdict:
    return Verdict(
        outcome=Outcome.ACCEPTED, rule="in_window", reading=reading(value, hours), confidence=Confidence.HIGH
    )


def state(value: str = "1000.0", register: Register = REGISTER) -> RegisterState:
    return RegisterState.begin(reading(value, 0), register)


def test_begins_at_the_confirmed_reading() -> None:
    begun = state()

    assert (begun.last, begun.consumption, begun.status) == (reading("1000.0", 0), Decimal("1000.0"), Status.WAITING)


@pytest.mark.parametrize(
    ("first", "then", "register", "consumption"),
    [
        ("1000.0", "1001.5", REGISTER, "1001.5"),
        ("1000.0", "1000.0", REGISTER, "1000.0"),
        ("1000.0", "1001.5", WITH_TRANSFORMER, "40060.0"),
        # A rollover goes on where the register started again.
        ("99999.5", "0.5", REGISTER, "100000.5"),
    ],
)
def test_accepted_reading_moves_the_total(first: str, then: str, register: Register, consumption: str) -> None:
    published = state(first, register).published(accepted(then), register)

    assert published.status is Status.OK
    assert published.last == reading(then)
    assert str(published.consumption) == consumption


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.HELD, Status.HELD),
        (Outcome.REJECTED, Status.REJECTED),
        (Outcome.UNREADABLE, Status.UNREADABLE),
    ],
)
def test_other_verdicts_move_nothing(outcome: Outcome, status: Status) -> None:
    before = state().published(accepted("1001.5"), REGISTER)
    after = before.published(Verdict(outcome=outcome, rule="why"), REGISTER)

    assert (after.status, after.rule) == (status, "why")
    assert (after.last, after.consumption) == (before.last, before.consumption)


def test_picture_older_than_the_trusted_reading_moves_nothing() -> None:
    corrected = state().corrected(reading("1002.0", 2), REGISTER)
    after = corrected.published(accepted("1003.0", 1), REGISTER)

    assert (after.last, after.consumption) == (corrected.last, corrected.consumption)


def test_failure_moves_nothing() -> None:
    before = state().published(accepted("1001.5"), REGISTER)
    after = before.failed(Status.CAMERA_ERROR, "camera_timeout")

    assert (after.status, after.error, after.rule) == (Status.CAMERA_ERROR, "camera_timeout", None)
    assert (after.last, after.consumption) == (before.last, before.consumption)


@pytest.mark.parametrize(
    ("value", "new_meter", "consumption"),
    [
        ("1002.0", False, "1002.0"),
        ("990.0", False, "990.0"),
        ("3.0", True, "1000.0"),
    ],
)
def test_correction(value: str, new_meter: bool, consumption: str) -> None:  # noqa: FBT001
    corrected = state().corrected(reading(value), REGISTER, new_meter=new_meter)

    assert corrected.last == reading(value)
    assert corrected.consumption == Decimal(consumption)
    after = corrected.published(accepted(str(Decimal(value) + 1), 2), REGISTER)
    assert after.consumption == Decimal(consumption) + 1


def test_correction_over_a_rollover() -> None:
    assert state("99999.0").corrected(reading("1.0"), REGISTER).consumption == Decimal(100001)


@pytest.mark.parametrize(
    ("before", "after"),
    [(Status.HELD, Status.OK), (Status.WAITING, Status.OK), (Status.CAMERA_ERROR, Status.CAMERA_ERROR)],
)
def test_correction_settles_what_the_reader_could_not(before: Status, after: Status) -> None:
    assert state().failed(before, "x").corrected(reading("1001.0"), REGISTER).status is after


def test_spending_adds_up_by_month() -> None:
    usage = Usage(model="claude-haiku-5-5", input_tokens=2000, output_tokens=100, cost=Decimal("0.00025"))
    november = Spending().add(usage, datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    again = november.add(usage, datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    december = again.add(usage, datetime(2026, 12, 1, tzinfo=UTC))

    assert (again.calls, again.input_tokens, again.output_tokens, again.month_tokens) == (2, 4000, 200, 4200)
    assert again.cost == Decimal("0.0005")
    assert (december.input_tokens, december.month_tokens, december.month) == (6000, 2100, "2026-12")


def test_unknown_price_is_counted_and_not_guessed() -> None:
    spending = Spending().add(Usage(model="claude-next", input_tokens=1, output_tokens=1), START)

    assert (spending.calls, spending.unpriced_calls, spending.cost) == (1, 1, Decimal(0))


def test_two_spendings_join_and_the_later_month_goes_on() -> None:
    usage = Usage(model="claude-haiku-5-5", input_tokens=2000, output_tokens=100, cost=Decimal("0.00025"))
    november = Spending().add(usage, datetime(2026, 11, 30, tzinfo=UTC))
    december = Spending().add(usage, datetime(2026, 12, 1, tzinfo=UTC))

    joined = november.joined(december)
    assert (joined.calls, joined.cost, joined.month) == (2, Decimal("0.0005"), "2026-12")
    assert (joined.month_tokens, joined.month_cost) == (2100, Decimal("0.00025"))
    assert december.joined(joined).month_cost == Decimal("0.0005")
    assert Spending().joined(november) == november


def test_another_factor_counts_from_now_on() -> None:
    used = state().published(accepted("1100.0"), REGISTER)
    goes_on = used.continued(WITH_TRANSFORMER).published(accepted("1100.5", 2), WITH_TRANSFORMER)
    assert goes_on.consumption == Decimal("1120.0")
    assert used.continued(REGISTER) == used
