"""How tables of meters are put together and shown."""

from collections.abc import Mapping
from typing import Any, Final

from .panels import format_time

AGE: Final[Mapping[str, Any]] = {"unit": "dateTimeFromNow", "custom.width": 170}
READ_AT: Final = "Last reading"
HEADINGS: Final = {
    "Time": READ_AT,
    "_time": READ_AT,
    "meter_id": "Meter",
    "register": "Register",
    "unit": "Unit",
    "site": "Site",
    "reading": "Reading",
}
"""Flux and InfluxQL call the time column differently."""
METER_ORDER: Final = ("meter_id", "register", "reading", "unit", "Time", "_time")


def headings(names: Mapping[str, str], order: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the step that names a table's columns."""
    index = {name: place for place, name in enumerate(order)}
    return {"id": "organize", "options": {"excludeByName": {}, "indexByName": index, "renameByName": dict(names)}}


def merged(names: Mapping[str, str], order: tuple[str, ...] = ()) -> tuple[dict[str, Any], ...]:
    """Return the steps that make one table of several answers."""
    return {"id": "merge", "options": {}}, headings(names, order)


def side_by_side(form: str) -> tuple[dict[str, Any], ...]:
    """Return the steps that lay periods over each other: `MMM` months of years, `DD` days of months."""
    return format_time(form), {"id": "joinByField", "options": {"byField": "Time", "mode": "outer"}}
