"""Makes the Claude client of an account."""

from __future__ import annotations

from typing import Final

import anthropic
from homeassistant.core import HomeAssistant
from homeassistant.helpers.httpx_client import get_async_client
import httpx2

from .metering.limited import LimitedTransport
from .metering.rehearsal import rehearse

DEFAULT_BASE_URL: Final = "https://api.anthropic.com"


async def async_create_client(
    hass: HomeAssistant, api_key: str, base_url: str | None = None
) -> anthropic.AsyncAnthropic:
    """Return a client that shares Home Assistant's connections, within limits; its constructor and first calls block.

    The address is always given: otherwise a variable in the environment could send the pictures elsewhere.
    """
    shared = get_async_client(hass)

    def create() -> anthropic.AsyncAnthropic:
        rehearse()
        return anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url or DEFAULT_BASE_URL,
            http_client=httpx2.AsyncClient(transport=LimitedTransport(shared), trust_env=False),
        )

    return await hass.async_add_executor_job(create)
