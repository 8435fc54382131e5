"""A disk that is full for a while: what is read, what is verified and what a dialog spends is kept afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from freezegun import freeze_time
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.metering.models import Usage
from custom_components.meter_vision.record import entry_of_dialog

from .house import START, House
from .recorded import Statistics, begin

pytestmark = pytest.mark.usefixtures("recorder_mock")


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile by itself, by its own clock."""
    return True


@pytest.fixture
def recorder_config() -> Iterator[None]:
    """Start the recorder at the time at which the tests begin."""
    with freeze_time(START, tick=True):
        yield


def fill(house: House, *, full: bool) -> None:
    """Let SQLite refuse every write, as where there is no room or no right to write, or not."""
    house.entry.runtime_data.store.database._connection.execute(f"PRAGMA query_only = {full:d}")


def reported(house: House) -> bool:
    return ir.async_get(house.hass).async_get_issue(DOMAIN, f"store_unwritable_{house.entry.entry_id}") is not None


async def test_what_was_verified_is_written_when_there_is_room_again(house: House) -> None:
    statistics = Statistics(house)
    await house.set_up("water", pref_disable_polling=True)
    await begin(statistics)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    assert statistics.pending is not None, "after a start all rows are doubted"
    fill(house, full=True)
    await statistics.until(72)
    assert statistics.pending is not None, "what could not be written is still to be done"
    assert reported(house)
    fill(house, full=False)
    await statistics.until(92)
    assert statistics.pending is None
    assert not reported(house)


async def test_a_look_shows_nothing_new_and_the_next_one_goes_on(house: House) -> None:
    await house.set_up("water")
    fill(house, full=True)
    house.show("water", "530.3000")
    await house.pass_time()
    assert (house.total(), house.status()) == ("530.0708", ("reader_error", "store_failed"))
    assert reported(house)
    fill(house, full=False)
    await house.pass_time()
    assert (house.total(), house.status()) == ("530.3000", ("ok", None))
    assert not reported(house)


async def test_what_a_dialog_spends_counts_all_the_same(house: House) -> None:
    await house.set_up("water")
    account, store = house.entry.runtime_data.account, house.entry.runtime_data.store
    before = account.spent
    fill(house, full=True)
    usage = Usage(model="claude-haiku-5-5", input_tokens=1, output_tokens=1, cost=Decimal(1))
    entry = entry_of_dialog("proposal", usage, None, START)
    await account._spend(usage, entry)
    assert account.spent == before + 1
    assert reported(house)
    fill(house, full=False)
    await account._spend(usage, entry)
    assert not reported(house)
    assert Decimal(store.database.of_account("spending")["month_cost"]) == 2
