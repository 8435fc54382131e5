"""Corrections that turn out to be wrong while the meter counts on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.meter_vision.metering.flow import Flow
from custom_components.meter_vision.metering.models import Outcome

from .watched import Meter, meter, rules_of


def counting(used: int, *, times: int) -> tuple[Meter, int]:
    """Return a meter that has counted fast for two days and then slower for some looks, and where it stands."""
    watched, value = meter(), 100_000
    for number in range(200):
        watched.look(value := value + (590 if number % 4 else 1_180))
    for _ in range(times):
        watched.look(value := value + used)
    return watched, value


@pytest.mark.parametrize(
    ("fallen", "unreadable", "undone"),
    [
        pytest.param(900, 4, True, id="it goes on but for what was used meanwhile"),
        pytest.param(600, 4, False, id="that would be more than had fallen"),
        pytest.param(600, 0, True, id="it would be, but so fast it counted before and after"),
    ],
)
def test_truth_returns_beyond_the_window_after_hours_of_a_correction_by_many_looks(
    fallen: int, unreadable: int, *, undone: bool
) -> None:
    watched, value = counting(100, times=5)
    for _ in range(unreadable):
        watched.look(None)
    low = value - fallen
    assert rules_of([*watched.round(low), watched.look(low)]) == ["below_last"] * 3 + ["false_high_corrected"]
    for _ in range(20):
        watched.look(low := low + 500)
    made = [watched.round(low + fallen + used)[-1] for used in (660, 760)]
    assert rules_of(made) == ["rate_too_high", "correction_undone" if undone else "rate_too_high"]
    assert (value in [span.value for span in watched.state.spans]) is undone


def test_a_correction_is_not_undone_by_what_is_faster_than_ever_around_it() -> None:
    watched, value = counting(100, times=60)
    low = value - 600
    watched.round(low)
    watched.look(low)
    for _ in range(20):
        watched.look(low := low + 100)
    made = [watched.round(low + 1_300 + used)[-1] for used in (0, 100)]
    assert {decision.verdict.outcome for decision in made} == {Outcome.HELD}


@pytest.mark.parametrize(
    ("back", "between", "rule"),
    [
        pytest.param(101_500, [], "correction_undone", id="as much as the low line has counted"),
        pytest.param(101_560, [150_000, 100_250], "correction_undone", id="and something else was misread"),
        pytest.param(102_100, [], "rate_too_high", id="more than that"),
    ],
)
def test_what_the_low_line_counted_was_used(back: int, between: list[int], rule: str) -> None:
    """However little the meter counted in all the days before."""
    watched = meter()
    watched.state = replace(watched.state, flow=Flow(seen=timedelta(days=2)))
    for value in (98_600, 99_000, 99_400, 99_800):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    for value in (100_200, *between):
        watched.look(value)
    made = [watched.round(back + 20 * number)[-1] for number in range(3)]
    assert rules_of(made)[-1] == rule
    assert [one.value for one in made[-1].corrected] == ([] if rule == "rate_too_high" else [100_200, *between[1:]])


@pytest.mark.parametrize("between", [[], [2], [150_000], [2, 150_000]])
def test_what_was_misread_while_a_low_line_was_held_says_nothing_of_its_use(between: list[int]) -> None:
    """A single look at the lowest figures is no beginning of it, nor one that was too high."""
    watched = meter()
    watched.state = replace(watched.state, flow=Flow(seen=timedelta(days=2)))
    for value in (99_900, 99_980, *between):
        assert watched.round(value)[-1].verdict.outcome is Outcome.HELD
    for _ in range(4):
        assert watched.look(100_060).verdict.outcome is Outcome.ACCEPTED
    made = [watched.round(180_000)[-1] for _ in range(4)]
    assert rules_of(made) == ["rate_too_high"] * 4


@pytest.mark.parametrize(
    ("used", "rule"),
    [
        pytest.param(1_000, "correction_undone", id="it counted as fast today"),
        pytest.param(0, "rate_too_high", id="it never counted as fast"),
    ],
)
def test_what_was_counted_today_says_what_can_be_counted(used: int, rule: str) -> None:
    watched = meter()
    watched.state = replace(watched.state, flow=Flow(seen=timedelta(days=2)))
    value = 100_000
    for _ in range(6):
        watched.look(value := value + used)
    watched.look(value + 1_000)
    assert watched.round(value + 100)[-1].verdict.rule == "false_high_corrected"
    made = [watched.round(value + more)[-1] for more in (2_900, 3_000, 3_100)]
    assert rules_of(made)[-1] == rule


@pytest.mark.parametrize(
    ("further_back", "held", "rule"),
    [
        pytest.param(False, [500] * 8, "correction_undone", id="what was held meanwhile counted as much"),
        pytest.param(True, [500] * 8, "correction_undone", id="an earlier correction has held good since"),
        pytest.param(False, [0] * 8, "rate_too_high", id="it counted nothing"),
        pytest.param(False, [None] * 8, "rate_too_high", id="nothing could be read meanwhile"),
    ],
)
def test_what_was_held_says_what_was_used_before_a_wrong_correction(
    held: list[int | None], rule: str, *, further_back: bool
) -> None:
    """A figure is misread as a higher one for two hours and then as a lower one: both count like the meter."""
    watched, value = counting(500, times=2)
    if further_back:
        watched.look(value + 1_200)
        assert watched.round(value)[-1].verdict.rule == "false_high_corrected"
    for _ in range(16):
        watched.look(value := value + 500)
    high = value + 80_000
    for used in held:
        watched.look(None if used is None else (high := high + used))
    low = value - 300
    assert rules_of(watched.round(low)) == ["below_last", "false_high_corrected"]
    for _ in range(20):
        watched.look(low := low + 500)
    made = [watched.round(low + 4_900 + more)[-1] for more in (400, 900)]
    assert rules_of(made) == ["rate_too_high", rule]


@pytest.mark.parametrize(
    ("counted", "rule"),
    [
        pytest.param(401, "correction_undone", id="they counted more than it rose"),
        pytest.param(20, "rate_too_high", id="they counted less"),
    ],
)
def test_a_line_that_falls_short_of_what_was_counted_in_a_hold_is_passed_over(counted: int, rule: str) -> None:
    """Thousands are eight too high and held, and then, as they wrap, two too low and accepted."""
    watched = meter(119_900)
    for index in range(5):
        assert watched.round(128_137 + counted * index)[-1].verdict.rule == "rate_too_high"
    for value in (120_037, 120_341, 120_652):
        assert watched.look(value).verdict.rule == "in_window"
    made = [watched.round(value)[-1] for value in (122_957, 123_268, 123_574)]
    assert made[-1].verdict.rule == rule
    assert [one.value for one in made[-1].corrected] == ([120_037, 120_341, 120_652] if counted > 100 else [])
