"""By what Home Assistant knows the entities of a meter again."""

from __future__ import annotations

from .metering.models import MAIN


def unique_id(meter: str, key: str, register: str = MAIN) -> str:
    """Return the unique id of an entity of a meter, or of one register of several."""
    return f"{meter}_{key}" if register == MAIN else f"{meter}_{register}_{key}"
