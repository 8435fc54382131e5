"""The judge over many looks: what it publishes, what it takes back, and what is kept of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from typing import Final

from hypothesis import given, strategies as st
import pytest

from custom_components.meter_vision.metering.consumption import step
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import Decision, consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Display, Observation, Outcome, Reading, Register, Roll
from custom_components.meter_vision.metering.window import Rules

from .gears import shown

NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
INTERVAL: Final = timedelta(minutes=15)
LITRES: Final = Register(unit="L", display=Display.LCD, whole_digits=6)
RULES: Final = Rules(register=LITRES, ceiling=Decimal(5000), interval=INTERVAL)
BACKWARDS: Final = Rules(
    register=Register(unit="kWh", display=Display.LCD, whole_digits=6, runs_backwards=True),
    ceiling=Decimal(40),
    interval=INTERVAL,
)


def seen(value: int) -> Observation:
    return Observation(wheels=tuple(float(figure) for figure in f"{value:06d}"))


@dataclass
class Meter:
    """A judge and what it has decided."""

    state: JudgeState
    time: datetime = NOON
    rules: Rules = RULES

    def look(
        self, value: int | None, manner: Manner = Manner.ROUTINE, after: timedelta = INTERVAL, **more: object
    ) -> Decision:
        """Look once, an interval later."""
        self.time += after
        decoded = None if value is None else decode(seen(value), self.rules.register)
        look = Evidence(decoded=decoded, captured_at=self.time, manner=manner, **more)  # type: ignore[arg-type]
        decision = consider(self.state, look, self.rules)
        self.state = decision.state
        return decision

    def round(self, value: int | None, after: timedelta = INTERVAL, **more: object) -> list[Decision]:
        """Look as often as the judge asks for."""
        made = [self.look(value, after=after, **more)]
        while (ask := made[-1].ask) is not None:
            made.append(self.look(value, ask, timedelta(seconds=20), **more))
        return made


def meter(value: int = 100_000, rules: Rules = RULES) -> Meter:
    """Return a meter that has stood still for an hour."""
    begun = Meter(JudgeState().anchored(Reading(value=Decimal(value), time=NOON)), rules=rules)
    for _ in range(4):
        begun.look(value)
    return begun


def rules_of(decisions: list[Decision]) -> list[str]:
    return [decision.verdict.rule for decision in decisions]


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


def test_correction_is_undone_when_looks_go_on_from_what_it_took_back() -> None:
    watched = meter()
    for value in (101_000, 101_100, 101_200):
        watched.look(value)
    assert watched.round(100_100)[-1].verdict.rule == "false_high_corrected"
    made = watched.round(102_400)
    assert made[-1].verdict.rule == "correction_undone"
    assert [one.value for one in made[-1].corrected] == [100_100]
    assert [span.value for span in watched.state.spans][-4:] == [101_000, 101_100, 101_200, 102_400]


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
    assert RULES.plausible(watched.state.flow, NOON, NOON + INTERVAL) == 418
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
