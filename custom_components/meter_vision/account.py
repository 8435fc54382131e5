"""What all meters of an account share: the reader, and whether it may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
import homeassistant.util.dt as dt_util

from .const import (
    CONF_CAMERA,
    CONF_ESCALATE_TO,
    CONF_MODEL,
    CONF_MONTHLY_LIMIT,
    CONF_PRICES,
    CONF_READER,
    LONGEST_WAIT,
    READ_TIMEOUT,
    SHORTEST_WAIT,
    SUBENTRY_METER,
)
from .issues import async_follow_budget, async_follow_call, async_follow_deprecated
from .meter_state import MONTH, Spending
from .metering.backoff import Backoff
from .metering.budget import USUAL_LIMIT, Budget, money_of
from .metering.claude import ModelChoice
from .metering.errors import (
    MeteringError,
    ReaderAuthError,
    ReaderBudgetError,
    ReaderBusyError,
    ReaderConnectionError,
    ReaderError,
    ReaderModelError,
)
from .metering.models import Look, PreparedPhoto, Register, Usage
from .metering.ports import MeterReader
from .metering.pricing import cost, own_prices
from .metering.proposal import Proposal
from .metering.schedule import spread
from .picture_thread import PictureThread
from .reader_service import ReaderService
from .record import entry_of_dialog
from .shared_cameras import SharedCameras, camera_key
from .state_store import StateStore
from .store.errors import StoreError
from .store.models import JournalEntry

_MOST_CALLS = 4
"""At a time, for all meters together."""
_MOST_PICTURES = 20
"""In memory, some 160 kB each; of others a picture that was not read is not shown, for the journal has none."""
_LOGGER = logging.getLogger(__package__)
_FIRST_REST = timedelta(seconds=15)
_LONGEST_REST = timedelta(minutes=15)
"""Of a service that fails and does not say for how long to wait."""
_TIMER_SLACK = timedelta(seconds=1)
"""The coordinator's timer works in whole seconds and may end early; asking before time would be in vain again."""


class Account:
    """The paid service behind one key; a MeterReader that knows when not to ask."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, service: ReaderService, store: StateStore) -> None:
        """Keep the service, and where what is spent is kept; nothing is called yet."""
        self._hass = hass
        self._entry = entry
        self._service = service
        self._store = store
        self.model = service.model
        """Asked for the meters that have none of their own."""
        self._models: tuple[ModelChoice, ...] = ()
        cameras = (meter.data.get(CONF_CAMERA) for meter in entry.get_subentries_of_type(SUBENTRY_METER))
        self.cameras = SharedCameras(hass, (camera for camera in cameras if isinstance(camera, Mapping)))
        self.prices = own_prices(entry.options.get(CONF_PRICES, {}))
        """What a person says that models cost."""
        self._spending: dict[str, Spending] = {}
        """What each meter has spent, by subentry id."""
        self._listeners: list[Callable[[], None]] = []
        self._budget = Budget(limit=money_of(entry.options.get(CONF_MONTHLY_LIMIT, USUAL_LIMIT)))
        self._calls = asyncio.Semaphore(_MOST_CALLS)
        self._turns: dict[str, int] = {}
        self._pictures: dict[str, Callable[[], None]] = {}
        """How to forget the picture of each meter that has one in memory, the oldest first."""
        self.picture_thread = PictureThread(hass, entry)
        self._key_refused = False
        self._busy_until: datetime | None = None
        """Until when the service has asked to wait."""
        self._rest = Backoff(_FIRST_REST, _LONGEST_REST)
        self._failed: MeteringError | None = None
        """What the service rests for."""

    @property
    def has_stronger_model(self) -> bool:
        """Whether there is a model that can be asked in doubt."""
        return self._service.stronger_model is not None

    @property
    def spent(self) -> Decimal:
        """What all meters have spent this month, in US dollars."""
        return sum((one.month_cost for one in self._this_month), Decimal(0))

    @property
    def tokens(self) -> int:
        """How many tokens all calls of this month took."""
        return sum(one.month_tokens for one in self._this_month)

    @property
    def _this_month(self) -> list[Spending]:
        month = dt_util.now().strftime(MONTH)
        return [one for one in (self._store.spending, *self._spending.values()) if one.month == month]

    @property
    def limit(self) -> Decimal | None:
        """The most that may be spent in a month, in US dollars; None: no limit."""
        return self._budget.limit

    @callback
    def follow(self, meter: str, spending: Spending) -> None:
        """Take note of what a meter has spent."""
        self._spending[meter] = spending
        for listener in self._listeners:
            listener()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function whenever something has been spent; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def slowdown(self) -> int:
        """Return how many times as long the intervals are, so that the money lasts for the month."""
        return self._budget.slowdown(self.spent)

    def turn(self, camera: Mapping[str, Any]) -> timedelta:
        """Return how long the first read through a camera waits; the meters of one camera go together."""
        return spread(self._turns.setdefault(camera_key(camera), len(self._turns)))

    def keep_picture(self, meter: str, forget: Callable[[], None]) -> None:
        """Take note that a meter has its latest picture in memory; of very many meters the oldest is forgotten."""
        self._pictures.pop(meter, None)
        self._pictures[meter] = forget
        if len(self._pictures) > _MOST_PICTURES:
            self._pictures.pop(next(iter(self._pictures)))()

    async def async_refresh(self, _now: datetime | None = None) -> None:
        """Ask for the free model list: for a new key if this one is refused, and for another model if one goes."""
        try:
            self._models = await self._service.models()
        except ReaderAuthError:
            self._key_refused = True
            self._entry.async_start_reauth(self._hass)
        except ReaderError as err:
            _LOGGER.debug("The models of %s could not be listed: %s", self._entry.title, err)
        else:
            self._follow_models()

    def _follow_models(self) -> None:
        """Say which of the models in use will be gone, and when, or are."""
        readers = [meter.data.get(CONF_READER, {}) for meter in self._entry.subentries.values()]
        of_meters = (reader.get(key) for reader in readers for key in (CONF_MODEL, CONF_ESCALATE_TO))
        used = {self.model, self._service.stronger_model, *of_meters} - {None}
        going = {}
        for name in sorted(used):
            stages = [model for model in self._models if model.is_meant_by(name)]
            if stages and stages[0].lifecycle == "retired":
                async_follow_call(self._hass, self._entry, ReaderModelError(model=name))
            elif stages and stages[0].lifecycle == "deprecated":
                going[name] = stages[0].retires_at
        async_follow_deprecated(self._hass, self._entry, going)

    def check(self) -> None:
        """Raise ReaderAuthError, ReaderBusyError or ReaderBudgetError if asking now would be in vain or too much."""
        if self._key_refused:
            raise ReaderAuthError
        reached = self._budget.reached(self.spent)
        async_follow_budget(self._hass, self._entry, self._budget.limit if reached else None)
        if reached:
            raise ReaderBudgetError(limit=f"{self._budget.limit:.2f}")
        left = timedelta() if self._busy_until is None else self._busy_until - dt_util.utcnow()
        if timedelta() < left <= LONGEST_WAIT:  # more is left only if the clock has been put back
            raise ReaderBusyError(retry_after=left + _TIMER_SLACK, status="429")
        if self._failed is not None and (left := self._rest.left(dt_util.utcnow())):
            if isinstance(self._failed, ReaderBusyError):
                raise ReaderBusyError(retry_after=left + _TIMER_SLACK, status=self._failed.placeholders["status"])
            raise ReaderConnectionError(retry_after=left + _TIMER_SLACK)

    def insist(self, camera: Mapping[str, Any]) -> None:
        """Let a camera and the service be asked at once, because a person wants that; what it asked for still holds."""
        self.cameras.wake(camera)
        self._rest.reset()

    def reader(self, model: str | None = None) -> MeterReader:
        """Return what asks a model, or the account's usual one, for a dialog: no meter bears the cost."""
        return _ReaderOfModel(self, model)

    async def async_models(self) -> tuple[ModelChoice, ...]:
        """Return the models that can be chosen, none if they cannot be told just now; costs nothing."""
        if not self._models:
            await self.async_refresh()
        return tuple(model for model in self._models if model.lifecycle == "active")

    async def read(
        self,
        photo: PreparedPhoto,
        registers: Sequence[Register],
        *,
        model: str | None = None,
        stronger: bool = False,
    ) -> Look:
        """Make one paid call to a model, if none is named to the account's; raise ReaderError or AnswerError."""
        asked = model or (self._service.stronger_model if stronger else None) or self.model
        return await self._call(self._service.reader(asked).read(photo, registers))

    async def propose(self, photo: PreparedPhoto, language: str) -> Proposal:
        """Make one paid call about a meter that nobody has described yet; raise like `read`."""
        call = self._call(self._service.reader(self.model).propose(photo, language))
        return await self.spend_on("proposal", call)

    async def spend_on[T: (Look, Proposal)](self, asked: str, call: Coroutine[Any, Any, T]) -> T:
        """Have the account itself bear what a call costs, and tell the journal what was asked; raise like the call."""
        usage = error = None
        try:
            answer = await call
            usage = answer.usage
        except MeteringError as err:
            usage, error = err.usage, err.translation_key
            raise
        finally:
            if usage is not None:
                await self._spend(usage, entry_of_dialog(asked, usage, error, dt_util.utcnow()))
        return answer

    async def _spend(self, usage: Usage, entry: JournalEntry) -> None:
        try:
            await self._store.async_spend(usage, dt_util.now(), entry)
        except StoreError:
            _LOGGER.warning("What a dialog of %s has spent could not be written", self._entry.title, exc_info=True)
        for listener in self._listeners:
            listener()

    def _priced(self, usage: Usage) -> Usage:
        return replace(usage, cost=cost(usage, self.prices))

    async def _call[T: (Look, Proposal)](self, call: Coroutine[Any, Any, T]) -> T:
        """Make a paid call unless that would be in vain when its turn comes, and learn from how it ends."""
        try:
            async with self._calls:
                self.check()
                answer = await self._learnt(call)
        finally:
            call.close()
        self._rest.reset()
        async_follow_call(self._hass, self._entry, None)
        return answer if answer.usage is None else replace(answer, usage=self._priced(answer.usage))

    async def _learnt[T](self, call: Coroutine[Any, Any, T]) -> T:
        try:
            return await _in_time(call)
        except MeteringError as err:
            err.usage = None if err.usage is None else self._priced(err.usage)
            self._learn(err)
            async_follow_call(self._hass, self._entry, err)
            raise

    def _learn(self, err: MeteringError) -> None:
        """Remember what an error says about the next calls of every meter."""
        if isinstance(err, ReaderAuthError):
            self._key_refused = True
        if isinstance(err, ReaderBusyError) and err.retry_after is not None:
            err.retry_after = min(max(err.retry_after, SHORTEST_WAIT), LONGEST_WAIT)
            self._busy_until = dt_util.utcnow() + err.retry_after
        elif isinstance(err, ReaderBusyError | ReaderConnectionError):
            self._failed, err.retry_after = err, self._rest.failed(dt_util.utcnow()) + _TIMER_SLACK


async def _in_time[T](call: Coroutine[Any, Any, T]) -> T:
    try:
        async with asyncio.timeout(READ_TIMEOUT.total_seconds()):
            return await call
    except TimeoutError as err:
        raise ReaderConnectionError from err


@dataclass(frozen=True, slots=True)
class _ReaderOfModel:
    """A MeterReader that asks one model through an account."""

    account: Account
    model: str | None

    async def read(self, photo: PreparedPhoto, registers: Sequence[Register]) -> Look:
        """Make one paid call, or raise ReaderError or AnswerError."""
        return await self.account.spend_on("test_reading", self.account.read(photo, registers, model=self.model))
