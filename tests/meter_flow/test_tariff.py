"""Prices and alarms of a meter, in its dialog."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from typing import Any, Final

from freezegun import freeze_time
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.meter_vision.metering.tariff_description import parse_tariff
from tests.meters import ELECTRICITY, NOWHERE, account, dead_camera, meter as described

from .dialog import MeterDialog

pytestmark = pytest.mark.usefixtures("socket_enabled")

BANDS: Final = [
    {"price": "0,20", "from": "22:00:00", "to": "06:00:00"},
    {"price": "0.30", "from": "06:00:00", "to": "22:00:00", "days": []},
]


_TIER: Final = {"above": "5", "price": "2"}


@pytest.fixture
async def dialog(hass: HomeAssistant) -> AsyncIterator[MeterDialog]:
    """The dialog of a meter with two registers that nobody reads, on a day in November."""
    with freeze_time("2026-11-26T12:00:00+00:00", tick=True):
        meter = described("Power", "electricity", ELECTRICITY, camera=dead_camera(), initial="100", at=_AT)
        night = {**meter["data"]["registers"][0], "name": "night"}
        meter["data"]["registers"].append(night)
        yield await _dialog(hass, account(meter, base_url=NOWHERE, pref_disable_polling=True))


_AT: Final = "2026-11-20T08:00:00+00:00"


async def _dialog(hass: HomeAssistant, entry: MockConfigEntry) -> MeterDialog:
    hass.config.currency = "CHF"
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return MeterDialog(hass, entry)


@pytest.fixture
def registers(dialog: MeterDialog) -> Callable[[], list[dict[str, Any]]]:
    """Return the meter's registers as they are stored."""

    def stored() -> list[dict[str, Any]]:
        (meter,) = dialog.entry.subentries.values()
        return deepcopy(list(meter.data["registers"]))

    return stored


async def open_prices(dialog: MeterDialog, register: str = "main") -> None:
    await dialog.reconfigure("tariff")
    assert dialog.step == "tariff"
    await dialog.submit({"register": register})
    assert dialog.step == "prices"


async def enter(dialog: MeterDialog, *, more: dict[str, Any] | None = None, **form: Any) -> None:
    """Submit the prices as they are shown, with changes."""
    shown = dialog.shown
    await dialog.submit({**shown, **form, "more": {**shown["more"], **(more or {})}})


def finished(dialog: MeterDialog) -> bool:
    return (dialog.flow["type"], dialog.flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")


async def test_two_numbers_are_enough(
    hass: HomeAssistant, dialog: MeterDialog, registers: Callable[[], list[dict[str, Any]]]
) -> None:
    await open_prices(dialog)
    assert dialog.shown["more"]["currency"] == "CHF"
    assert dialog.flow["description_placeholders"]["known"] == "There are no prices yet."
    await enter(dialog, price="0,31", standing_charge_per_month="12.5")
    assert finished(dialog)
    tariff = {"currency": "CHF", "price": "0.31", "standing_charge_per_month": "12.5"}
    assert [register.get("tariff") for register in registers()] == [tariff, None]
    assert hass.states.get("sensor.power_main_price").state == "0.31"
    assert hass.states.get("sensor.power_night_price") is None


async def test_new_prices_hold_from_today_on(
    dialog: MeterDialog, registers: Callable[[], list[dict[str, Any]]]
) -> None:
    await open_prices(dialog, "night")
    await enter(dialog, price="0.31")
    await open_prices(dialog, "night")
    assert (dialog.shown["price"], dialog.shown["from"]) == ("0.31", "2026-11-26")
    await enter(dialog)
    assert registers()[1]["tariff"] == {"currency": "CHF", "price": "0.31"}

    await open_prices(dialog, "night")
    known = "The present prices hold for all that was ever used."
    assert dialog.flow["description_placeholders"]["known"] == known
    await enter(dialog, price="0.35")
    expected = [{"price": "0.31"}, {"from": "2026-11-26", "price": "0.35"}]
    assert registers()[1]["tariff"] == {"currency": "CHF", "versions": expected}
    await open_prices(dialog, "night")
    assert dialog.flow["description_placeholders"]["known"] == "The latest prices hold since 2026-11-26."
    await enter(dialog, price="0.34")
    expected[1]["price"] = "0.34"
    assert registers()[1]["tariff"] == {"currency": "CHF", "versions": expected}


async def test_bands_and_tiers(dialog: MeterDialog, registers: Callable[[], list[dict[str, Any]]]) -> None:
    tiers = [{"above": "100", "surcharge": "0.05"}]
    await open_prices(dialog)
    await enter(dialog, more={"bands": BANDS, "tiers": tiers, "billing_day": 15, "currency": "eur"})
    assert finished(dialog)
    stored = parse_tariff(registers()[0]["tariff"])
    assert (stored.currency, stored.billing_day, len(stored.rates[0].bands)) == ("EUR", 15, 2)
    await open_prices(dialog)
    assert len(dialog.shown["more"]["bands"]) == 2
    await enter(dialog)
    assert parse_tariff(registers()[0]["tariff"]) == stored


@pytest.mark.parametrize(
    ("form", "more", "error", "where"),
    [
        ({"price": "dear"}, {}, "tariff_number", "price"),
        ({"price": "1"}, {"currency": "euros"}, "tariff_currency", "EUROS"),
        ({}, {"bands": BANDS[:1]}, "tariff_bands_incomplete", "01-01 (sat) 06:00"),
        ({"price": "1"}, {"bands": [*BANDS, BANDS[0]]}, "tariff_bands_overlap", "01-01 (sat) 00:00"),
        ({}, {"bands": BANDS, "tiers": [{"above": "5", "price": "2"}]}, "tariff_tier_price", "5"),
        ({"price": "1"}, {"bands": [{**BANDS[0], "season_from": "13-01"}]}, "tariff_season", "13-01"),
        ({"price": "1"}, {"bands": [BANDS[0] | {"to": "22:00:00"}]}, "tariff_empty_band", "22:00"),
        ({"price": "1"}, {"bands": [{"price": "2", "from": "07:00:30"}]}, "tariff_time", "07:00:30"),
        ({"price": "1"}, {"tiers": [_TIER, _TIER]}, "tariff_tiers_overlap", "5"),
        ({"price": "1", "from": "9999-01-01"}, {}, "tariff_date", "9999-01-01"),
    ],
)
async def test_what_is_wrong_is_said_and_can_be_mended(
    *,
    dialog: MeterDialog,
    registers: Callable[[], list[dict[str, Any]]],
    form: dict[str, str],
    more: dict[str, Any],
    error: str,
    where: str,
) -> None:
    await open_prices(dialog)
    shown = dialog.shown
    await enter(dialog, more=more, **form)
    assert dialog.errors == [error]
    assert dialog.flow["description_placeholders"]["where"] == where
    assert [register.get("tariff") for register in registers()] == [None, None]
    await dialog.submit({**shown, "price": "1"})
    assert finished(dialog)


async def test_an_empty_form_takes_the_tariff_away(
    hass: HomeAssistant, dialog: MeterDialog, registers: Callable[[], list[dict[str, Any]]]
) -> None:
    await open_prices(dialog)
    await enter(dialog, price="1")
    assert hass.states.get("sensor.power_main_cost").state == "0.000000"
    await open_prices(dialog)
    shown = dialog.shown
    await dialog.submit({"more": shown["more"]})
    assert finished(dialog)
    assert registers()[0]["tariff"] is None


async def test_one_register_is_not_asked_for(hass: HomeAssistant) -> None:
    meter = described("Power", "electricity", ELECTRICITY, camera=dead_camera(), initial="100", at=_AT)
    dialog = await _dialog(hass, account(meter, base_url=NOWHERE, pref_disable_polling=True))
    await dialog.reconfigure("tariff")
    assert dialog.step == "prices"
    dialog.close()


async def test_hours_of_a_leak(dialog: MeterDialog, registers: Callable[[], list[dict[str, Any]]]) -> None:
    await dialog.reconfigure("alarms")
    assert "leak_hours" not in dialog.shown
    await dialog.submit({"leak_hours": 3})
    assert finished(dialog)
    assert [register["leak_hours"] for register in registers()] == [3, 3]
    await dialog.reconfigure("alarms")
    assert dialog.shown == {"leak_hours": 3}
    await dialog.submit({})
    assert [register["leak_hours"] for register in registers()] == [None, None]


async def test_a_standing_charge_alone_costs_nothing_by_the_unit(
    dialog: MeterDialog, registers: Callable[[], list[dict[str, Any]]]
) -> None:
    await open_prices(dialog)
    await enter(dialog, standing_charge_per_month="12.5")
    assert finished(dialog)
    tariff = parse_tariff(registers()[0]["tariff"])
    assert "12.5" in str(registers()[0]["tariff"])
    assert tariff is not None


async def test_both_standing_charges_can_be_entered(
    dialog: MeterDialog, registers: Callable[[], list[dict[str, Any]]]
) -> None:
    await open_prices(dialog)
    await enter(dialog, price="1", standing_charge_per_day="0,2", standing_charge_per_month="15")
    assert finished(dialog)
    both = {"standing_charge_per_day": "0.2", "standing_charge_per_month": "15"}
    assert registers()[0]["tariff"] == {"currency": "CHF", "price": "1", **both}
    await open_prices(dialog)
    assert dialog.shown.items() >= both.items()
    await enter(dialog)
    assert registers()[0]["tariff"] == {"currency": "CHF", "price": "1", **both}
