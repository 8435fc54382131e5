"""What a person has to decide about a meter: raised and withdrawn by what its state says, after every change to it."""

from __future__ import annotations

from functools import partial
from typing import Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .coordinator import MeterCoordinator
from .register_state import RegisterState, Status
from .runtime import MeterVisionConfigEntry

HELD_FOR_LONG: Final = "held_for_long"
POSSIBLE_NEW_METER: Final = "possible_new_meter"
CAMERA_GONE: Final = "camera_gone"

_QUESTION_OF_RULE: Final = {"needs_a_person": HELD_FOR_LONG, "possible_new_meter": POSSIBLE_NEW_METER}
_ERROR_OF_CAMERA_GONE: Final = "camera_missing"
_SEEN: Final = {Status.OK, Status.HELD, Status.REJECTED, Status.WAITING}
"""After anything else a question stays as it was: nothing has been seen that answers or asks it."""


@callback
def async_follow_meter(hass: HomeAssistant, entry: MeterVisionConfigEntry, coordinator: MeterCoordinator) -> None:
    """Ask what a meter's state asks, now and after every change to it."""
    follow = partial(_async_follow_state, hass, coordinator)
    entry.async_on_unload(coordinator.async_add_listener(follow))
    follow()


@callback
def async_forget_meters(hass: HomeAssistant, entry: MeterVisionConfigEntry) -> None:
    """Withdraw the questions about meters and registers that there are no more."""
    registers = {meter: _register_names(subentry) for meter, subentry in entry.subentries.items()}
    for issue in list(ir.async_get(hass).issues.values()):
        data = issue.data or {}
        if issue.domain != DOMAIN or issue.config_entry_id != entry.entry_id or "subentry_id" not in data:
            continue
        of_meter = registers.get(str(data["subentry_id"]))
        if of_meter is None or ("register" in data and data["register"] not in of_meter):
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


def _register_names(meter: ConfigSubentry) -> set[str]:
    """Return the names of a meter's registers; none of a meter whose description cannot be used."""
    try:
        return {data["name"] for data in meter.data["registers"]}
    except LookupError, TypeError:
        return set()


@callback
def _async_follow_state(hass: HomeAssistant, coordinator: MeterCoordinator) -> None:
    state = coordinator.data
    _async_set(hass, coordinator, CAMERA_GONE, asked=state.error == _ERROR_OF_CAMERA_GONE)
    for name, register in state.registers.items():
        if register.status not in _SEEN:
            continue
        question = _question(register)
        for key in (HELD_FOR_LONG, POSSIBLE_NEW_METER):
            _async_set(hass, coordinator, key, name, asked=key == question)


def _question(register: RegisterState) -> str | None:
    """Return what the latest verdict asks a person."""
    return _QUESTION_OF_RULE.get(register.rule or "") if register.status is Status.HELD else None


@callback
def _async_set(
    hass: HomeAssistant, coordinator: MeterCoordinator, key: str, register: str | None = None, *, asked: bool
) -> None:
    meter = coordinator.subentry
    issue_id = "_".join(filter(None, (key, meter.subentry_id, register)))
    if not asked:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    entry_id = coordinator.config_entry.entry_id
    data: dict[str, str | int | float | None] = {"entry_id": entry_id, "subentry_id": meter.subentry_id}
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        config_entry_id=entry_id,
        data=data if register is None else {**data, "register": register},
        is_fixable=True,
        # A picture that fails after a restart says nothing about what was held before it.
        is_persistent=True,
        severity=ir.IssueSeverity.ERROR if register is None else ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"meter": full_name(coordinator, register)},
    )


def full_name(coordinator: MeterCoordinator, register: str | None) -> str:
    """Return the meter's name, with the register's if it has several."""
    several = register is not None and len(coordinator.registers) > 1
    return f"{coordinator.subentry.title}, {register}" if several else coordinator.subentry.title
