"""The journal in the media browser: account, day, meter, picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final, override

from homeassistant.components.media_player import BrowseError, MediaClass, MediaType
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaImage,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
import homeassistant.util.dt as dt_util

from .const import DOMAIN
from .journal_picture import async_find, loaded_account, picture_address
from .prepared_media import offered_picture
from .runtime import MeterVisionConfigEntry
from .store.models import JournalRow, Kind

_JPEG: Final = "image/jpeg"
_DAY: Final = timedelta(days=1)
_PARTS: Final = 4
"""Of a picture's identifier: account, day, meter, id of the row."""


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return the journals of all accounts that are set up."""
    return JournalMediaSource(hass)


class JournalMediaSource(MediaSource):
    """Pictures of meters by local day, the latest first."""

    name = "Meter Vision"

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin; the journals are asked each time."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the address of a picture, which Home Assistant signs."""
        parts = item.identifier.split("/")
        found = await async_find(self.hass, parts[0], parts[-1]) if len(parts) == _PARTS else None
        if found is None or found[0].meter != parts[2]:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="picture_not_found")
        row, path = found
        return PlayMedia(picture_address(parts[0], row.id), _JPEG, path=path)

    @override
    async def async_get_media_image(self, item: MediaSourceItem) -> MediaImage | None:
        """Return the content of a picture that is on its way to an AI Task entity, None for any other."""
        picture = offered_picture(self.hass, item.identifier)
        return None if picture is None else MediaImage(content=picture, mime_type=_JPEG)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return one level; with a single account, its days are the first."""
        parts = item.identifier.split("/") if item.identifier else []
        accounts: list[MeterVisionConfigEntry] = self.hass.config_entries.async_loaded_entries(DOMAIN)
        if not parts:
            children = await self._days(accounts[0]) if len(accounts) == 1 else list(map(_account, accounts))
            return _folder(None, "Meter Vision", children)
        entry, day = loaded_account(self.hass, parts[0]), _day(parts[1]) if len(parts) > 1 else None
        match parts[1:]:
            case [] if entry is not None:
                return _folder(entry.entry_id, entry.title, await self._days(entry))
            case [_] if entry is not None and day is not None:
                return _folder("/".join(parts), day.isoformat(), await self._meters(entry, day))
            case [_, meter] if entry is not None and day is not None and meter in entry.subentries:
                pictures = await self._pictures(entry, day, meter)
                return _folder("/".join(parts), entry.subentries[meter].title, pictures, of=MediaClass.IMAGE)
        raise BrowseError(translation_domain=DOMAIN, translation_key="picture_not_found")

    async def _days(self, entry: MeterVisionConfigEntry) -> list[BrowseMediaSource]:
        database = entry.runtime_data.store.database
        days = await self.hass.async_add_executor_job(database.journal_days, dt_util.get_default_time_zone())
        return [_folder(f"{entry.entry_id}/{day}", day.isoformat()) for day in days]

    async def _meters(self, entry: MeterVisionConfigEntry, day: date) -> list[BrowseMediaSource]:
        database = entry.runtime_data.store.database
        there = await self.hass.async_add_executor_job(database.journal_meters, *_span(day))
        meters = sorted(
            (m for m in entry.subentries.values() if m.subentry_id in there), key=lambda m: m.title.casefold()
        )
        return [_folder(f"{entry.entry_id}/{day}/{meter.subentry_id}", meter.title) for meter in meters]

    async def _pictures(self, entry: MeterVisionConfigEntry, day: date, meter: str) -> list[BrowseMediaSource]:
        database = entry.runtime_data.store.database
        rows = await self.hass.async_add_executor_job(database.journal, meter, *_span(day))
        words = await async_words(self.hass)
        coordinator = entry.runtime_data.coordinators.get(meter)
        units = {name: register.unit for name, register in coordinator.registers.items()} if coordinator else {}
        return [
            BrowseMediaSource(
                domain=DOMAIN,
                identifier=f"{entry.entry_id}/{day}/{meter}/{of_picture[0].id}",
                media_class=MediaClass.IMAGE,
                media_content_type=_JPEG,
                title=_title_of_picture(of_picture, units, words),
                can_play=True,
                can_expand=False,
                thumbnail=picture_address(entry.entry_id, of_picture[0].id),
            )
            for of_picture in reversed(_by_picture(rows))
        ]


async def async_words(hass: HomeAssistant) -> dict[str, str]:
    """Return the words for what the journal tells, in the language of the system."""
    prefix = f"component.{DOMAIN}.common."
    texts = await async_get_translations(hass, hass.config.language, "common", [DOMAIN])
    return {key.removeprefix(prefix): text for key, text in texts.items()}


def _account(entry: MeterVisionConfigEntry) -> BrowseMediaSource:
    return _folder(entry.entry_id, entry.title)


def _folder(
    identifier: str | None,
    title: str,
    children: list[BrowseMediaSource] | None = None,
    *,
    of: str = MediaClass.DIRECTORY,
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.IMAGE,
        title=title,
        can_play=False,
        can_expand=True,
        children=children,
        children_media_class=of,
    )


def _day(text: str) -> date | None:
    """Return a day from an identifier; only the one way of writing it is taken."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text and date.min < day < date.max else None


def _span(day: date) -> tuple[datetime, datetime]:
    """Return the begin and the end of a local day."""
    return dt_util.start_of_local_day(day), dt_util.start_of_local_day(day + _DAY)


def _by_picture(rows: Iterable[JournalRow]) -> list[list[JournalRow]]:
    """Return the rows of each picture; several registers share one."""
    pictures: dict[str, list[JournalRow]] = {}
    for row in rows:
        if row.entry.picture is not None:
            pictures.setdefault(row.entry.picture, []).append(row)
    return list(pictures.values())


def _title_of_picture(rows: list[JournalRow], units: Mapping[str, str], words: Mapping[str, str]) -> str:
    """Return for example `14:30 · 530.0708 m³ · accepted`, with the register's name if there are several."""
    parts = [f"{dt_util.as_local(rows[0].entry.time):%H:%M}"]
    for row in rows:
        entry = row.entry
        word = words.get(str(entry.outcome), str(entry.outcome))
        name = entry.register if len(units) > 1 and entry.kind is not Kind.FAILURE else ""
        value = "" if entry.value is None else f"{entry.value} {units.get(entry.register, '')}"
        parts += [text for text in (f"{name} {value}".strip(), word) if text]
    return " · ".join(parts)
