"""Asks a running Grafana whether what is provisioned works: datasources, dashboards, every query, every rule.

usage: python -m scripts.dashboards.try_grafana URL LANGUAGE [TIME]     credentials: GRAFANA_USERNAME, GRAFANA_PASSWORD
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
import os
import re
import sys
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .command import PROVISIONING
from .findings import Finding
from .language import Language
from .model import Source
from .pages import DASHBOARDS
from .rules import RULES

MONTH: Final = 31 * 86_400_000
DATES: Final = {"YYYY-MM-DD": "%Y-%m-%d", "YYYY-MM": "%Y-%m", "YYYY": "%Y"}
EVERYTHING: Final = ".*"


@dataclass(frozen=True, slots=True)
class Grafana:
    """A Grafana that answers, and the time that its dashboards end at."""

    url: str
    username: str
    password: str
    now: datetime

    def call(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return what it answers; an error's text where it refuses."""
        login = b64encode(f"{self.username}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(self.url + path, data, headers), timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as err:
            return {"error": f"{err.code} {err.read().decode(errors='replace')[:200]}"}


def main(arguments: Sequence[str]) -> int:
    """Try everything; return the exit status."""
    if len(arguments) not in {2, 3}:
        print(__doc__, file=sys.stderr)
        return 2
    url, language = arguments[0].rstrip("/"), Language(arguments[1])
    now = datetime.fromisoformat(arguments[2]) if arguments[2:] else datetime.now(UTC)
    grafana = Grafana(url, os.environ["GRAFANA_USERNAME"], os.environ["GRAFANA_PASSWORD"], now)
    findings = [*datasources(grafana, language), *dashboards(grafana, language), *rules(grafana, language)]
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return int(bool(findings))


def datasources(grafana: Grafana, language: Language) -> Iterator[Finding]:
    """Yield the datasources that do not answer."""
    for source in Source:
        if source is not Source.CHOSEN:
            uid = language.uid(source.value)
            answer = grafana.call(f"/api/datasources/uid/{uid}/health")
            if answer.get("status") != "OK":
                yield Finding(
                    uid, f"is not healthy: {answer.get('message') or answer.get('error')}", "see Grafana's log"
                )


def dashboards(grafana: Grafana, language: Language) -> Iterator[Finding]:
    """Yield the dashboards that are missing and the queries that fail or find nothing."""
    for page in DASHBOARDS:
        uid = language.uid(page.name)
        answer = grafana.call(f"/api/dashboards/uid/{uid}")
        if "dashboard" not in answer:
            yield Finding(uid, "is not there", "see what Grafana logged about provisioning")
            continue
        path = PROVISIONING / "dashboards" / language.value / f"{page.name}.json"
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            yield from _panel(grafana, language, f"{page.name}: {panel['title']}", panel)


def _panel(grafana: Grafana, language: Language, where: str, panel: Mapping[str, Any]) -> Iterator[Finding]:
    targets = panel.get("targets", ())
    frames = 0
    for target in targets:
        end = int(grafana.now.timestamp() * 1000)
        asked = json.loads(_filled(json.dumps(target), language, grafana.now))
        body = {"queries": [asked | {"intervalMs": 60_000}], "from": str(end - MONTH), "to": str(end)}
        result = grafana.call("/api/ds/query", body)
        answer = result.get("results", {}).get(target["refId"], {})
        if error := result.get("error") or answer.get("error"):
            yield Finding(where, f"query {target['refId']} fails: {error}", "correct the query")
        frames += sum(bool(frame.get("schema", {}).get("fields")) for frame in answer.get("frames", ()))
    if targets and not frames:
        yield Finding(where, "finds nothing", "is there data of this kind at this time?")


def _filled(text: str, language: Language, now: datetime) -> str:
    """Put in what the browser would: everything chosen, and the time in UTC."""

    def value(found: re.Match[str]) -> str:
        name, form = found[1], found[2] or ""
        if name == "utility":
            return language.uid(Source.WATER.value)
        if name == "__timezone":
            return "Etc/UTC"
        if name in {"__from", "__to"}:
            moment = now if name == "__to" else now - timedelta(milliseconds=MONTH)
            date = DATES.get(form.removeprefix("date:"))
            return moment.strftime(date) if date else str(int(moment.timestamp() * 1000))
        return EVERYTHING

    return re.sub(r"\$\{(\w+)(?::([^}]*))?\}", value, text)


def rules(grafana: Grafana, language: Language) -> Iterator[Finding]:
    """Yield the alert rules that are missing."""
    answer = grafana.call("/api/v1/provisioning/alert-rules")
    there = {rule["uid"] for rule in answer} if isinstance(answer, list) else set()
    for rule in RULES:
        if language.uid(rule.name) not in there:
            yield Finding(language.uid(rule.name), "is not there", "see what Grafana logged about provisioning")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
