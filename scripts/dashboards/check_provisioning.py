"""Checks a provisioning folder: datasources, provider, dashboards, alert rules and the .env that goes with them."""

from collections import Counter
from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any, Final

import yaml

from .check_queries import check_query, queries_in
from .check_rules import check_rules
from .checks import LONGEST_UID, check_dashboard
from .findings import Finding

SECRET: Final = re.compile(r"token|password|secret|key|header", re.IGNORECASE)
FROM_OUTSIDE: Final = re.compile(r"\$(?:\w+|\{\w+\}|__(?:env|file)\{[^}]+\})")


def check_provisioning(folder: Path) -> list[Finding]:
    """Return everything that is wrong in the folder."""
    documents: dict[Path, Any] = {}
    found = list(_load(folder, documents))
    datasources = {
        source["uid"]
        for path, document in documents.items()
        if path.parent.name == "datasources"
        for source in document.get("datasources", [])
        if source.get("uid")
    }
    for path, document in documents.items():
        where = path.relative_to(folder).as_posix()
        match path.relative_to(folder).parts[0], path.suffix:
            case "datasources", _:
                found += check_datasources(where, document)
            case "dashboards", ".json":
                found += [*check_dashboard(where, document, datasources), *_queries(where, document)]
            case "dashboards", _:
                found += check_provider(where, document)
            case "alerting", _ if "groups" in document:
                found += [*check_rules(where, document, datasources), *_queries(where, document)]
    found += _same_uids(folder, documents)
    return sorted({*found, *check_environment(folder)})


def check_datasources(where: str, document: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with a file of datasources; a secret in it is refused."""
    found = []
    for source in document.get("datasources", []):
        here = f"{where}: {source.get('name', '?')}"
        if not 0 < len(str(source.get("uid") or "")) <= LONGEST_UID:
            found.append(Finding(here, "has no fixed uid", f"give it one of at most {LONGEST_UID} characters"))
        if source.get("type") != "influxdb":
            found.append(Finding(here, f"is of type {source.get('type')}", "use influxdb"))
        if (source.get("jsonData") or {}).get("version") not in {"Flux", "InfluxQL", "SQL"}:
            found.append(Finding(here, "does not say its language", "set jsonData.version to Flux, InfluxQL or SQL"))
        found += _literal_secrets(here, source)
    return found


def _literal_secrets(here: str, source: Mapping[str, Any]) -> Iterator[Finding]:
    for key, value in {**(source.get("secureJsonData") or {}), **_loose_secrets(source)}.items():
        if not FROM_OUTSIDE.search(str(value)):
            yield Finding(here, f"{key} holds a secret itself", "name a variable of .env: $NAME, or $__file{/path}")


def _loose_secrets(source: Mapping[str, Any]) -> dict[str, Any]:
    named = {**source, **(source.get("jsonData") or {})}
    return {
        key: value
        for key, value in named.items()
        if SECRET.search(key) and key in {"password", "basicAuthPassword", "token"}
    }


def check_provider(where: str, document: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with a file of dashboard providers."""
    providers = document.get("providers")
    if not isinstance(providers, list) or document.get("apiVersion") != 1:
        return [Finding(where, "names no provider", "begin it with `apiVersion: 1` and `providers:`")]
    return [
        Finding(
            f"{where}: {provider.get('name', '?')}", "names no path", "set options.path to the folder of dashboards"
        )
        for provider in providers
        if not (provider.get("options") or {}).get("path")
    ]


def check_environment(folder: Path) -> list[Finding]:
    """Return what .env.example lacks of the variables that the files use, and what it names without need."""
    compose, example = folder / "docker-compose.yml", folder / ".env.example"
    if not compose.is_file() or not example.is_file():
        return []
    used = set(re.findall(r"\$\{(\w+)", compose.read_text(encoding="utf-8")))
    explained = set(re.findall(r"^(\w+)=", example.read_text(encoding="utf-8"), re.MULTILINE))
    found = [Finding(".env.example", f"{name} is missing", "docker-compose.yml uses it") for name in used - explained]
    found += [Finding(".env.example", f"nothing uses {name}", "remove it") for name in explained - used]
    if (real := folder / ".env").is_file():
        filled = set(re.findall(r"^(\w+)=\S", real.read_text(encoding="utf-8"), re.MULTILINE))
        found += [Finding(".env", f"{name} is empty", "fill it in") for name in used - filled]
    return found


def _load(folder: Path, documents: dict[Path, Any]) -> Iterator[Finding]:
    """Fill in the files that can be read; yield the others."""
    for path in sorted(path for path in folder.glob("*/**/*") if path.suffix in {".json", ".yaml", ".yml"}):
        text = path.read_text(encoding="utf-8")
        try:
            document = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        except (json.JSONDecodeError, yaml.YAMLError) as err:
            yield Finding(
                path.relative_to(folder).as_posix(), f"cannot be read: {err}".splitlines()[0], "mend the syntax"
            )
            continue
        if isinstance(document, Mapping):
            documents[path] = document
        else:
            yield Finding(path.relative_to(folder).as_posix(), "holds no mapping", "begin it with keys")


def _queries(where: str, document: Any) -> list[Finding]:
    return [finding for query in queries_in(document) for finding in check_query(where, query)]


def _same_uids(folder: Path, documents: Mapping[Path, Any]) -> Iterator[Finding]:
    uids = Counter(document.get("uid") for path, document in documents.items() if path.suffix == ".json")
    for path, document in documents.items():
        if path.suffix == ".json" and uids[document.get("uid")] > 1:
            yield Finding(
                path.relative_to(folder).as_posix(), f"shares its uid {document.get('uid')}", "give it its own"
            )
