"""What stays of a meter that was removed: enough to go on if it is added again under its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import logging
from types import MappingProxyType
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_METER_ID, SUBENTRY_METER
from .meter_state import MeterState
from .metering.ledger import Ledger
from .metering.memory import JudgeState
from .metering.packed import to_number
from .register_state import RegisterState, Status
from .state_data import UNUSABLE, parse_state, plain_state
from .store.account_store import METERS, REMOVED, AccountStore
from .store.models import KeptReading
from .versions import is_too_new

_LOGGER: Final = logging.getLogger(__package__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedMeter:
    """A meter that is gone: by what it is known again, and its registers with their last reading and total."""

    identity: Mapping[str, Any]
    state: MeterState | None
    """None of one that was never read."""

    @classmethod
    def of(cls, identity: Mapping[str, Any], state: MeterState | None) -> Self:
        """Return what stays of a meter; what it has spent is the account's from now on."""
        if state is None:
            return cls(identity=identity, state=None)
        registers = {name: _left(register) for name, register in state.registers.items()}
        return cls(identity=identity, state=MeterState(registers=registers))

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {"identity": dict(self.identity), "state": None if self.state is None else plain_state(self.state)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave; raise one of UNUSABLE for anything else."""
        state = data["state"]
        if state is not None:
            last = {name: _kept(register["last"]) for name, register in state["registers"].items()}
            state = parse_state(state, last)
        return cls(identity=dict(data["identity"]), state=state)

    def is_again(self, meter: ConfigSubentry) -> bool:
        """Return whether a new meter is this one: by its name, its kind and the names of its registers."""
        return _comparable(self.identity) == _comparable(identity_of(meter))


class RemovedMeters:
    """The meters of an account that are gone, by the ids they had. Blocks."""

    def __init__(self, database: AccountStore) -> None:
        """Read what stays of them, and how those were called that there are."""
        self._database = database
        self._called = database.of_account(METERS)
        self.meters: dict[str, RemovedMeter] = {}
        for meter, plain in database.of_account(REMOVED).items():
            try:
                self.meters[meter] = RemovedMeter.from_data(plain)
            except UNUSABLE:
                _LOGGER.warning("What was kept of a meter that was removed cannot be used")

    def state_of(self, meter: str) -> MeterState | None:
        """Return the state that a meter goes on from which was gone."""
        return self.meters[meter].state if meter in self.meters else None

    def add(self, meter: str, state: MeterState | None) -> None:
        """Note that a meter is gone; one of which nobody knows how it was called cannot come back."""
        self.meters.pop(meter, None)  # the one that was removed last stands at the end
        identity = self._called.get(meter)
        if isinstance(identity, dict):
            self.meters[meter] = RemovedMeter.of(identity, state)

    def add_never_read(self, there: Collection[str]) -> None:
        """Note which meters are gone of which there was no state."""
        for meter in self._called.keys() - set(there) - self.meters.keys():
            self.add(meter, None)

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {meter: removed.to_data() for meter, removed in self.meters.items()}

    def keep(self, called: Mapping[str, Any]) -> None:
        """Keep all of it, with how the meters are called now, for one that is gone tells it no more."""
        kept = {METERS: called, REMOVED: self.to_data()}
        if changed := {name: data for name, data in kept.items() if self._database.of_account(name) != data}:
            self._database.keep_of_account(changed)


def identity_of(meter: ConfigSubentry) -> dict[str, Any]:
    """Return as JSON data by what a meter is known again once it is gone."""
    try:
        registers = [register["name"] for register in meter.data["registers"]]
    except LookupError, TypeError:
        registers = []
    return {
        "name": meter.title,
        "kind": meter.data.get("kind"),
        "registers": registers,
        CONF_METER_ID: meter.data.get(CONF_METER_ID),
    }


def _comparable(identity: Mapping[str, Any]) -> tuple[Any, ...]:
    return str(identity.get("name")).casefold(), identity.get("kind"), identity.get("registers")


@callback
def async_take_back(
    hass: HomeAssistant, entry: ConfigEntry, removed: Mapping[str, RemovedMeter], read: Collection[str]
) -> None:
    """Give each new meter that was there before its id back, and so its entities with their ids, names and areas.

    `read` are the meters that have a state of their own.
    """
    for meter in entry.get_subentries_of_type(SUBENTRY_METER):
        if meter.subentry_id in read or meter.subentry_id in removed or is_too_new(meter):
            continue
        # Of several that had the name, the one that was removed last.
        former = next((key for key, one in reversed([*removed.items()]) if one.is_again(meter)), None)
        if former is None or former in entry.subentries:
            continue
        short_name = removed[former].identity.get(CONF_METER_ID)
        data = {**meter.data, **({CONF_METER_ID: short_name} if short_name else {})}
        again = ConfigSubentry(
            data=MappingProxyType(data),
            subentry_id=former,
            subentry_type=SUBENTRY_METER,
            title=meter.title,
            unique_id=meter.unique_id,
        )
        hass.config_entries.async_remove_subentry(entry, meter.subentry_id)
        hass.config_entries.async_add_subentry(entry, again)
        _LOGGER.info("%s goes on from where it was when it was removed", meter.title)


def _left(register: RegisterState) -> RegisterState:
    """Return a register of which only the last reading is known, with the total and the costs at it."""
    return replace(
        register,
        ledger=Ledger.begin(register.last, register.consumption),
        judge=JudgeState().anchored(register.last),
        repair_from=None,
        status=Status.WAITING,
        rule=None,
        error=None,
        confidence=None,
        use=replace(register.use, start=register.use.last, costs=None),
    )


def _kept(last: Mapping[str, str]) -> list[KeptReading]:
    return [KeptReading(to_number(datetime.fromisoformat(last["time"])), last["value"], trusted=True)]
