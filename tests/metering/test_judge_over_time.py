"""The judge over many looks: what it publishes, what it takes back, and what is kept of it."""

from datetime import timedelta
from decimal import Decimal
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.consumption import step
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import Decision, consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Display, Outcome, Reading, Register, Roll
from custom_components.meter_vision.metering.window import Rules

from .gears import shown
from .watched import BACKWARDS, INTERVAL, LITRES, NOON, RULES, Meter, meter, rules_of

# Down


def test_false_high_is_taken_back_by_two_looks() -> None:
    watched = meter()
    assert watched.look(100_800).verdict.rule == "in_window"
    wrong_at = watched.time
    first, second = watched.round(100_003)
    assert rules_of([first, second]) == ["below_last", "false_high_corrected"]
    assert first.ask is Manner.PREPARED_DIFFERENTLY
    assert [(one.value, one.first, one.latest) for one in second.corrected] == [(100_800, wrong_at, wrong_at)]
    assert watched.state.last == Reading(value=Decimal(100_003), time=watched.time)


def test_false_high_that_repeated_itself_for_hours_is_taken_back_as_soon_as_the_truth_returns() -> None:
    watched = meter()
    for more in range(20):
        watched.look(100_800 + more)
    made = watched.round(100_020)
    assert made[-1].verdict.rule == "false_high_corrected"
    assert len(made[-1].corrected) == 20
    assert watched.look(100_021).verdict.rule == "in_window"


def test_fall_that_no_step_explains_is_held_and_a_new_meter_never_assumed() -> None:
    watched = meter()
    assert rules_of(watched.round(20)) == ["below_last", "below_last", "possible_new_meter"]
    for _ in range(90):
        made = watched.round(21)
        assert made[-1].verdict.outcome is Outcome.HELD
        assert len(made) == 1, "nothing new can be learnt"
    assert watched.look(21, after=timedelta(days=1)).verdict.rule == "needs_a_person"
    watched.state = watched.state.anchored(Reading(value=Decimal(21), time=watched.time))
    assert watched.look(22).verdict.rule == "in_window"


def test_lower_looks_that_began_below_what_stood_before_are_no_proof() -> None:
    watched = meter()
    for value in (100_100, 100_150, 100_150, 100_150, 100_150):
        watched.look(value)
    for value in (99_990, 100_010, 100_030, 100_050, 100_070):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    assert watched.look(100_300).verdict.rule == "in_window"


def test_truth_that_returns_while_the_mistake_counted_on() -> None:
    watched = meter()
    for more in range(8):
        watched.look(101_100 + more * 150)
    first = watched.time - 7 * INTERVAL
    made = watched.round(101_200)
    assert made[-1].verdict.rule == "false_high_corrected"
    assert made[-1].corrected[0].first == first, "the first one was wrong although it is lower than the truth by now"


def test_look_within_the_tolerance_joins_those_that_were_below() -> None:
    watched = meter()
    watched.look(100_003)
    assert watched.look(100_001).verdict.rule == "below_last"
    joined = watched.look(100_002, Manner.PREPARED_DIFFERENTLY, timedelta(seconds=20))
    assert joined.verdict.rule == "false_high_corrected"
    assert watched.state.last is not None
    assert watched.state.last.value == 100_002


def test_lower_value_that_no_step_explains_becomes_true_at_another_time_of_day() -> None:
    watched = meter()
    for more in range(0, 50, 5):
        watched.look(100_400 + 8 * more)
    lower = 100_200
    assert [d.verdict.outcome for d in watched.round(lower)] == [Outcome.HELD] * 3
    assert watched.look(lower, after=timedelta(hours=8)).verdict.outcome is Outcome.HELD
    assert watched.look(lower, after=timedelta(hours=3)).verdict.rule == "false_high_corrected"


def test_correction_is_undone_when_looks_go_on_exactly_from_what_it_took_back() -> None:
    watched = meter()
    for value in (101_000, 101_000, 101_001, 101_001):
        watched.look(value)
    taken_back = watched.round(100_001)[-1]
    assert taken_back.verdict.rule == "false_high_corrected"
    for _ in range(4):
        watched.look(100_001)
    made = [watched.look(101_010) for _ in range(3)]
    assert rules_of(made) == ["in_window", "confirmed", "correction_undone"]
    assert [one.value for one in made[-1].corrected] == [100_001]
    assert [span.value for span in watched.state.spans][-4:] == [100_000, 101_000, 101_001, 101_010]


def test_use_that_happens_to_be_as_large_undoes_nothing() -> None:
    watched = meter()
    for value in (101_000, 101_000, 101_001, 101_001):
        watched.look(value)
    watched.round(100_001)
    for number in range(1, 12):
        assert watched.look(100_001 + number * 500).verdict.rule == "in_window"


def test_correction_is_undone_by_looks_too_high_for_the_corrected_line() -> None:
    watched = meter()
    watched.look(104_000, after=timedelta(hours=3))
    assert watched.round(101_000)[-1].verdict.rule == "false_high_corrected"
    for _ in range(4):
        watched.look(101_000)
    assert rules_of(watched.round(104_002)) == ["rate_too_high"] * 3
    undone = watched.look(104_002)
    assert undone.verdict.rule == "correction_undone"
    assert [one.value for one in undone.corrected] == [101_000]


def test_what_was_taken_back_once_is_not_restored_by_the_next_mistake() -> None:
    watched = meter()
    for value in (101_000, 101_000, 101_001, 101_001):
        watched.look(value)
    watched.round(100_001)
    watched.look(100_001)
    assert watched.look(101_001).verdict.rule == "in_window"
    assert watched.round(100_001)[-1].verdict.rule == "false_high_corrected"
    assert watched.state.taken_back[0].value == 101_000, "the correction of many looks may still be undone"


# Up


def test_surprise_does_not_become_true_by_time_alone() -> None:
    watched = meter()
    assert rules_of(watched.round(109_000)) == ["rate_too_high"] * 3
    calls = sum(len(watched.round(109_000 + more)) for more in range(32))
    assert watched.state.last is not None
    assert watched.state.last.value == 100_000, "eight hours of one reflection"
    assert calls == 32
    assert watched.look(100_050).verdict.rule == "in_window"


def test_surprise_is_published_when_the_looks_differ_in_light() -> None:
    watched = meter()
    watched.look(100_000, after=timedelta(hours=3))
    watched.round(104_000, light=200.0)
    assert watched.look(104_001, after=timedelta(hours=1), light=160.0).verdict.outcome is Outcome.HELD
    assert watched.look(104_002, light=60.0).verdict.rule == "agreeing_looks"


def test_surprise_is_published_at_another_time_of_day() -> None:
    watched = meter()
    watched.round(109_000)
    assert watched.look(109_001, after=timedelta(hours=9)).verdict.outcome is Outcome.HELD
    assert watched.look(109_002, after=timedelta(hours=2)).verdict.rule == "agreeing_looks"
    assert [span.value for span in watched.state.spans] == [100_000, 109_000, 109_001, 109_002]


def test_one_misread_look_among_those_that_agree_is_left_out() -> None:
    watched = meter()
    watched.look(100_500)
    watched.look(100_003)
    watched.look(99_003, Manner.PREPARED_DIFFERENTLY, timedelta(seconds=20))
    decided = watched.look(100_003, Manner.STRONGER_MODEL, timedelta(seconds=20))
    assert decided.verdict.rule == "false_high_corrected"


def test_another_surprise_is_looked_at_anew() -> None:
    watched = meter()
    for _ in range(5):
        watched.round(109_000)
    assert len(watched.round(109_000)) == 1
    assert len(watched.round(99_000)) == 3


def test_what_cannot_be_is_never_published() -> None:
    watched = meter()
    for hours in range(0, 40, 3):
        made = watched.round(400_000, after=timedelta(hours=3), light=200.0 * (hours % 2))
        assert made[-1].verdict.outcome is Outcome.HELD
    assert made[-1].verdict.rule == "needs_a_person"


def test_large_true_step_after_a_long_outage() -> None:
    watched = meter()
    assert watched.look(140_000, after=timedelta(days=2)).verdict.rule == "in_window"


# What cameras do


def test_stuck_picture_is_no_evidence() -> None:
    watched = meter()
    watched.look(100_010, picture="a")
    taken_at = watched.time
    for _ in range(3):
        stuck = watched.look(100_010, picture="a").verdict
        assert (stuck.rule, stuck.reading) == ("same_picture", Reading(value=Decimal(100_010), time=taken_at))
    assert watched.look(100_010, after=timedelta(days=1), picture="a").verdict.rule == "stuck_picture"
    assert watched.look(100_900, picture="b").verdict.rule == "in_window"


def test_two_looks_at_one_picture_count_once() -> None:
    watched = meter()
    watched.look(100_800, picture="a")
    made = watched.round(100_003, picture="b")
    assert made[-1].verdict.outcome is Outcome.HELD
    assert watched.round(100_003, picture="c")[-1].verdict.rule == "false_high_corrected"


def test_ever_fewer_further_looks_while_nothing_can_be_read() -> None:
    watched = meter()
    looks = [len(watched.round(None)) for _ in range(16)]
    assert looks == [3, 3, 1, 3, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 3]


@pytest.mark.parametrize(("value", "rule"), [(99_995, "in_window"), (100_005, "in_window"), (99_000, "rate_too_high")])
def test_register_that_may_run_backwards(value: int, rule: str) -> None:
    assert meter(rules=BACKWARDS).look(value).verdict.rule == rule


def test_surprising_backwards_is_not_believed_for_going_on() -> None:
    watched = meter(rules=BACKWARDS)
    made = [watched.round(100_000 - 50 * number)[-1] for number in range(1, 12)]
    assert rules_of(made) == ["rate_too_high"] * 11


def test_backwards_over_zero() -> None:
    watched = meter(2, rules=BACKWARDS)
    assert watched.look(999_998).verdict.rule == "rollover"


# What is learnt


def test_flow_is_learnt_and_limits_what_is_no_surprise() -> None:
    watched = meter()
    assert RULES.plausible(watched.state.flow, NOON, NOON + INTERVAL) == 1251
    for day in range(9):
        for slot in range(96):
            watched.look(100_000 + day * 10 + slot // 40)
    assert RULES.plausible(watched.state.flow, NOON, NOON + INTERVAL) == 417
    assert RULES.plausible(watched.state.flow, NOON, NOON + timedelta(days=10)) == 44_501


@pytest.mark.parametrize("roll", [Roll.CONTINUOUS, Roll.LATE])
def test_habit_of_the_drum_beside_the_dials_is_learnt(roll: Roll) -> None:
    register = Register(unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=5, dials=4, dial_decimals=4)
    rules = Rules(register=register, ceiling=Decimal(5), interval=INTERVAL)
    state = JudgeState().anchored(Reading(value=Decimal("530.3000"), time=NOON))
    for number in range(1, 30):
        known = state.votes.known(register)
        observation = shown(5_303_000 + 150 * number, register, roll)
        look = Evidence(
            decoded=decode(observation, known), observation=observation, captured_at=NOON + number * INTERVAL
        )
        state = consider(state, look, rules).state
    assert state.votes.known(register).roll is roll


# Whatever is seen

LOOKS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 3000), st.integers(999_000, 999_999)),
        st.integers(1, 2000),
        st.sampled_from(Manner),
        st.sampled_from([None, 40.0, 180.0]),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=40,
)


def replayed(looks: list[tuple[int | None, int, Manner, float | None, str | None]], *, kept: bool) -> list[Decision]:
    """Return the decisions on looks; `kept`: with a restart between any two."""
    watched = Meter(JudgeState().anchored(Reading(value=Decimal(1000), time=NOON)))
    made = []
    for value, minutes, manner, light, picture in looks:
        made.append(watched.look(value, manner, timedelta(minutes=minutes), light=light, picture=picture))
        if kept:
            watched.state = JudgeState.from_data(json.loads(json.dumps(watched.state.to_data())))
    return made


@given(LOOKS)
def test_published_never_falls_without_a_correction(
    looks: list[tuple[int | None, int, Manner, float | None, str | None]],
) -> None:
    value, time = Decimal(1000), NOON
    for decision in replayed(looks, kept=False):
        reading = decision.verdict.reading
        if reading is None or decision.corrected:
            value = value if reading is None else reading.value
            continue
        moved = step(value, reading.value, LITRES)
        assert 0 <= moved <= RULES.possible(NOON, NOON + timedelta(minutes=2000 * len(looks)))
        assert reading.time >= time
        value, time = reading.value, reading.time


@given(LOOKS)
def test_replaying_and_restarting_give_the_same(
    looks: list[tuple[int | None, int, Manner, float | None, str | None]],
) -> None:
    assert replayed(looks, kept=False) == replayed(looks, kept=True)


@given(LOOKS)
def test_every_verdict_names_its_rule_and_numbers(
    looks: list[tuple[int | None, int, Manner, float | None, str | None]],
) -> None:
    for decision in replayed(looks, kept=False):
        verdict = decision.verdict
        assert verdict.rule
        assert verdict.detail or verdict.rule in ("unreadable", "stuck_picture")
        assert (verdict.reading is not None) == (verdict.outcome is Outcome.ACCEPTED)
        assert decision.ask is None or verdict.reading is None
