"""A tariff as plain data, as it is stored and as people write it: to Tariff and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final

from .errors import LayoutError
from .tariff import DAY_MINUTES, WEEK, Band, Rates, Season, Tariff, Tier

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS: Final[Mapping[str, tuple[int, ...]]] = {
    **{name: (number,) for number, name in enumerate(DAYS)},
    "weekdays": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
}
_LEAP_YEAR: Final = [date(2028, 1, 1) + timedelta(days=number) for number in range(366)]
_LAST_BILLING_DAY: Final = 28
_CURRENCY_LENGTH: Final = 3
_MOST_MONEY: Final = Decimal(10**9)
_LATEST_YEAR: Final = 9990


class TariffError(LayoutError):
    """A tariff that cannot be charged; placeholders `reason` and `where`."""

    translation_key = "tariff_invalid"

    def __init__(self, *, reason: str, where: str = "") -> None:
        """Keep what is wrong and at which key, band or hour."""
        super().__init__(reason=reason, where=where)


def parse_tariff(data: Mapping[str, Any]) -> Tariff:
    """Return the tariff that plain data describes, or raise TariffError."""
    if not isinstance(data, Mapping):  # as a file may have it
        raise TariffError(reason="versions")
    currency = str(data.get("currency", "")).upper()
    if len(currency) != _CURRENCY_LENGTH or not currency.isalpha():
        raise TariffError(reason="currency", where=currency)
    billing_day = data.get("billing_day", 1)
    if isinstance(billing_day, bool) or billing_day not in range(1, _LAST_BILLING_DAY + 1):
        raise TariffError(reason="billing_day", where=str(billing_day))
    versions = data.get("versions", [data])
    if not isinstance(versions, list | tuple) or not versions:
        raise TariffError(reason="versions")
    rates = sorted((_rates(version) for version in versions), key=lambda one: one.since or date.min)
    if twice := [after for before, after in pairwise(rates) if before.since == after.since]:
        raise TariffError(reason="same_date", where=str(twice[0].since or ""))
    return Tariff(currency=currency, rates=tuple(rates), billing_day=int(billing_day))


def describe_tariff(tariff: Tariff) -> dict[str, Any]:
    """Return a tariff as plain data that `parse_tariff` understands; the short form where it is enough."""
    data: dict[str, Any] = {"currency": tariff.currency}
    if tariff.billing_day != 1:
        data["billing_day"] = tariff.billing_day
    versions = [_plain_rates(rates) for rates in tariff.rates]
    return {**data, **versions[0]} if len(versions) == 1 else {**data, "versions": versions}


def _rates(data: object) -> Rates:
    if not isinstance(data, Mapping):
        raise TariffError(reason="versions")
    since = data.get("from")
    price = None if data.get("price") is None else _money(data["price"], "price")
    bands = tuple(_band(band) for band in _list(data, "bands"))
    rates = Rates(
        since=None if since is None else _date(since),
        price=price,
        bands=bands,
        tiers=_tiers(data, price),
        per_day=_money(data.get("standing_charge_per_day") or 0, "standing_charge_per_day"),
        per_month=_money(data.get("standing_charge_per_month") or 0, "standing_charge_per_month"),
    )
    if price is None and not bands:
        raise TariffError(reason="price")
    _check_bands(rates)
    return rates


def _band(data: object) -> Band:
    if not isinstance(data, Mapping):
        raise TariffError(reason="bands")
    band = Band(
        price=_money(data.get("price"), "price"),
        start=_minute(data.get("from") or 0),
        end=_minute(DAY_MINUTES if data.get("to") is None else data["to"]) or DAY_MINUTES,
        days=_days(data.get("days")),
        season=_season(data.get("season_from"), data.get("season_to")),
    )
    if band.start == band.end:
        raise TariffError(reason="empty_band", where=_clock(band.start))
    return band


def _tiers(data: Mapping[str, Any], price: Decimal | None) -> tuple[Tier, ...]:
    """Return tiers whose prices, where there are no bands, may be given instead of what is added to the price."""
    tiers = []
    for tier in _list(data, "tiers"):
        if not isinstance(tier, Mapping):
            raise TariffError(reason="tiers")
        above = _money(tier.get("above"), "above")
        if tier.get("surcharge") is not None:
            surcharge = _money(tier["surcharge"], "surcharge", lowest=-_MOST_MONEY)
        elif price is None or data.get("bands"):
            raise TariffError(reason="tier_price", where=str(above))
        else:
            surcharge = _money(tier.get("price"), "price") - price
        tiers.append(Tier(above, surcharge))
    tiers.sort(key=lambda tier: tier.above)
    if twice := [after for before, after in pairwise(tiers) if before.above == after.above]:
        raise TariffError(reason="tiers_overlap", where=str(twice[0].above))
    return tuple(tiers)


def _check_bands(rates: Rates) -> None:
    """Raise TariffError if two bands hold at the same time, or none does where there is no other price."""
    if rates.price is not None and not rates.bands:
        return
    checked: set[tuple[Band, ...]] = set()
    for day in _LEAP_YEAR:
        bands = tuple(band for band in rates.bands if band.holds_on(day))
        if bands in checked:
            continue
        checked.add(bands)
        covered = 0
        for start, end in sorted(span for band in bands for span in band.spans):
            if start < covered:
                raise TariffError(reason="bands_overlap", where=_moment(day, start))
            if start > covered and rates.price is None:
                raise TariffError(reason="bands_incomplete", where=_moment(day, covered))
            covered = end
        if covered < DAY_MINUTES and rates.price is None:
            raise TariffError(reason="bands_incomplete", where=_moment(day, covered))


def _moment(day: date, minute: int) -> str:
    return f"{day:%m-%d} ({DAYS[day.weekday()]}) {_clock(minute)}"


def _list(data: Mapping[str, Any], key: str) -> Iterable[object]:
    value = data.get(key) or ()
    if not isinstance(value, list | tuple):
        raise TariffError(reason=key)
    return value


def _money(value: object, key: str, lowest: Decimal = Decimal(0)) -> Decimal:
    if value is None or isinstance(value, bool):
        raise TariffError(reason="number", where=key)
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation:
        raise TariffError(reason="number", where=key) from None
    if not number.is_finite() or not lowest <= number <= _MOST_MONEY:
        raise TariffError(reason="number", where=key)
    return number


def _date(value: object) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise TariffError(reason="date", where=str(value)) from None
    if day.year > _LATEST_YEAR:
        raise TariffError(reason="date", where=str(value))
    return day


def _minute(value: object) -> int:
    """Return the minutes after midnight of `HH:MM`; YAML makes such a number of some unquoted times."""
    minute = -1
    if isinstance(value, int) and not isinstance(value, bool):
        minute = value
    elif isinstance(value, str):
        hours, _, rest = value.partition(":")
        minutes, _, seconds = rest.partition(":")
        if hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60 and seconds in ("", "00"):  # noqa: PLR2004
            minute = int(hours) * 60 + int(minutes)
    if not 0 <= minute <= DAY_MINUTES:
        raise TariffError(reason="time", where=str(value))
    return minute


def _days(value: object) -> tuple[int, ...]:
    if value is None or value in ("", []):
        return WEEK
    names = value if isinstance(value, list | tuple) else str(value).split()
    try:
        return tuple(sorted({day for name in names for day in _GROUPS[name]}))
    except KeyError, TypeError:
        raise TariffError(reason="days", where=" ".join(map(str, names))) from None


def _season(first: object, last: object) -> Season | None:
    if not first and not last:
        return None
    return Season(_day_of_year(first), _day_of_year(last))


def _day_of_year(value: object) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2028-{value}")
    except ValueError:
        raise TariffError(reason="season", where=str(value or "")) from None
    return day.month, day.day


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _plain_rates(rates: Rates) -> dict[str, Any]:
    data: dict[str, Any] = {} if rates.since is None else {"from": rates.since.isoformat()}
    if rates.price is not None:
        data["price"] = str(rates.price)
    if rates.bands:
        data["bands"] = [_plain_band(band) for band in rates.bands]
    if rates.tiers:
        data["tiers"] = [_plain_tier(tier, rates) for tier in rates.tiers]
    charges = {"standing_charge_per_day": rates.per_day, "standing_charge_per_month": rates.per_month}
    return data | {key: str(charge) for key, charge in charges.items() if charge}


def _plain_band(band: Band) -> dict[str, Any]:
    data: dict[str, Any] = {"price": str(band.price)}
    if band.days != WEEK:
        data["days"] = [DAYS[day] for day in band.days]
    data |= {"from": _clock(band.start), "to": _clock(band.end)}
    if band.season is not None:
        ends = {"season_from": band.season.first, "season_to": band.season.last}
        data |= {key: f"{month:02}-{day:02}" for key, (month, day) in ends.items()}
    return data


def _plain_tier(tier: Tier, rates: Rates) -> dict[str, Any]:
    if rates.bands or rates.price is None:
        return {"above": str(tier.above), "surcharge": str(tier.surcharge)}
    return {"above": str(tier.above), "price": str(rates.price + tier.surcharge)}
