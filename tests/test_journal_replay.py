"""The journal tells enough to come to the same state again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.meter_vision.metering.answer import parse_answer
from custom_components.meter_vision.metering.catalogue import rules_for
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.evidence import Evidence, Manner
from custom_components.meter_vision.metering.judge import consider
from custom_components.meter_vision.metering.models import Meter
from custom_components.meter_vision.register_state import RegisterState
from custom_components.meter_vision.state_data import parse_reading
from custom_components.meter_vision.store.models import JournalEntry

from .house import INTERVAL, START, House

LOOKS: dict[str, list[tuple[str, str | None]]] = {
    "quiet": [("530.1000", None), ("530.2000", None), ("530.2000", None)],
    "surprise": [("530.1000", None), ("630.1000", None), ("530.2000", None), ("530.3000", None)],
    "false high": [("530.1000", "neighbour"), ("530.1100", None), ("530.1200", None)],
    "misread": [("530.1000", "0/8"), ("530.2000", "1/7"), ("530.3000", None)],
}


def judged(state: RegisterState, entry: JournalEntry, meter: Meter) -> RegisterState:
    """Return the state after what a row of the journal tells of a look."""
    evidence: Any = entry.evidence
    observation = parse_answer(evidence, meter.register)
    known = state.judge.votes.known(meter.register)
    look = Evidence(
        decoded=decode(observation, known) if observation.readable else None,
        observation=observation,
        captured_at=entry.time,
        manner=Manner(evidence["manner"]),
        light=evidence["light"],
        picture=evidence["fingerprint"],
    )
    rules = rules_for(meter.kind, meter.register, INTERVAL)
    decision = consider(state.judge, look, rules)
    assert (entry.outcome, entry.rule) == (decision.verdict.outcome, decision.verdict.rule)
    return state.decided(decision, state.judge, meter.register)


@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS)
async def test_replaying_gives_the_same_state(house: House, looks: list[tuple[str, str | None]]) -> None:
    entry = await house.set_up("water")
    for value, confusion in looks:
        house.break_reader(None if confusion is None else "misread", confusion=confusion, count=1)
        house.show("water", value)
        await house.pass_time()

    (subentry,) = entry.subentries.values()
    meter = parse_meter(subentry.data)
    database = entry.runtime_data.store.database
    rows = database.journal(subentry.subentry_id, START - timedelta(days=1), START + timedelta(days=1))
    assert len(rows) == house.calls
    state = RegisterState.begin(parse_reading(subentry.data["registers"][0]["initial"]), meter.register)
    for row in rows:
        state = judged(state, row.entry, meter)
    shown = entry.runtime_data.coordinators[subentry.subentry_id].data.registers["main"]
    # What is used follows from the readings and is learnt beside them.
    assert state == replace(shown, repair_from=state.repair_from, use=state.use)
