"""How a register counts and is charged, as plain data that outlives the description it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Self
from zoneinfo import ZoneInfo

from .costs import CostBook
from .description import describe_register, parse_register
from .ledger_columns import Totals
from .models import MeterKind, Register
from .price_calendar import PriceCalendar
from .use import Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What makes the same readings another consumption or another cost."""

    kind: MeterKind
    register: Register
    zone: tzinfo
    """Of local time."""

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {"kind": self.kind.value, "zone": str(self.zone), "register": describe_register(self.register)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_data` gave; raise LayoutError, LookupError, OSError, TypeError or ValueError."""
        kind = MeterKind(data["kind"])
        return cls(kind=kind, register=parse_register(data["register"], kind), zone=ZoneInfo(data["zone"]))

    def costs(self, use: Use, totals: Totals) -> CostBook | None:
        """Return what the readings had cost on these terms; `use`: what was known of them."""
        tariff = self.register.tariff
        if tariff is None or use.start is None or use.currency != tariff.currency:
            return None
        return CostBook.resume(use.start, totals, PriceCalendar(tariff, self.zone))
