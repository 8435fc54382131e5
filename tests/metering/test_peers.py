"""What users of other meter readers complain about, each complaint as a scenario that the judge answers."""

from datetime import timedelta
from decimal import Decimal

import pytest

from custom_components.meter_vision.metering.consumption import step
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Display, Observation, Outcome, Reading, Register, Roll
from custom_components.meter_vision.metering.window import Rules

from .watched import BACKWARDS, INTERVAL, LITRES, NOON, RULES, Meter, meter, rules_of

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DIALS = Rules(
    register=Register(
        unit="m³", display=Display.DRUMS_AND_DIALS, whole_digits=3, dials=4, dial_decimals=4, roll=Roll.CONTINUOUS
    ),
    ceiling=Decimal(5),
    interval=INTERVAL,
)


def published(watched: Meter) -> Decimal:
    assert watched.state.last is not None
    return watched.state.last.value


@pytest.mark.parametrize("high", [100_010, 100_300, 101_200])
def test_one_false_high_reading_rejects_correct_ones_until_somebody_intervenes(high: int) -> None:
    watched = meter()
    assert watched.look(high).verdict.outcome is Outcome.ACCEPTED
    made = watched.round(100_003)
    assert [(d.verdict.rule, len(d.corrected)) for d in made] == [("below_last", 0), ("false_high_corrected", 1)]
    assert published(watched) == 100_003
    assert watched.look(100_004).verdict.rule == "in_window"


def test_drum_that_rolls_early_is_off_by_ten_until_the_next_look() -> None:
    watched = meter(100_398)
    assert watched.look(100_409).verdict.rule == "in_window", "399 with the tens already at 0 of the next hundred"
    assert watched.round(100_401)[-1].verdict.rule == "false_high_corrected"
    assert published(watched) == 100_401


@pytest.mark.parametrize(
    ("true", "misread"),
    [(100_009, 100_006), (100_008, 100_004), (100_013, 100_018), (100_014, 100_011)],
    ids=["9 as 6", "8 as 4", "3 as 8", "4 as 1"],
)
def test_clear_figure_misread(true: int, misread: int) -> None:
    watched = meter()
    watched.look(misread)
    watched.round(true)
    assert published(watched) == true


def test_spike_of_hundreds_of_millions_stays_in_the_energy_dashboard() -> None:
    watched = meter(777)
    for number in range(96):
        made = watched.round(777_777 + number % 2)
        assert made[-1].verdict.outcome is Outcome.HELD
    assert published(watched) == 777
    assert watched.look(779).verdict.rule == "in_window"


@pytest.mark.parametrize(("days", "value"), [(2, 140_000), (10, 160_000), (60, 250_000)])
def test_rate_limit_so_tight_that_an_outage_locks_the_reader_out(days: int, value: int) -> None:
    assert meter().look(value, after=days * DAY).verdict.rule == "in_window"


def test_rate_limit_that_grows_with_time_accepts_the_misread() -> None:
    watched = meter()
    for _ in range(40):
        assert watched.round(180_000)[-1].verdict.outcome is Outcome.HELD
    assert watched.look(100_001).verdict.rule == "in_window"


def test_glare_repeats_the_same_misreading_for_hours() -> None:
    watched = meter()
    calls = [len(watched.round(108_000 + number, light=200.0)) for number in range(32)]
    assert published(watched) == 100_000
    assert sum(calls) == 34, "and it does not cost a further look each time"


def test_camera_that_has_moved_reads_one_drum_too_few_until_it_is_set_right() -> None:
    watched = meter(227_104)
    for number in range(20):
        watched.round(271_040 + 10 * number)
    assert published(watched) == 227_104
    assert watched.look(227_140).verdict.rule == "in_window"


def test_unreadable_figure_is_filled_with_the_old_one_across_a_carry() -> None:
    watched = meter(129_999)
    watched.time += INTERVAL
    look = Evidence(
        decoded=decode(Observation(wheels=(1.0, None, 0.0, 0.0, 0.0, 4.0)), LITRES), captured_at=watched.time
    )
    verdict = consider(watched.state, look, RULES).verdict
    assert (verdict.rule, verdict.reading) == (
        "resolved_by_history",
        Reading(value=Decimal(130_004), time=watched.time),
    )


def test_surprising_value_is_confirmed_by_reading_again() -> None:
    first = meter().look(109_000)
    assert (first.verdict.outcome, first.ask) == (Outcome.HELD, Manner.PREPARED_DIFFERENTLY)


def test_register_that_passes_its_last_figure_is_rejected_for_ever() -> None:
    watched = meter(999_990)
    verdict = watched.look(4).verdict
    assert (verdict.rule, step(Decimal(999_990), Decimal(4), LITRES)) == ("rollover", 14)


def test_new_meter_needs_one_word_and_is_never_assumed() -> None:
    watched = meter()
    made = watched.round(12)
    assert rules_of(made)[-1] == "possible_new_meter"
    watched.state = watched.state.anchored(Reading(value=Decimal(12), time=watched.time))
    assert watched.look(13).verdict.rule == "in_window"


def test_pointer_that_trembles_counts_nothing_twice() -> None:
    value = Decimal("194.6259")
    watched = Meter(JudgeState().anchored(Reading(value=value, time=NOON)), rules=DIALS)
    for number in range(200):
        last = 9.0 + (number % 5 - 2) / 10
        seen = Observation(wheels=(1.0, 9.0, 4.6), dials=(6.2, 2.6, 5.9, last))
        look = Evidence(decoded=decode(seen, DIALS.register), captured_at=NOON + (number + 1) * INTERVAL)
        decision = consider(watched.state, look, DIALS)
        watched.state = decision.state
        assert decision.ask is None
    assert published(watched) == value


@pytest.mark.parametrize("value", [99_990, 100_010])
def test_meter_runs_backwards_when_the_sun_shines(value: int) -> None:
    assert meter(rules=BACKWARDS).look(value).verdict.rule == "in_window"


def test_reading_once_a_day_is_enough() -> None:
    watched = meter()
    for day in range(1, 30):
        assert watched.look(100_000 + 400 * day, after=DAY).verdict.rule == "in_window"
    assert watched.look(180_000, after=DAY).verdict.rule == "rate_too_high"


def test_model_that_is_sure_of_itself_and_wrong() -> None:
    watched = meter()
    made = watched.round(146_000)
    assert {decision.verdict.outcome for decision in made} == {Outcome.HELD}, "three looks that agree, all the model's"
    assert watched.look(100_000, after=HOUR).verdict.rule == "confirmed"
