"""Looks that show again what stood before, against readings accepted since."""

from datetime import timedelta
from decimal import Decimal

import pytest

from custom_components.meter_vision.metering.catalogue import CATALOGUE, rules_for
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import MeterKind, Outcome, Reading
from scripts.replaying.history import decoded_value

from .watched import INTERVAL, NOON, meter, rules_of

SOON = timedelta(seconds=20)
FOR_LONG = pytest.mark.parametrize(
    ("stood", "rule"),
    [
        pytest.param(16, "false_high_corrected", id="it stood for long"),
        pytest.param(6, "possible_new_meter", id="it did not"),
    ],
)


@pytest.mark.parametrize(
    ("stood", "shown", "rule"),
    [
        pytest.param(16, [*[100_060] * 12, 100_100], "false_high_corrected", id="each is one figure misread"),
        pytest.param(16, [*[100_060] * 12, 100_110], "possible_new_meter", id="one of them is two figures off"),
        pytest.param(16, [*[100_060] * 8, *[100_100] * 4], "possible_new_meter", id="both were seen again and again"),
        pytest.param(16, [*[101_000] * 8, *[102_000] * 4], "false_high_corrected", id="both were, to the litre"),
        pytest.param(4, [*[100_060] * 12, 100_100], "possible_new_meter", id="it had not stood for long"),
        pytest.param(10, [*[100_060] * 20, 100_100], "false_high_corrected", id="they stood longer"),
    ],
)
def test_figures_misread_one_after_the_other_are_taken_back_together(stood: int, shown: list[int], rule: str) -> None:
    watched = meter()
    for value in (*[100_000] * stood, *shown):
        watched.look(value)
    made = watched.round(100_000)
    assert rules_of(made)[-1] == rule
    assert [one.value for one in made[-1].corrected] == (
        list(dict.fromkeys(shown)) if rule == "false_high_corrected" else []
    )


@FOR_LONG
def test_what_stood_for_long_is_seen_again_by_as_many_looks_as_are_misread(stood: int, rule: str) -> None:
    watched = meter(135_449)
    for value in (*[135_449] * stood, 135_459):
        watched.look(value)
    made = [watched.look(135_419), watched.look(135_439, Manner.PREPARED_DIFFERENTLY, SOON)]
    made += [watched.look(135_449, Manner.STRONGER_MODEL, SOON), watched.look(135_449)]
    assert made[-1].verdict.rule == rule


@FOR_LONG
def test_what_is_below_a_value_that_stood_for_long_hides_nothing(stood: int, rule: str) -> None:
    """A figure is misread as a lower one for hours, and meanwhile another one as a higher one, in a wide window."""
    watched = meter(135_449)
    for value in [135_449] * stood:
        watched.look(value)
    for _ in range(6):
        assert watched.round(135_249)[-1].verdict.outcome is Outcome.HELD
    assert watched.look(137_449).verdict.rule == "in_window"
    for value in (135_249, 135_349, 135_349):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    assert rules_of([*watched.round(135_449), watched.look(135_449)])[1] == rule


def test_looks_that_prove_one_mistake_need_not_wait_for_others_that_accuse_more() -> None:
    """One of the lower looks is misread, as the value before the last but one, which many looks have shown since."""
    watched = meter(145_659)
    for value in (145_799, 145_939, *[145_949] * 8, 145_959):
        watched.look(value)
    made = [watched.look(145_939), watched.look(145_949, Manner.PREPARED_DIFFERENTLY, SOON)]
    made.append(watched.look(145_949, Manner.STRONGER_MODEL, SOON))
    assert rules_of(made) == ["below_last", "below_last", "false_high_corrected"]
    assert [one.value for one in made[-1].corrected] == [145_959]


@pytest.mark.parametrize(
    ("unreadable", "rule"),
    [
        pytest.param((4, 4), "false_high_corrected", id="few looks after a gap, and few after the next"),
        pytest.param((4, 0), "possible_new_meter", id="nothing was between them"),
        pytest.param((0, 4), "possible_new_meter", id="nothing was before them"),
    ],
)
def test_a_few_looks_after_each_gap_are_taken_back_together(unreadable: tuple[int, int], rule: str) -> None:
    watched = meter()
    for gap, values in zip(unreadable, ([101_000], [102_115] * 3), strict=True):
        for value in (*[None] * gap, *values):
            watched.look(value)
    made = [*watched.round(100_800), *watched.round(100_800)]
    assert rules_of(made)[-1] == rule
    assert [one.value for one in made[-1].corrected] == ([101_000, 102_115] if rule == "false_high_corrected" else [])


@pytest.mark.parametrize(
    ("used", "rule"),
    [
        pytest.param(0, "false_high_corrected", id="nothing else rose so far"),
        pytest.param(8, "possible_new_meter", id="use makes such steps"),
    ],
)
def test_two_readings_with_a_figure_left_out_are_taken_back_if_they_jumped(used: int, rule: str) -> None:
    """419 141 and 419 142 without their fourth figure."""
    watched = meter(419_140 - used)
    for value in (419_140, *[419_411] * 5, *[419_422] * 5):
        watched.look(value)
    made = watched.round(419_146)
    assert rules_of(made)[-1] == rule


def test_a_step_of_long_ago_is_not_doubted_because_it_looks_like_a_figure_left_out() -> None:
    watched = meter(419_140)
    for value in [419_411] * 60:
        watched.look(value)
    assert rules_of(watched.round(419_146))[-1] == "possible_new_meter"


def test_looks_that_the_dials_alone_make_different_are_one_accident() -> None:
    """837.744 with its last drum left out shows the first dial's figure there, or the one before: 836.744."""
    register = CATALOGUE[MeterKind.WATER].default_register
    rules = rules_for(MeterKind.WATER, register, INTERVAL)
    state = JudgeState().anchored(Reading(value=Decimal("836.7140"), time=NOON))
    high = [*["836.7140"] * 4, *["836.8140"] * 8, "836.8230", "836.8410"]
    made, time = [], NOON
    for value in (*high, "836.7440", "836.7443", "836.7446", "836.7470"):
        further = value in {"836.7443", "836.7446"}
        time += timedelta(seconds=30) if further else INTERVAL
        manner = Manner.PREPARED_DIFFERENTLY if further else Manner.ROUTINE
        look = Evidence(decoded=decoded_value(Decimal(value), register), captured_at=time, manner=manner)
        made.append(consider(state, look, rules))
        state = made[-1].state
    assert rules_of(made)[-4:] == ["below_last", "below_last", "below_last", "false_high_corrected"]


@pytest.mark.parametrize(
    ("before", "between", "rules"),
    [
        pytest.param(100_225, [100_830], ["false_high_corrected"], id="one look between"),
        pytest.param(100_225, [100_830, 100_830], ["below_last"] * 3, id="two looks between"),
        pytest.param(100_240, [100_830], ["below_last"] * 3, id="another value before"),
    ],
)
def test_a_single_look_between_does_not_set_back_looks_that_agree(
    before: int, between: list[int], rules: list[str]
) -> None:
    """Four looks below a rise that use may explain are enough, three before the single look and one after it."""
    watched = meter()
    for value in (100_040, 100_120, *[100_245] * 3, 100_280, *[100_300] * 4):
        watched.look(value)
    assert {decision.verdict.outcome for decision in watched.round(before)} == {Outcome.HELD}
    for value in between:
        assert watched.look(value).verdict.outcome is Outcome.ACCEPTED
    made = watched.round(100_226)
    assert rules_of(made) == rules
