"""An .env file: lines that a shell and docker compose read alike, every variable filled in, hidden from others."""

from collections.abc import Callable, Iterator, Set as AbstractSet
from ipaddress import ip_address
from pathlib import Path
import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scripts.dashboards.findings import Finding

_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)=(.*)")
_OTHERS: Final = 0o077
_SECRET: Final = re.compile(r"PASS|TOKEN|SECRET|KEY")
_EXAMPLES: Final = re.compile(r"change.?me|your[-_ ]|<.*>|example|xxx", re.IGNORECASE)
_DURATION: Final = re.compile(r"0|(\d+[wdhms])+")
_SHORTEST: Final = 8
"""Characters that InfluxDB and Grafana want in a password."""


def check_env(path: Path) -> list[Finding]:
    """Return what is wrong with an .env file, or with the .env.example that everybody gets."""
    values: dict[str, tuple[int, str]] = {}
    found = [
        finding
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for finding in _line(f"{path}:{number}", number, line, values)
    ]
    if path.name == ".env.example":
        found += [
            Finding(f"{path}:{number}", f"{name} holds a secret in a file that everybody gets", "leave it empty")
            for name, (number, value) in values.items()
            if _SECRET.search(name) and value
        ]
        return found
    for name, (number, value) in values.items():
        found += _value(f"{path}:{number}", name, value)
    if path.stat().st_mode & _OTHERS and any(_SECRET.search(name) and value for name, (_, value) in values.items()):
        found.append(Finding(f"{path}", "others on this machine can read the secrets", f"chmod 600 {path}"))
    return found + list(_missing(path, values.keys()))


def _missing(path: Path, names: AbstractSet[str]) -> Iterator[Finding]:
    """Yield what the .env.example beside the file has, and the file has not."""
    example = path.with_name(".env.example")
    if example.is_file():
        for line in example.read_text(encoding="utf-8").splitlines():
            if (matched := _LINE.fullmatch(line)) and matched[1] not in names:
                yield Finding(f"{path}", f"{matched[1]} is missing", "copy its line from .env.example")


def _line(where: str, number: int, line: str, values: dict[str, tuple[int, str]]) -> Iterator[Finding]:
    if not line.strip() or line.lstrip().startswith("#"):
        return
    if (matched := _LINE.fullmatch(line.strip())) is None:
        yield Finding(where, "this is no NAME=value", "write no blanks around =, and # before what is no variable")
        return
    name, value = matched[1], matched[2]
    if name in values:
        yield Finding(where, f"{name} stands here twice", f"keep this line or line {values[name][0]}")
    if value.count('"') % 2 or value.count("'") % 2:
        yield Finding(where, f"{name} has a quotation mark too few", "close it")
    values[name] = (number, value.strip().strip("\"'"))


def _value(where: str, name: str, value: str) -> Iterator[Finding]:
    if not value:
        yield Finding(where, f"{name} is empty", "fill it in")
    elif _SECRET.search(name) and _EXAMPLES.search(value):
        yield Finding(where, f"{name} is that of an example", "make one of your own: openssl rand -hex 32")
    elif "PASS" in name and len(value) < _SHORTEST:
        yield Finding(where, f"{name} is short", f"use {_SHORTEST} characters or more")
    for wanted, holds, mend in _WANTED:
        if value and wanted.fullmatch(name) and not holds(value):
            yield Finding(where, f"{name} cannot be {value}", mend)


def _is_zone(value: str) -> bool:
    try:
        ZoneInfo(value)
    except OSError, ValueError, ZoneInfoNotFoundError:
        return False
    return True


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


_WANTED: Final[tuple[tuple[re.Pattern[str], Callable[[str], object], str], ...]] = (
    (re.compile("TZ"), _is_zone, "write a name of the IANA list, like Europe/Berlin"),
    (re.compile("QUERY_LANGUAGE"), {"flux", "influxql"}.__contains__, "write flux or influxql"),
    (re.compile("RETENTION"), _DURATION.fullmatch, "write a duration like 365d, or 0 for ever"),
    (re.compile(r"\w+_PORT"), lambda value: value.isdecimal() and 0 < int(value) < 65536, "write 1 to 65535"),  # noqa: PLR2004
    (re.compile(r"\w+_ADDRESS"), _is_address, "write an address of this machine, like 127.0.0.1, or 0.0.0.0 for all"),
)
"""What the variables of the provisioning hold: names, what is right, and what to write."""
