"""Which lower looks take back what was accepted above them, and which low lines are given up again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.meter_vision.metering.flow import Flow
from custom_components.meter_vision.metering.models import Outcome

from .watched import meter, rules_of


def test_lower_looks_are_not_believed_where_they_are_the_last_reading_with_a_figure_left_out() -> None:
    watched = meter(123_500)
    for value in (123_612, 123_914, 124_216, 124_518, 124_820, 124_820, 124_820, 124_820):
        watched.look(value)
    # 124 855, 124 857 and 124 858 without their fourth figure; the rises before may be use just as well.
    made = [watched.look(value) for value in (124_555, 124_577, 124_588, 124_588, 124_588)]
    assert {decision.verdict.outcome for decision in made} == {Outcome.HELD}
    assert watched.look(124_860).verdict.rule == "in_window"


def test_many_readings_with_a_figure_left_out_are_taken_back() -> None:
    watched = meter(419_140)
    for value in (419_411, 419_422, 419_433, 419_444, 419_455):
        watched.look(value)
    made = watched.round(419_146)
    assert made[-1].verdict.rule == "false_high_corrected"
    assert len(made[-1].corrected) == 5


def test_a_line_that_was_too_low_and_rose_above_the_last_reading_is_given_up_for_the_truth() -> None:
    watched = meter()
    watched.look(100_150)
    for value in range(98_600, 100_000, 400):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    assert watched.look(100_200).verdict.rule == "in_window"
    watched.look(100_620)
    made = [watched.round(value)[-1] for value in (103_000, 103_100, 103_200)]
    assert rules_of(made) == ["rate_too_high", "rate_too_high", "correction_undone"]
    assert [one.value for one in made[-1].corrected] == [100_200, 100_620]


def test_a_line_that_was_too_low_and_rose_to_the_last_reading_confirms_nothing() -> None:
    watched = meter()
    watched.look(100_150)
    for value in (98_950, 99_350, 99_750):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    made = [watched.look(value) for value in (100_150, 100_250, 100_350)]
    assert rules_of(made) == ["confirmed", "in_window", "in_window"]
    made = [watched.round(value)[-1] for value in (103_000, 103_100, 103_200)]
    assert rules_of(made) == ["rate_too_high", "rate_too_high", "correction_undone"]
    assert [one.value for one in made[-1].corrected] == [100_150, 100_250, 100_350]


@pytest.mark.parametrize(
    ("low", "rules"),
    [
        pytest.param(95_600, ["rate_too_high", "rate_too_high", "correction_undone"], id="goes on from it"),
        pytest.param(85_600, ["rate_too_high"] * 3, id="it cannot"),
    ],
)
def test_doubts_that_a_reading_settled_are_open_again_when_it_is_taken_back(low: int, rules: list[str]) -> None:
    """A figure too low for hours, too high while the figure before it turns, and one look between that seems to fit."""
    watched = meter()
    watched.look(100_500)
    for value in (low, low + 100):
        watched.round(value)
    assert watched.look(101_000).verdict.rule == "in_window"
    for number in range(12):
        assert watched.round(106_000 + 100 * number)[-1].verdict.outcome is Outcome.HELD
    assert watched.round(100_900)[-1].verdict.rule == "false_high_corrected"
    for value in (101_000, 101_100, 101_200, 101_300):
        assert watched.look(value).verdict.rule == "in_window"
    made = [watched.round(value)[-1] for value in (106_520, 106_520, 106_640)]
    assert rules_of(made) == rules


def test_truth_returns_after_a_correction_by_few_looks_although_the_meter_counted_on() -> None:
    watched = meter()
    watched.look(101_000)
    assert watched.round(100_100)[-1].verdict.rule == "false_high_corrected"
    made = [watched.round(value)[-1] for value in (102_900, 103_000, 103_100)]
    assert rules_of(made) == ["rate_too_high", "rate_too_high", "correction_undone"]
    assert [one.value for one in made[-1].corrected] == [100_100]
    assert [span.value for span in watched.state.spans] == [100_000, 103_100]


@pytest.mark.parametrize("wrong", [1, 2, 3])
def test_a_mistake_that_undid_a_right_correction_is_taken_back_as_one_rise(wrong: int) -> None:
    """What was misread for a few looks, and then for hours as a little more."""
    watched = meter()
    for _ in range(wrong):
        watched.look(101_000)
    assert watched.round(100_000)[-1].verdict.rule == "false_high_corrected"
    for _ in range(20):
        watched.look(100_000)
    assert rules_of([*watched.round(101_400), watched.look(101_400)])[-1] == "correction_undone"
    for value in (101_400, 101_600, 101_600, 101_800):
        watched.look(value)
    made = [*watched.round(100_400), *watched.round(100_400)]
    assert rules_of(made) == ["below_last"] * 3 + ["false_high_corrected"]
    assert [one.value for one in made[-1].corrected] == [101_400, 101_600, 101_800]


def test_a_value_that_stood_before_corrections_and_goes_on_is_not_passed_over() -> None:
    watched = meter()
    for wrong in (100_004, 100_100):
        watched.look(wrong)
        assert watched.round(100_000)[-1].verdict.rule == "false_high_corrected"
        for _ in range(8):
            watched.look(100_000)
    made = [watched.round(102_600)[-1] for _ in range(4)]
    assert rules_of(made) == ["rate_too_high"] * 4


def test_truth_returns_below_what_a_wrong_correction_took_back() -> None:
    watched = meter()
    for value in (101_000, 102_200):
        watched.look(value)
    assert watched.round(100_100)[-1].verdict.rule == "false_high_corrected"
    # It goes on neither from 100 100 nor from 102 200, but from what stood before both.
    made = [watched.round(value)[-1] for value in (101_920, 101_920, 102_030)]
    assert rules_of(made) == ["rate_too_high", "rate_too_high", "correction_undone"]
    assert [one.value for one in made[-1].corrected] == [100_100]
    assert [span.value for span in watched.state.spans] == [100_000, 102_030]
    assert watched.state.taken_back == ()


def test_doubts_are_passed_over_later_by_what_may_have_a_figure_left_out() -> None:
    watched = meter()
    for value in (101_000, 102_200):
        watched.look(value)
    assert watched.round(100_100)[-1].verdict.rule == "false_high_corrected"
    # 100 190 and 100 200 look like that without one of their noughts, and 100 010 like 100 100.
    made = [watched.round(value)[-1] for value in (101_900, 101_900, 101_900, 102_000, 102_000, 102_000)]
    assert rules_of(made) == ["rate_too_high"] * 5 + ["correction_undone"]
    assert [one.value for one in made[-1].corrected] == [100_100]


def test_correction_that_many_looks_have_gone_on_from_is_not_passed_over() -> None:
    watched = meter()
    for value in (101_000, 102_200):
        watched.look(value)
    watched.round(100_100)
    for value in (100_110, 100_120, 100_130):
        watched.look(value)
    made = [watched.round(value)[-1] for value in (101_900, 101_900, 102_000)]
    assert rules_of(made) == ["rate_too_high"] * 3


def test_a_single_look_that_ends_a_long_hold_is_passed_over() -> None:
    watched = meter()
    for _ in range(8):
        assert watched.round(150_000)[-1].verdict.outcome is Outcome.HELD
    assert watched.look(100_500).verdict.rule == "in_window"
    made = [watched.round(value)[-1] for value in (102_500, 102_520, 102_540)]
    assert rules_of(made) == ["rate_too_high", "rate_too_high", "correction_undone"]
    assert [one.value for one in made[-1].corrected] == [100_500]
    assert [span.value for span in watched.state.spans] == [100_000, 102_540]


def test_a_single_look_after_a_hold_is_not_passed_over_by_what_rises_ever_further() -> None:
    watched = meter()
    for _ in range(8):
        watched.round(150_000)
    watched.look(100_500)
    # The first might have gone on from 100 000, the last cannot.
    made = [watched.round(value)[-1] for value in (107_200, 108_400, 109_600)]
    assert rules_of(made) == ["rate_too_high"] * 3


@pytest.mark.parametrize(
    ("held", "accepted"),
    [
        pytest.param([150_000] * 8, [100_500, 100_510, 100_520], id="as many looks have shown it"),
        pytest.param([102_490] * 8, [100_500], id="it is what was held before"),
        pytest.param([150_000], [100_500], id="nothing was held for long"),
        pytest.param([], [100_500], id="nothing was held"),
        pytest.param([99_000] * 8, [100_500], id="it is from a line that has been too low for hours"),
    ],
)
def test_readings_after_a_hold_are_not_passed_over(held: list[int], accepted: list[int]) -> None:
    watched = meter()
    watched.state = replace(watched.state, flow=Flow(seen=timedelta(days=2)))
    for value in held:
        watched.round(value)
    for value in accepted:
        assert watched.look(value).verdict.rule == "in_window"
    made = [watched.round(102_500)[-1] for _ in range(4)]
    assert rules_of(made) == ["rate_too_high"] * 4


def test_three_readings_are_hardly_each_a_mistake_of_its_own() -> None:
    watched = meter()
    for value in (100_020, 100_050, 100_080):
        watched.look(value)
    assert rules_of(watched.round(100_000))[-1] == "possible_new_meter"
    # Unless nothing but history has told them apart from others.
    watched.state = replace(
        watched.state, sightings=(), spans=tuple(replace(span, looks=0) for span in watched.state.spans)
    )
    assert rules_of(watched.round(100_000))[-1] == "false_high_corrected"
    watched = meter()
    for value in (100_020, 100_080, 100_080):
        watched.look(value)
    assert rules_of(watched.round(100_000))[-1] == "false_high_corrected"


def test_looks_with_a_figure_left_out_take_back_others_of_the_kind_only_where_they_stand_still() -> None:
    moves, stands = meter(419_140), meter(419_140)
    for value in (419_411, 419_422, 419_433, 419_444, 419_455):
        moves.look(value)
        stands.look(value)
    made = [moves.round(value)[-1] for value in (419_144, 419_155, 419_166)]
    assert {decision.verdict.outcome for decision in made} == {Outcome.HELD}
    made = [stands.round(419_144)[-1] for _ in range(3)]
    assert rules_of(made) == ["possible_new_meter"] * 2 + ["false_high_corrected"]
    assert len(made[-1].corrected) == 5


def test_a_mistake_of_few_looks_hides_no_smaller_one_below_it() -> None:
    """The last figure misread for hours, and then once a figure that counts much more."""
    watched = meter()
    for value in (100_050, *[100_058] * 8, 101_040):
        watched.look(value)
    made = watched.round(100_050)
    assert rules_of(made) == ["below_last", "below_last", "false_high_corrected"]
    assert [span.value for span in made[-1].corrected] == [100_058, 101_040]


def test_a_small_mistake_below_another_is_taken_back_by_the_same_looks() -> None:
    watched = meter(123_450)
    for value in (*[123_452] * 8, 124_250):
        watched.look(value)
    made = watched.round(123_450)
    assert rules_of(made) == ["below_last", "false_high_corrected"]
    assert [span.value for span in made[-1].corrected] == [123_452, 124_250]
    assert watched.state.last is not None
    assert watched.state.last.value == 123_450


def test_looks_that_are_each_off_by_the_tolerance_take_back_nothing_but_the_mistake() -> None:
    watched = meter()
    for value in (*range(99_995, 100_003), 100_002, 100_002, 100_002, 100_800):
        watched.look(value)
    made = watched.round(100_000)
    assert rules_of(made)[-1] == "false_high_corrected"
    assert [span.value for span in made[-1].corrected] == [100_800]


def test_a_real_step_of_few_looks_is_not_given_up_for_looks_far_below_it() -> None:
    watched = meter()
    for value in (100_050, *[100_150] * 8, 100_700):
        watched.look(value)
    assert rules_of(watched.round(100_060))[-1] == "possible_new_meter"


@pytest.mark.parametrize(
    ("stood", "shown", "rule"),
    [
        pytest.param(4, [*[100_100] * 4, 100_105, 100_505], "false_high_corrected", id="one figure rose"),
        pytest.param(0, [*[100_100] * 4, 100_105, 100_505], "possible_new_meter", id="it had not stood"),
        pytest.param(4, [*[100_110] * 4, 100_115, 100_515], "possible_new_meter", id="two figures rose"),
        pytest.param(4, [*[100_100] * 4, 100_155, 100_555], "possible_new_meter", id="it explains too little"),
    ],
)
def test_a_misread_look_hides_no_figure_that_rose_before(stood: int, shown: list[int], rule: str) -> None:
    """A figure is misread for an hour, and then another one once; hours before, more was used than is misread."""
    watched = meter(99_700)
    for value in (100_000, *[100_000] * stood, *shown):
        watched.look(value)
    made = [*watched.round(100_035), *watched.round(100_035)]
    assert made[-1].verdict.rule == rule
    corrected = [100_100, 100_105, 100_505] if rule == "false_high_corrected" else []
    assert [one.value for one in made[-1].corrected] == corrected


def test_a_reading_in_doubt_hides_no_mistake_below_it() -> None:
    """A figure is misread for hours, then another one, and a third while the window is wide."""
    watched = meter(104_154)
    for value in (*[104_754] * 3, *[104_904] * 3):
        watched.look(value)
    for _ in range(5):
        watched.round(104_054)
    assert watched.look(107_454).verdict.rule == "in_window"
    made = watched.round(104_454)
    assert rules_of(made) == ["below_last", "below_last", "false_high_corrected"]
    assert [span.value for span in made[-1].corrected] == [104_754, 104_904, 107_454]


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        ((138_062, 138_162, 138_262, 138_362, 138_462), "possible_new_meter"),
        ((137_662, 137_862, 138_062, 138_262, 138_462), "false_high_corrected"),
    ],
)
def test_looks_that_rise_as_use_does_are_not_believed_without_those_below_them(shown: list[int], rule: str) -> None:
    """They rise by 600 litres, above all but the last readings."""
    watched = meter(137_462)
    for value in shown:
        watched.look(value)
    for value in (137_462, 137_462, 137_662):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    assert rules_of(watched.round(138_262))[-1] == rule


def test_a_mistake_that_rises_no_more_than_use_is_known_by_a_fall_as_large() -> None:
    """Below a single look, where the rise alone says nothing."""
    watched = meter(123_440)
    for value in (123_480, *[123_482] * 3, *[123_522] * 8, 123_700):
        watched.look(value)
    made = [*watched.round(123_482), *watched.round(123_482)]
    assert rules_of(made) == ["below_last"] * 3 + ["false_high_corrected"]
    assert [span.value for span in made[-1].corrected] == [123_522, 123_700]
