"""Reads one meter again and again: capture, gate, read, decode, judge, publish."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
import homeassistant.util.dt as dt_util

from .account import Account
from .bookkeeping import Bookkeeping
from .capture import CaptureError
from .const import CONF_CAMERA, CONF_ESCALATE_TO, CONF_MODEL, CONF_PAY_FOR_UNCHANGED, CONF_READER, DOMAIN, PAUSE
from .errors import translation_of
from .failure import entry_of_failed_look, home_assistant_error, status_of
from .happenings import async_tell, events_of, held
from .lighting import CONF_LIGHT
from .meter_state import Change, MeterState
from .metering.catalogue import CATALOGUE, rules_for
from .metering.decode import Decoded, decode_each
from .metering.description import parse_meter
from .metering.errors import MeteringError
from .metering.evidence import Manner
from .metering.models import Look, Photo, Usage
from .metering.resting import rest
from .metering.schedule import Pace
from .metering.usage import UsageEvent
from .record import Judgement, Record, entries_of_look, entries_of_put_back, judged
from .register_state import RegisterState, Status
from .screening import Screened, Screening, screen
from .showing import ShowingCoordinator
from .state_store import StateStore
from .statistics_repair import StatisticsRepair
from .store.errors import StoreError
from .store.models import JournalEntry
from .timing import Timing

if TYPE_CHECKING:
    from .runtime import MeterVisionConfigEntry

_LOGGER: Final = logging.getLogger(__package__)
_INTERNAL_ERROR: Final = "internal_error"


class MeterCoordinator(ShowingCoordinator[MeterState]):
    """Owns the state of one meter; entities stay available with it whatever becomes of a read."""

    config_entry: MeterVisionConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MeterVisionConfigEntry,
        subentry: ConfigSubentry,
        account: Account,
        store: StateStore,
    ) -> None:
        """Take up the kept state; raise LayoutError if the subentry describes no meter."""
        self.subentry = subentry
        self.meter = parse_meter(subentry.data, dt_util.get_default_time_zone())
        self.registers = {register.name: register for register in self.meter.registers}
        self._account = account
        self._store = store
        self.device_id: str | None = None
        self._changing = asyncio.Lock()
        self._running: asyncio.Event | None = None
        pace = Pace.of(subentry.data, CATALOGUE[self.meter.kind].interval)
        self.interval = pace.normal
        self._timing = Timing(pace, account, subentry.data[CONF_CAMERA])
        self.bookkeeping = Bookkeeping(self.meter, self.interval, dt_util.get_default_time_zone())
        self._statistics = StatisticsRepair(hass, subentry.subentry_id, self.registers, self.bookkeeping)
        self._rules = {
            name: rules_for(self.meter.kind, register, self.interval) for name, register in self.registers.items()
        }
        self._screening = Screening(self._rules, compares=not subentry.data.get(CONF_PAY_FOR_UNCHANGED, False))
        super().__init__(
            hass, _LOGGER, config_entry=entry, name=subentry.title, update_interval=self.interval, always_update=False
        )
        self.data = store.taken_up(subentry, self.registers, self.bookkeeping)
        account.follow(subentry.subentry_id, self.data.spending)
        self._shown_at = dt_util.utcnow()

    async def async_prepare(self) -> None:
        """Work out before there are entities what follows from the kept readings, if that is not kept as well."""
        job = partial(self._store.prepare, self.subentry.subentry_id, self.data, self.bookkeeping, dt_util.utcnow())
        self.data = await self.hass.async_add_executor_job(job)

    @callback
    def async_start(self) -> None:
        """Begin to read, with all entities disabled too, as soon as Home Assistant and its cameras are there."""
        self.config_entry.async_on_unload(self.async_add_listener(_stay_subscribed))
        self.config_entry.async_on_unload(async_at_started(self.hass, self._plan_first_read))
        self.async_doubt_statistics()

    async def async_read_now(self) -> MeterState:
        """Read now, or wait for the read that is under way; raise HomeAssistantError if it fails."""
        if self._running is not None:
            await self._running.wait()
        else:
            self._account.insist(self.subentry.data[CONF_CAMERA])
            # A task of the entry: it ends with it, and not with whoever asked.
            await asyncio.wait([self._async_refresh_in_background()])
        if self._shutdown_requested:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="account_not_loaded")
        if self.last_update_success:
            return self.data
        placeholders = getattr(self.last_exception, "translation_placeholders", None)
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=self.data.error or _INTERNAL_ERROR,
            translation_placeholders=placeholders,
        )

    async def async_correct(self, name: str, change: Change, record: Record) -> None:
        """Make a person's change to a register, and show it; raise MeteringError if it cannot be made or kept."""
        await self._async_change({name: change}, record)

    async def _async_change(self, changes: Mapping[str, Change], record: Record) -> None:
        """Make changes to registers: for good first, then in the statistics; what is shown and told follows."""
        async with self._changing:
            state, wrong, told = await self.hass.async_add_executor_job(
                self._changed, self.data, changes, dt_util.utcnow()
            )
            entries = record(state)
            await self._store.async_commit(self.subentry.subentry_id, state, entries)
            self.data = replace(self.data, registers=state.registers)
            self._shown_at = dt_util.utcnow()
            if wrong:
                await self._statistics.async_repair_ahead(state.registers, wrong)
        await self.async_show()
        self._shown_at = dt_util.utcnow()
        for name, register in self.registers.items():
            of_register = [entry for entry in entries if entry.register == name]
            events = events_of(register, state.registers[name], of_register, told.get(name, ()))
            async_tell(self.hass, self.subentry.subentry_id, events)

    def _changed(
        self, state: MeterState, changes: Mapping[str, Change], now: datetime
    ) -> tuple[MeterState, dict[str, datetime], dict[str, tuple[UsageEvent, ...]]]:
        """Return the state after changes, since when rows of the statistics are wrong, and what is to be told of."""
        before = self.bookkeeping.opened(state)
        state, told = self.bookkeeping.followed(before.registers, before.changed(changes), now, rest)
        wrong = self._statistics.wrong_since(before.registers, state.registers, now)
        noted = {name: partial(RegisterState.to_repair, since=time) for name, time in wrong.items()}
        return state.changed(noted), wrong, told

    @override
    async def _async_update_data(self) -> MeterState:
        self._running = asyncio.Event()
        self.data = replace(self.data, attempted_at=dt_util.utcnow())
        before, after = self.data, None
        try:
            after = await self._take_reading()
        except (CaptureError, MeteringError) as err:
            self._count(err.usage if isinstance(err, MeteringError) else None)
            await self._note_failure(err)
            raise home_assistant_error(err) from err
        else:
            return after
        finally:
            self._timing.follow(before, after)
            self._running.set()
            self._running = None

    async def _take_reading(self) -> MeterState:
        """Look at the meter, and again as long as the judge of any register asks for it."""
        await self._put_back(dt_util.utcnow())
        asked = await self._look(Manner.ROUTINE, tuple(self.registers))
        while asked:
            await asyncio.sleep(PAUSE.total_seconds())
            asked = await self._look(max(asked.values(), key=list(Manner).index), tuple(asked))
        for name, register in self.registers.items():
            async_tell(self.hass, self.subentry.subentry_id, held(register, self.data.registers[name]))
        return self.data

    async def _put_back(self, now: datetime) -> None:
        """Forget looks from times that are yet to come, or they would block the true ones until then."""
        if ahead := {name: each for name, each in self.registers.items() if self.data.registers[name].is_ahead(now)}:
            _LOGGER.warning("The clock was ahead when %s was read last; what was read then no longer counts", self.name)
            changes = {name: partial(RegisterState.put_back, now=now, register=each) for name, each in ahead.items()}
            await self._async_change(changes, lambda state: entries_of_put_back(ahead, state.registers, now))

    async def _look(self, manner: Manner, names: Sequence[str]) -> dict[str, Manner]:
        """Make one round, from the camera to the published state; return which registers ask for which other look."""
        photo = await self._capture(manner)
        screened = await self._gate(photo, manner)
        look = await self._read(screened, names)
        decoded = await self._decode(look)
        judgements = await self._judge(screened, look, decoded)
        return await self._publish(screened, look, judgements)

    async def _capture(self, manner: Manner) -> Photo:
        self._account.check()
        meter, data, anew = self.subentry.subentry_id, self.subentry.data, manner is not Manner.ROUTINE
        return await self._account.cameras.photo(meter, data[CONF_CAMERA], data.get(CONF_LIGHT), anew=anew)

    async def _gate(self, photo: Photo, manner: Manner) -> Screened:
        reference = self._screening.reference(photo.captured_at)
        screened = await self._account.picture_thread.async_run(screen, photo, self.meter, manner, reference)
        shown = replace(screened.prepared, signature=None)  # `Screening` keeps it as long as it is compared with
        self.data = replace(self.data, picture=shown, picture_taken_at=photo.captured_at)
        self._account.keep_picture(self.subentry.subentry_id, self._forget_picture)
        return self._screening.screened(screened, self.data.registers)

    @callback
    def _forget_picture(self) -> None:
        self._change_unseen(replace(self.data, picture=None))

    async def _read(self, screened: Screened, names: Sequence[str]) -> Look | None:
        """Return what was seen of some registers; asked about are all, for each is told from the others."""
        if screened.judgements is not None:
            return None
        stronger = screened.manner is Manner.STRONGER_MODEL
        model = self.subentry.data.get(CONF_READER, {}).get(CONF_ESCALATE_TO if stronger else CONF_MODEL)
        look = await self._account.read(screened.prepared, self.meter.registers, model=model, stronger=stronger)
        self._count(look.usage)
        return replace(look, observations={name: look.observations[name] for name in names})

    async def _decode(self, look: Look | None) -> dict[str, Decoded | None]:
        """Return what each register shows, None where nothing of it can be read."""
        if look is None:
            return {}
        known = {name: self.data.registers[name].judge.votes.known(self.registers[name]) for name in look.observations}
        return await self.hass.async_add_executor_job(decode_each, look.observations, known)

    async def _judge(
        self, screened: Screened, look: Look | None, decoded: Mapping[str, Decoded | None]
    ) -> Mapping[str, Judgement]:
        """Decide on each register; where many looks were held that takes a while, so in a thread."""
        if look is None:
            return screened.judgements or {}
        known = {name: self.data.registers[name].judge for name in look.observations}
        job = partial(judged, screened.evidence, look.observations, decoded, known, self._rules)
        judgements = await self.hass.async_add_executor_job(job)
        self._screening.learn(screened, judgements)
        return judgements

    async def _publish(
        self, screened: Screened, look: Look | None, judgements: Mapping[str, Judgement]
    ) -> dict[str, Manner]:
        """Make what was decided the current state, for entities too while a further look is pending."""
        picture = None
        if look is not None:
            meter, time = self.subentry.subentry_id, screened.photo.captured_at
            picture = await self._account.picture_thread.async_run(
                self._store.keep_picture, meter, time, screened.prepared
            )
        changes = {name: partial(judgement.applied, self.registers[name]) for name, judgement in judgements.items()}
        await self._async_change(changes, lambda _state: entries_of_look(look, judgements, picture, dt_util.utcnow()))
        asked = {name: judgement.decision.ask for name, judgement in judgements.items()}
        return {name: ask for name, ask in asked.items() if ask is not None and self._can_look(ask)}

    def _can_look(self, manner: Manner) -> bool:
        chosen = self.subentry.data.get(CONF_READER, {}).get(CONF_ESCALATE_TO)
        return manner is not Manner.STRONGER_MODEL or self._account.has_stronger_model or chosen is not None

    async def _note_failure(self, err: CaptureError | MeteringError) -> None:
        """Show that an attempt gave nothing, and keep what it cost."""
        seen = (self._store, self.subentry.subentry_id, self.data, err, dt_util.utcnow())
        entry = await self._account.picture_thread.async_run(entry_of_failed_look, *seen)
        async with self._changing:
            self.data = self.data.failed(status_of(err), translation_of(err)[0])
            await self._async_written(self.data, [entry])  # if not, it is shown all the same
        await self.async_show()

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        if self.last_update_success:
            return
        if not isinstance(self.last_exception, HomeAssistantError):
            self.data = self.data.failed(Status.INTERNAL_ERROR, _INTERNAL_ERROR)
        # The base class stays silent from the second failure on, but what is wrong may have changed.
        self.async_update_listeners()

    @callback
    def async_doubt_statistics(self, since: datetime | None = None) -> None:
        """Note that the rows since a time may be wrong, None: all that the readings tell about."""
        self.data = replace(self.data, registers=self._statistics.doubted(self.data.registers, since))

    async def async_verify_statistics(self) -> None:
        """Look at noted rows again, until the recorder has compiled what is shown and they are all right."""
        looked_at = self.data.registers
        if not (right := await self._statistics.async_verified(looked_at, self._shown_at)):
            return
        async with self._changing:
            still = [name for name in right if self.data.registers[name].ledger is looked_at[name].ledger]
            settled = dict.fromkeys(still, partial(replace, repair_from=None))
            if settled and await self._async_written(state := self.data.changed(settled)):
                self.data = state  # if not, the note stays for the recorder's next run

    async def _async_written(self, state: MeterState, entries: Sequence[JournalEntry] = ()) -> bool:
        """Keep a state; return whether that was possible, for whoever tries it again."""
        try:
            await self._store.async_commit(self.subentry.subentry_id, state, entries)
        except StoreError:
            _LOGGER.warning("What is known about %s could not be written", self.name, exc_info=True)
            return False
        return True

    def _count(self, usage: Usage | None) -> None:
        if usage is not None:
            self.data = replace(self.data, spending=self.data.spending.add(usage, dt_util.now()))
            self._account.follow(self.subentry.subentry_id, self.data.spending)

    @callback
    @override
    def _schedule_refresh(self) -> None:
        self.update_interval = self._timing.wait(dt_util.now())
        super()._schedule_refresh()

    @callback
    def _plan_first_read(self, _hass: HomeAssistant) -> None:
        """Read now, or when the interval is over if the latest read was good: a restart alone costs nothing."""
        if self.config_entry.pref_disable_polling:
            return
        wait = self._timing.until_first(self.data, dt_util.now())
        if wait > timedelta():
            job = HassJob(self._read_when_due, cancel_on_shutdown=True)
            self.config_entry.async_on_unload(async_call_later(self.hass, wait, job))
        else:
            self._async_refresh_in_background()

    @callback
    def _read_when_due(self, _now: datetime) -> None:
        if self._timing.until_due(self.data, dt_util.now()) <= timedelta():
            self._async_refresh_in_background()

    @callback
    def _async_refresh_in_background(self) -> asyncio.Task[None]:
        return self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"read {self.name}")


@callback
def _stay_subscribed() -> None:
    """Stand in for the entities: the base class stops polling when nobody listens."""
