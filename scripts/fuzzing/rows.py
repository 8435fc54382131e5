"""Rows of the database that are not what was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
import json
from pathlib import Path
import sqlite3
import tempfile
from typing import Any

from hypothesis import strategies as st

from custom_components.meter_vision.meter_state import MeterState
from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.models import MeterKind, Reading
from custom_components.meter_vision.metering.typed import parse_value
from custom_components.meter_vision.register_state import RegisterState
from custom_components.meter_vision.state_data import UNUSABLE, parse_state, plain_entry, plain_state
from custom_components.meter_vision.store.account_store import AccountStore
from custom_components.meter_vision.store.errors import StoreError
from custom_components.meter_vision.store.models import Commit, JournalEntry, Kind, ReadingsChange

from .target import PLAIN, Target, mutated

_METER = "cellar"
_AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
_REGISTER = CATALOGUE[MeterKind.WATER].default_register
_STATE = MeterState(
    registers={"main": RegisterState.begin(Reading(value=parse_value("530.0708", _REGISTER), time=_AT), _REGISTER)}
)
_ENTRY = plain_entry(_STATE.registers["main"].ledger.entries[0])
_JOURNAL = JournalEntry(
    register="main", time=_AT, recorded_at=_AT, kind=Kind.LOOK, outcome="accepted", evidence={"wheels": [1]}
)
_COMMIT = Commit(
    meter=_METER,
    recorded_at=_AT,
    state=plain_state(_STATE),
    readings=(ReadingsChange(register="main", put=((_AT, _ENTRY),)),),
    journal=(_JOURNAL,),
)
_COLUMNS = ("state.data", "reading.data", "journal.detail", "journal.evidence", "journal.value", "journal.kind")
_TIMES = ("reading.time", "journal.time", "journal.recorded_at")
_TEXTS = (
    mutated(json.dumps(plain_state(_STATE)).encode()).map(lambda data: data.decode(errors="replace"))
    | mutated(json.dumps(_ENTRY).encode()).map(lambda data: data.decode(errors="replace"))
    | PLAIN.map(json.dumps)
    | st.just("[" * 5000)
    | st.text(max_size=30).filter(lambda text: text.isprintable())
)
_DAMAGE = st.tuples(st.sampled_from(_COLUMNS), _TEXTS | st.binary(max_size=10)) | st.tuples(
    st.sampled_from(_TIMES), st.integers(-(2**63), 2**63 - 1)
)


@cache
def _folder() -> Any:
    return tempfile.TemporaryDirectory()


@contextmanager
def _damaged(changes: list[tuple[str, Any]]) -> Iterator[AccountStore]:
    path = Path(_folder().name) / "account.db"
    store = AccountStore.open(path)
    try:
        store.remove_meter(_METER, {})
        store.commit(_COMMIT)
        connection = sqlite3.connect(path)
        for place, value in changes:
            table, column = place.split(".")
            connection.execute(f"UPDATE {table} SET {column} = ?", (value,))  # noqa: S608  constants
        connection.commit()
        connection.close()
        yield store
    finally:
        store.close()


def _rows(changes: list[tuple[str, Any]]) -> None:
    with _damaged(changes) as store:
        plain = dict(store.states())[_METER]
        try:
            parse_state(plain, store.readings(_METER))
        except (*UNUSABLE, StoreError):
            pass
        store.journal_row(1)
        store.journal_days(UTC)
        store.journal(_METER, datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))


ROWS = Target("rows", st.lists(_DAMAGE, min_size=1, max_size=3), _rows, (StoreError,))
