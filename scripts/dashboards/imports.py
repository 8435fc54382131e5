"""Makes a dashboard ask for its datasources, as Grafana's import page expects."""

from collections.abc import Iterator
import json
import re
from typing import Any

from .language import Language


def for_import(dashboard: dict[str, Any]) -> dict[str, Any]:
    """Return the dashboard with an input in place of each provisioned datasource."""
    text = json.dumps(dashboard, ensure_ascii=False)
    prefixes = "|".join(language.value for language in Language)
    uids = sorted(set(re.findall(rf'"uid": "(meter-vision-(?:{prefixes})-\w+)"', text)) - {dashboard["uid"]})
    for uid in uids:
        text = text.replace(f'"uid": "{uid}"', f'"uid": "${{{_input_of(uid)}}}"')
    return {"__inputs": list(_inputs(uids)), **json.loads(text)}


def _inputs(uids: list[str]) -> Iterator[dict[str, str]]:
    for uid in uids:
        kind = uid.rpartition("-")[2]
        yield {
            "name": _input_of(uid),
            "label": f"InfluxDB: {kind}",
            "description": f"The datasource whose default bucket or database holds the points of: {kind}",
            "type": "datasource",
            "pluginId": "influxdb",
            "pluginName": "InfluxDB",
        }


def _input_of(uid: str) -> str:
    return f"DS_{uid.rpartition('-')[2].upper()}"
