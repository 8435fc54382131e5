"""What an account keeps while it is set up."""

from __future__ import annotations

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .account import Account
from .coordinator import MeterCoordinator
from .exporter import Exporter
from .state_store import StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeData:
    """The account, one coordinator for each meter by subentry id, and what exports if anything does."""

    account: Account
    store: StateStore
    coordinators: dict[str, MeterCoordinator]
    exporter: Exporter | None = None


type MeterVisionConfigEntry = ConfigEntry[RuntimeData]
