"""Makes the Claude client of an account."""

from __future__ import annotations

from functools import partial
from typing import Final

import anthropic
from homeassistant.core import HomeAssistant
from homeassistant.helpers.httpx_client import get_async_client

DEFAULT_BASE_URL: Final = "https://api.anthropic.com"


async def async_create_client(
    hass: HomeAssistant, api_key: str, base_url: str | None = None
) -> anthropic.AsyncAnthropic:
    """Return a client that shares Home Assistant's connections; made in the executor, for the constructor blocks.

    The address is always given: otherwise a variable in the environment could send the pictures elsewhere.
    """
    return await hass.async_add_executor_job(
        partial(
            anthropic.AsyncAnthropic,
            api_key=api_key,
            base_url=base_url or DEFAULT_BASE_URL,
            http_client=get_async_client(hass),
        )
    )
