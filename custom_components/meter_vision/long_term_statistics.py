"""Puts the rows right that the recorder has compiled from a meter's consumption, and from what the consumption costs.

Rows are only changed while the recorder has compiled every period that is over; only hours that it has passed for good
are added. So it never meets a row that it did not make itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
import logging
from typing import Final, Literal

from homeassistant.components.energy.const import DOMAIN as ENERGY_DOMAIN
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import Statistics, StatisticsRuns, StatisticsShortTerm
from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    UNIT_CLASS_TO_UNIT_CONVERTER,
    StatisticsRow,
    get_metadata,
    statistics_during_period,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import session_scope
import homeassistant.util.dt as dt_util
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from .const import DOMAIN
from .metering.resting import rest
from .metering.statistic_rows import (
    HOUR,
    MONEY_RESOLUTION,
    PERIOD,
    AnyCourse,
    Row,
    Rows,
    changes,
    period_of,
    repaired,
    repaired_cost,
)

_LOGGER: Final = logging.getLogger(__package__)
_BEFORE: Final = timedelta(hours=2)
"""How much is read before what is wrong, so that there is a row to go on from."""
_FORESEEABLE: Final = timedelta(days=2)
"""How far ahead rows are waited for."""
_TABLES: Final[Mapping[Literal["5minute", "hour"], type[Statistics | StatisticsShortTerm]]] = {
    "5minute": StatisticsShortTerm,
    "hour": Statistics,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statistic:
    """A statistic as the recorder keeps it; its rows in the unit `unit`."""

    meta: StatisticMetaData
    unit: str | None
    rows: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the recorder keeps of a consumption."""

    compiled_until: datetime
    consumption: _Statistic | None
    cost: _Statistic | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a comparison with the recorder's rows has found."""

    compiled_until: datetime
    has_cost: bool
    """Whether the Energy dashboard charges the consumption."""
    wrong: tuple[tuple[_Statistic, Rows], ...] = ()
    """Rows as they ought to be, of each statistic with any that differ."""
    ahead: bool = False
    """Whether there are rows of times to come."""


class LongTermStatistics:
    """The statistics of one register's consumption and of its cost."""

    def __init__(self, hass: HomeAssistant, sensor: str, unit: str) -> None:
        """Prepare for the consumption whose sensor has this unique id and unit."""
        self._hass = hass
        self._sensor = sensor
        self._unit = unit

    async def async_repair(self, course: Callable[[], AnyCourse], since: datetime, shown_at: datetime) -> bool:
        """Have rows put right; return whether all were right before, up to and with the state shown at a time.

        A cost tells its price only where it stands in one row with what was charged, so that where there is one, the
        rows wait until the state that is shown has been charged and compiled.
        """
        statistic_id = self._statistic_id()
        if statistic_id is None:
            return True
        try:
            found = await get_instance(self._hass).async_add_executor_job(self._compared, statistic_id, course, since)
        except SQLAlchemyError:
            _LOGGER.warning("The recorder's database cannot be read, trying again after its next run", exc_info=True)
            return False
        compiled = found.compiled_until > shown_at
        if found.compiled_until < period_of(dt_util.utcnow()) or (found.has_cost and not compiled):
            return False
        for statistic, wrong in found.wrong:
            self._put_right(statistic, wrong)
        return compiled and not found.wrong and not found.ahead

    def _compared(self, statistic_id: str, course: Callable[[], AnyCourse], since: datetime) -> _Found:
        """Return which rows the recorder keeps otherwise than they ought to be; in its executor."""
        kept = self._load(statistic_id, since)
        found = _Found(compiled_until=kept.compiled_until, has_cost=kept.cost is not None)
        if kept.consumption is None or not kept.consumption.rows.short:
            return found
        consumption, right_course = kept.consumption, course()
        right = repaired(consumption.rows, right_course, since, kept.compiled_until)
        wrong = [(consumption, changes(consumption.rows, right, right_course.resolution))]
        if kept.cost is not None:
            right_cost = repaired_cost(consumption.rows, right, kept.cost.rows, right_course)
            wrong.append((kept.cost, changes(kept.cost.rows, right_cost, MONEY_RESOLUTION)))
        ahead = _ahead(consumption.rows, kept.compiled_until)
        return replace(found, wrong=tuple(one for one in wrong if one[1]), ahead=ahead)

    def _put_right(self, statistic: _Statistic, wrong: Rows) -> None:
        """Hand rows that differ to the recorder, in the unit it keeps."""
        convert = _converter(statistic)
        for table, rows in ((StatisticsShortTerm, wrong.short), (Statistics, wrong.hourly)):
            if rows:
                data = [_data(row, convert) for row in rows]
                get_instance(self._hass).async_import_statistics(statistic.meta, data, table)
        _LOGGER.info(
            "Putting %d five-minute and %d hourly rows of %s right",
            len(wrong.short),
            len(wrong.hourly),
            statistic.meta["statistic_id"],
        )

    def _statistic_id(self) -> str | None:
        return er.async_get(self._hass).async_get_entity_id(Platform.SENSOR, DOMAIN, self._sensor)

    def _load(self, statistic_id: str, since: datetime) -> _Kept:
        """Return what the recorder keeps; in its executor."""
        cost_id = self._hass.data.get(ENERGY_DOMAIN, {}).get("cost_sensors", {}).get(statistic_id)
        start = period_of(since - _BEFORE, HOUR)
        # In this order, for a period that is over when asked is compiled when its rows are read.
        compiled_until = _compiled_until(self._hass)
        rest()
        known = get_metadata(self._hass, statistic_ids={statistic_id, cost_id or statistic_id})
        return _Kept(
            compiled_until=compiled_until,
            consumption=_statistic(self._hass, known.get(statistic_id), start, self._unit),
            cost=None if cost_id is None else _statistic(self._hass, known.get(cost_id), start, None),
        )


def _ahead(rows: Rows, compiled_until: datetime) -> bool:
    """Return whether there are rows of times to come, from a clock that was ahead.

    The recorder passes such a period by when it comes, so its row has to be put right once more then.
    """
    last = (*rows.short[-1:], *rows.hourly[-1:])
    return any(compiled_until <= row.start < compiled_until + _FORESEEABLE for row in last)


def _compiled_until(hass: HomeAssistant) -> datetime:
    """Return the end of the last period that was compiled; the current one's beginning if none ever was."""
    now = dt_util.utcnow()
    # A computer that starts with a wrong clock may have left runs in the future.
    statement = select(func.max(StatisticsRuns.start)).where(StatisticsRuns.start <= now)
    with session_scope(hass=hass, read_only=True) as session:
        last = session.execute(statement).scalar()
    return period_of(now) if last is None else last.replace(tzinfo=dt_util.UTC) + PERIOD


def _statistic(
    hass: HomeAssistant, known: tuple[int, StatisticMetaData] | None, start: datetime, unit: str | None
) -> _Statistic | None:
    """Return a statistic with its rows from `start` on, None if there is none that can be understood."""
    if known is None:
        return None
    metadata_id, meta = known
    statistic = _Statistic(meta=meta, unit=unit or meta["unit_of_measurement"], rows=Rows())
    unit_class = meta["unit_class"]
    if statistic.unit != meta["unit_of_measurement"]:
        converter = UNIT_CLASS_TO_UNIT_CONVERTER.get(unit_class)
        if converter is None or statistic.unit not in converter.VALID_UNITS:
            _LOGGER.warning("Statistics of %s are in another unit and stay as they are", meta["statistic_id"])
            return None
    units = {} if unit_class is None or statistic.unit is None else {unit_class: statistic.unit}
    short, hourly = (_rows(hass, meta["statistic_id"], start, period, units) for period in _TABLES)
    from_zero = bool(short) and _first_start(hass, metadata_id) >= period_of(short[0].start, HOUR)
    return replace(statistic, rows=Rows(short=short, hourly=hourly, from_zero=from_zero))


def _rows(
    hass: HomeAssistant,
    statistic_id: str,
    start: datetime,
    period: Literal["5minute", "hour"],
    units: dict[str, str],
) -> tuple[Row, ...]:
    rest()
    found = statistics_during_period(
        hass, start, None, {statistic_id}, period, units, {"state", "sum", "last_reset"}
    ).get(statistic_id, [])
    return tuple(_row(row) for row in found if row["state"] is not None and row["sum"] is not None)


def _first_start(hass: HomeAssistant, metadata_id: int) -> datetime:
    """Return when the first of a statistic's rows begins, in either table."""
    rest()
    with session_scope(hass=hass, read_only=True) as session:
        starts = [
            session.execute(select(func.min(table.start_ts)).where(table.metadata_id == metadata_id)).scalar()
            for table in _TABLES.values()
        ]
    return dt_util.utc_from_timestamp(min(start for start in starts if start is not None))


def _row(row: StatisticsRow) -> Row:
    last_reset = row["last_reset"]
    return Row(
        start=dt_util.utc_from_timestamp(row["start"]),
        state=Decimal(str(row["state"])),
        sum=Decimal(str(row["sum"])),
        last_reset=None if last_reset is None else dt_util.utc_from_timestamp(last_reset),
    )


def _converter(statistic: _Statistic) -> Callable[[float], float]:
    """Return what converts to the unit that the recorder keeps; an import in another one would rewrite history."""
    kept = statistic.meta["unit_of_measurement"]
    if kept == statistic.unit:
        return float
    return UNIT_CLASS_TO_UNIT_CONVERTER[statistic.meta["unit_class"]].converter_factory(statistic.unit, kept)


def _data(row: Row, convert: Callable[[float], float]) -> StatisticData:
    return StatisticData(
        start=row.start, state=convert(float(row.state)), sum=convert(float(row.sum)), last_reset=row.last_reset
    )
