"""Situations in which a judge of values shows what it is worth, each with every look's verdict."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from typing import Any, Final

import pytest

from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import Decision, consider
from custom_components.meter_vision.metering.memory import JudgeState
from custom_components.meter_vision.metering.models import Display, Observation, Reading, Register
from custom_components.meter_vision.metering.window import Rules

from .test_judge import parsed

FACTS: Final = {
    case["id"]: case
    for case in json.loads((Path(__file__).parent.parent / "fixtures" / "situations.json").read_text(encoding="utf-8"))
}
NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAUSE: Final = timedelta(seconds=30)
HELD: Final = None


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What must come of each look: the rule, and the value that is published by it or None."""

    looks: list[tuple[str, str | None]]
    last: str | None = field(default=None)
    """A reference where the situation leaves it open."""
    before: str | None = None
    """The reading accepted before the last one."""
    minutes: float | None = None
    """Another time than the situation's since the last reading."""
    then: tuple[str, ...] = ()
    """What further looks show, where the situation leaves it open."""


SITUATIONS: Final = {
    "HP01": [Expected(looks=[("resolved_by_history", "1234")])],
    "HP02": [Expected(looks=[("resolved_by_history", "1300")])],
    "HP03": [Expected(looks=[("no_reference", HELD)])],
    "HP04": [
        Expected(looks=[("no_reference", HELD)]),
        Expected(looks=[("resolved_by_history", "234")], last="231"),
    ],
    "HP05": [
        Expected(looks=[("no_reference", HELD)]),
        Expected(looks=[("resolved_by_history", "234")], last="231"),
    ],
    "HP06": [Expected(looks=[("rollover", "2")])],
    "HP07": [
        Expected(
            looks=[("below_last", HELD), ("below_last", HELD), ("possible_new_meter", HELD)]
            + [("possible_new_meter", HELD)] * 3,
            then=("0", "0", "0", "1", "1"),
        )
    ],
    "HP08": [
        # Ten in a quarter of an hour are within the ceiling of sixty an hour, in five minutes they are not.
        Expected(
            looks=[("in_window", "610"), ("below_last", HELD), ("false_high_corrected", "600")],
            minutes=15,
            then=("600", "600"),
        ),
        Expected(looks=[("rate_too_high", HELD), ("confirmed", "600")], then=("600",)),
    ],
    "HP09": [
        Expected(looks=[("below_last", HELD), ("false_high_corrected", "601")], before="600"),
        Expected(looks=[("below_last", HELD), ("false_high_corrected", "601")]),
    ],
    "HP10": [Expected(looks=[("rate_too_high", HELD), ("confirmed", "600")])],
    "HP11": [
        Expected(looks=[("in_window", "680")], then=()),
        Expected(looks=[("rate_too_high", HELD)], minutes=5),
    ],
    "HP12": [Expected(looks=[("in_window", "680")])],
    # Half of the ceiling for ten hours is more than anybody has seen of a meter without history.
    "HP13": [Expected(looks=[("rate_too_high", HELD), ("in_window", "601")])],
    "HP14": [Expected(looks=[("in_window", "194.6261")])],
    "HP15": [Expected(looks=[("confirmed", "194.6259")])],
    "HP16": [Expected(looks=[("below_last", HELD), ("confirmed", "194.6259")])],
    "HP17": [
        Expected(looks=[("no_reference", HELD)]),
        Expected(looks=[("in_window", "83.9940")], last="83.9931"),
    ],
    "HP18": [
        Expected(looks=[("rate_too_high", HELD)]),
        Expected(looks=[("in_window", "190")], minutes=14_400),
    ],
    "HP19": [Expected(looks=[("in_window", "12345678.912")])],
    "HP20": [Expected(looks=[("in_window", "99.5")])],
    "HP21": [Expected(looks=[("rate_too_high", HELD), ("in_window", "180")])],
    "HP22": [Expected(looks=[("unreadable", HELD)])],
    "HP23": [
        Expected(looks=[("below_last", HELD)], last="4321"),
        Expected(looks=[("confirmed", "0")]),
    ],
    "HP24": [Expected(looks=[("rate_too_high", HELD), ("confirmed", "600")])],
    "HP25": [Expected(looks=[("confirmed", "530.9")])],
    "HP26": [Expected(looks=[("in_window", "530.4")])],
}


def register_of(facts: dict[str, Any]) -> Register:
    wheels, dials = len(facts["wheels"].split()), len(facts["dials"].split())
    return Register(
        unit="m³",
        display=Display.DRUMS_AND_DIALS if dials else Display.DRUMS,
        whole_digits=wheels - facts["decimals"],
        decimals=facts["decimals"],
        dials=dials,
        dial_decimals=dials,
        runs_backwards=facts["runs_backwards"],
        hard_ceiling=Decimal(facts["ceiling"]),
    )


def observation_of(value: str, register: Register) -> Observation:
    """Return what a register shows that stands exactly at a value."""
    figures = str(int(Decimal(value) / register.resolution)).zfill((register.wheels or 0) + register.dials)
    line = [float(figure) for figure in figures]
    for place in range(len(line) - 2, (register.wheels or 0) - 1, -1):
        line[place] += line[place + 1] / 10
    wheels = register.wheels or 0
    if register.dials:
        line[wheels - 1] += line[wheels] / 10
    return Observation(wheels=tuple(line[:wheels]), dials=tuple(line[wheels:]))


def decisions(facts: dict[str, Any], expected: Expected) -> list[Decision]:
    """Show the judge one look after the other, the further ones as it asks for them."""
    register = register_of(facts)
    rules = Rules(register=register, ceiling=register.hard_ceiling or Decimal(1), interval=timedelta(minutes=5))
    state = JudgeState()
    last = expected.last or facts["last"]
    if expected.before is not None:
        state = state.anchored(Reading(value=Decimal(expected.before), time=NOON - timedelta(minutes=15)))
        state = state.accepted(Decimal(last), NOON, register)
    elif last is not None:
        state = state.anchored(Reading(value=Decimal(last).quantize(register.resolution), time=NOON))
    time = NOON + timedelta(minutes=expected.minutes or facts["minutes"])
    first = Observation(wheels=parsed(facts["wheels"]), dials=parsed(facts["dials"]))
    seen = [first, *(observation_of(value, register) for value in expected.then or tuple(facts["then"]))]
    made: list[Decision] = []
    for number, observation in enumerate(seen[: len(expected.looks)]):
        ask = made[-1].ask if made else None
        look = Evidence(
            decoded=decode(observation, register),
            captured_at=time + number * (PAUSE if ask else timedelta(minutes=5)),
            manner=ask or Manner.ROUTINE,
        )
        made.append(consider(state, look, rules))
        state = made[-1].state
    return made


def test_every_situation_is_tried() -> None:
    assert set(SITUATIONS) == set(FACTS)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(FACTS[case], expected, id=f"{case} {FACTS[case]['name']}{' again' * number}")
        for case, variants in SITUATIONS.items()
        for number, expected in enumerate(variants)
    ],
)
def test_situation(facts: dict[str, Any], expected: Expected) -> None:
    made = decisions(facts, expected)
    verdicts = [decision.verdict for decision in made]
    published = [None if verdict.reading is None else str(verdict.reading.value) for verdict in verdicts]
    assert [(v.rule, p) for v, p in zip(verdicts, published, strict=True)] == [
        (rule, None if value is None else str(Decimal(value))) for rule, value in expected.looks
    ]
    assert all(verdict.detail for verdict in verdicts if verdict.rule != "unreadable")
    if verdicts[0].reading is None and facts["last"] is not None:
        assert made[0].ask is not None, "a surprise is looked at again"
    if verdicts[-1].rule == "false_high_corrected":
        assert [correction.value for correction in made[-1].corrected] == [610]
