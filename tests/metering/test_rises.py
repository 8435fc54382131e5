"""Which rises are large enough to be the mistake that lower looks show."""

from collections.abc import Iterable

import pytest

from custom_components.meter_vision.metering.models import Outcome

from .watched import meter, rules_of


def rule_below(lower: int, shown: Iterable[int], *, start: int = 100_000) -> str:
    """Return what is said of looks below what was accepted, after those of two intervals."""
    watched = meter(start)
    for value in shown:
        watched.look(value)
    return rules_of([*watched.round(lower), *watched.round(lower)])[-1]


def test_a_rise_smaller_than_the_fall_was_no_mistake() -> None:
    watched = meter()
    for value in (100_080, 100_160, 100_240, 100_240, 100_240, 100_240):
        watched.look(value)
    assert rules_of(watched.round(100_140))[-1] == "possible_new_meter"
    assert rules_of([watched.look(100_320)]) == ["in_window"]


def test_a_rise_that_use_could_explain_needs_a_look_of_another_interval() -> None:
    watched = meter()
    for value in (100_080, 100_160, 100_240, 100_240, 100_240, 100_240):
        watched.look(value)
    assert rules_of(watched.round(100_180)) == ["below_last"] * 3
    assert watched.look(100_180).verdict.rule == "false_high_corrected"


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        pytest.param(
            [100_300, *[100_400] * 4, 100_450], "false_high_corrected", id="one misread look, and then others"
        ),
        pytest.param([*[100_300] * 4, *[100_400] * 4, 100_450], "possible_new_meter", id="many looks at both"),
        pytest.param([100_200, *[100_400] * 4, 100_550], "possible_new_meter", id="use makes such steps"),
        pytest.param([100_280, *[100_400] * 5], "false_high_corrected", id="nothing else was counted"),
        pytest.param([100_320, *[100_470] * 5], "false_high_corrected", id="use made them a little larger"),
        pytest.param([100_100, 100_200, *[100_500] * 5], "possible_new_meter", id="use made the smaller one"),
        pytest.param([100_190, *[100_400] * 5], "possible_new_meter", id="nothing else was, but they are alike"),
        pytest.param(
            [100_001, 100_191, *[100_401] * 5], "possible_new_meter", id="the other is the tolerance of a look"
        ),
        pytest.param([100_100, 100_300, *[100_500] * 5], "possible_new_meter", id="use makes them twice as large"),
        pytest.param([100_300, *[100_350] * 4, 100_400], "possible_new_meter", id="the rises are too small"),
        pytest.param([100_300, *[100_550] * 4, 100_550], "possible_new_meter", id="they are larger, as use makes them"),
    ],
)
def test_a_mistake_may_come_in_two_rises_if_few_looks_were_between_them(shown: list[int], rule: str) -> None:
    assert rule_below(shown[-1] - 400, shown) == rule


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        pytest.param([100_040, 101_050, 101_090, 102_100], "false_high_corrected", id="as use never does"),
        pytest.param([100_600, 101_050, 101_090, 102_100], "possible_new_meter", id="as use does"),
        pytest.param([101_050, 101_090, 102_100], "possible_new_meter", id="no use is known"),
        pytest.param([100_060, 100_660, 100_760, 101_360], "possible_new_meter", id="they are too small"),
        pytest.param([100_040, 101_050, 101_090, 102_100, 102_100], "possible_new_meter", id="more looks showed them"),
    ],
)
def test_three_readings_may_each_be_a_mistake_if_they_leap(shown: list[int], rule: str) -> None:
    assert rule_below(100_120, shown) == rule


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        pytest.param([100_600, 101_200, *range(101_300, 102_001, 100)], "false_high_corrected", id="as use never does"),
        pytest.param([*[100_600] * 4, *range(101_200, 102_001, 100)], "possible_new_meter", id="many looks apart"),
        pytest.param([100_600, 100_650, *range(101_250, 102_051, 100)], "possible_new_meter", id="another between"),
        pytest.param(
            [100_600, 101_200, 101_510, 101_820, 102_130, *[102_440] * 4], "possible_new_meter", id="hardly larger"
        ),
    ],
)
def test_two_leaps_are_a_mistake_also_below_what_the_meter_has_counted_since(shown: list[int], rule: str) -> None:
    assert rule_below(shown[-1] - 700, (99_950, 100_000, *shown), start=99_900) == rule


@pytest.mark.parametrize(
    ("start", "shown", "rule"),
    [
        pytest.param(99_980, [100_060, 100_200, 101_100], "false_high_corrected", id="misread as one more"),
        pytest.param(99_980, [100_060, *[100_200] * 2, 101_100], "possible_new_meter", id="more looks showed it"),
        pytest.param(99_980, [100_060, 100_200, 101_085], "possible_new_meter", id="no figure explains it"),
        pytest.param(99_500, [100_060, 100_200, 101_100], "possible_new_meter", id="use makes such steps"),
        pytest.param(99_500, [99_750, 100_200, 101_100], "possible_new_meter", id="much larger than the fall"),
    ],
)
def test_a_mistake_comes_in_two_parts_after_another_below_the_truth(start: int, shown: list[int], rule: str) -> None:
    watched = meter(start)
    for value in (*shown, *range(shown[-1] + 30, shown[-1] + 181, 30)):
        watched.look(value)
    assert rules_of(watched.round(shown[-1] + 180 - 1000))[-1] == rule


@pytest.mark.parametrize(
    ("low", "rule"),
    [
        pytest.param(100_010, "false_high_corrected", id="it has wrapped"),
        pytest.param(100_317, "possible_new_meter", id="it has not"),
    ],
)
def test_a_figure_misread_as_six_more_is_taken_back_after_it_has_wrapped(low: int, rule: str) -> None:
    """Six more is four less from there on: the fall is larger than the rise, and the truth between the two."""
    watched = meter(99_500)
    for value in (100_000, 100_030, 100_660, 100_760, 100_860, 100_960):
        watched.look(value)
    for value in (low, low + 10):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    made = [watched.look(100_450) for _ in range(4)]
    assert made[-1].verdict.rule == rule
