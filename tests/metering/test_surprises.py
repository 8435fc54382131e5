"""What is remembered of values that surprise, for as long as that takes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate, pairwise

import pytest

from custom_components.meter_vision.metering.evidence import Manner, Sighting
from custom_components.meter_vision.metering.flow import Flow
from custom_components.meter_vision.metering.judge import Decision
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Outcome

from .watched import NOON, Meter, meter, rules_of


def quiet() -> Meter:
    """Return a meter known to count next to nothing."""
    watched = meter()
    for number in range(8 * 96):
        watched.look(100_000 + number // 40)
    return watched


def known(value: int) -> Meter:
    """Return a meter that has counted 100 litres in an hour at the most, in a week."""
    watched = meter(value)
    flow = Flow().add(Decimal(100), NOON - timedelta(days=9), NOON - timedelta(days=9, hours=-1))
    watched.state = replace(watched.state, flow=flow.add(Decimal(0), NOON - timedelta(days=8), NOON))
    return watched


def further(watched: Meter, first: int, values: list[int]) -> list[Decision]:
    """Look once, and again at each of the values as the judge asks for."""
    made = [watched.look(first)]
    for value in values:
        manner = made[-1].ask
        assert manner is not None
        made.append(watched.look(value, manner, timedelta(seconds=20)))
    return made


def test_looks_of_all_hours_and_manners_are_remembered() -> None:
    state = JudgeState()
    made = [
        Sighting(
            value=Decimal(number),
            time=NOON + timedelta(minutes=5 * number),
            manner=Manner.STRONGER_MODEL if number in {2, 3} else Manner.ROUTINE,
            regular=int(number not in {2, 3}),
        )
        for number in range(300)
    ]
    for sighting in made:
        state = state.sighted(sighting)
    kept = state.sightings
    assert len(kept) == 48
    assert (kept[0].time, kept[-1]) == (made[0].time, made[-1])
    assert [one.value for one in kept if one.manner is Manner.STRONGER_MODEL] == [2, 3]
    assert max(after.time - before.time for before, after in pairwise(kept)) <= timedelta(hours=2)
    assert sum(one.regular for one in kept) == 298


def test_truth_is_published_at_another_time_of_day_whatever_was_misread_before() -> None:
    watched = quiet()
    for number in range(30):
        watched.round(300_000 + 7_000 * number)
    made = [watched.round(120_000)[-1] for _ in range(42)]
    assert rules_of(made[:40]) == ["rate_too_high"] * 40
    assert rules_of(made[40:]) == ["agreeing_looks", "confirmed"]


def test_use_as_never_before_goes_on_while_nothing_can_be_read() -> None:
    watched = quiet()
    value = watched.state.spans[-1].value + 500
    made = []
    for number in range(42):
        value += 410
        unreadable = 16 <= number < 36
        made.append(watched.round(None if unreadable else int(value))[-1])
    assert rules_of(made[:16]) == ["rate_too_high"] * 16
    assert rules_of(made[36:]) == ["rate_too_high"] * 4 + ["agreeing_looks", "in_window"]


@pytest.mark.parametrize(
    ("counted", "rules"),
    [
        pytest.param([600] * 4, "rate_too_high rate_too_high agreeing_looks in_window", id="a heater, or a hose"),
        pytest.param([600, 0, 410, 0, 405, 5], "rate_too_high " * 4 + "agreeing_looks in_window", id="on and off"),
        pytest.param([600, 380] + [0, 5] * 8, "rate_too_high " * 18, id="once is an accident"),
        pytest.param([1000] + [300] * 20, "rate_too_high " * 21, id="a misread figure, and use as usual"),
        pytest.param([780, 601, 611, 611], "rate_too_high " * 4, id="a figure left out, and use as usual"),
        pytest.param([1400] * 20, "rate_too_high " * 20, id="more than is possible"),
    ],
)
def test_use_that_begins_at_once_is_believed_when_it_is_seen_again(counted: list[int], rules: str) -> None:
    watched = quiet()
    shown = accumulate(counted, initial=int(watched.state.spans[-1].value))
    assert rules_of([watched.round(value)[-1] for value in list(shown)[1:]]) == rules.split()


def test_use_seen_again_has_to_be_looked_at_anew() -> None:
    watched = quiet()
    value = int(watched.state.spans[-1].value)
    assert rules_of([watched.look(value + 600 * number) for number in range(1, 20)]) == ["rate_too_high"] * 19


@pytest.mark.parametrize(
    ("values", "rules"),
    [
        pytest.param([100_045, 100_045], ["below_last", "looks_differ", "in_window"], id="two against one"),
        pytest.param([100_300, 100_300], ["below_last", "looks_differ", "looks_differ"], id="it rises as never before"),
        pytest.param([99_000, 100_045], ["below_last", "below_last", "looks_differ"], id="one against two"),
        pytest.param([100_045, 99_000], ["below_last", "looks_differ", "below_last"], id="the first was right"),
        pytest.param([100_000], ["below_last", "confirmed"], id="it does not rise"),
    ],
)
def test_a_further_look_that_rises_where_others_fell_settles_nothing_alone(values: list[int], rules: list[str]) -> None:
    """One of two looks within a minute is misread if one is below the last reading and the other above it."""
    watched = known(100_000)
    made = further(watched, 99_000, values)
    assert rules_of(made) == rules
    assert rules_of([watched.look(100_300)]) == ["in_window"]


def test_a_further_look_decides_before_anything_is_known_of_the_use() -> None:
    assert rules_of(further(meter(), 99_000, [100_045])) == ["below_last", "in_window"]


def test_a_false_high_is_taken_back_although_a_further_look_is_misread_as_well() -> None:
    watched = known(123_456)
    for _ in range(12):
        watched.look(123_496)
    made = further(watched, 123_456, [123_856, 123_456])
    assert rules_of(made) == ["below_last", "looks_differ", "false_high_corrected"]


def test_a_surprise_does_not_become_true_because_another_look_was_accepted_below_it() -> None:
    watched = meter(372_858)
    for _ in range(4):
        assert rules_of(watched.round(376_858))[-1] == "rate_too_high"
    assert rules_of(watched.round(376_000)) == ["in_window"]
    assert rules_of(watched.round(376_858))[-1] == "rate_too_high"
    made = watched.round(372_858)
    assert rules_of(made) == ["below_last", "false_high_corrected"]
    assert [one.value for one in made[-1].corrected] == [376_000]


@pytest.mark.parametrize("strays", [(), (90_160,)], ids=["none after them", "one more after them"])
def test_a_high_line_that_lower_looks_spoke_against_makes_nothing_suspect(strays: tuple[int, ...]) -> None:
    """One figure is misread as a higher one for an hour, then as a lower one, and then a look is misread as well."""
    watched = meter()
    for value in range(100_020, 100_101, 20):
        watched.look(value)
    for value in (*range(103_120, 103_201, 20), *range(97_220, 97_301, 20)):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    for value in strays:
        assert watched.look(value).verdict.outcome is Outcome.HELD
    assert rules_of([watched.look(103_190)]) == ["in_window"]
