"""Tells a meter what its units cost, through the dialog."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from .client import Client
from .flows import FlowError

_FLOW: Final = "/api/config/config_entries/subentries/flow"


async def set_price(client: Client, entry_id: str, subentry_id: str, price: Decimal) -> None:
    """Give a meter a fixed price in euros for each of its units."""
    step = await begun(client, _FLOW, {"handler": [entry_id, "meter"], "subentry_id": subentry_id})
    await client.post(f"{_FLOW}/{step['flow_id']}", {"next_step_id": "tariff"})
    form = {"price": str(price), "more": {"currency": "EUR"}}
    done(await client.post(f"{_FLOW}/{step['flow_id']}", form))


async def begun(client: Client, flow: str, body: Mapping[str, Any]) -> Any:
    """Open a dialog, as soon as the account has taken up the change before."""
    for _ in range(300):
        if (step := await client.post(flow, body)).get("reason") != "entry_not_loaded":
            return step
        await asyncio.sleep(0.2)
    raise TimeoutError


def done(step: Mapping[str, Any]) -> None:
    """Raise FlowError unless a dialog has ended with what was to be changed."""
    if step["type"] != "abort" or step["reason"] != "reconfigure_successful":
        message = f"{step.get('step_id')} {step.get('errors')} {step.get('reason')}"
        raise FlowError(message)
