"""Does what Grafana does with a dashboard in InfluxQL: fills in variables and macros, asks, and names the series."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
import json
import os
import re
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from custom_components.meter_vision.export.schema import Bucket

from .golden import NOW, ZONE

SERVER = "METER_VISION_INFLUXQL_URL"
TOKEN = "METER_VISION_INFLUXQL_TOKEN"
"""Names of the variables with which the same tests run on another server: InfluxDB 2.x or 3."""
BUCKETS = {
    "water": Bucket.WATER,
    "electricity": Bucket.ELECTRICITY,
    "gas": Bucket.GAS,
    "costs": Bucket.COSTS,
    "daily": Bucket.DAILY,
}
UNIT = {"d": "days", "h": "hours"}
MOMENT = {"YYYY-MM-DD": "%Y-%m-%d", "YYYY-MM": "%Y-%m", "YYYY": "%Y"}
type Series = dict[str, list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at the dashboards at a time and in a zone."""

    url: str
    utility: str = "electricity"
    now: datetime = NOW

    def ask(self, bucket: Bucket, statement: str) -> list[dict[str, Any]]:
        """Return the series that InfluxDB answers with."""
        asked = urlencode({"db": bucket.value, "epoch": "ms", "q": statement})
        with urlopen(_request(f"{self.url}/query?{asked}"), timeout=10) as answer:  # noqa: S310
            (result,) = json.load(answer)["results"]
        assert "error" not in result, f"{result['error']}: {statement}"
        return list(result.get("series", ()))

    def choices(self, dashboard: Mapping[str, Any]) -> dict[str, str]:
        """Return the variables' values with everything chosen, as Grafana writes them for a regular expression."""
        chosen: dict[str, str] = {}
        for variable in dashboard["templating"]["list"]:
            if variable["type"] != "query":
                continue
            series = self.ask(self.bucket(variable["datasource"]), filled(variable["query"], chosen))
            values = sorted({row[1] for found in series for row in found["values"]})
            chosen[variable["name"]] = f"({'|'.join(map(re.escape, values))})"
        return chosen

    def bucket(self, datasource: Mapping[str, str]) -> Bucket:
        """Return the database that a datasource stands for."""
        uid = datasource["uid"]
        return BUCKETS[self.utility if uid == "${utility}" else uid.rpartition("-")[2]]

    def statements(self, dashboard: Mapping[str, Any], title: str) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Yield the targets of a panel with what is sent for them."""
        (panel,) = [panel for panel in dashboard["panels"] if panel["title"] == title and panel["type"] != "row"]
        chosen = self.choices(dashboard)
        for target in panel["targets"]:
            yield target, filled(target["query"], {**chosen, **self.macros(dashboard, panel)})

    def macros(self, dashboard: Mapping[str, Any], panel: Mapping[str, Any]) -> dict[str, str]:
        """Return Grafana's own variables for a panel and its time."""
        start = self.start(str(panel.get("timeFrom") or dashboard["time"]["from"]))
        since, until = (int(time.timestamp() * 1000) for time in (start, self.now))
        dates = {f"__to:date:{form}": self.now.astimezone(ZONE).strftime(said) for form, said in MOMENT.items()}
        return {
            "timeFilter": f"time >= {since}ms and time <= {until}ms",
            "__interval": "15m",
            "__from": str(since),
            "__to": str(until),
            "__timezone": ZONE.key,
            **dates,
        }

    def start(self, said: str) -> datetime:
        """Return when a panel's time begins: `14d` ago, `now-30d/d` at midnight, or with last month."""
        if said == "now-1M/M":
            first = self.now.astimezone(ZONE).replace(day=1, hour=0, minute=0)
            return (first - timedelta(days=1)).replace(day=1, fold=0)
        found = re.fullmatch(r"(?:now-)?(\d+)([dh])(/d)?", said)
        assert found, said
        start = self.now - timedelta(**{UNIT[found[2]]: int(found[1])})
        return start.replace(hour=0, minute=0) if found[3] else start

    def series(self, dashboard: Mapping[str, Any], title: str) -> Series:
        """Return what a panel draws: local times and numbers by the names of the series."""
        drawn: Series = {}
        for target, statement in self.statements(dashboard, title):
            for found in self.ask(self.bucket(target["datasource"]), statement):
                rows = [(local(time), value) for time, value, *_ in found["values"] if value is not None]
                drawn[named(target["alias"], found.get("tags", {}))] = rows
        return drawn

    def numbers(self, dashboard: Mapping[str, Any], title: str) -> dict[str, float]:
        """Return the newest number of each series, as stats and gauges show it."""
        return {name: rows[-1][1] for name, rows in self.series(dashboard, title).items()}

    def table(self, dashboard: Mapping[str, Any], title: str) -> list[dict[str, Any]]:
        """Return the rows of a table, with the tags as columns."""
        return [
            {**found.get("tags", {}), **dict(zip(found["columns"], row, strict=True)), "time": local(row[0])}
            for target, statement in self.statements(dashboard, title)
            for found in self.ask(self.bucket(target["datasource"]), statement)
            for row in found["values"]
        ]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put the values of variables and macros in."""

    def value(found: re.Match[str]) -> str:
        braced, form, plain = found.groups()
        said = f"{braced}:{form}" if form and f"{braced}:{form}" in values else braced or plain
        return values[said]

    return re.sub(r"\$\{(\w+)(?::([^}]*))?\}|\$(\w+)", value, text)


def named(alias: str, tags: Mapping[str, str]) -> str:
    """Return a series' name from its alias."""
    return re.sub(r"\$tag_(\w+)", lambda found: tags[found[1]], alias)


def local(milliseconds: int) -> str:
    """Return a time as the clock of the house shows it."""
    return datetime.fromtimestamp(milliseconds / 1000, ZONE).isoformat(timespec="minutes")


def _request(url: str, body: bytes | None = None) -> Request:
    """Return a request, with the token of a server that wants one."""
    token = os.environ.get(TOKEN)
    return Request(url, body, {"Authorization": f"Token {token}"} if token else {})  # noqa: S310


def write(url: str, bucket: Bucket, lines: Sequence[str]) -> None:
    """Write line protocol with milliseconds."""
    body = "\n".join(lines).encode()
    with urlopen(_request(f"{url}/write?db={bucket.value}&precision=ms", body), timeout=10) as answer:  # noqa: S310
        assert answer.status == 204


def create(url: str, bucket: Bucket) -> None:
    """Create a bucket's database."""
    body = urlencode({"q": f'CREATE DATABASE "{bucket.value}"'}).encode()
    with urlopen(Request(f"{url}/query", body), timeout=10) as answer:  # noqa: S310
        assert "error" not in answer.read().decode()
