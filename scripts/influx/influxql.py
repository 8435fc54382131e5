"""InfluxQL through /query: in the body, so that no password comes into an address or a log of addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
import json
from typing import Any
from urllib.parse import urlencode

from .server import Answer, InfluxError, Server

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Series:
    """One table of an answer."""

    name: str
    tags: dict[str, str]
    columns: list[str]
    values: list[list[Any]]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row by column."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.values)


def query(server: Server, text: str, **parameters: str) -> list[Series]:
    """Run statements; raise InfluxError with the server's own words if one of them fails."""
    return parse(server.checked(ask(server, text, **parameters)))


def ask(server: Server, text: str, **parameters: str) -> Answer:
    """Return whatever the server answers to statements."""
    body = urlencode({"q": text, **parameters}).encode()
    return server.ask("POST", "/query", body=body, media_type=_FORM)


def parse(answer: Answer) -> list[Series]:
    """Return the tables of an answer; raise InfluxError for what failed inside a good one."""
    said = answer.json
    found: list[Series] = []
    for result in said.get("results", ()):
        if "error" in result:
            raise InfluxError(f"the server refuses a query: {result['error']}")
        found += [
            Series(part.get("name", ""), part.get("tags", {}), part["columns"], part.get("values", []))
            for part in result.get("series", ())
        ]
    return found


def identifier(name: str) -> str:
    """Return a name as InfluxQL quotes it."""
    return json.dumps(name, ensure_ascii=False)


def text(value: str) -> str:
    """Return a string as InfluxQL quotes it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
