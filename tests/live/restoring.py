"""Scenarios of upkeep in which a backup is made and put back, in the place that Home Assistant has for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import aiohttp

from .changing import open_options
from .client import AnswerError
from .folder import DOMAIN
from .mending import ELECTRICITY, GAS, state_of
from .tended import Tended, UpkeepError

_BACKUPS: Final = "/config/backup"
_USED: Final = Decimal("0.1")
"""What is used after the backup: no more than can be used meanwhile."""
_TRIES: Final = 600
_PAUSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the meters: settings, totals, rows and pictures."""

    entry: dict[str, Any]
    totals: list[str]
    rows: list[dict[str, int]]
    pictures: list[list[str]]


async def restore_backup(home: Tended) -> None:
    """All stands as it stood in the backup, and the next look goes on from there."""
    then = await _known(home, anew=True)
    await _back_up(home)
    later = await _read_on(home)
    await _put_back(home, "restore")
    now = await _known(home)
    if now != then:
        message = f"the backup was made of {then}, and put back was {now}"
        raise UpkeepError(message)
    await _expect_going_on(home, later)


async def restore_without_pictures(home: Tended) -> None:
    """The same, from a backup that holds no pictures: none of those before is left, and the journal is."""
    await open_options(home, "Journal and pictures")
    await home.hand.switch("Pictures in backups")
    await home.hand.press("Submit")
    await home.done()
    await home.kept.wait_until(
        "the choice is kept", lambda: not home.kept.entry()["options"].get("pictures_in_backup", True)
    )
    then = await _known(home, anew=True)
    await _back_up(home)
    later = await _read_on(home)
    await _put_back(home, "restore-without-pictures")
    now = await _known(home)
    if not all(then.pictures) or now != _Known(then.entry, then.totals, then.rows, pictures=[[], []]):
        message = f"the backup without pictures was made of {then}, and put back was {now}"
        raise UpkeepError(message)
    await _expect_going_on(home, later)


async def _known(home: Tended, *, anew: bool = False) -> _Known:
    """Return what is known, `anew`: once each meter was read, so that none is due soon."""
    for meter in (ELECTRICITY, GAS) if anew else ():
        await home.read(meter)
        await home.expect(meter, status="ok")
    totals = [await state_of(home, meter, "consumption") for meter in (ELECTRICITY, GAS)]
    ids = [home.kept.meter_id(meter) for meter in (ELECTRICITY, GAS)]
    rows, pictures = [home.kept.rows_of(each) for each in ids], [home.kept.pictures_of(each) for each in ids]
    return _Known(home.kept.entry(), totals, rows, pictures)


async def _back_up(home: Tended) -> None:
    """Make a backup, with what Home Assistant recommends if it does not know yet how."""
    client = home.demo.home.client
    known = len(await _backups(home))
    settings = (await client.call("backup/config/info"))["config"]
    await home.hand.browser.open(_BACKUPS)
    await home.hand.page.get_by_text("Backup now", exact=True).first.click()
    await home.hand.browser.settle()
    if settings["automatic_backups_configured"]:
        await home.hand.choose("Automatic backup")
    else:
        await home.hand.press("Next")
        await home.hand.press("Next")
        await home.hand.choose("Recommended")
    for _ in range(_TRIES):
        if len(await _backups(home)) > known:
            return
        await asyncio.sleep(_PAUSE)
    message = "no backup was made"
    raise UpkeepError(message)


async def _backups(home: Tended) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await home.demo.home.client.call("backup/info"))["backups"]
    return found


async def _read_on(home: Tended) -> str:
    """Let something be used and read; return what stands on the meter then."""
    shown = str(Decimal(await state_of(home, ELECTRICITY, "reading")) + _USED)
    await home.show("electricity", shown)
    await home.read(ELECTRICITY)
    await home.expect(ELECTRICITY, reading=shown, status="ok")
    return shown


async def _put_back(home: Tended, picture: str) -> None:
    """Choose the latest backup and all that is in it, and wait until Home Assistant has started again."""
    await home.hand.browser.open(f"{_BACKUPS}/backups")
    await home.hand.page.get_by_text("Automatic backup").first.click()
    await home.hand.arrive("Select what to restore")
    await home.hand.choose("Home Assistant")
    await home.hand.press("Restore")
    await home.picture(picture)
    await home.hand.press("Restore")
    for there in (False, True):
        for _ in range(_TRIES):
            if await _is_there(home) is there:
                break
            await asyncio.sleep(_PAUSE)
        else:
            message = "Home Assistant has not put the backup back"
            raise UpkeepError(message)


async def _is_there(home: Tended) -> bool:
    try:
        (entry,) = await home.demo.home.client.call("config_entries/get", domain=DOMAIN)
    except AnswerError, aiohttp.ClientError, TypeError, ValueError:
        return False
    return bool(entry["state"] == "loaded")


async def _expect_going_on(home: Tended, shown: str) -> None:
    """Read what was used after the backup, from the one look that tells of it, and the other meter."""
    for meter in (ELECTRICITY, GAS):
        await home.read(meter)
        await home.expect(meter, status="ok")
    await home.expect(ELECTRICITY, reading=shown)
