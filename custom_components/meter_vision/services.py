"""Actions: read a meter now, and say what stands on it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
import homeassistant.util.dt as dt_util
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from .backfill import async_export_past
from .const import DOMAIN
from .meter_state import Change
from .metering.errors import MeteringError
from .metering.models import Reading, Register
from .metering.typed import parse_value
from .record import entry_of_person
from .register_state import RegisterState
from .store.models import Kind

if TYPE_CHECKING:
    from .coordinator import MeterCoordinator
    from .runtime import MeterVisionConfigEntry

SERVICE_READ_NOW: Final = "read_now"
SERVICE_SET_READING: Final = "set_reading"
SERVICE_CORRECT_READING: Final = "correct_reading"
SERVICE_RETRACT_READING: Final = "retract_reading"
SERVICE_EXPORT_HISTORY: Final = "export_history"
ATTR_VALUE: Final = "value"
ATTR_TIME: Final = "time"
ATTR_NEW_METER: Final = "new_meter"
ATTR_REGISTER: Final = "register"
ATTR_START: Final = "start"
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)

_READ_NOW_SCHEMA: Final = cv.make_entity_service_schema({})
_SET_READING_SCHEMA: Final = cv.make_entity_service_schema(
    {
        vol.Required(ATTR_VALUE): cv.string,
        vol.Optional(ATTR_TIME): cv.datetime,
        vol.Optional(ATTR_NEW_METER, default=False): cv.boolean,
        vol.Optional(ATTR_REGISTER): cv.string,
    }
)
_CORRECT_READING_SCHEMA: Final = cv.make_entity_service_schema(
    {
        vol.Required(ATTR_VALUE): cv.string,
        vol.Optional(ATTR_TIME): cv.datetime,
        vol.Optional(ATTR_REGISTER): cv.string,
    }
)
_RETRACT_READING_SCHEMA: Final = cv.make_entity_service_schema(
    {vol.Optional(ATTR_TIME): cv.datetime, vol.Optional(ATTR_REGISTER): cv.string}
)

_EXPORT_HISTORY_SCHEMA: Final = cv.make_entity_service_schema({vol.Optional(ATTR_START): cv.datetime})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN, SERVICE_READ_NOW, _async_read_now, _READ_NOW_SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )
    hass.services.async_register(DOMAIN, SERVICE_SET_READING, _async_set_reading, _SET_READING_SCHEMA)
    hass.services.async_register(DOMAIN, SERVICE_CORRECT_READING, _async_correct_reading, _CORRECT_READING_SCHEMA)
    hass.services.async_register(DOMAIN, SERVICE_RETRACT_READING, _async_retract_reading, _RETRACT_READING_SCHEMA)
    hass.services.async_register(
        DOMAIN,
        SERVICE_EXPORT_HISTORY,
        _async_export_history,
        _EXPORT_HISTORY_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_read_now(call: ServiceCall) -> ServiceResponse:
    """Read every meter of the target at once, then raise the first failure if there was any."""
    coordinators = _coordinators(call)
    ends = await asyncio.gather(
        *(coordinator.async_read_now() for coordinator in coordinators.values()), return_exceptions=True
    )
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    if not call.return_response:
        return None
    return {"meters": {device: _answer(coordinator) for device, coordinator in coordinators.items()}}


async def _async_set_reading(call: ServiceCall) -> None:
    """Make a typed value the trusted reading of one register."""
    coordinator, register = _one_register(call)
    new_meter = call.data[ATTR_NEW_METER]

    def change(state: RegisterState) -> RegisterState:
        reading = Reading(value=parse_value(call.data[ATTR_VALUE], register), time=time)
        return state.corrected(reading, register, new_meter=new_meter)

    time = _time(call)
    await _async_change(coordinator, register, change, Kind.NEW_METER if new_meter else Kind.SET, time)


async def _async_correct_reading(call: ServiceCall) -> None:
    """Give the reading that stood at a time its true value."""
    coordinator, register = _one_register(call)

    def change(state: RegisterState) -> RegisterState:
        value = parse_value(call.data[ATTR_VALUE], register)
        return state.amended(state.ledger.correct(value, time, register), register).settled()

    time = _time(call)
    await _async_change(coordinator, register, change, Kind.CORRECT, time)


async def _async_retract_reading(call: ServiceCall) -> None:
    """Take back the reading that stood at a time."""
    coordinator, register = _one_register(call)

    def change(state: RegisterState) -> RegisterState:
        return state.amended(state.ledger.retract(time, register), register)

    time = _time(call)
    await _async_change(coordinator, register, change, Kind.RETRACT, time)


async def _async_export_history(call: ServiceCall) -> ServiceResponse:
    """Queue what is known of the past of the target's meters, and say how many points that are."""
    start = call.data.get(ATTR_START)
    since = _EVER if start is None else dt_util.as_utc(start)
    coordinators = _coordinators(call)
    exporters = {device: of.config_entry.runtime_data.exporter for device, of in coordinators.items()}
    if None in exporters.values():
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="export_not_set_up")
    points: dict[str, JsonValueType] = {
        device: await async_export_past(coordinator, exporter, since)
        for device, coordinator in coordinators.items()
        if (exporter := exporters[device]) is not None
    }
    return {"points": points} if call.return_response else None


def _one_register(call: ServiceCall) -> tuple[MeterCoordinator, Register]:
    """Return the register that an action speaks of; of several it has to name one."""
    coordinators = list(_coordinators(call).values())
    if len(coordinators) != 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_meter_only")
    coordinator = coordinators[0]
    named = call.data.get(ATTR_REGISTER)
    found = [
        register
        for register in coordinator.registers.values()
        if named is None or register.name.casefold() == named.casefold()
    ]
    if len(found) != 1:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="one_register_only",
            translation_placeholders={"registers": ", ".join(coordinator.registers)},
        )
    return coordinator, found[0]


def _time(call: ServiceCall) -> datetime:
    """Return the time an action speaks of, now if it names none."""
    now = dt_util.utcnow()
    time = dt_util.as_utc(call.data.get(ATTR_TIME, now))
    if time > now:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="time_in_future")
    return time


async def _async_change(
    coordinator: MeterCoordinator, register: Register, change: Change, kind: Kind, time: datetime
) -> None:
    try:
        await coordinator.async_correct(
            register.name,
            change,
            lambda state: [
                entry_of_person(kind, register, state.registers[register.name], time=time, now=dt_util.utcnow())
            ],
        )
    except MeteringError as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key=err.translation_key, translation_placeholders=err.placeholders
        ) from err


def _answer(coordinator: MeterCoordinator) -> dict[str, Any]:
    """Return what a read came to; where a meter has several registers, what it came to for each."""
    registers = coordinator.data.registers
    answers = {name: _answer_of_register(coordinator.registers[name], state) for name, state in registers.items()}
    name = coordinator.subentry.title
    return {"name": name, "registers": answers} if len(answers) > 1 else {"name": name, **next(iter(answers.values()))}


def _answer_of_register(register: Register, state: RegisterState) -> dict[str, Any]:
    """Return what is known of a register; numbers as text, so that no digit is lost."""
    return {
        "status": state.status.value,
        "rule": state.rule,
        "confidence": state.confidence,
        "reading": str(state.last.value),
        "unit": register.unit,
        "time": state.last.time.isoformat(),
        "consumption": str(state.consumption),
        "consumption_unit": state.unit,
    }


def _coordinators(call: ServiceCall) -> dict[str, MeterCoordinator]:
    """Return the target's meters by device id, or raise ServiceValidationError."""
    selected = async_extract_referenced_entity_ids(call.hass, TargetSelection(call.data))
    entities = er.async_get(call.hass)
    entries = map(entities.async_get, selected.referenced | selected.indirectly_referenced)
    of_entities = {entry.device_id for entry in entries if entry is not None and entry.device_id is not None}
    coordinators = {}
    for device_id in sorted(selected.referenced_devices | of_entities):
        if (coordinator := _coordinator(call.hass, device_id)) is not None:
            coordinators[device_id] = coordinator
    if not coordinators:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="meter_not_found")
    return coordinators


def _coordinator(hass: HomeAssistant, device_id: str) -> MeterCoordinator | None:
    """Return the meter behind a device, None if it is none of ours."""
    device = dr.async_get(hass).async_get(device_id)
    if device is None or device.config_entry_id is None:
        return None
    entry: MeterVisionConfigEntry | None = hass.config_entries.async_get_entry(device.config_entry_id)
    if entry is None or entry.domain != DOMAIN:
        return None
    if entry.state is not ConfigEntryState.LOADED:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="account_not_loaded")
    return entry.runtime_data.coordinators.get(device.config_subentry_id or "")
