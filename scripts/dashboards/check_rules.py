"""What must hold of a file of alert rules before Grafana gets it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
import re
from typing import Any, Final

from .checks import LONGEST_UID
from .findings import Finding

EXPRESSION: Final = "__expr__"
_NO_DATA: Final = {"NoData", "OK", "Alerting", "KeepLast"}
_ERROR: Final = {"Error", "OK", "Alerting", "KeepLast"}
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def check_rules(where: str, document: Any, datasources: Collection[str]) -> list[Finding]:
    """Return what is wrong with a file of alert rules that may use the datasources of these uids."""
    groups = document.get("groups") if isinstance(document, Mapping) else None
    if not isinstance(groups, list) or document.get("apiVersion") != 1:
        return [Finding(where, "is no file of alert rules", "begin it with `apiVersion: 1` and `groups:`")]
    found = [finding for group in groups for finding in _group(where, group, datasources)]
    uids = Counter(rule.get("uid") for group in groups for rule in group.get("rules", []))
    found += [Finding(where, f"two rules with the uid {uid}", "give each its own") for uid, n in uids.items() if n > 1]
    return sorted(set(found))


def seconds(duration: Any) -> int | None:
    """Return how long a duration such as `1h30m` is, None if it is none."""
    text = str(duration)
    if not re.fullmatch(r"(\d+[smhd])+", text):
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


def _group(where: str, group: Mapping[str, Any], datasources: Collection[str]) -> Iterator[Finding]:
    here = f"{where}: group {group.get('name', '?')}"
    for key in ("name", "folder", "interval", "rules"):
        if not group.get(key):
            yield Finding(here, f"has no {key}", "Grafana refuses the file without it")
    every = seconds(group.get("interval"))
    if not every:
        yield Finding(here, f"interval {group.get('interval')} is no duration", "write 1m, 5m or the like")
    for rule in group.get("rules", []):
        yield from _rule(f"{where}: {rule.get('title', '?')}", rule, every or 1, datasources)


def _rule(here: str, rule: Mapping[str, Any], every: int, datasources: Collection[str]) -> Iterator[Finding]:
    if not 0 < len(str(rule.get("uid") or "")) <= LONGEST_UID:
        yield Finding(here, "its uid is missing or too long", f"give it a fixed uid of 1 to {LONGEST_UID} characters")
    if not rule.get("title"):
        yield Finding(here, "has no title", "give it one")
    lasting = seconds(rule.get("for", "0s"))
    if lasting is None or lasting % every:
        yield Finding(
            here, f"for {rule.get('for')} is no multiple of the group's interval", f"use a multiple of {every} s"
        )
    for key, allowed in (("noDataState", _NO_DATA), ("execErrState", _ERROR)):
        if rule.get(key) not in allowed:
            yield Finding(here, f"{key} is {rule.get(key)}", f"use one of {', '.join(sorted(allowed))}")
    refs = {query.get("refId") for query in rule.get("data", [])}
    if rule.get("condition") not in refs:
        yield Finding(here, f"its condition {rule.get('condition')} is none of its queries", "name a refId of data")
    for query in rule.get("data", []):
        yield from _query(here, query, refs, datasources)


def _query(
    here: str, query: Mapping[str, Any], refs: Collection[Any], datasources: Collection[str]
) -> Iterator[Finding]:
    uid = query.get("datasourceUid")
    model = query.get("model") or {}
    if uid == EXPRESSION:
        yield from _expression(here, model, refs)
        return
    if uid not in datasources:
        yield Finding(here, f"its datasource {uid} is not provisioned", "use a uid from datasources/*.yaml")
    if not (query.get("relativeTimeRange") or {}).get("from"):
        yield Finding(here, f"query {query.get('refId')} looks at no time", "set relativeTimeRange.from in seconds")
    if "${" in str(model.get("query", "")):
        yield Finding(here, "uses a template variable", "write the value: alert rules know no variables")


def _expression(here: str, model: Mapping[str, Any], refs: Collection[Any]) -> Iterator[Finding]:
    said = str(model.get("expression", ""))
    used = set(re.findall(r"\$\{?(\w+)", said)) if model.get("type") == "math" else {said}
    for name in sorted(used - set(refs)):
        yield Finding(here, f"an expression uses {name}, which is none of its queries", "name a refId of data")
