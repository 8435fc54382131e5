"""Serves the pictures of the journal to whoever may see Home Assistant's media."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
import re
from typing import Final

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .runtime import MeterVisionConfigEntry
from .store.models import JournalRow

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
"""What an id of the journal looks like; SQLite takes no larger ones."""
_HEADERS: Final = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


class JournalPictureView(HomeAssistantView):
    """Gives out a picture by the id of a row, to those who are logged in or hold a signed address."""

    url = f"/api/{DOMAIN}/journal/{{entry_id}}/{{number}}.jpg"
    name = f"api:{DOMAIN}:journal_picture"

    async def get(self, request: web.Request, entry_id: str, number: str) -> web.StreamResponse:
        """Return the JPEG, or 404 if there is none any more."""
        found = await async_find(request.app[KEY_HASS], entry_id, number)
        if found is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.FileResponse(found[1], headers=_HEADERS)


def picture_address(entry_id: str, number: int) -> str:
    """Return the path under which the view gives out the picture of a row."""
    return f"/api/{DOMAIN}/journal/{entry_id}/{number}.jpg"


def loaded_account(hass: HomeAssistant, entry_id: str) -> MeterVisionConfigEntry | None:
    """Return an account that is set up."""
    accounts: list[MeterVisionConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return next((entry for entry in accounts if entry.entry_id == entry_id), None)


async def async_find(hass: HomeAssistant, entry_id: str, number: str) -> tuple[JournalRow, Path] | None:
    """Return a row of the journal with the file of its picture, None if either is missing."""
    entry = loaded_account(hass, entry_id)
    if entry is None or _NUMBER.fullmatch(number) is None:
        return None
    store = entry.runtime_data.store

    def find() -> tuple[JournalRow, Path] | None:
        row = store.database.journal_row(int(number))
        path = None if row is None or row.entry.picture is None else store.pictures.path(row.entry.picture)
        return None if row is None or path is None else (row, path)

    return await hass.async_add_executor_job(find)
