"""What is remembered of values that surprise, for as long as that takes."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from custom_components.meter_vision.metering.evidence import Manner, Sighting
from custom_components.meter_vision.metering.memory import JudgeState

from .watched import NOON, Meter, meter, rules_of


def quiet() -> Meter:
    """Return a meter known to count next to nothing."""
    watched = meter()
    for number in range(8 * 96):
        watched.look(100_000 + number // 40)
    return watched


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
