"""Meters that have been read for ten days: entry and file of an account as the integration would have left them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
import json
from pathlib import Path
from typing import Any, Final

from custom_components.meter_vision.bookkeeping import Bookkeeping
from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.meter_state import MeterState
from custom_components.meter_vision.metering.catalogue import rules_for
from custom_components.meter_vision.metering.decode import decode
from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.evidence import Evidence
from custom_components.meter_vision.metering.judge import consider
from custom_components.meter_vision.metering.ledger import KEPT
from custom_components.meter_vision.metering.models import MeterKind, Observation, Reading
from custom_components.meter_vision.metering.window import Rules
from custom_components.meter_vision.register_state import RegisterState
from custom_components.meter_vision.state_data import ledger_change, plain_state
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.models import Commit
from tests.live.demo import API_KEY
from tests.simulator.household import reading
from tests.simulator.meters import METERS, SimulatedMeter
from tests.simulator.positions import dial_positions, shown_value, wheel_positions
from tests.simulator.processes import Addresses

ENTRY_ID: Final = "01METERS0000000000000000AA"
SEED: Final = 1
"""Of the simulated household."""
_KEYS: Final = tuple(METERS)
_TARIFF: Final = {"currency": "EUR", "versions": [{"price": "0.32", "standing_charge_per_day": "0.20"}]}


def write_account(folder: Path, addresses: Addresses, count: int, interval: timedelta, now: datetime) -> None:
    """Write an account with so many meters into a Home Assistant's folder; each has its own address at a camera.

    Every picture is paid for, as if all that is metered were in use day and night.
    """
    subentries = [_subentry(number, addresses, interval, now) for number in range(count)]
    entry = {
        **dict.fromkeys(("disabled_by", "unique_id")),
        "created_at": now.isoformat(),
        "modified_at": now.isoformat(),
        "discovery_keys": {},
        "source": "user",
        "domain": DOMAIN,
        "entry_id": ENTRY_ID,
        "title": "Claude",
        "version": 1,
        "minor_version": 1,
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "data": {"api_key": API_KEY, "base_url": addresses.api_url},
        # What is measured must not be slowed down by what it would cost.
        "options": {"monthly_limit": "100000"},
        "subentries": subentries,
    }
    stored = {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
    (folder / ".storage" / "core.config_entries").write_text(json.dumps(stored))
    _write_file(folder / ".storage" / f"{DOMAIN}.{ENTRY_ID}.db", subentries, interval, now)


def _subentry(number: int, addresses: Addresses, interval: timedelta, now: datetime) -> dict[str, Any]:
    simulated = METERS[_KEYS[number % len(_KEYS)]]
    description = simulated.description()
    begin = now - KEPT
    initial = shown_value(simulated, reading(simulated.key, SEED, begin))
    register = {**description["registers"][0], "initial": {"value": str(initial), "time": begin.isoformat()}}
    data = {
        **description,
        "name": f"Meter {number}",
        "meter_id": f"meter_{number}",
        "pay_for_unchanged": True,
        "camera": {"url": f"{addresses.camera_url}/{simulated.key}/snapshot.jpg?meter={number}", "auth": "none"},
        "interval": {"normal": interval.total_seconds()},
        "registers": [register | ({"tariff": _TARIFF} if number % 2 else {})],
    }
    ids = {"subentry_id": f"01METER{number:019d}", "subentry_type": "meter", "unique_id": None}
    return {**ids, "title": data["name"], "data": data}


def _write_file(path: Path, subentries: list[dict[str, Any]], interval: timedelta, now: datetime) -> None:
    store = AccountStore.open(path)
    for number, subentry in enumerate(subentries):
        attempted = now - interval * number / len(subentries)
        data = subentry["data"]
        meter = parse_meter(data, UTC)
        whole = MeterState(registers={meter.register.name: _aged(meter.kind, interval, now)}, attempted_at=attempted)
        bookkeeping = Bookkeeping(meter, interval, UTC)
        state, _ = bookkeeping.followed({}, whole, now)
        changes = (ledger_change(name, None, register.ledger) for name, register in state.registers.items())
        readings = tuple(change for change in changes if change is not None)
        store.commit(
            Commit(
                meter=subentry["subentry_id"],
                recorded_at=now,
                state=plain_state(state),
                terms={name: terms.to_data() for name, terms in bookkeeping.terms.items()},
                readings=readings,
            )
        )
    store.close()


@cache
def _aged(kind: MeterKind, interval: timedelta, now: datetime) -> RegisterState:
    """Return the state of a register that was read without fault as long as its readings are kept."""
    simulated = METERS[kind]
    register = parse_meter(simulated.description()).register
    rules = rules_for(kind, register, interval)
    begin = now - KEPT
    first = Reading(value=shown_value(simulated, reading(simulated.key, SEED, begin)), time=begin)
    state = RegisterState.begin(first, register)
    for look in _looks(simulated, begin, interval, now, rules):
        state = state.decided(consider(state.judge, look, rules), state.judge, register)
    return state


def _looks(
    simulated: SimulatedMeter, begin: datetime, interval: timedelta, now: datetime, rules: Rules
) -> Iterator[Evidence]:
    time = begin
    while (time := time + interval) <= now:
        value = reading(simulated.key, SEED, time)
        observation = Observation(wheels=wheel_positions(simulated, value), dials=dial_positions(simulated, value))
        yield Evidence(decoded=decode(observation, rules.register), observation=observation, captured_at=time)
