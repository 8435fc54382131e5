"""What is kept of an account's meters over restarts: one file for states and journal, a folder for its pictures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR
import homeassistant.util.dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .bookkeeping import Bookkeeping
from .const import CONF_INITIAL, DOMAIN, SUBENTRY_METER
from .export.changes import Additions, Change
from .exporter import Exporter
from .issues import async_follow_store, async_report_damaged_store
from .meter_state import MeterState, Spending
from .metering.costs import CostBook
from .metering.errors import LayoutError
from .metering.ledger import Ledger
from .metering.models import PreparedPhoto, Reading, Register, Usage
from .metering.terms import Terms
from .picture_files import PictureFiles
from .record import KeptPicture
from .register_state import RegisterState
from .removed import RemovedMeters, async_take_back, identity_of
from .state_data import UNUSABLE, ledger_change, parse_reading, parse_spending, parse_state, plain_spending, plain_state
from .state_of_json import async_states_of_json, json_store
from .store.account_store import REMOVED, SPENDING, AccountStore
from .store.database import remove, set_aside
from .store.errors import StoreDamagedError, StoreError
from .store.models import Commit, JournalEntry

_LOGGER: Final = logging.getLogger(__package__)

IN_BACKUP: Final[HassKey[bool]] = HassKey(f"{DOMAIN}_in_backup")
"""Whether Home Assistant is copying the files; one that shrinks or goes meanwhile would break the backup off."""


class StateStore:
    """The kept states of one account's meters by subentry id, and the one way in which they change."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, database: AccountStore, pictures: PictureFiles) -> None:
        """Take over an open file; see `async_open`."""
        self._hass = hass
        self._entry = entry
        self.database = database
        self.pictures = pictures
        self.exporter: Exporter | None = None
        """What makes points of every commit, once an export is set up."""
        self.spending = Spending()
        """What the dialogs, and meters that are no longer there, have spent."""
        self._states: dict[str, MeterState] = {}
        self._read: set[str] = set()
        """The meters that a state is kept of, whether it can be used or not."""
        self._removed: RemovedMeters
        self._ledgers: dict[tuple[str, str], Ledger] = {}
        """What is written of each meter's registers."""
        self._costs: dict[tuple[str, str], CostBook | None] = {}
        """What followed from that, if it was worked out."""
        self._terms: dict[str, Mapping[str, Any]] = {}
        """On which terms, as plain data."""
        self._first_terms: dict[str, Mapping[str, Any]] = {}
        """Those of meters of which nothing is written yet."""

    @classmethod
    async def async_open(cls, hass: HomeAssistant, entry: ConfigEntry) -> StateStore:
        """Open an account's file and read what it keeps; raise StoreError if that cannot be done.

        A damaged file is set aside and a new one begun: the meters go on from their confirmed first readings.
        """
        path = _path(hass, entry)
        try:
            database = await hass.async_add_executor_job(_opened, path)
        except StoreDamagedError as err:
            aside = await hass.async_add_executor_job(set_aside, path, dt_util.utcnow())
            _LOGGER.error("The file %s is damaged (%s) and was set aside as %s", path.name, err, aside.name)  # noqa: TRY400
            async_report_damaged_store(hass, entry, aside.name)
            database = await hass.async_add_executor_job(_opened, path)
        if hass.data.get(IN_BACKUP):
            await hass.async_add_executor_job(partial(database.hold, with_checkpoint=False))
        store = cls(hass, entry, database, PictureFiles.of(hass, entry))
        await hass.async_add_executor_job(store._load, set(entry.subentries), await async_states_of_json(hass, entry))
        await json_store(hass, entry).async_remove()
        async_take_back(hass, entry, store._removed.meters, store._read)
        return store

    def _load(self, meters: Collection[str], states_of_json: Mapping[str, MeterState]) -> None:
        """Read the states of the meters that there are; forget other meters, and pictures nothing points to."""
        self.spending = _spending_of({"spending": self.database.of_account(SPENDING)})
        self._removed = RemovedMeters(self.database)
        self._terms = {**self.database.terms()}
        for meter, state in states_of_json.items():
            self._commit(meter, state, ())
        for meter, plain in self.database.states():
            if meter not in meters:
                self._forget(meter, plain)
                continue
            self._read.add(meter)
            self._removed.meters.pop(meter, None)
            if (parsed := self._parsed(meter, plain)) is not None:
                self._states[meter] = parsed
                self._ledgers |= {(meter, name): register.ledger for name, register in parsed.registers.items()}
        self._removed.add_never_read(meters)
        if not self._hass.data.get(IN_BACKUP):
            self.pictures.gather()
            self.pictures.keep_only(self.database.pictures())

    def _forget(self, meter: str, plain: Mapping[str, Any]) -> None:
        """Forget a meter but for what it has spent, and what it needs to go on if it is added again."""
        self.spending = self.spending.joined(_spending_of(plain))
        try:
            self._removed.add(meter, parse_state(plain, self.database.readings(meter)))
        except (*UNUSABLE, StoreDamagedError):
            self._removed.add(meter, None)
        kept = {SPENDING: plain_spending(self.spending), REMOVED: self._removed.to_data()}
        self.database.remove_meter(meter, kept)

    async def async_know_meters(self) -> None:
        """Keep how the meters are called, for the time when they are gone."""
        meters = self._entry.get_subentries_of_type(SUBENTRY_METER)
        try:
            called = {meter.subentry_id: identity_of(meter) for meter in meters}
            await self._hass.async_add_executor_job(self._removed.keep, called)
        except StoreError as err:
            _LOGGER.warning("How the meters of %s are called could not be written: %s", self._entry.title, err)

    def _parsed(self, meter: str, plain: Mapping[str, Any]) -> MeterState | None:
        try:
            return parse_state(plain, self.database.readings(meter))
        except (*UNUSABLE, StoreDamagedError):
            title = self._entry.subentries[meter].title
            _LOGGER.warning("The stored state of meter %s cannot be used, starting from its first reading", title)
            return None

    def taken_up(
        self, subentry: ConfigSubentry, registers: Mapping[str, Register], bookkeeping: Bookkeeping
    ) -> MeterState:
        """Return the state a meter goes on from: the kept one, moved to first readings that were confirmed anew."""
        kept = self._states.pop(subentry.subentry_id, None)
        if kept is None:
            kept = self._removed.state_of(subentry.subentry_id)
        initial = {
            name: parse_reading(data[CONF_INITIAL])
            for name, data in zip(registers, subentry.data["registers"], strict=True)
        }
        taken_up = {
            name: _taken_up(
                kept.registers.get(name) if kept else None, initial[name], register, bookkeeping.of[name].terms
            )
            for name, register in registers.items()
        }
        if kept is None:
            return MeterState(registers=taken_up)
        return MeterState(registers=taken_up, attempted_at=kept.attempted_at, spending=kept.spending)

    def prepare(self, meter: str, state: MeterState, bookkeeping: Bookkeeping, now: datetime) -> MeterState:
        """Return a state with what follows from its readings, if that is not kept as well. Blocks.

        Where the meter counts or is charged otherwise than when it was kept, what that changes is exported.
        """
        terms = {name: each.to_data() for name, each in bookkeeping.terms.items()}
        if terms == self._terms.get(meter) and bookkeeping.stands(state):
            return state
        followed, _ = bookkeeping.followed({}, state, now)
        opened = bookkeeping.opened(followed)
        changes = self._changes(meter, opened)
        if all(change.before is None for change in changes.values()):
            self._first_terms[meter] = terms
            return followed
        for name, change in changes.items():
            was = self._terms_before(meter, name)
            if was is not None and was.to_data() != terms[name] and change.before is not None:
                costs = was.costs(state.registers[name].use, change.before.totals(was.register))
                changes[name] = replace(change, terms_before=was, costs_before=costs)
        try:
            self._write(meter, opened, self._exported(meter, changes, ()), terms=terms)
        except StoreError:
            _LOGGER.warning("What follows from the description of %s could not be written", meter, exc_info=True)
        return followed

    def _terms_before(self, meter: str, register: str) -> Terms | None:
        """Return on which terms a register was kept, None where that is not known."""
        try:
            return Terms.from_data(self._terms[meter][register])
        except (*UNUSABLE, LayoutError, OSError):
            return None

    async def async_commit(self, meter: str, state: MeterState, journal: Sequence[JournalEntry] = ()) -> None:
        """Keep a meter's state and what the journal says of it, all or nothing; raise StoreError."""
        await self._async_write(self._commit, meter, state, tuple(journal))
        subentry = self._entry.subentries.get(meter)  # None if the meter was removed while it was read
        for entry in journal:
            _LOGGER.debug("%s: %s", meter if subentry is None else subentry.title, entry)
        if self.exporter is not None:
            self.exporter.wake()

    def _commit(self, meter: str, state: MeterState, journal: tuple[JournalEntry, ...]) -> None:
        self._write(meter, state, self._exported(meter, self._changes(meter, state), journal), journal)

    def _write(
        self,
        meter: str,
        state: MeterState,
        added: Additions,
        journal: tuple[JournalEntry, ...] = (),
        terms: Mapping[str, Any] | None = None,
    ) -> None:
        ledgers = {(meter, name): register.ledger for name, register in state.registers.items()}
        changes = (ledger_change(key[1], self._ledgers.get(key), ledger) for key, ledger in ledgers.items())
        terms = self._first_terms.get(meter) if terms is None else terms
        self.database.commit(
            Commit(
                meter=meter,
                recorded_at=dt_util.utcnow(),
                state=plain_state(state),
                terms=terms,
                readings=tuple(change for change in changes if change is not None),
                journal=journal,
                points=added.points,
                days=added.days,
            )
        )
        self._ledgers |= ledgers
        self._costs |= {(meter, name): register.use.costs for name, register in state.registers.items()}
        self._terms |= {} if terms is None else {meter: terms}
        self._first_terms.pop(meter, None)

    def _changes(self, meter: str, state: MeterState) -> dict[str, Change]:
        """Return how each register differs from what is written."""
        return {
            name: Change(
                before=self._ledgers.get((meter, name)),
                after=register.ledger,
                costs_before=self._costs.get((meter, name)),
                costs=register.use.costs,
                forecast=register.use.forecast,
            )
            for name, register in state.registers.items()
        }

    def _exported(self, meter: str, changes: Mapping[str, Change], journal: Sequence[JournalEntry]) -> Additions:
        """Return what a commit sends; a verdict is kept whatever becomes of its points."""
        if self.exporter is None:
            return Additions()
        try:
            return self.exporter.additions(meter, changes, journal)
        except ArithmeticError, LookupError, TypeError, ValueError:
            _LOGGER.exception("No points could be made for %s; export its history later", meter)
            return Additions()

    async def async_spend(self, usage: Usage, local_time: datetime, entry: JournalEntry) -> None:
        """Keep a call that was made for no meter, with its row of the journal; raise StoreError."""
        self.spending = self.spending.add(usage, local_time)
        await self._async_write(self.database.keep_of_account, {SPENDING: plain_spending(self.spending)}, (entry,))
        _LOGGER.debug("%s: %s", self._entry.title, entry)

    async def _async_write[*Args](self, write: Callable[[*Args], None], *args: *Args) -> None:
        """Write in an executor; a person is told as long as that fails."""
        try:
            await self._hass.async_add_executor_job(write, *args)
        except StoreError as err:
            async_follow_store(self._hass, self._entry, err)
            raise
        async_follow_store(self._hass, self._entry, None)

    def keep_picture(self, meter: str, taken_at: datetime, prepared: PreparedPhoto) -> KeptPicture | None:
        """Keep a small copy of a picture for the journal; None where that is not possible. Blocks."""
        return self.pictures.keep(meter, taken_at, prepared.content)

    async def async_kept_picture(self, meter: str, taken_at: datetime) -> bytes | None:
        """Return the journal's copy of a picture, None if it has none."""
        return await self._hass.async_add_executor_job(self.pictures.kept, meter, taken_at)

    async def async_prune(self, *, before: datetime, most_bytes: int) -> None:
        """Forget what the journal no longer has room for; raise StoreError."""
        if not self._hass.data.get(IN_BACKUP):
            await self._hass.async_add_executor_job(self._prune, before, most_bytes)

    def _prune(self, before: datetime, most_bytes: int) -> None:
        # The rows first: a picture without a row is found at the next start, a row would point to nothing for ever.
        self.pictures.delete(self.database.prune_journal(before=before, most_bytes=most_bytes))

    async def async_close(self) -> None:
        """Close the file; all is written already."""
        await self._hass.async_add_executor_job(self.database.close)

    @staticmethod
    async def async_remove(hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Delete all that was kept of an account."""
        await hass.async_add_executor_job(remove, _path(hass, entry))
        await hass.async_add_executor_job(PictureFiles.of(hass, entry).remove)
        await json_store(hass, entry).async_remove()


def _opened(path: Path) -> AccountStore:
    path.parent.mkdir(exist_ok=True)
    return AccountStore.open(path)


def _path(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.entry_id}.db"))


def _spending_of(plain: Mapping[str, Any]) -> Spending:
    """Return the spending in plain data, none where that cannot be used."""
    try:
        return parse_spending(plain["spending"])
    except UNUSABLE:
        return Spending()


def _taken_up(kept: RegisterState | None, initial: Reading, register: Register, terms: str) -> RegisterState:
    if kept is None or kept.unit != register.consumption_unit:
        return RegisterState.begin(initial, register)
    if kept.use.terms != terms:
        kept = kept.continued(register)
    if kept.initial == initial:
        return kept
    return kept.confirmed_anew(initial, register)
