"""Tariffs as plain data: what is understood, what is refused and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml

from custom_components.meter_vision.metering.tariff import Band, Rates, Season, Tariff, Tier
from custom_components.meter_vision.metering.tariff_description import TariffError, describe_tariff, parse_tariff

NIGHT = {"price": "0.20", "from": "22:00", "to": "06:00"}
DAY = {"price": "0.30", "from": "06:00", "to": "22:00"}
SUMMER = {"season_from": "05-01", "season_to": "10-31"}
WINTER = {"season_from": "11-01", "season_to": "04-30"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            {"price": "4.35", "standing_charge_per_day": 0.21},
            Rates(price=Decimal("4.35"), per_day=Decimal("0.21")),
            id="fixed",
        ),
        pytest.param({"price": 0}, Rates(price=Decimal(0)), id="free"),
        pytest.param({"price": "0,31"}, Rates(price=Decimal("0.31")), id="comma"),
        pytest.param(
            {"bands": [NIGHT, DAY]},
            Rates(
                bands=(
                    Band(price=Decimal("0.20"), start=22 * 60, end=6 * 60),
                    Band(price=Decimal("0.30"), start=6 * 60, end=22 * 60),
                )
            ),
            id="two bands",
        ),
        pytest.param(
            {"price": "0.3", "bands": [{**NIGHT, "days": "weekend", **WINTER}]},
            Rates(
                price=Decimal("0.3"),
                bands=(
                    Band(
                        price=Decimal("0.20"),
                        start=22 * 60,
                        end=6 * 60,
                        days=(5, 6),
                        season=Season((11, 1), (4, 30)),
                    ),
                ),
            ),
            id="a price outside of the band",
        ),
        pytest.param(
            {"price": "2", "tiers": [{"above": 100, "price": "5"}, {"above": 30, "price": "3"}]},
            Rates(price=Decimal(2), tiers=(Tier(Decimal(30), Decimal(1)), Tier(Decimal(100), Decimal(3)))),
            id="tiers by price",
        ),
        pytest.param(
            {"bands": [NIGHT, DAY], "tiers": [{"above": 100, "surcharge": "-0.05"}]},
            Rates(
                bands=(
                    Band(price=Decimal("0.20"), start=22 * 60, end=6 * 60),
                    Band(price=Decimal("0.30"), start=6 * 60, end=22 * 60),
                ),
                tiers=(Tier(Decimal(100), Decimal("-0.05")),),
            ),
            id="tiers over bands",
        ),
    ],
)
def test_is_understood(data: dict[str, Any], expected: Rates) -> None:
    tariff = parse_tariff({"currency": "eur", **data})
    assert tariff == Tariff(currency="EUR", rates=(expected,))
    assert parse_tariff(describe_tariff(tariff)) == tariff


def test_versions_are_sorted_by_their_dates() -> None:
    tariff = parse_tariff(
        {
            "currency": "EUR",
            "billing_day": 15,
            "versions": [{"from": "2026-11-15", "price": "5"}, {"price": "4"}, {"from": "2026-03-01", "price": "4.5"}],
        }
    )
    assert [rates.since for rates in tariff.rates] == [None, date(2026, 3, 1), date(2026, 11, 15)]
    assert tariff.on(date(2026, 11, 14)) == tariff.rates[1]
    assert tariff.on(date(2026, 11, 15)) == tariff.rates[2]
    assert parse_tariff(describe_tariff(tariff)) == tariff


def test_nothing_is_charged_before_the_first_version() -> None:
    tariff = parse_tariff({"currency": "EUR", "from": "2026-11-15", "price": "5"})
    assert tariff.on(date(2026, 11, 14)) is None


def test_yaml_is_understood_without_quotes() -> None:
    text = """
      currency: CAD
      from: 2026-11-01
      bands:
        - {price: 0.098, days: weekdays, from: 19:00, to: 07:00}
        - {price: 0.098, days: weekend}
        - {price: 0.203, days: [mon, tue, wed, thu, fri], from: 07:00, to: 11:00}
        - {price: 0.157, days: mon tue wed thu fri, from: 11:00, to: 17:00}
        - {price: 0.203, days: weekdays, from: 17:00, to: 19:00}
    """
    tariff = parse_tariff(yaml.safe_load(text))
    steps = tariff.rates[0].steps(date(2026, 11, 26))
    assert [(minute / 60, str(price)) for minute, price in steps] == [
        (0, "0.098"),
        (7, "0.203"),
        (11, "0.157"),
        (17, "0.203"),
        (19, "0.098"),
    ]
    assert [str(price) for _, price in tariff.rates[0].steps(date(2026, 11, 28))] == ["0.098"]


@pytest.mark.parametrize(
    ("data", "reason", "where"),
    [
        pytest.param({"currency": "EURO", "price": 1}, "currency", "EURO", id="currency"),
        pytest.param({}, "price", "", id="nothing"),
        pytest.param({"price": "free"}, "number", "price", id="no number"),
        pytest.param({"price": "NaN"}, "number", "price", id="not a number"),
        pytest.param({"price": -1}, "number", "price", id="negative"),
        pytest.param({"price": True}, "number", "price", id="yes"),
        pytest.param({"price": 1, "standing_charge_per_day": "x"}, "number", "standing_charge_per_day", id="standing"),
        pytest.param({"price": 1, "from": "soon"}, "date", "soon", id="date"),
        pytest.param({"price": 1, "billing_day": 31}, "billing_day", "31", id="billing day"),
        pytest.param({"versions": []}, "versions", "", id="no version"),
        pytest.param({"versions": ["x"]}, "versions", "", id="no such version"),
        pytest.param({"versions": [{"price": 1}, {"price": 2}]}, "same_date", "", id="two versions of always"),
        pytest.param(
            {"versions": [{"price": 1, "from": "2026-01-01"}, {"price": 2, "from": "2026-01-01"}]},
            "same_date",
            "2026-01-01",
            id="two versions of a day",
        ),
        pytest.param({"bands": [NIGHT]}, "bands_incomplete", "01-01 (sat) 06:00", id="a gap"),
        pytest.param(
            {"bands": [{**NIGHT, "to": "00:00"}, DAY]}, "bands_incomplete", "01-01 (sat) 00:00", id="no night"
        ),
        pytest.param(
            {"bands": [NIGHT, {**DAY, "to": "21:59"}]}, "bands_incomplete", "01-01 (sat) 21:59", id="a minute"
        ),
        pytest.param({"bands": [NIGHT, {**DAY, **WINTER}]}, "bands_incomplete", "05-01 (mon) 06:00", id="no summer"),
        pytest.param(
            {"bands": [NIGHT, {**DAY, "days": "weekdays"}]}, "bands_incomplete", "01-01 (sat) 06:00", id="no weekend"
        ),
        pytest.param({"bands": [NIGHT, DAY, DAY]}, "bands_overlap", "01-01 (sat) 06:00", id="twice"),
        pytest.param(
            {"price": 1, "bands": [DAY, {**NIGHT, "from": "21:00"}]}, "bands_overlap", "01-01 (sat) 21:00", id="an hour"
        ),
        pytest.param(
            {"price": 1, "bands": [{**DAY, **SUMMER}, {**DAY, "season_from": "10-31", "season_to": "11-01"}]},
            "bands_overlap",
            "10-31 (tue) 06:00",
            id="a day of the year",
        ),
        pytest.param(
            {"price": 1, "bands": [{"price": 1, "from": "06:00", "to": "06:00"}]}, "empty_band", "06:00", id="0"
        ),
        pytest.param({"price": 1, "bands": [{**DAY, "to": "25:00"}]}, "time", "25:00", id="time"),
        pytest.param({"price": 1, "bands": [{**DAY, "to": "6:75"}]}, "time", "6:75", id="minutes"),
        pytest.param({"price": 1, "bands": [{**DAY, "days": "mon sat day"}]}, "days", "mon sat day", id="days"),
        pytest.param({"price": 1, "bands": [{**DAY, "season_from": "05-01"}]}, "season", "", id="half a season"),
        pytest.param({"price": 1, "bands": [{**DAY, **SUMMER, "season_to": "02-30"}]}, "season", "02-30", id="no day"),
        pytest.param({"price": 1, "bands": ["night"]}, "bands", "", id="no band"),
        pytest.param({"price": 1, "bands": "night"}, "bands", "", id="no bands"),
        pytest.param({"price": 1, "tiers": [5]}, "tiers", "", id="no tier"),
        pytest.param({"price": 1, "tiers": [{"above": 5}]}, "number", "price", id="a tier without price"),
        pytest.param({"price": 1, "tiers": [{"price": 5}]}, "number", "above", id="a tier of nothing"),
        pytest.param(
            {"price": 1, "tiers": [{"above": 5, "price": 2}, {"above": 5.0, "price": 3}]},
            "tiers_overlap",
            "5.0",
            id="tiers twice",
        ),
        pytest.param(
            {"bands": [NIGHT, DAY], "tiers": [{"above": 5, "price": 2}]}, "tier_price", "5", id="a price over bands"
        ),
    ],
)
def test_is_refused_with_a_reason(data: dict[str, Any], reason: str, where: str) -> None:
    with pytest.raises(TariffError) as refused:
        parse_tariff({"currency": "EUR", **data})
    assert refused.value.placeholders == {"reason": reason, "where": where}


@pytest.mark.parametrize("data", [[], "free", 3])
def test_what_is_no_tariff_at_all_is_refused(data: Any) -> None:
    with pytest.raises(TariffError) as refused:
        parse_tariff(data)
    assert refused.value.placeholders["reason"] == "versions"
