"""Turns the alert rules into the file that Grafana provisions."""

import re
from typing import Any, Final

import yaml

from .language import Language
from .rules import EVERY, RULES, Asked, Rule

EXPRESSION: Final = "__expr__"
FOLDER: Final = "Meter Vision"
HEADING: Final = "# Made by scripts/build_dashboards from scripts/dashboards/rules.py; change it there.\n"


def alert_file(language: Language) -> str:
    """Return the rules as YAML."""
    group = {
        "orgId": 1,
        "name": "Meter Vision",
        "folder": FOLDER,
        "interval": _duration(EVERY.total_seconds()),
        "rules": [_rule(rule, language) for rule in RULES],
    }
    document = {"apiVersion": 1, "groups": [group]}
    return HEADING + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes queries as blocks, the way people write them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _rule(rule: Rule, language: Language) -> dict[str, Any]:
    queries = [_query(chr(ord("A") + index), asked, language) for index, asked in enumerate(rule.asked)]
    newest = [_newest(query["refId"]) for query in queries]
    return {
        "uid": language.uid(rule.name),
        "title": rule.title,
        "condition": "condition",
        "data": [*queries, *newest, _math(rule.condition)],
        "noDataState": "OK",
        "execErrState": "KeepLast",
        "for": _duration(rule.lasting.total_seconds()),
        "annotations": {"summary": rule.summary},
        "labels": {"severity": rule.severity, "page": language.uid(rule.page)},
        "isPaused": False,
    }


def _query(ref: str, asked: Asked, language: Language) -> dict[str, Any]:
    source = language.datasource(asked.query.source)
    model: dict[str, Any] = {"refId": ref, "datasource": source, "query": language.render_for_alert(asked.query)}
    if language.is_sql_like:
        model |= {"rawQuery": True, "resultFormat": "time_series"}
    since, until = (int(span.total_seconds()) for span in (asked.since, asked.until))
    return {
        "refId": ref,
        "datasourceUid": source["uid"],
        "relativeTimeRange": {"from": since, "to": until},
        "model": model,
    }


def _newest(ref: str) -> dict[str, Any]:
    reduced = {"type": "reduce", "expression": ref, "reducer": "last", "settings": {"mode": "dropNN"}}
    return _expression(f"newest_{ref}", reduced)


def _math(condition: str) -> dict[str, Any]:
    said = re.sub(r"\$([A-Z])\b", r"${newest_\1}", condition)
    return _expression("condition", {"type": "math", "expression": said})


def _expression(ref: str, model: dict[str, Any]) -> dict[str, Any]:
    source = {"type": EXPRESSION, "uid": EXPRESSION}
    return {
        "refId": ref,
        "datasourceUid": EXPRESSION,
        "relativeTimeRange": {"from": 0, "to": 0},
        "model": {"refId": ref, "datasource": source, **model},
    }


def _duration(seconds: float) -> str:
    return f"{int(seconds // 60)}m"
