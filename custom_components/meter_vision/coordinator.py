"""Reads one meter again and again: capture, gate, read, decode, judge, publish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_RECORDER_5MIN_STATISTICS_GENERATED
from homeassistant.core import Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
import homeassistant.util.dt as dt_util

from .account import Account
from .capture import CaptureError, capture
from .const import CONF_CAMERA, CONF_INITIAL, CONF_INTERVAL, CONF_NORMAL, DOMAIN, PAUSE
from .errors import translation_of
from .long_term_statistics import LongTermStatistics
from .meter_state import MeterState, Status
from .metering.catalogue import CATALOGUE, hard_ceiling
from .metering.decode import Decoded, decode
from .metering.description import parse_meter
from .metering.errors import MeteringError, PhotoError, ReaderAuthError, ReaderBusyError
from .metering.evidence import Evidence, Manner
from .metering.judge import Decision, consider
from .metering.memory import JudgeState
from .metering.models import Look, Photo, PreparedPhoto, Usage
from .metering.photo import prepare, prepare_differently
from .metering.window import Rules
from .state_store import StateStore, parse_reading

if TYPE_CHECKING:
    from .runtime import MeterVisionConfigEntry

_LOGGER: Final = logging.getLogger(__package__)
_INTERNAL_ERROR: Final = "internal_error"
_MOMENT: Final = timedelta(microseconds=1)


class MeterCoordinator(DataUpdateCoordinator[MeterState]):
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
        self.meter = parse_meter(subentry.data)
        self.register = self.meter.register
        self._account = account
        self._store = store
        self._statistics = LongTermStatistics(hass, subentry.subentry_id, self.register.unit)
        self._changing = asyncio.Lock()
        self._change: Callable[[MeterState], MeterState] | None = None
        self._running: asyncio.Event | None = None
        usual = CATALOGUE[self.meter.kind].interval
        seconds = subentry.data.get(CONF_INTERVAL, {}).get(CONF_NORMAL, usual.total_seconds())
        self.interval = timedelta(seconds=seconds)
        ceiling = hard_ceiling(self.meter.kind, self.register)
        self._rules = Rules(register=self.register, ceiling=ceiling, interval=self.interval)
        super().__init__(
            hass, _LOGGER, config_entry=entry, name=subentry.title, update_interval=self.interval, always_update=False
        )
        self.data = self._kept_state()
        self._shown_at = dt_util.utcnow()

    @callback
    def async_start(self) -> None:
        """Begin to read, with all entities disabled too, as soon as Home Assistant and its cameras are there."""
        self.config_entry.async_on_unload(self.async_add_listener(_stay_subscribed))
        self.config_entry.async_on_unload(async_at_started(self.hass, self._plan_first_read))
        compiled = self.hass.bus.async_listen(EVENT_RECORDER_5MIN_STATISTICS_GENERATED, self._statistics_compiled)
        self.config_entry.async_on_unload(compiled)

    async def async_read_now(self) -> MeterState:
        """Read now, or wait for the read that is under way; raise HomeAssistantError if it fails."""
        if self._running is not None:
            await self._running.wait()
        else:
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

    async def async_change(self, change: Callable[[MeterState], MeterState]) -> MeterState:
        """Make a change to what is known, and let the statistics follow; raise MeteringError if it cannot be made."""
        async with self._changing:
            state, since = self._changed(change)
            if since is not None:
                await self._repair_ahead(change, state, since)
                state, _ = self._changed(change)
                state = state.to_repair(since)
                self._shown_at = dt_util.utcnow()
            return self._keep(state)

    async def async_correct(self, change: Callable[[MeterState], MeterState]) -> None:
        """Make a person's change and show it."""
        await self.async_change(change)
        self.async_update_listeners()

    @override
    async def _async_update_data(self) -> MeterState:
        self._running = asyncio.Event()
        self.data = replace(self.data, attempted_at=dt_util.utcnow())
        try:
            return await self._take_reading()
        except (CaptureError, MeteringError) as err:
            self._count(err.usage if isinstance(err, MeteringError) else None)
            raise self._failure(err) from err
        finally:
            self._running.set()
            self._running = None

    async def _take_reading(self) -> MeterState:
        """Look at the meter, and again as long as the judge asks for it."""
        manner = await self._look(Manner.ROUTINE)
        while manner is not None:
            await asyncio.sleep(PAUSE.total_seconds())
            manner = await self._look(manner)
        return self.data

    async def _look(self, manner: Manner) -> Manner | None:
        """Make one round, from the camera to the published state; return how to look again if that could help."""
        photo = await self._capture()
        prepared = await self._gate(photo, manner)
        look = await self._read(prepared, manner)
        decoded = await self._decode(look)
        known = self.data.judge
        decision = self._judge(photo, prepared, look, decoded, manner)
        await self._publish(decision, known)
        return decision.ask

    async def _capture(self) -> Photo:
        self._account.check()
        return await capture(self.hass, self.subentry.data[CONF_CAMERA], dt_util.utcnow())

    async def _gate(self, photo: Photo, manner: Manner) -> PreparedPhoto:
        preparation = prepare_differently if manner is Manner.PREPARED_DIFFERENTLY else prepare
        prepared = await self.hass.async_add_executor_job(preparation, photo.content, self.meter)
        self.data = replace(self.data, picture=prepared, picture_taken_at=photo.captured_at)
        return prepared

    async def _read(self, prepared: PreparedPhoto, manner: Manner) -> Look:
        look = await self._account.read(prepared, self.register, stronger=manner is Manner.STRONGER_MODEL)
        self._count(look.usage)
        return look

    async def _decode(self, look: Look) -> Decoded | None:
        if not look.observation.readable:
            return None
        register = self.data.judge.votes.known(self.register)
        return await self.hass.async_add_executor_job(decode, look.observation, register)

    def _judge(
        self, photo: Photo, prepared: PreparedPhoto, look: Look, decoded: Decoded | None, manner: Manner
    ) -> Decision:
        evidence = Evidence(
            decoded=decoded,
            observation=look.observation,
            captured_at=photo.captured_at,
            manner=manner,
            light=prepared.light,
            picture=blake2b(photo.content, digest_size=8).hexdigest(),
        )
        return consider(self.data.judge, evidence, self._rules)

    async def _publish(self, decision: Decision, known: JudgeState) -> None:
        """Make what was decided the current state, for entities too while a further look is pending."""
        await self.async_change(lambda state: state.decided(decision, known, self.register))
        self.async_update_listeners()

    def _failure(self, err: CaptureError | MeteringError) -> HomeAssistantError:
        """Note a failed read and return what the base class makes log lines, a new key or a longer wait of."""
        key, placeholders = translation_of(err)
        of_camera = isinstance(err, CaptureError | PhotoError)
        self._keep(self.data.failed(Status.CAMERA_ERROR if of_camera else Status.READER_ERROR, key))
        if isinstance(err, ReaderAuthError):
            return ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
            )
        wait = err.retry_after if isinstance(err, ReaderBusyError) else None
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders,
            retry_after=None if wait is None else wait.total_seconds(),
        )

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        if self.last_update_success:
            return
        if not isinstance(self.last_exception, HomeAssistantError):
            self._keep(self.data.failed(Status.INTERNAL_ERROR, _INTERNAL_ERROR))
        # The base class stays silent from the second failure on, but what is wrong may have changed.
        self.async_update_listeners()

    def _kept_state(self) -> MeterState:
        """Return the state to go on from: the kept one, moved to a first reading that was confirmed anew."""
        initial = parse_reading(self.subentry.data["registers"][0][CONF_INITIAL])
        kept = self._store.get(self.subentry.subentry_id)
        if kept is None:
            return MeterState.begin(initial, self.register)
        if kept.unit != self.register.unit:
            return replace(MeterState.begin(initial, self.register), spending=kept.spending)
        kept = kept.continued(self.register)
        if kept.initial == initial:
            return kept
        # A new meter begins near zero; a value that was too high is corrected by less.
        new_meter = initial.value * 2 < kept.last.value
        # It is the latest word, also if the meter was read while the person was still confirming.
        latest = replace(initial, time=max(initial.time, kept.last.time + _MOMENT))
        corrected = kept.corrected(latest, self.register, new_meter=new_meter)
        since = corrected.wrong_since(kept, self.register, dt_util.utcnow())
        return replace(corrected.to_repair(since), initial=initial)

    def _keep(self, state: MeterState) -> MeterState:
        """Make a state the current one and store it."""
        self.data = state
        foreseen = state if self._change is None else self._changed(self._change)[0]
        self._store.put(self.subentry.subentry_id, foreseen)
        return state

    def _changed(self, change: Callable[[MeterState], MeterState]) -> tuple[MeterState, datetime | None]:
        """Return the state after a change, and from when on it makes rows of the statistics wrong."""
        state = change(self.data)
        if not self._statistics.kept:
            return state, None
        since = state.wrong_since(self.data, self.register, dt_util.utcnow())
        return state.to_repair(since), since

    async def _repair_ahead(
        self, change: Callable[[MeterState], MeterState], state: MeterState, since: datetime
    ) -> None:
        """Put the rows right before the state is shown, if that can be done at once.

        The change is written first, so that after a crash in between the rows are looked at again.
        """
        self._change = change
        try:
            self._store.put(self.subentry.subentry_id, state)
            await self._store.async_save()
            await self._statistics.async_repair(state.course(self.register), since, dt_util.utcnow())
        except HomeAssistantError, RuntimeError, ValueError:
            # The reading counts all the same; what is wrong stays noted for after the recorder's next run.
            _LOGGER.exception("The statistics of %s could not be put right", self.name)
        finally:
            self._change = None

    @callback
    def _statistics_compiled(self, _event: Event) -> None:
        if self.data.repair_from is not None:
            self.config_entry.async_create_background_task(
                self.hass, self._async_repair_statistics(), f"repair statistics of {self.name}"
            )

    async def _async_repair_statistics(self) -> None:
        """Look at the rows again, until the recorder has compiled what is shown and they are all right."""
        await self._statistics.async_wait_for_recorder()
        state = self.data
        if state.repair_from is None:
            return
        course = state.course(self.register)
        right = await self._statistics.async_repair(course, state.repair_from, self._shown_at)
        if right and self.data.ledger is state.ledger:
            self._keep(replace(self.data, repair_from=None))

    def _count(self, usage: Usage | None) -> None:
        if usage is not None:
            self.data = replace(self.data, spending=self.data.spending.add(usage, dt_util.now()))

    @callback
    def _plan_first_read(self, _hass: HomeAssistant) -> None:
        """Read now, or when the interval is over if the latest read was good: a restart alone costs nothing."""
        if self.config_entry.pref_disable_polling:
            return
        if (wait := self._time_until_due()) <= timedelta():
            self._async_refresh_in_background()
            return
        job = HassJob(self._read_when_due, cancel_on_shutdown=True)
        self.config_entry.async_on_unload(async_call_later(self.hass, wait, job))

    @callback
    def _read_when_due(self, _now: datetime) -> None:
        if self._time_until_due() <= timedelta():
            self._async_refresh_in_background()

    def _time_until_due(self) -> timedelta:
        if self.data.attempted_at is None or self.data.status is not Status.OK:
            return timedelta()
        return self.data.attempted_at + self.interval - dt_util.utcnow()

    @callback
    def _async_refresh_in_background(self) -> asyncio.Task[None]:
        return self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"read {self.name}")


@callback
def _stay_subscribed() -> None:
    """Stand in for the entities: the base class stops polling when nobody listens."""
