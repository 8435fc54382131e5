"""Looks that show again what stood before, against readings accepted since."""

import pytest

from .watched import meter, rules_of


@pytest.mark.parametrize(
    ("stood", "shown", "rule"),
    [
        pytest.param(16, [*[100_060] * 12, 100_100], "false_high_corrected", id="each is one figure misread"),
        pytest.param(16, [*[100_060] * 12, 100_110], "possible_new_meter", id="one of them is two figures off"),
        pytest.param(16, [*[100_060] * 8, *[100_100] * 4], "possible_new_meter", id="both were seen again and again"),
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
    assert [one.value for one in made[-1].corrected] == ([100_060, 100_100] if rule == "false_high_corrected" else [])


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
