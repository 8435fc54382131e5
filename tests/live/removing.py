"""Scenarios of upkeep in which a meter and then the account are removed, with all that was kept of them."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from .entities import meter_entities
from .hand import ACCOUNT_ROW, METER_ROW
from .mending import ELECTRICITY, GAS, state_of
from .tended import Tended, UpkeepError

_LEAST = Decimal("0.1")
"""What the last drum of the electricity meter counts."""


async def add_meter_again(home: Tended) -> None:
    """A meter whose total is not its reading is removed, and goes on from there when it is added under its name."""
    meter = home.kept.meter_id(ELECTRICITY)
    total, reading = [Decimal(await state_of(home, ELECTRICITY, key)) for key in ("consumption", "reading")]
    if total == reading:
        message = f"{ELECTRICITY} shows its reading as its total, so nothing can be seen of what it goes on from"
        raise UpkeepError(message)
    await home.open_account()
    await home.hand.open_menu(METER_ROW, "Delete", of=ELECTRICITY)
    await home.hand.press("Delete")
    await home.kept.wait_until("no row of the meter is kept", lambda: not any(home.kept.rows_of(meter).values()))
    await home.show("electricity", str(reading + _LEAST))
    await home.open_account()
    await home.hand.page.get_by_text("Add meter", exact=True).first.click()
    await home.hand.enter_meter(ELECTRICITY, f"{home.simulator.cameras}/electricity/snapshot.jpg")
    await home.hand.press("Next")
    await home.hand.arrive("Is this your meter?")
    await home.hand.press("Next")
    await home.hand.arrive("First reading")
    await home.picture("added-again")
    await home.hand.press("Submit")
    await home.hand.arrive("Success")
    await home.done()
    await home.expect(ELECTRICITY, reading=str(reading + _LEAST), consumption=str(total + _LEAST), status="ok")
    if home.kept.meter_id(ELECTRICITY) != meter:
        message = f"{ELECTRICITY} has another id than before"
        raise UpkeepError(message)


async def remove_meter(home: Tended) -> None:
    """A meter goes with its entities, rows, pictures and open question; the others stay as they are."""
    await home.show("electricity", "1.1")
    await home.read(ELECTRICITY)
    await home.expect_issues("possible_new_meter")
    meter, other = home.kept.meter_id(ELECTRICITY), home.kept.meter_id(GAS)
    kept, pictures = home.kept.rows_of(meter), home.kept.pictures_of(meter)
    if not (kept["state"] and kept["reading"] and kept["journal"] and pictures):
        message = f"nothing to be removed of {ELECTRICITY}: {kept}, {pictures}"
        raise UpkeepError(message)
    await home.open_account()
    await home.hand.open_menu(METER_ROW, "Delete", of=ELECTRICITY)
    await home.picture("remove-meter")
    await home.hand.press("Delete")
    await home.expect_issues()
    await home.kept.wait_until("no row of the meter is kept", lambda: not any(home.kept.rows_of(meter).values()))
    await home.kept.wait_until("no picture of the meter is kept", lambda: not home.kept.pictures_of(meter))
    if ELECTRICITY in await meter_entities(home.demo.home.client):
        message = f"{ELECTRICITY} still has entities"
        raise UpkeepError(message)
    if not (home.kept.rows_of(other)["journal"] and home.kept.pictures_of(other)):
        message = f"{GAS} was removed with {ELECTRICITY}"
        raise UpkeepError(message)


async def damaged_file(home: Tended) -> None:
    """What was known was damaged while the account was off; the meters go on, and a person is told."""
    entry = home.kept.entry()["entry_id"]
    await home.demo.home.client.call("config_entries/disable", entry_id=entry, disabled_by="user")
    await asyncio.to_thread(home.kept.damage)
    await home.demo.home.client.call("config_entries/disable", entry_id=entry, disabled_by=None)
    await home.expect_issues("store_damaged")
    await home.open_repair("What Meter Vision knew about its meters was damaged")
    await home.picture("store-damaged")
    await home.hand.press("Submit")
    await home.expect_issues()


async def remove_account(home: Tended) -> None:
    """The account goes with its database, every picture and every question."""
    await home.show("gas", "2.000")
    await home.read(GAS)
    await home.expect_issues("possible_new_meter")
    await home.open_account()
    await home.hand.open_menu(ACCOUNT_ROW, "Delete")
    await home.picture("remove-account")
    await home.hand.press("Delete")
    await home.expect_issues()
    await home.kept.wait_until(
        "nothing is kept of the account", lambda: not home.kept.entry() and not home.kept.files()
    )
    if left := await meter_entities(home.demo.home.client):
        message = f"entities are left: {left}"
        raise UpkeepError(message)
