"""How far the simulated reader can be trusted: its errors against tilt, blur and noise, on all three meters."""

from collections.abc import Iterator
from statistics import median
import time

from tests.simulator.looking import Score, look, prepared, question, spread
from tests.simulator.meters import METERS
from tests.simulator.optics import Conditions
from tests.simulator.reader.read import read

from .row import Row

TITLE = "The simulated reader: positions read wrongly, and positions it does not read"
_VALUES = 4
_ROUNDS = 9
_ORDINARY = "0 % wrong"
"""Wrong positions are what the tests must never be built on; unread ones are an answer."""
_CONDITIONS = {
    "as mounted": (Conditions(),),
    "infrared": (Conditions(night=True),),
    **{f"turned {angle}°": (Conditions(roll=-angle), Conditions(roll=angle)) for angle in (5, 10, 15)},
    **{f"tilted {angle}°": (Conditions(yaw=angle), Conditions(pitch=-angle)) for angle in (10, 20, 30)},
    **{f"blur, sigma {sigma} px": (Conditions(blur=sigma),) for sigma in (1, 2, 4, 6, 8)},
    **{f"noise, sigma {sigma} of 256": (Conditions(noise=sigma),) for sigma in (10, 30, 60)},
    **{f"glare {strength:g}": (Conditions(glare=strength),) for strength in (0.5, 1.0, 1.6)},
}


def rows() -> Iterator[Row]:
    """Yield the error rate under each condition, and the time of one read."""
    for name, conditions in _CONDITIONS.items():
        yield Row(name, _rate([score for one in conditions for score in _scores(one)]), _ORDINARY)
    for key in METERS:
        yield Row(f"{key}: one read, processor time, median of {_ROUNDS}", f"{_seconds(key) * 1000:.0f} ms", "300 ms")


def _scores(conditions: Conditions) -> Iterator[Score]:
    for meter in METERS.values():
        for value in spread(meter, _VALUES, seed=11):
            yield look(meter, value, conditions)


def _rate(scores: list[Score]) -> str:
    wrong, unread = sum(score.wrong for score in scores), sum(score.unknown for score in scores)
    total = wrong + unread + sum(score.right for score in scores)
    return f"{100 * wrong / total:.1f} % wrong, {100 * unread / total:5.1f} % unread of {total}"


def _seconds(key: str) -> float:
    meter = METERS[key]
    content, asked = prepared(meter, meter.start), question(meter)
    spent = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        read(content, asked)
        spent.append(time.process_time() - started)
    return median(spent)
