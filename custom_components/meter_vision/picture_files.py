"""The small pictures of the journal as files: named by meter and time, outside of the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
import logging
from pathlib import Path
import re
from shutil import move, rmtree
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from PIL import Image

from .const import CONF_PICTURES_IN_BACKUP, DOMAIN
from .record import KeptPicture

_LOGGER: Final = logging.getLogger(__package__)
_NAME: Final = re.compile(r"[A-Za-z0-9]+-\d{8}T\d{12}\.jpg")
"""What a name looks like; anything else is none of ours, whoever asks for it."""
_SIDE: Final = 640
_QUALITY: Final = 75


class PictureFiles:
    """The folder of one account. Everything here blocks."""

    def __init__(self, folder: Path, other: Path) -> None:
        """Prepare; the folder is made with the first picture. `other` is where it was before the option changed."""
        self._folder = folder
        self._other = other

    @classmethod
    def of(cls, hass: HomeAssistant, entry: ConfigEntry) -> PictureFiles:
        """Return an account's folder, in the cache if its pictures are to be left out of backups."""
        parts = (DOMAIN, entry.entry_id)
        backed_up, cache = Path(hass.config.path(*parts)), Path(hass.config.cache_path(*parts))
        in_backup = entry.options.get(CONF_PICTURES_IN_BACKUP, True)
        return cls(backed_up, cache) if in_backup else cls(cache, backed_up)

    def keep(self, meter: str, taken_at: datetime, picture: bytes) -> KeptPicture | None:
        """Write a small copy of a JPEG, or return None where the disk does not take it: a reading is worth more."""
        name = _name(meter, taken_at)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            small = _small(picture)
            (self._folder / name).write_bytes(small)
        except OSError as err:
            _LOGGER.warning("The picture %s could not be kept: %s", name, err)
            return None
        return KeptPicture(name=name, size=len(small))

    def kept(self, meter: str, taken_at: datetime) -> bytes | None:
        """Return the copy of a picture, None if there is none."""
        path = self.path(_name(meter, taken_at))
        try:
            return None if path is None else path.read_bytes()
        except OSError:
            return None

    def path(self, name: str) -> Path | None:
        """Return where a picture is, None if there is none of that name."""
        if _NAME.fullmatch(name) is None:
            return None
        path = self._folder / name
        return path if path.is_file() else None

    def delete(self, names: Iterable[str]) -> None:
        """Delete pictures that are there."""
        for name in names:
            if (path := self.path(name)) is not None:
                path.unlink(missing_ok=True)

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every picture that is not among these."""
        if self._folder.is_dir():
            self.delete(path.name for path in self._folder.iterdir() if path.name not in names)

    def gather(self) -> None:
        """Bring the pictures here that were kept elsewhere before the option changed."""
        if not self._other.is_dir():
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for path in self._other.iterdir():
                if _NAME.fullmatch(path.name) is not None:
                    move(path, self._folder / path.name)
        except OSError as err:
            _LOGGER.warning("The pictures in %s could not be moved to %s: %s", self._other, self._folder, err)
        else:
            _remove(self._other)

    def remove(self) -> None:
        """Delete the folder, wherever it is."""
        for folder in (self._folder, self._other):
            _remove(folder)


def _name(meter: str, taken_at: datetime) -> str:
    return f"{meter}-{taken_at.astimezone(UTC):%Y%m%dT%H%M%S%f}.jpg"


def _remove(folder: Path) -> None:
    rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # that of another account is in it, or there is none
        folder.parent.rmdir()


def _small(picture: bytes) -> bytes:
    with Image.open(BytesIO(picture)) as image:
        image.draft("RGB", (_SIDE, _SIDE))
        image.thumbnail((_SIDE, _SIDE))
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=_QUALITY)
        return buffer.getvalue()
