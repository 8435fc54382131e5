"""What an account keeps while it is set up."""

from __future__ import annotations

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .account import Account
from .coordinator import MeterCoordinator
from .state_store import StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeData:
    """The account and one coordinator for each meter, by subentry id."""

    account: Account
    store: StateStore
    coordinators: dict[str, MeterCoordinator]


type MeterVisionConfigEntry = ConfigEntry[RuntimeData]
