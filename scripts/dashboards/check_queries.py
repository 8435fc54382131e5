"""Whether the queries ask for what the integration writes: measurements, fields and tags, against its own schema."""

from collections.abc import Iterator, Mapping
import re
from typing import Any, Final

from custom_components.meter_vision.export.schema import MEASUREMENTS, TAGS

from .findings import Finding

FIELDS: Final = {measurement.name: measurement.names for measurement in MEASUREMENTS}
_STRING: Final = r'"((?:[^"\\]|\\.)*)"'
_MADE_BY_FLUX: Final = {"_time", "_value", "_field", "_measurement", "_start", "_stop"}


def check_query(where: str, query: str) -> list[Finding]:
    """Return what a query names and no point has, whichever of the two languages it is in."""
    named = _in_influxql(query) if re.match(r"\s*(SELECT|SHOW)\b", query, re.IGNORECASE) else _in_flux(query)
    measurements, names = named
    return [*_unknown_measurements(where, measurements), *_unknown_names(where, measurements, names)]


def queries_in(document: Any) -> Iterator[str]:
    """Yield every query of a dashboard or a file of alert rules."""
    if isinstance(document, list):
        for item in document:
            yield from queries_in(item)
    if isinstance(document, Mapping):
        query = document.get("query")
        if isinstance(query, str) and document.get("type") != "datasource":
            yield query
        for child in document.values():
            yield from queries_in(child)


def _unknown_measurements(where: str, measurements: set[str]) -> Iterator[Finding]:
    if not measurements:
        yield Finding(where, "a query without a measurement", f"use one of {', '.join(FIELDS)}")
    for name in sorted(measurements - FIELDS.keys()):
        yield Finding(where, f"the measurement {name} is never written", f"use one of {', '.join(FIELDS)}")


def _unknown_names(where: str, measurements: set[str], names: set[str]) -> Iterator[Finding]:
    known = {*TAGS, *(field for name in measurements for field in FIELDS.get(name, ()))}
    for name in sorted(names - known):
        mend = f"known there: {', '.join(sorted(known))}"
        yield Finding(where, f"{name} is neither a field of {', '.join(sorted(measurements))} nor a tag", mend)


def _in_influxql(query: str) -> tuple[set[str], set[str]]:
    lists = re.findall(rf"\bFROM\s+({_STRING}(?:\s*,\s*{_STRING})*)", query)
    measurements = {name for found in lists for name in re.findall(_STRING, found[0])}
    made = set(re.findall(rf"\bAS\s+{_STRING}", query))
    rest = re.sub(rf"\bFROM\s+{_STRING}(?:\s*,\s*{_STRING})*", "", query)
    return measurements, set(re.findall(_STRING, rest)) - made


def _in_flux(query: str) -> tuple[set[str], set[str]]:
    measurements = set(re.findall(rf"r\._measurement\s*==\s*{_STRING}", query))
    fields = set(re.findall(rf"r\._field\s*==\s*{_STRING}", query))
    made = set(re.findall(r"(?:[{,]|\bwith)\s*(\w+):\s", query)) | set(re.findall(rf"_value:\s*{_STRING}", query))
    columns = {name for text in re.findall(r"[cC]olumns: \[([^\]]*)\]", query) for name in re.findall(_STRING, text)}
    tags = set(re.findall(rf"\btag:\s*{_STRING}", query))
    used = fields | columns | tags | set(re.findall(r"\br\.(\w+)", query))
    return measurements, used - made - _MADE_BY_FLUX
