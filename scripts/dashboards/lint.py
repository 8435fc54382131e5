"""Has the Flux of dashboards, alert rules and scripts checked by the Flux language server."""

from collections.abc import Iterator, Mapping, Sequence
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Any, Final

import yaml

from .findings import Finding

ROOT: Final = Path(__file__).resolve().parents[2]
SERVER: Final = ROOT / ".cache" / "flux-lsp"
DEFAULT: Final = ("dashboards/flux/*.json", "alerting/flux/*.yaml")
VARIABLE: Final = re.compile(r"\$\{(\w+)(?::[^}]*)?\}|\$(\w+)\b")
"""A template variable of Grafana, with or without braces and format."""


def main(arguments: Sequence[str] = ()) -> int:
    """Check the files that are named, or those of grafana-provisioning; return the exit status."""
    folder = ROOT / "grafana-provisioning"
    paths = [Path(name) for name in arguments] or sorted(path for part in DEFAULT for path in folder.glob(part))
    queries = {name: text for path in paths for name, text in queries_of(path)}
    findings = lint(queries)
    for finding in findings:
        print(finding)
    print(f"{len(queries)} queries checked, {len(findings)} findings")
    return int(bool(findings))


def queries_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the Flux queries of a file, each with where it stands."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".flux":
        yield path.name, text
        return
    document = yaml.safe_load(text) if path.suffix in {".yaml", ".yml"} else json.loads(text)
    for seen, (title, query) in enumerate(queries_in(document, path.name), start=1):
        yield f"{title}, query {seen}", query


def queries_in(node: Any, title: str) -> Iterator[tuple[str, str]]:
    """Yield every query of a document with the titles that lead to it."""
    if isinstance(node, list):
        for item in node:
            yield from queries_in(item, title)
    if not isinstance(node, Mapping):
        return
    here = str(node.get("title") or node.get("name") or "")
    below = f"{title}: {here}" if here and here not in title else title
    query = node.get("query")
    if isinstance(query, str) and node.get("type") != "datasource":
        yield below, query
    for child in node.values():
        yield from queries_in(child, below)


def lint(queries: Mapping[str, str]) -> list[Finding]:
    """Return what the language server says of the queries."""
    asked = json.dumps([{"name": name, "text": VARIABLE.sub("some", text)} for name, text in queries.items()])
    command = ["node", str(Path(__file__).with_suffix("").with_name("flux_lint.mjs")), str(SERVER)]
    ended = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)  # noqa: S603
    return [
        Finding(f"{said['name']}, line {said['line']}:{said['column']}", said["message"], "correct the Flux")
        for said in json.loads(ended.stdout)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
