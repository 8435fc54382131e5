"""Verdicts on values, given what is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.catalogue import hard_ceiling
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence
from custom_components.meter_vision.metering.judge import Decision, consider, unchanged, well_read
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import (
    Confidence,
    Display,
    MeterKind,
    Observation,
    Outcome,
    Position,
    Reading,
    Register,
    Roll,
    Verdict,
)
from custom_components.meter_vision.metering.window import Rules, tolerance

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WATER = Register(
    unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=3, dials=4, dial_decimals=4, roll=Roll.CONTINUOUS
)
GAS = Register(unit="m³", display=Display.DRUMS, whole_digits=5, decimals=3)
DRUMS = Register(unit="m³", display=Display.DRUMS, whole_digits=4, hard_ceiling=Decimal(60))


def parsed(text: str) -> tuple[Position, ...]:
    return tuple(None if word == "?" else float(word) for word in text.split())


def verdict(
    register: Register, last: str | None, wheels: str, dials: str = "", after: timedelta = timedelta(minutes=5)
) -> Verdict:
    """Return the verdict on a look some time after an accepted reading."""
    state = JudgeState()
    if last is not None:
        state = state.anchored(Reading(value=Decimal(last), time=NOON))
    look = Evidence(
        decoded=decode(Observation(wheels=parsed(wheels), dials=parsed(dials)), register), captured_at=NOON + after
    )
    ceiling = hard_ceiling(MeterKind.WATER, register)
    return consider(state, look, Rules(register=register, ceiling=ceiling, interval=timedelta(minutes=5))).verdict


@pytest.mark.parametrize(
    ("register", "last", "positions", "rule", "value"),
    [
        (WATER, "194.6259", "1 9 4.6 | 6.2 2.6 6.1 1", "in_window", "194.6261"),
        (WATER, "194.6259", "1 9 4.6 | 6.2 2.6 5.9 9", "confirmed", "194.6259"),
        # Two of the last figures below: as far as two looks at the same pointers differ.
        (WATER, "194.6259", "1 9 4.6 | 6.2 2.6 5.7 7", "confirmed", "194.6259"),
        (DRUMS, "9998", "0 0 0 2", "rollover", "2"),
        (DRUMS, "1231", "1 2 ? 4", "resolved_by_history", "1234"),
        # Across a carry: the tens are not filled in from the last reading.
        (DRUMS, "1299", "1 3 ? 0", "resolved_by_history", "1300"),
        (DRUMS, "231", "? 2 3 4", "resolved_by_history", "234"),
    ],
)
def test_accepted(register: Register, last: str | None, positions: str, rule: str, value: str) -> None:
    result = verdict(register, last, *positions.split(" | "))
    assert (result.outcome, result.rule) == (Outcome.ACCEPTED, rule)
    assert result.reading == Reading(value=Decimal(value), time=NOON + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("register", "last", "wheels", "dials", "rule"),
    [
        (WATER, "194.6259", "1 9 4.6", "6.2 2.5 5 0.2", "below_last"),
        (WATER, "194.6259", "1 9 6.6", "6.2 2.6 5.9 9", "rate_too_high"),
        (DRUMS, "4321", "0 0 0 0", "", "below_last"),
        (DRUMS, "600", "0 6 1 0", "", "rate_too_high"),
        (DRUMS, None, "1 2 ? 4", "", "no_reference"),
        # Both of two candidates fit, or none does.
        (replace(DRUMS, hard_ceiling=Decimal(6000)), "1231", "1 2 ? 4", "", "ambiguous"),
        (DRUMS, "1500", "1 2 ? 4", "", "ambiguous"),
        # Two drums contradict each other; there is no alternative that history could choose.
        (DRUMS, "1234", "1 2.4 3 4", "", "ambiguous"),
    ],
)
def test_held(register: Register, last: str | None, wheels: str, dials: str, rule: str) -> None:
    result = verdict(register, last, wheels, dials)
    assert (result.outcome, result.rule, result.reading) == (Outcome.HELD, rule, None)
    assert result.detail["seen"]


@pytest.mark.parametrize(
    ("last", "drum", "outcome"),
    [
        # 416.807 if the drum turns with the dials, 417.807 if it does not yet: both can be after a quarter of an hour.
        ("416.8071", "6.8", ("confirmed", "416.8071")),
        ("416.8041", "6.8", ("resolved_by_history", "416.8070")),
        # Now it shows a seven, and the use of a cubic metre speaks against that.
        ("416.8041", "7.0", ("ambiguous", None)),
    ],
)
def test_look_is_settled_where_it_speaks_for_the_value_that_needs_the_least_use(
    last: str, drum: str, outcome: tuple[str, str | None]
) -> None:
    unknown = replace(WATER, roll=Roll.UNKNOWN)
    result = verdict(unknown, last, f"4 1 {drum}", "8.1 0.7 7.1 0.9", after=timedelta(minutes=15))
    assert (result.rule, result.reading and str(result.reading.value)) == outcome


def test_unclear_look_at_what_stood_before_speaks_against_a_false_high() -> None:
    unknown = replace(WATER, roll=Roll.UNKNOWN)
    rules = Rules(register=unknown, ceiling=hard_ceiling(MeterKind.WATER, unknown), interval=timedelta(minutes=15))
    state = JudgeState().anchored(Reading(value=Decimal("416.8071"), time=NOON))
    looks = [("4 1 7.1", "1.1 1.0 0.0 0.0", 15), ("4 1 6.8", "8.1 0.7 7.1 0.9", 30), ("4 1 6.8", "8.1 0.7 7.1 0.9", 31)]
    made = []
    for wheels, dials, minutes in looks:
        observation = Observation(wheels=parsed(wheels), dials=parsed(dials))
        look = Evidence(decoded=decode(observation, unknown), captured_at=NOON + timedelta(minutes=minutes))
        made.append(consider(state, look, rules))
        state = made[-1].state
    assert [one.verdict.rule for one in made] == ["in_window", "below_last", "false_high_corrected"]
    assert state.spans[-1].value == Decimal("416.8071")


def rules_after(stood: str, looks: list[str]) -> list[str]:
    """Return the rules by which looks are judged, one each interval, at drums that stood there."""
    register = Register(unit="kWh", display=Display.DRUMS, whole_digits=4, decimals=1)
    judged = Rules(register=register, ceiling=Decimal(40), interval=timedelta(minutes=15))
    state, rules = JudgeState().anchored(Reading(value=Decimal(stood), time=NOON)), []
    for number, wheels in enumerate(looks, start=1):
        decoded = decode(Observation(wheels=parsed(wheels)), register)
        decision = consider(state, Evidence(decoded=decoded, captured_at=NOON + number * judged.interval), judged)
        state = decision.state
        rules.append(decision.verdict.rule)
    return rules


@pytest.mark.parametrize(
    ("stood", "before", "rules"),
    [
        ("1271.8", 0, ["in_window", "ambiguous", "confirmed", "confirmed"]),
        # More looks had shown the reading before than the last one.
        ("1271.8", 3, ["in_window", "ambiguous", "confirmed", "ambiguous"]),
        # It may have risen to less than the single look said.
        ("1268.3", 0, ["in_window", "ambiguous", "confirmed", "confirmed"]),
    ],
)
def test_unclear_look_confirms_nothing_if_less_may_be_true(stood: str, before: int, rules: list[str]) -> None:
    # The third drum may be about to leave the one or to reach the two: 1271.8 or 1272.8.
    looks = [*["1 2 7 1 8"] * before, "1 2 7 2 8", "1 2 7 1.5 8.1", "1 2 7 2 8", "1 2 7 1.5 8.1"]
    assert rules_after(stood, looks)[before:] == rules


@pytest.mark.parametrize(
    ("stood", "shown", "rule"),
    [
        pytest.param("1271.7", ["1 2 7 2 7", "1 2 7 2 8"], "ambiguous", id="two looks, at two values"),
        pytest.param("1271.7", ["1 2 7 2 7", "1 2 7 2 8", "1 2 7 2 8"], "ambiguous", id="three looks, at two values"),
        pytest.param("1271.7", ["1 2 7 2 8", "1 2 7 2 8"], "confirmed", id="two looks at one value"),
        pytest.param("1271.7", ["1 2 7 2 7", *["1 2 7 2 8"] * 3], "confirmed", id="more looks"),
        pytest.param("1271.3", ["1 2 7 2 7", "1 2 7 2 8"], "confirmed", id="nearly as much use was before"),
    ],
)
def test_unclear_look_does_not_confirm_what_few_looks_have_shown(stood: str, shown: list[str], rule: str) -> None:
    """1271.8 or 1272.8."""
    assert rules_after(stood, [*shown, "1 2 7 1.5 8.1"])[-1] == rule


def test_hidden_last_places_confirm_the_value_but_not_its_time() -> None:
    result = verdict(DRUMS, "1234", "1 2 3 ?")
    assert (result.outcome, result.rule) == (Outcome.ACCEPTED, "confirmed")
    assert result.reading == Reading(value=Decimal(1234), time=NOON)


def test_nothing_is_chosen_from_a_list_that_is_cut() -> None:
    six = replace(DRUMS, whole_digits=6)
    assert verdict(six, "112021", "? ? 2 0 ? 3").rule == "ambiguous"
    assert verdict(six, "112021", "1 ? 2 0 ? 3", after=timedelta(minutes=2)).rule == "resolved_by_history"


def looked(state: JudgeState, wheels: str, minutes: float) -> Decision:
    look = Evidence(
        decoded=decode(Observation(wheels=parsed(wheels)), DRUMS), captured_at=NOON + timedelta(minutes=minutes)
    )
    return consider(state, look, Rules(register=DRUMS, ceiling=Decimal(60), interval=timedelta(minutes=5)))


def test_hidden_figure_speaks_against_a_false_high_where_only_that_makes_a_reading() -> None:
    known = JudgeState().anchored(Reading(value=Decimal(1231), time=NOON))
    high = looked(known, "1 2 3 5", 5)
    # 1242 cannot be yet, 1222 never was: only 1232, if the five was none.
    first = looked(high.state, "1 2 ? 2", 10)
    second = looked(first.state, "1 2 ? 2", 10.5)
    assert [d.verdict.rule for d in (high, first, second)] == ["in_window", "below_last", "false_high_corrected"]
    assert second.verdict.reading == Reading(value=Decimal(1232), time=NOON + timedelta(minutes=10.5))


def test_reading_that_history_resolved_is_no_evidence_for_itself() -> None:
    state = JudgeState().anchored(Reading(value=Decimal(1228), time=NOON))
    for minutes in range(5, 30, 5):
        made = looked(state, "1 2 ? 1", minutes)
        state = made.state
    assert (made.verdict.rule, state.spans[-1].value, state.spans[-1].looks) == ("confirmed", 1231, 0)
    for minutes in (30, 30.5):
        made = looked(state, "1 2 2 9", minutes)
        state = made.state
    assert made.verdict.rule == "false_high_corrected"


def test_history_that_is_in_question_settles_nothing() -> None:
    known = JudgeState().anchored(Reading(value=Decimal(1231), time=NOON))
    high = looked(known, "1 2 3 6", 5)
    lower = looked(high.state, "1 2 3 1", 10)
    assert lower.verdict.rule == "below_last"
    # 1231 or 1241: the one would be true if the last reading was wrong, the other if it was right.
    assert looked(lower.state, "1 2 ? 1", 11).verdict.rule == "ambiguous"


@pytest.mark.parametrize(
    ("stood", "rules"),
    [
        pytest.param(1231, ["ambiguous", "ambiguous", "below_last", "false_high_corrected"], id="far less use"),
        pytest.param(1229, ["ambiguous"] * 4, id="nearly as much"),
    ],
)
def test_what_stays_unclear_speaks_for_what_needs_far_less_use(stood: int, rules: list[str]) -> None:
    """1231 or 1241, for three intervals: nothing is used since what stood before, or as much again since the last."""
    state = looked(JudgeState().anchored(Reading(value=Decimal(stood), time=NOON)), "1 2 3 6", 7).state
    made = []
    for minutes in (12, 17, 22, 27):
        made.append(looked(state, "1 2 ? 1", minutes))
        state = made[-1].state
    assert [decision.verdict.rule for decision in made] == rules


@pytest.mark.parametrize(("wheels", "rule"), [("1 2 3.65 9", "confirmed"), ("1 2 3.62 9", "ambiguous")])
def test_history_confirms_nothing_that_is_less_likely_than_a_value_below(wheels: str, rule: str) -> None:
    """1239 or 1249, rather the one or rather the other."""
    known = JudgeState().anchored(Reading(value=Decimal(1249), time=NOON))
    assert looked(looked(known, "1 2 4 9", 5).state, wheels, 10).verdict.rule == rule


def test_a_value_below_that_is_nearer_leaves_it_open() -> None:
    known = JudgeState().anchored(Reading(value=Decimal(1236), time=NOON))
    assert looked(known, "1 2 ? 4", 10).verdict.rule == "ambiguous"


def test_nothing_readable() -> None:
    assert verdict(DRUMS, "4321", "? ? ? ?").outcome is Outcome.UNREADABLE


def test_a_large_step_is_true_after_a_long_time() -> None:
    assert verdict(DRUMS, "120", "0 1 9 0").outcome is Outcome.HELD
    assert verdict(DRUMS, "120", "0 1 9 0", after=timedelta(days=10)).outcome is Outcome.ACCEPTED


def test_a_look_older_than_the_reference_has_no_window() -> None:
    assert verdict(DRUMS, "120", "0 1 3 0", after=timedelta(hours=-1)).rule == "rate_too_high"


def test_confidence_is_measured() -> None:
    assert verdict(DRUMS, "1231", "1 2 3 4").confidence is Confidence.HIGH
    assert verdict(DRUMS, "1231", "1 2 ? 4").confidence is Confidence.MEDIUM


def test_numbers_of_the_rule_are_named() -> None:
    assert verdict(DRUMS, "600", "0 6 1 0").detail == {
        "last": "600",
        "window": "6",
        "seen": "610",
        "margin": "9.11",
        "looks": "1",
        "possible": "6",
    }


@given(
    last=st.integers(0, 9999),
    now=st.integers(0, 9999),
    minutes=st.integers(1, 10_000),
)
def test_what_is_accepted_the_connection_could_deliver(last: int, now: int, minutes: int) -> None:
    result = verdict(DRUMS, str(last), " ".join(f"{now:04d}"), after=timedelta(minutes=minutes))
    if result.reading is None:
        return
    moved = int(result.reading.value) - last
    moved = moved if moved >= 0 else moved + 10_000
    assert moved <= minutes + tolerance(DRUMS)


def test_tolerance_is_in_the_register_s_unit() -> None:
    assert tolerance(WATER) == Decimal("0.0002")
    assert tolerance(GAS) == Decimal("0.001")


def test_an_unchanged_picture_confirms_the_last_reading_and_proves_nothing() -> None:
    known = JudgeState().anchored(Reading(value=Decimal("194.6259"), time=NOON))
    later = NOON + timedelta(hours=1)
    decision = unchanged(known, later, "0.12", NOON)
    assert decision is not None
    assert (decision.verdict.outcome, decision.verdict.rule) == (Outcome.ACCEPTED, "unchanged")
    assert decision.verdict.reading == Reading(value=Decimal("194.6259"), time=later)
    assert decision.verdict.confidence is Confidence.MEDIUM
    assert decision.verdict.detail == {"last": "194.6259", "change": "0.12", "since": NOON.isoformat()}
    (span,) = decision.state.spans
    assert (span.first, span.latest, span.looks) == (NOON, later, 1)
    assert not decision.corrected
    assert decision.ask is None


def test_nothing_is_confirmed_by_an_unchanged_picture_while_something_is_held() -> None:
    assert unchanged(JudgeState(), NOON, "0.1", NOON) is None
    known = JudgeState().anchored(Reading(value=Decimal("194.6259"), time=NOON))
    rules = Rules(register=WATER, ceiling=Decimal(5), interval=timedelta(minutes=15))
    for positions in ("1 8 4.6 | 6.2 2.6 6.1 1", "? ? ? | ? ? ? ?"):
        wheels, dials = positions.split("|")
        seen = decode(Observation(wheels=parsed(wheels), dials=parsed(dials)), WATER)
        look = Evidence(decoded=seen, captured_at=NOON + timedelta(minutes=15))
        held = consider(known, look, rules)
        assert held.verdict.outcome is not Outcome.ACCEPTED
        assert unchanged(held.state, NOON + timedelta(minutes=30), "0.1", NOON) is None


def test_only_a_reading_that_is_clear_or_found_again_is_confirmed_by_pictures() -> None:
    at = NOON + timedelta(minutes=5)
    clear = verdict(WATER, "194.6259", "1 9 4.6", "6.2 2.6 6.1 1")
    again = verdict(WATER, "194.6259", "1 9 4.6", "6.2 2.6 5.9 9")
    hidden = verdict(GAS, "7312.400", "0 7 3 1 2 4 0 ?")
    assert (clear.confidence, again.rule, hidden.rule) == (Confidence.HIGH, "confirmed", "confirmed")
    assert well_read(clear, at)
    assert well_read(again, at)
    assert not well_read(hidden, at)
    assert not well_read(verdict(GAS, "7312.400", "0 9 9 1 2 4 0 0"), at)
