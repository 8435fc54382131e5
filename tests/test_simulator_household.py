"""What the household uses is physically possible and the same whoever asks, whenever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.simulator.household import EPOCH, reading
from tests.simulator.meters import METERS
from tests.simulator.positions import dial_positions, shown_value, wheel_positions

MOST = {"water": 5, "electricity": 25, "gas": 6}
"""Units in an hour that pipe, fuse and meter let through."""
LEAST = {"water": Decimal("0.0002"), "electricity": Decimal("0.05"), "gas": Decimal("0.005")}
"""Units that move within any hour, enough to be seen."""
START = datetime(2026, 11, 20, tzinfo=UTC)
METER = pytest.mark.parametrize("key", METERS)


@METER
@pytest.mark.parametrize("seed", [1, 2])
def test_no_minute_exceeds_what_the_connection_delivers_and_none_runs_backwards(key: str, seed: int) -> None:
    readings = [reading(key, seed, START + timedelta(minutes=minute)) for minute in range(2 * 24 * 60)]
    used = [later - earlier for earlier, later in pairwise(readings)]
    assert min(used) >= 0
    assert max(used) * 60 <= MOST[key]


@METER
@pytest.mark.parametrize("seed", [1, 2])
def test_something_moves_in_every_hour(key: str, seed: int) -> None:
    readings = [reading(key, seed, START + timedelta(hours=hour)) for hour in range(30 * 24)]
    assert min(later - earlier for earlier, later in pairwise(readings)) >= LEAST[key]


@METER
def test_a_reading_depends_on_seed_and_instant_alone(key: str) -> None:
    there = START.astimezone(timezone(timedelta(hours=9)))
    assert reading(key, 1, there) == reading(key, 1, START)
    assert reading(key, 2, START) != reading(key, 1, START)
    assert reading(key, 1, EPOCH) == pytest.approx(METERS[key].start, abs=Decimal(20))
    with pytest.raises(TypeError):
        reading(key, 1, START.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("key", "value", "wheels", "dials"),
    [
        ("water", "530.0708", (0, 0, 5, 3, 0), (0.708, 7.08, 0.8, 8)),
        ("water", "9999.95", (0.5, 9.5, 9.5, 9.5, 9.5), (9.5, 5, 0, 0)),
        ("water", "99999.99", (9.9, 9.9, 9.9, 9.9, 9.9), (9.9, 9, 0, 0)),
        ("electricity", "41899.96", (0, 4, 1, 8.6, 9.6, 9.6, 9.6), ()),
        ("electricity", "41899.85", (0, 4, 1, 8, 9, 9, 8.5), ()),
        ("gas", "7318.2079", (0, 7, 3, 1, 8, 2, 0, 7), ()),
    ],
)
def test_drums_roll_with_the_position_their_neighbour_shows(
    key: str, value: str, wheels: tuple[float, ...], dials: tuple[float, ...]
) -> None:
    assert wheel_positions(METERS[key], Decimal(value)) == pytest.approx(wheels)
    assert dial_positions(METERS[key], Decimal(value)) == pytest.approx(dials)


def test_what_is_shown_is_cut_off_after_the_last_place_and_starts_again_at_capacity() -> None:
    assert shown_value(METERS["gas"], Decimal("100007.31899")) == Decimal("7.318")
    assert shown_value(METERS["water"], Decimal("0.00019")) == Decimal("0.0001")
